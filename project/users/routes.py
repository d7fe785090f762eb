"""/api/v1/users/me: the user's own profile."""

from typing import Any

from project.errors import (
    RateLimited,
    SecondFactorRequired,
    ServiceUnavailable,
    UnusablePicture,
    UsernameTaken,
    WrongCode,
    WrongPassword,
)
from project.extensions import db
from project.pictures import processing, removals
from project.users import deletion, limits, schemas, service
from project.users.factors import proofs
from project.users.factors.proofs import Proof
from project.web import shares, uploads
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users", description="One's own profile.")


@blueprint.get("/me")
@blueprint.signed_in
@limits.me
@blueprint.response(200, schemas.UserSchema, example=schemas.EXAMPLE)
@blueprint.raises(RateLimited)
def show() -> dict[str, Any]:
    """Show the user's own profile."""
    return service.describe(service.get(caller_id()))


@blueprint.patch("/me")
@blueprint.signed_in
@limits.profile
@blueprint.arguments(schemas.ProfileChange)
@blueprint.response(200, schemas.UserSchema, example=schemas.EXAMPLE)
@blueprint.raises(UsernameTaken, RateLimited)
def change(data: dict[str, Any]) -> dict[str, Any]:
    """Change the user name."""
    user = service.get(caller_id())
    if data.get("username", user.username) != user.username:
        limits.name()
        service.rename(user, data["username"])
    db.session.commit()
    return service.describe(user)


@blueprint.delete("/me")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.AccountDeletion)
@blueprint.response(204)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
def delete(data: dict[str, Any]) -> None:
    """Delete the account with all that belongs to it, at once and for good."""
    delete_account(data)


@blueprint.post("/me/delete")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.AccountDeletion)
@blueprint.response(204)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
def delete_by_post(data: dict[str, Any]) -> None:
    """Delete the account, for clients that cannot send a body with DELETE."""
    delete_account(data)


def delete_account(data: dict[str, Any]) -> None:
    user = service.get(caller_id())
    proofs.check(user, data["password"], Proof.of(data))
    deletion.delete(user)
    db.session.commit()
    removals.commit_removal(str(user.id))


@blueprint.put("/me/avatar")
@blueprint.signed_in
@blueprint.costly
@blueprint.doc(requestBody=uploads.BODY)
@blueprint.response(200, schemas.UserSchema, example=schemas.EXAMPLE)
@blueprint.raises(UnusablePicture, ServiceUnavailable)
def put_avatar() -> dict[str, Any]:
    """Change the avatar; the picture is cropped to a square, and its metadata is dropped."""
    picture = processing.make_safe(uploads.picture())
    reference = removals.commit_upload(caller_id(), picture)
    user, dropped = service.set_avatar(caller_id(), reference)
    db.session.commit()
    removals.commit_removal(dropped)
    return service.describe(user)


@blueprint.delete("/me/avatar")
@blueprint.signed_in
@blueprint.response(204)
def delete_avatar() -> None:
    """Go back to the avatar that the server draws from the user name."""
    _, dropped = service.set_avatar(caller_id(), None)
    db.session.commit()
    removals.commit_removal(dropped)

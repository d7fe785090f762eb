"""/api/v1/users/me: one's own profile."""

from typing import Any

from project import wire
from project.errors import RateLimited, UsernameTaken, WrongPassword
from project.extensions import db
from project.users import limits, schemas, service
from project.wire import Blueprint

blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users", description="One's own profile.")


@blueprint.get("/me")
@blueprint.signed_in
@limits.me
@blueprint.response(200, schemas.UserSchema, example=schemas.EXAMPLE)
@blueprint.raises(RateLimited)
def show() -> dict[str, Any]:
    """Show one's own profile."""
    return service.describe(service.get(wire.caller_id()))


@blueprint.patch("/me")
@blueprint.signed_in
@blueprint.arguments(schemas.ProfileChange)
@blueprint.response(200, schemas.UserSchema, example=schemas.EXAMPLE)
@blueprint.raises(UsernameTaken)
def change(data: dict[str, Any]) -> dict[str, Any]:
    """Change one's user name."""
    user = service.get(wire.caller_id())
    if "username" in data:
        service.rename(user, data["username"])
    db.session.commit()
    return service.describe(user)


@blueprint.delete("/me")
@blueprint.signed_in
@limits.password(limits.of_caller)
@blueprint.arguments(schemas.AccountDeletion)
@blueprint.response(204)
@blueprint.raises(WrongPassword, RateLimited)
def delete(data: dict[str, Any]) -> None:
    """Delete one's account with all that belongs to it, at once and for good."""
    user = service.get(wire.caller_id())
    service.check_password(user, data["password"])
    service.delete(user)
    db.session.commit()

"""/api/v1/auth: accounts, in the order of their life. Their sessions are in `session_routes`."""

from typing import Any

from flask import Response

from project.auth import schemas, service
from project.errors import (
    EmailTaken,
    LinkExpired,
    RateLimited,
    SecondFactorRequired,
    UsernameTaken,
    WeakPassword,
    WrongCode,
    WrongPassword,
)
from project.extensions import db
from project.users import limits
from project.users import service as users
from project.users.factors import proofs
from project.users.factors.proofs import Proof
from project.users.schemas import EXAMPLE as USER
from project.users.schemas import UserSchema
from project.web import responses, shares
from project.web.authentication import caller
from project.web.blueprint import Blueprint

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Accounts and sessions.")


@blueprint.post("/register")
@shares.slow
@limits.registration
@blueprint.arguments(schemas.Registration)
@blueprint.response(201, UserSchema, example=USER | {"email_verified": False, "contacts_count": 0})
@blueprint.raises(EmailTaken, UsernameTaken, WeakPassword, RateLimited)
@blueprint.sends("Location")
def register(data: dict[str, Any]) -> Response:
    """Create an account, and mail a link that verifies its address."""
    user = service.register(**data)
    db.session.commit()
    return responses.reply(users.describe(user), 201, {"Location": "/api/v1/users/me"})


@blueprint.post("/verify-email")
@blueprint.arguments(schemas.Link)
@blueprint.response(200, UserSchema, example=USER)
@blueprint.raises(LinkExpired, EmailTaken)
def verify_email(data: dict[str, Any]) -> dict[str, Any]:
    """Verify an address with the token that was mailed to it."""
    user = service.verify(**data)
    db.session.commit()
    return users.describe(user)


@blueprint.post("/verify-email/resend")
@limits.mail
@blueprint.arguments(schemas.Address)
@blueprint.response(202)
@blueprint.raises(RateLimited)
def resend_verification(data: dict[str, Any]) -> None:
    """Mail the verification link again; the answer never tells whether there is such an account."""
    service.ask_for_mail("verify_email", **data)
    db.session.commit()


@blueprint.post("/password/forgot")
@limits.mail
@blueprint.arguments(schemas.Address)
@blueprint.response(202)
@blueprint.raises(RateLimited)
def forgot_password(data: dict[str, Any]) -> None:
    """Mail a link for a new password; the answer never tells whether there is such an account."""
    service.ask_for_mail("reset_password", **data)
    db.session.commit()


@blueprint.post("/password/reset")
@shares.slow
@blueprint.arguments(schemas.Reset)
@blueprint.response(204)
@blueprint.raises(LinkExpired, WeakPassword)
def reset_password(data: dict[str, Any]) -> None:
    """Set a new password with the token that was mailed; ends every session."""
    service.reset(**data)
    db.session.commit()


@blueprint.put("/password")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.PasswordChange)
@blueprint.response(204)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, WeakPassword, RateLimited)
def change_password(data: dict[str, Any]) -> None:
    """Set a new password; ends every other session."""
    user = users.get(caller().user_id)
    keep = service.Kept(caller().session_id, limits.network())
    service.change_password(user, data["current_password"], data["password"], proof=Proof.of(data), keep=keep)
    db.session.commit()


@blueprint.post("/email")
@shares.slow
@blueprint.signed_in
@limits.mail
@limits.own_password
@blueprint.arguments(schemas.AddressChange)
@blueprint.response(202)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, EmailTaken, RateLimited)
def change_email(data: dict[str, Any]) -> None:
    """Ask to move to another address; it happens when the link that is mailed there is used.

    Asked again within a minute, it sends no second mail.
    """
    user, email = users.get(caller().user_id), data["email"]
    proofs.check(user, data["password"], Proof.of(data))
    limits.stranger(user, email)
    users.check_address(user, email)
    if limits.may_mail(user, email):
        service.ask_to_move(user, email)
    elif not service.is_moving(user, email):
        raise limits.refused(limits.pause(email))
    db.session.commit()

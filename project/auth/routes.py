"""/api/v1/auth: accounts and sessions, in the order of their life."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Response, request

from project.auth import schemas, service, sessions, tokens
from project.errors import (
    EmailNotVerified,
    EmailTaken,
    InvalidCredentials,
    LinkExpired,
    NotFound,
    RateLimited,
    SessionRevoked,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
)
from project.extensions import db
from project.users import limits
from project.users import service as users
from project.users.schemas import EXAMPLE as USER
from project.users.schemas import UserSchema
from project.web import responses
from project.web.authentication import caller
from project.web.blueprint import Blueprint

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Accounts and sessions.")

PAIR = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoiYWNjZXNzIn0.…",
    "refresh_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoicmVmcmVzaCJ9.…",
    "token_type": "Bearer",
    "expires_in": 900,
    "session_id": "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c",
}


def device() -> str:
    return "".join(filter(str.isprintable, request.user_agent.string))[:200]


@blueprint.post("/register")
@limits.registration
@blueprint.arguments(schemas.Registration)
@blueprint.response(201, UserSchema, example=USER | {"email_verified": False, "contacts_count": 0})
@blueprint.raises(EmailTaken, UsernameTaken, WeakPassword, RateLimited)
def register(data: dict[str, Any]) -> Response:
    """Make an account, and mail a link that proves its address."""
    user = service.register(**data)
    db.session.commit()
    return responses.reply(users.describe(user), 201, {"Location": "/api/v1/users/me"})


@blueprint.post("/login")
@limits.password(limits.of_body)
@blueprint.arguments(schemas.SignIn)
@blueprint.response(200, schemas.TokenPair, example=PAIR)
@blueprint.raises(InvalidCredentials, EmailNotVerified, RateLimited)
def login(data: dict[str, Any]) -> dict[str, Any]:
    """Sign a device in, by user name or e-mail address and password."""
    user = limits.attempted_user()
    session = service.sign_in(user, data["password"], device=device(), ip=request.remote_addr or "")
    db.session.commit()
    return tokens.pair(session)


@blueprint.post("/refresh")
@blueprint.arguments(schemas.Refresh, location="optional_json", required=False)
@blueprint.authenticated(refresh=True, locations=["headers", "json"])
@blueprint.response(200, schemas.TokenPair, example=PAIR)
@blueprint.doc(security=[{"refresh_token": []}, {}])
def refresh(_: dict[str, Any]) -> dict[str, Any]:
    """Spend a refresh token, sent as Bearer or in the body, for a new pair."""
    try:
        session = sessions.rotate(caller().session_id, caller().jti)
    except SessionRevoked:
        db.session.commit()  # a replay ends the session, and that must last
        raise
    db.session.commit()
    return tokens.pair(session)


@blueprint.post("/logout")
@blueprint.authenticated(verify_type=False)
@blueprint.response(204)
def logout() -> None:
    """End this session, at once and everywhere; takes its access or its refresh token."""
    with suppress(NotFound):  # of several at once, another one ended it
        sessions.end(caller().session_id, caller().user_id)
    db.session.commit()


@blueprint.get("/sessions")
@blueprint.signed_in
@blueprint.response(200, schemas.SessionList)
def list_sessions() -> dict[str, Any]:
    """List the devices that are signed in, the one used last first."""
    return {"items": sessions.of_user(caller().user_id, caller().session_id)}


@blueprint.delete("/sessions/<uuid:session_id>")
@blueprint.signed_in
@blueprint.response(204)
@blueprint.raises(NotFound)
def end_session(session_id: UUID) -> None:
    """Sign one device out."""
    sessions.end(session_id, caller().user_id)
    db.session.commit()


@blueprint.delete("/sessions")
@blueprint.signed_in
@blueprint.response(204)
def end_other_sessions() -> None:
    """Sign out all devices but this one."""
    sessions.end_all(caller().user_id, but=[caller().session_id])
    db.session.commit()


@blueprint.post("/verify-email")
@blueprint.arguments(schemas.Link)
@blueprint.response(200, UserSchema, example=USER)
@blueprint.raises(LinkExpired, EmailTaken)
def verify_email(data: dict[str, Any]) -> dict[str, Any]:
    """Prove an address by the token that was mailed to it."""
    user = service.verify(**data)
    db.session.commit()
    return users.describe(user)


@blueprint.post("/verify-email/resend")
@limits.mail
@blueprint.arguments(schemas.Address)
@blueprint.response(202)
@blueprint.raises(RateLimited)
def resend_verification(data: dict[str, Any]) -> None:
    """Mail the link that proves the address again; the answer never tells whether there is such an account."""
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
@blueprint.arguments(schemas.Reset)
@blueprint.response(204)
@blueprint.raises(LinkExpired, WeakPassword)
def reset_password(data: dict[str, Any]) -> None:
    """Set a new password by the token that was mailed; ends every session."""
    service.reset(**data)
    db.session.commit()


@blueprint.put("/password")
@blueprint.signed_in
@limits.password(limits.of_caller)
@blueprint.arguments(schemas.PasswordChange)
@blueprint.response(204)
@blueprint.raises(WrongPassword, WeakPassword, RateLimited)
def change_password(data: dict[str, Any]) -> None:
    """Set a new password; ends every other session."""
    user = users.get(caller().user_id)
    service.change_password(user, data["current_password"], data["password"], keep=caller().session_id)
    db.session.commit()


@blueprint.post("/email")
@blueprint.signed_in
@limits.password(limits.of_caller)
@blueprint.arguments(schemas.AddressChange)
@blueprint.response(202)
@blueprint.raises(WrongPassword, EmailTaken, RateLimited)
def change_email(data: dict[str, Any]) -> None:
    """Ask to move to another address; it happens when the link that is mailed there is used."""
    service.ask_to_move(users.get(caller().user_id), **data)
    db.session.commit()

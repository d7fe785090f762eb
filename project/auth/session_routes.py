"""/api/v1/auth: sign in, stay signed in, sign out."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import request

from project.auth import networks, schemas, service, sessions, tokens
from project.auth.routes import blueprint as blueprint
from project.errors import (
    EmailNotVerified,
    InvalidCredentials,
    NotFound,
    RateLimited,
    SecondFactorRequired,
    SessionRevoked,
    WrongCode,
    WrongPassword,
)
from project.extensions import db, settings
from project.users import limits
from project.users import service as users
from project.users.factors import proofs
from project.users.factors.proofs import Proof
from project.web import shares
from project.web.authentication import bearer, caller

PAIR = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoiYWNjZXNzIn0.…",
    "refresh_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoicmVmcmVzaCJ9.…",
    "token_type": "Bearer",
    "expires_in": 900,
    "session_id": "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c",
}
NOBODY = UUID(int=0)


def address() -> str:
    return request.remote_addr or ""


def user_agent() -> str:
    """The User-Agent as a device's name. WSGI decodes headers as Latin-1, but what is not ASCII is mostly UTF-8."""
    sent = request.user_agent.string
    with suppress(UnicodeError):
        sent = sent.encode("latin-1").decode()
    return "".join(filter(str.isprintable, sent))[: schemas.LONGEST_DEVICE]


@blueprint.post("/login")
@shares.slow
@limits.malformed
@blueprint.arguments(schemas.SignIn)
@blueprint.response(200, schemas.TokenPair, example=PAIR)
@blueprint.raises(InvalidCredentials, EmailNotVerified, SecondFactorRequired, RateLimited)
def login(data: dict[str, Any]) -> dict[str, Any]:
    """Sign a device in, by user name or e-mail address and password.

    A bearer token of an earlier session of the account, expired or ended, proves that the device signed in before: it
    is not held up by what others guess.
    """
    user = users.find(data["name"])
    user_id = user.id if user else NOBODY
    device, is_known = tokens.earlier_session(bearer(), user_id), networks.knows(user_id, limits.network())
    try:
        with limits.sign_in(data["name"], user, device=device, is_known=is_known):
            name = data.get("device") or user_agent()
            session = service.sign_in(user, data["password"], device=name, ip=address())
    except SecondFactorRequired:
        db.session.commit()  # keep the login token
        raise
    db.session.commit()
    return tokens.pair(session)


@blueprint.post("/refresh")
@blueprint.arguments(schemas.Refresh, location="optional_json", required=False)
@blueprint.token("refresh", in_body=True)
@blueprint.response(200, schemas.TokenPair, example=PAIR)
def refresh(_: dict[str, Any]) -> dict[str, Any]:
    """Exchange a refresh token, sent in the body or else as Bearer, for a new pair."""
    try:
        session = sessions.rotate(caller().user_id, caller().session_id, caller().jti, ip=address())
    except SessionRevoked:
        db.session.commit()  # keep the end of a replayed session
        raise
    db.session.commit()
    return tokens.pair(session)


@blueprint.post("/logout")
@blueprint.arguments(schemas.Refresh, location="optional_json", required=False)
@blueprint.token("access", "refresh", in_body=True)
@blueprint.response(204)
def logout(_: dict[str, Any]) -> None:
    """End this session, at once and everywhere; takes its refresh token in the body, or else either token as Bearer."""
    with suppress(NotFound):  # a concurrent request has ended it
        sessions.end(caller().session_id, caller().user_id)
    db.session.commit()


@blueprint.get("/sessions")
@blueprint.signed_in
@blueprint.response(200, schemas.SessionList)
def list_sessions() -> dict[str, Any]:
    """List the signed-in devices, most recently used first."""
    return {"items": service.devices(caller().user_id, caller().session_id)}


@blueprint.delete("/sessions/<uuid:session_id>")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.SignOut, location="optional_json", required=False)
@blueprint.response(204)
@blueprint.raises(NotFound, WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
def end_session(data: dict[str, Any], session_id: UUID) -> None:
    """Sign one device out. Where CONFIRM_SIGN_OUT is on, any but this one needs proof."""
    if session_id != caller().session_id:
        confirm_sign_out(data)
    service.end_device(session_id, caller().user_id)
    db.session.commit()


@blueprint.delete("/sessions")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.SignOut, location="optional_json", required=False)
@blueprint.response(204)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
def end_other_sessions(data: dict[str, Any]) -> None:
    """Sign out all devices but this one. Needs proof where CONFIRM_SIGN_OUT is on."""
    confirm_sign_out(data)
    service.end_all(caller().user_id, but=[caller().session_id])
    db.session.commit()


def confirm_sign_out(data: dict[str, Any]) -> None:
    password, proof = data.get("password"), Proof.of(data)
    if settings.confirm_sign_out or password is not None or proof != Proof():
        proofs.check_either(users.get(caller().user_id), password, proof)

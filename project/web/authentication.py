"""Who sends a request: a bearer token (RFC 6750) of a session that lives."""

import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple, cast
from uuid import UUID

from flask import current_app, g, request
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import ExpiredSignatureError, InvalidTokenError

from project.errors import AuthenticationRequired, InvalidToken, SessionRevoked, TokenExpired
from project.extensions import settings

REMEMBERED = 10_000  # tokens of one process, about 2 kB each


class Caller(NamedTuple):
    """Who sends the request: the user, and the session and the id of the token that was sent."""

    user_id: UUID
    session_id: UUID
    jti: UUID


class Proof(NamedTuple):
    """What a token proves, for as long as it has not expired: seconds since 1970."""

    caller: Caller
    kind: str
    expires_at: int


def bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def recognise(token: str | None, kinds: Collection[str]) -> None:
    """Find out who the caller is by a token of one of these kinds.

    The session is looked up each time: one query by primary key, so that its end takes effect at once, everywhere.
    Raises AuthenticationRequired, InvalidToken, TokenExpired or SessionRevoked.
    """
    if token is None:
        raise AuthenticationRequired()
    proof = verified(token, settings["JWT_SECRET_KEY"])
    if proof.kind not in kinds:
        raise InvalidToken()
    if proof.expires_at <= time.time():
        raise TokenExpired()
    if current_app.extensions["session-owner"](proof.caller.session_id) != proof.caller.user_id:
        raise SessionRevoked()
    g.caller = proof.caller


@lru_cache(maxsize=REMEMBERED)
def verified(token: str, _key: str) -> Proof:
    """The signature and the claims of a token do not change: they are verified once, and by each key for itself."""
    try:
        claims = decode_token(token)
        caller = Caller(UUID(claims["sub"]), UUID(claims["sid"]), UUID(claims["jti"]))
    except ExpiredSignatureError:
        raise TokenExpired() from None
    except (InvalidTokenError, JWTExtendedException, RecursionError, TypeError, ValueError):
        raise InvalidToken() from None
    return Proof(caller, claims["type"], claims["exp"])


def caller() -> Caller:
    """The caller of a route that requires a token."""
    return cast(Caller, g.caller)


def caller_id() -> UUID:
    """The signed-in user's id."""
    return caller().user_id


def authenticate(*, refresh: bool = False, verify_type: bool = True, locations: Sequence[str] = ("headers",)) -> None:
    """Require an access token, a refresh token, or either; a refresh token may come in the body too."""
    token = bearer()
    if token is None and "json" in locations:
        token = g.get("json_body", {}).get("refresh_token")
    kinds = ("access", "refresh") if not verify_type else ("refresh",) if refresh else ("access",)
    recognise(token, kinds)

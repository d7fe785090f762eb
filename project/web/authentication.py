"""Who sends a request: a bearer token (RFC 6750) of a session that lives."""

import time
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple, cast
from uuid import UUID

from flask import current_app
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import ExpiredSignatureError, InvalidTokenError

from project.errors import AuthenticationRequired, InvalidToken, SessionRevoked, TokenExpired
from project.extensions import settings
from project.web import parsing
from project.web.request import Caller, request
from project.web.responses import Application

REMEMBERED = 10_000  # tokens of one process, about 2 kB each


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
    proof = verified(token, settings.jwt_secret_key)
    if proof.kind not in kinds:
        raise InvalidToken()
    if proof.expires_at <= time.time():
        raise TokenExpired()
    owner = cast(Application, current_app).session_owner(proof.caller.session_id, proof.caller.jti)
    if owner != proof.caller.user_id:
        raise SessionRevoked()
    request.caller = proof.caller


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
    return cast(Caller, request.caller)


def caller_id() -> UUID:
    """The signed-in user's id."""
    return caller().user_id


def authenticate(*kinds: str, in_body: bool = False) -> None:
    """Require a token of one of these kinds; with `in_body`, a `refresh_token` in the body comes before any bearer.

    Apps send their access token with every request, also with one that brings its own token.
    """
    body = parsing.json_body() if in_body and request.get_data() else {}
    if "refresh_token" in body:
        recognise(body["refresh_token"], ("refresh",))
    else:
        recognise(bearer(), kinds)

"""Authenticate a request by the bearer token (RFC 6750) of a session that has not ended."""

import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

import jwt as pyjwt
from flask import current_app
from jwt import InvalidSignatureError, InvalidTokenError

from project.errors import AuthenticationRequired, InvalidToken, SessionRevoked, TokenExpired
from project.extensions import AUDIENCE, jwt, settings
from project.web import parsing, signing_keys
from project.web.request import Caller, request
from project.web.responses import Application

REMEMBERED = 10_000  # tokens a process caches, about 2 kB each
CLOCK_SECONDS = 3600  # by which a clock may have been set back
CLAIMS = {"iss": str, "aud": str, "type": str, "jti": str, "sub": str, "sid": str, "iat": int, "exp": int}


class Proof(NamedTuple):
    """What a token proves until it expires, in seconds since 1970."""

    caller: Caller
    kind: str
    expires_at: int


def bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def recognise(token: str | None, kinds: Collection[str]) -> None:
    """Set the request's caller from a token of one of these kinds.

    The session is looked up each time, by one query on its primary key, both parts of which the token names,
    so that its end takes effect at once.
    Raises AuthenticationRequired, InvalidToken, TokenExpired or SessionRevoked.
    """
    if token is None:
        raise AuthenticationRequired()
    proof = verified(token, tuple(settings.jwt_secret_keys))
    if proof.kind not in kinds:
        raise InvalidToken()
    if proof.expires_at <= time.time():
        raise TokenExpired()
    if not cast(Application, current_app).is_session_open(*proof.caller):
        raise SessionRevoked()
    request.caller = proof.caller


@jwt.decode_key_loader
def check_claims(_: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return the signing key for a token that has every claim, each of its type; raises InvalidTokenError.

    Flask-JWT-Extended calls it as well, before it fills in missing claims.
    """
    if any(type(claims.get(name)) is not kind for name, kind in CLAIMS.items()):
        raise InvalidTokenError("A claim is missing or of another type.")
    if claims["type"] not in ("access", "refresh"):
        raise InvalidTokenError("Neither an access nor a refresh token.")
    return signing_keys.current()


def decode(token: str) -> dict[str, Any]:
    """Verify a token's signature and all claims but its expiry; return the claims. Raises InvalidTokenError.

    A clock that was set back by up to CLOCK_SECONDS signs nobody out: tokens may come from the future.
    """
    check_claims({}, pyjwt.decode(token, options={"verify_signature": False}))
    for key in signing_keys.candidates(pyjwt.get_unverified_header(token).get("kid")):
        with suppress(InvalidSignatureError):
            return decode_with(key, token)
    raise InvalidSignatureError("Signed by none of our keys.")


def decode_with(key: str, token: str) -> dict[str, Any]:
    return pyjwt.decode(
        token,
        key,
        algorithms=["HS256"],
        audience=AUDIENCE,
        issuer=settings.public_url,
        leeway=CLOCK_SECONDS,
        options={"verify_exp": False},
    )


@lru_cache(maxsize=REMEMBERED)
def verified(token: str, _keys: tuple[str, ...]) -> Proof:
    """Verify a token once: its signature and claims do not change. The keys are part of the cache's key."""
    try:
        claims = decode(token)
        caller = Caller(UUID(claims["sub"]), UUID(claims["sid"]), UUID(claims["jti"]))
    except (InvalidTokenError, RecursionError, TypeError, ValueError):
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
    if body.get("refresh_token") is not None:
        recognise(body["refresh_token"], ("refresh",))
    else:
        recognise(bearer(), kinds)

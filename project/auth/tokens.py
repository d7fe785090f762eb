"""The tokens of a session: HS256 JWTs (RFC 7519). Nothing else is ever signed with their key."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import InvalidTokenError

from project.auth.models import Session
from project.database.base import now
from project.extensions import jwt, settings

CLAIMS = {"iss": str, "aud": str, "type": str, "jti": str, "sub": str, "sid": str, "iat": int, "exp": int}


def pair(session: Session) -> dict[str, Any]:
    """The current tokens of a session. The refresh token follows from the row: asked twice, it is the same.

    The two share their `jti`, which names the pair.
    """
    claims = {"sid": str(session.id), "jti": str(session.current_jti)}
    lifetime = min(timedelta(seconds=settings.access_token_seconds), session.expires_at - now())
    refresh_claims = claims | {
        "iat": int(session.rotated_at.timestamp()),
        "nbf": int(session.rotated_at.timestamp()),
        "exp": int(session.expires_at.timestamp()),
    }
    return {
        "access_token": create_access_token(str(session.user_id), expires_delta=lifetime, additional_claims=claims),
        "refresh_token": create_refresh_token(str(session.user_id), additional_claims=refresh_claims),
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "session_id": session.id,
    }


def earlier_session(token: str | None, user_id: UUID) -> UUID | None:
    """The session of this user that the token belongs to, even if the token has expired or the session has ended.

    It proves that whoever sends it has signed in to this account before.
    """
    try:
        claims = decode_token(token or "", allow_expired=True)
        return UUID(claims["sid"]) if claims["sub"] == str(user_id) else None
    except (InvalidTokenError, JWTExtendedException, RecursionError, TypeError, ValueError):
        return None


@jwt.decode_key_loader
def check_claims(_: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Refuse a token that lacks a claim or has one of another type, before the extension fills in what is missing."""
    if any(type(claims.get(name)) is not kind for name, kind in CLAIMS.items()):
        raise InvalidTokenError("A claim is missing or of another type.")
    if claims["type"] not in ("access", "refresh"):
        raise InvalidTokenError("Neither an access nor a refresh token.")
    return settings.jwt_secret_key

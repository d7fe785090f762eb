"""The tokens of a session: HS256 JWTs (RFC 7519). Nothing else is ever signed with their key."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_jwt_extended import create_access_token, create_refresh_token
from jwt import InvalidTokenError

from project.auth.models import Session
from project.database.base import now
from project.extensions import jwt, settings

CLAIMS = {"iss": str, "aud": str, "type": str, "jti": str, "sub": str, "sid": str, "iat": int, "exp": int}


def pair(session: Session) -> dict[str, Any]:
    """The tokens of a session as they are now. The refresh token follows from the row: asked twice, it is the same."""
    claims = {"sid": str(session.id)}
    lifetime = min(timedelta(seconds=settings["ACCESS_TOKEN_SECONDS"]), session.expires_at - now())
    refresh_claims = claims | {
        "jti": str(session.current_jti),
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


@jwt.decode_key_loader
def check_claims(_: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Refuse a token that lacks a claim or has one of another type, before the extension fills in what is missing."""
    if any(type(claims.get(name)) is not kind for name, kind in CLAIMS.items()):
        raise InvalidTokenError("A claim is missing or of another type.")
    if claims["type"] not in ("access", "refresh"):
        raise InvalidTokenError("Neither an access nor a refresh token.")
    return str(settings["JWT_SECRET_KEY"])

"""The tokens of a session: HS256 JWTs (RFC 7519). Nothing else is ever signed with their key."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_jwt_extended import create_access_token, create_refresh_token
from jwt import InvalidTokenError

from project.auth.models import Session
from project.database.base import now
from project.extensions import settings
from project.web.authentication import decode
from project.web.signing_keys import current, key_id


def pair(session: Session) -> dict[str, Any]:
    """The current tokens of a session. The refresh token follows from the row: asked twice, it is the same.

    The two share their `jti`, which names the pair.
    """
    user, headers = str(session.owner_id), {"kid": key_id(current())}
    claims = {"sid": str(session.id), "jti": str(session.current_jti)}
    lifetime = min(timedelta(seconds=settings.access_token_seconds), session.expires_at - now())
    refresh_claims = claims | {
        "iat": int(session.rotated_at.timestamp()),
        "nbf": int(session.rotated_at.timestamp()),
        "exp": int(session.expires_at.timestamp()),
    }
    return {
        "access_token": create_access_token(
            user, expires_delta=lifetime, additional_claims=claims, additional_headers=headers
        ),
        "refresh_token": create_refresh_token(user, additional_claims=refresh_claims, additional_headers=headers),
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "session_id": session.id,
    }


def earlier_session(token: str | None, user_id: UUID) -> UUID | None:
    """The session of this user that the token belongs to, even if the token has expired or the session has ended.

    It proves that whoever sends it has signed in to this account before.
    """
    try:
        claims = decode(token or "")
        return UUID(claims["sid"]) if claims["sub"] == str(user_id) else None
    except (InvalidTokenError, RecursionError, TypeError, ValueError):
        return None

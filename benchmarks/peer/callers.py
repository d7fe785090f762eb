"""Who calls: a bearer token, verified, whose session lives."""

from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from benchmarks.peer.database import Database, Session
from benchmarks.peer.settings import settings

REQUIRED = ["iss", "aud", "type", "jti", "sub", "sid", "iat", "exp"]
bearer = HTTPBearer()


def refusal(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


async def caller_id(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)], database: Database) -> UUID:
    """The signed-in user's id."""
    try:
        claims = jwt.decode(
            credentials.credentials,
            settings.jwt_secret_key,
            algorithms=["HS256"],
            issuer=settings.public_url,
            audience="contacts-api",
            options={"require": REQUIRED},
        )
    except jwt.InvalidTokenError:
        raise refusal("invalid-token") from None
    named = Session.owner_id == UUID(claims["sub"]), Session.id == UUID(claims["sid"])
    user_id = await database.scalar(select(Session.owner_id).where(*named))
    if user_id is None or claims["type"] != "access":
        raise refusal("session-revoked")
    return user_id


CallerId = Annotated[UUID, Depends(caller_id)]

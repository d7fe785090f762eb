"""The tokens of mailed links: 256 random bits, of which only a hash is kept."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.auth.models import OneTimeToken
from project.database.base import now
from project.errors import LinkExpired
from project.extensions import db, settings

VERIFY, CHANGE, RESET = "verify_email", "change_email", "reset_password"
NEVER = datetime.max.replace(tzinfo=UTC)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def lifetime(purpose: str) -> timedelta:
    return timedelta(seconds=settings.reset_link_seconds if purpose == RESET else settings.verify_link_seconds)


def make(
    user_id: UUID, purpose: str, address: str, *, requested_at: datetime | None, pause_from: datetime = NEVER
) -> str | None:
    """A new token, which replaces the user's previous one for this purpose.

    None if that one was requested after `pause_from`: of concurrent requests exactly one makes a token.
    """
    token = secrets.token_urlsafe(32)
    fresh = {
        "token_hash": digest(token),
        "address": address,
        "requested_at": requested_at,
        "expires_at": now() + lifetime(purpose),
    }
    is_late_enough = or_(OneTimeToken.requested_at.is_(None), OneTimeToken.requested_at <= pause_from)
    made = (
        insert(OneTimeToken)
        .values(user_id=user_id, purpose=purpose, **fresh)
        .on_conflict_do_update(index_elements=["user_id", "purpose"], set_=fresh, where=is_late_enough)
        .returning(OneTimeToken.user_id)
    )
    return token if db.session.execute(made).first() else None


def find(token: str, *purposes: str) -> OneTimeToken:
    """Return the token's row if it is valid for one of these purposes; raises LinkExpired."""
    found = select(OneTimeToken).where(
        OneTimeToken.token_hash == digest(token),
        OneTimeToken.purpose.in_(purposes),
        OneTimeToken.expires_at > now(),
    )
    proof = db.session.scalars(found).one_or_none()
    if proof is None:
        raise LinkExpired()
    return proof


def address(user_id: UUID, purpose: str) -> str | None:
    """Return the address to which this user was sent a link that is still valid."""
    mine = (OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose, OneTimeToken.expires_at > now())
    return db.session.execute(select(OneTimeToken.address).where(*mine)).scalar()


def spend(proof: OneTimeToken) -> None:
    """Consume the token: of concurrent uses exactly one succeeds, the others raise LinkExpired."""
    spent = delete(OneTimeToken).where(OneTimeToken.token_hash == proof.token_hash).returning(OneTimeToken.user_id)
    if db.session.execute(spent, execution_options={"synchronize_session": False}).first() is None:
        raise LinkExpired()


def revoke(user_id: UUID, *purposes: str) -> None:
    db.session.execute(
        delete(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(purposes)),
        execution_options={"synchronize_session": False},
    )

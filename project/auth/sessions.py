"""Sessions: a signed-in device, whose refresh token changes with every use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, delete, select, update

from project.auth.models import Session
from project.database.base import new_id, now
from project.database.reading import fetch
from project.errors import NotFound, SessionRevoked
from project.extensions import db, settings

log = structlog.get_logger()

TABLE = Session.__table__
OWNER = select(TABLE.c.user_id).where(TABLE.c.id == bindparam("session_id"))  # of columns: asked at each request


def start(user_id: UUID, *, device: str, ip: str) -> Session:
    """Sign a device in."""
    moment = now()
    session = Session(
        id=new_id(),
        user_id=user_id,
        current_jti=new_id(),
        rotated_at=moment,
        device=device,
        ip=ip,
        created_at=moment,
        last_used_at=moment,
        expires_at=expiry(moment, moment),
    )
    db.session.add(session)
    return session


def expiry(created_at: datetime, used_at: datetime) -> datetime:
    """A session ends REFRESH_TOKEN_SECONDS after its last use, and SESSION_SECONDS after it began at the latest."""
    unused = used_at + timedelta(seconds=settings["REFRESH_TOKEN_SECONDS"])
    return min(unused, created_at + timedelta(seconds=settings["SESSION_SECONDS"]))


def owner(session_id: UUID) -> UUID | None:
    """Whose session this is; None when it has ended. A session's row proves that its user exists."""
    return fetch(OWNER, {"session_id": session_id}).scalar()


def rotate(session_id: UUID, jti: UUID) -> Session:
    """Spend a refresh token: the session gets a new one (RFC 9700 §4.14.2).

    The token before is good for REFRESH_GRACE_SECONDS more and yields the same successor, for a phone that lost the
    answer. Any other is a replay: the session ends, and SessionRevoked is raised, also when it had ended before.
    """
    session = spend(session_id, jti) or db.session.get(Session, session_id, populate_existing=True)
    if session is None:
        raise SessionRevoked()
    if jti in (session.current_jti, session.previous_jti) and is_within_grace(session):
        return session
    log.warning("refresh_replayed", session=str(session_id), user=str(session.user_id))
    db.session.execute(delete(Session).where(Session.id == session_id))
    raise SessionRevoked()


def spend(session_id: UUID, jti: UUID) -> Session | None:
    """Rotate in one statement, so that of many refreshes at once exactly one does; None for the others."""
    moment = now()
    created_at = db.session.execute(select(Session.created_at).where(Session.id == session_id)).scalar()
    if created_at is None:
        return None
    rotated = (
        update(Session)
        .where(Session.id == session_id, Session.current_jti == jti)
        .values(
            previous_jti=jti,
            current_jti=new_id(),
            rotated_at=moment,
            last_used_at=moment,
            expires_at=expiry(created_at, moment),
        )
        .returning(Session)
    )
    return db.session.scalars(rotated).one_or_none()


def is_within_grace(session: Session) -> bool:
    return now() - session.rotated_at <= timedelta(seconds=settings["REFRESH_GRACE_SECONDS"])


def of_user(user_id: UUID, current: UUID) -> list[dict[str, Any]]:
    """The user's devices, the one used last first."""
    living = (
        select(Session)
        .where(Session.user_id == user_id, Session.expires_at > now())
        .order_by(Session.last_used_at.desc(), Session.id)
    )
    return [describe(session, current) for session in db.session.scalars(living)]


def describe(session: Session, current: UUID) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device,
        "ip": session.ip,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "current": session.id == current,
    }


def end(session_id: UUID, user_id: UUID) -> None:
    """Sign one device out; raises NotFound when it is not this user's."""
    ended = delete(Session).where(Session.id == session_id, Session.user_id == user_id).returning(Session.id)
    if db.session.execute(ended).first() is None:
        raise NotFound()
    log.info("session_ended", session=str(session_id), user=str(user_id))


def end_all(user_id: UUID, *, but: Sequence[UUID] = ()) -> None:
    """Sign out all of the user's devices, but for those named."""
    db.session.execute(delete(Session).where(Session.user_id == user_id, Session.id.not_in(but)))
    log.info("sessions_ended", user=str(user_id))

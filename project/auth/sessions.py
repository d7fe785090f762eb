"""Sessions of signed-in devices. A refresh token changes with every use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, bindparam, delete, false, select, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from project.auth.models import Session
from project.database.base import new_id, now
from project.database.reading import fetch
from project.errors import NotFound, SessionRevoked
from project.extensions import db, settings
from project.web.client_address import network_of

log = structlog.get_logger()

MOST = 50  # sessions of a user; a further sign-in ends the one used least recently

TABLE = Session.__table__
IS_NEWS = and_(TABLE.c.current_jti == bindparam("jti"), TABLE.c.arrived.is_(false()))
OPEN = select(IS_NEWS.label("is_news")).where(
    TABLE.c.owner_id == bindparam("owner_id"), TABLE.c.id == bindparam("session_id")
)
"""Selects columns instead of an entity, since every request runs it."""


def key(owner_id: UUID, session_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Session.owner_id == owner_id, Session.id == session_id


def start(owner_id: UUID, authenticated_by: Sequence[str], *, device: str, ip: str) -> Session:
    """Sign a device in. The caller holds the user's row."""
    moment = now()
    session = Session(
        id=new_id(),
        owner_id=owner_id,
        current_jti=new_id(),
        rotated_at=moment,
        device=device,
        ip=ip,
        created_at=moment,
        last_used_at=moment,
        expires_at=expiry(moment, moment),
        authenticated_by=list(authenticated_by),
    )
    db.session.add(session)
    db.session.flush()
    latest = Session.last_used_at.desc(), Session.id.desc()
    surplus = select(Session.id).where(Session.owner_id == owner_id).order_by(*latest).offset(MOST)
    ended = delete(Session).where(Session.owner_id == owner_id, Session.id.in_(surplus))
    db.session.execute(ended, execution_options={"synchronize_session": False})
    return session


def expiry(created_at: datetime, used_at: datetime) -> datetime:
    """A session ends REFRESH_TOKEN_SECONDS after its last use, and SESSION_SECONDS after it began at the latest."""
    unused = used_at + timedelta(seconds=settings.refresh_token_seconds)
    return min(unused, created_at + timedelta(seconds=settings.session_seconds))


def is_open(owner_id: UUID, session_id: UUID, jti: UUID) -> bool:
    """Whether the user's session has not ended. Its row proves that the user exists.

    The first request with a new pair of tokens, which `jti` names, confirms that the pair arrived.
    """
    found = fetch(OPEN, {"owner_id": owner_id, "session_id": session_id, "jti": jti}).first()
    if found and found.is_news:
        confirm_in_own_transaction(owner_id, session_id, jti)
    return found is not None


def confirm_in_own_transaction(owner_id: UUID, session_id: UUID, jti: UUID) -> None:
    """Commit at once: the request may be one that only reads. If the database is busy, the next request does it."""
    arrived = update(Session).where(*key(owner_id, session_id), Session.current_jti == jti).values(arrived=True)
    try:
        with db.engine.begin() as connection:
            connection.execute(arrived)
    except (InternalError, OperationalError, PoolExhausted) as error:
        log.warning("confirmation_postponed", session=str(session_id), error=type(error).__name__)


def rotate(owner_id: UUID, session_id: UUID, jti: UUID, *, ip: str) -> Session:
    """Spend a refresh token: the session gets a new pair (RFC 9700 §4.14.2).

    The previous token yields the same successor until a request with the new pair arrives, and within
    REFRESH_GRACE_SECONDS, so that a lost answer signs nobody out. Any other use is a replay and ends the session.
    Raises SessionRevoked for a session that has ended, now or before.
    """
    if session := spend(owner_id, session_id, jti, ip=ip):
        return session
    session = db.session.get(Session, (owner_id, session_id), populate_existing=True, with_for_update=True)
    if session is None or session.current_jti == jti or session.expires_at <= now():
        raise SessionRevoked()
    is_late = now() - session.last_used_at > timedelta(seconds=settings.refresh_grace_seconds)
    if session.previous_jti == jti and not (is_late and session.arrived):
        if is_late:
            session.last_used_at = now()  # those that repeat concurrently have the grace too
        note_if_elsewhere(session, ip)
        return session
    log.warning("refresh_replayed", session=str(session_id), user=str(owner_id), ip=ip)
    db.session.execute(delete(Session).where(*key(owner_id, session_id)))
    raise SessionRevoked()


def spend(owner_id: UUID, session_id: UUID, jti: UUID, *, ip: str) -> Session | None:
    """Rotate in one statement, so that exactly one of several concurrent refreshes does; None for the others.

    None also for a session older than SESSION_SECONDS, if that was lowered after the token was made.
    """
    moment = now()
    created_at = db.session.execute(select(Session.created_at).where(*key(owner_id, session_id))).scalar()
    if created_at is None or (expires_at := expiry(created_at, moment)) <= moment:
        return None
    rotated = (
        update(Session)
        .where(*key(owner_id, session_id), Session.current_jti == jti)
        .values(
            previous_jti=jti,
            current_jti=new_id(),
            arrived=False,
            rotated_at=moment,
            last_used_at=moment,
            expires_at=expires_at,
            refreshed_from=ip,
        )
        .returning(Session)
    )
    return db.session.scalars(rotated).one_or_none()


def note_if_elsewhere(session: Session, ip: str) -> None:
    """A refresh repeated from another network may be a phone on the move, or a thief: show it to the user."""
    if network_of(ip) != network_of(session.refreshed_from or session.ip):
        log.warning("refresh_repeated_elsewhere", session=str(session.id), user=str(session.owner_id), ip=ip)
        session.reused_elsewhere = True


def of_user(owner_id: UUID, current: UUID) -> list[dict[str, Any]]:
    """The user's devices, most recently used first."""
    living = (
        select(Session)
        .where(Session.owner_id == owner_id, Session.expires_at > now())
        .order_by(Session.last_used_at.desc(), Session.id)
    )
    return [describe(session, current) for session in db.session.scalars(living)]


def describe(session: Session, current: UUID) -> dict[str, Any]:
    return {
        "id": session.id,
        "kind": "app",
        "device": session.device,
        "ip": session.ip,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "current": session.id == current,
        "reused_elsewhere": session.reused_elsewhere,
        "authenticated_by": session.authenticated_by,
    }


def end(session_id: UUID, owner_id: UUID) -> None:
    """Sign one device out; raises NotFound when it is not this user's."""
    ended = delete(Session).where(*key(owner_id, session_id)).returning(Session.id)
    if db.session.execute(ended).first() is None:
        raise NotFound()
    log.info("session_ended", session=str(session_id), user=str(owner_id))


def end_all(owner_id: UUID, *, but: Sequence[UUID] = ()) -> None:
    """Sign out all of the user's devices except those named."""
    db.session.execute(delete(Session).where(Session.owner_id == owner_id, Session.id.not_in(but)))
    log.info("sessions_ended", user=str(owner_id))

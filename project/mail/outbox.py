"""The outbox: mails waiting to be sent, written in the transaction that causes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, and_, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from project.database.base import Base, Timestamp, new_id, now
from project.extensions import db

LEASE = timedelta(seconds=60)  # longer than the SMTP deadlines of one mail taken together
FARTHEST = 2 * LEASE  # in the future; what lies beyond was written by a clock that has been set back since
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=45)
GIVE_UP_AFTER = timedelta(days=1)
LAST = "is_last"  # in the context of a mail: the last one of its kind today


class Mail(Base):
    """One mail to one address. Its secrets are made when it is sent; nothing here opens an account."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    template: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    context: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    next_attempt_at: Mapped[datetime] = mapped_column(Timestamp, default=now, index=True)
    leased_until: Mapped[datetime | None] = mapped_column(Timestamp)


def add(template: str, recipient: str, *, user_id: UUID | None = None, **context: str) -> None:
    """Queue a mail; it is sent once the caller's transaction is committed."""
    db.session.add(Mail(template=template, recipient=recipient, user_id=user_id, context=context))


def withdraw(user_id: UUID, *templates: str) -> None:
    """Delete this user's waiting mails of these templates."""
    db.session.execute(delete(Mail).where(Mail.user_id == user_id, Mail.template.in_(templates)))


def recipients(user_id: UUID, template: str) -> Sequence[str]:
    """The addresses of this user's waiting mails of this template."""
    waiting = select(Mail.recipient).where(Mail.user_id == user_id, Mail.template == template)
    return db.session.scalars(waiting).all()


def withdraw_all(user_id: UUID, *addresses: str) -> None:
    """Delete all waiting mails to this user, or to whoever has one of these addresses."""
    unnamed = and_(Mail.user_id.is_(None), Mail.recipient.in_(addresses))
    db.session.execute(delete(Mail).where(or_(Mail.user_id == user_id, unnamed)))


def lease() -> Mail | None:
    """Lease the mail that has been due longest to this worker alone; None when nothing is due.

    The lease of a worker that dies runs out, and the mail is leased again.
    """
    moment = now()
    due = (
        select(Mail.id)
        .where(has_come(Mail.next_attempt_at, moment))
        .where(or_(Mail.leased_until.is_(None), has_come(Mail.leased_until, moment)))
        .order_by(Mail.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Mail)
        .where(Mail.id == due.scalar_subquery())
        .values(leased_until=moment + LEASE, attempts=Mail.attempts + 1)
        .returning(Mail)
    )
    return db.session.scalars(taken, execution_options={"synchronize_session": False}).one_or_none()


def has_come(time: InstrumentedAttribute[Any], moment: datetime) -> ColumnElement[bool]:
    return or_(time <= moment, time > moment + FARTHEST)


def renew(mail_id: UUID) -> bool:
    """Extend the lease and lock the row until the transaction ends; return whether the mail still exists."""
    renewed = update(Mail).where(Mail.id == mail_id).values(leased_until=now() + LEASE).returning(Mail.id)
    return db.session.execute(renewed).first() is not None


def remove(mail_id: UUID) -> None:
    db.session.execute(delete(Mail).where(Mail.id == mail_id))


def postpone(mail: Mail) -> None:
    """Try again after a pause that doubles with each attempt, up to 45 seconds."""
    pause = min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE)
    later = update(Mail).where(Mail.id == mail.id).values(next_attempt_at=now() + pause, leased_until=None)
    db.session.execute(later)


def is_hopeless(mail: Mail) -> bool:
    """Return whether the mail has failed for a day and should be dropped."""
    return now() - mail.created_at > GIVE_UP_AFTER

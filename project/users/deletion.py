"""The end of an account: deleted by its owner, or because nobody verified it in time."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sql
import structlog

from project.contacts import books
from project.database import placement
from project.database.base import Base, now
from project.database.portions import PORTION
from project.extensions import db, settings
from project.mail import outbox
from project.pictures import removals
from project.users.models import User

log = structlog.get_logger()


def delete(user: User) -> None:
    """Delete the account and all that belongs to it: contacts, sessions, tokens, pictures, mails still waiting.

    The account's row goes first: a concurrent sign-in, which locks it, finishes before or finds no account.
    """
    removals.queue(str(user.id))
    outbox.withdraw_all(user.id, user.email, user.email_key)
    db.session.execute(sql.delete(User).where(User.id == user.id))
    remove_owned(user.id)
    log.info("user_deleted", user=str(user.id))


def remove_owned(owner_id: UUID) -> None:
    """Delete an owner's rows from all tables that are placed by owner, none of which refers to the account.

    A concurrent writer of contacts finishes before, or starts a new book, which it may not.
    """
    books.lock(owner_id)
    for table in placement.roots(Base.metadata):
        db.session.execute(sql.delete(table).where(table.c.owner_id == owner_id))


def is_overdue() -> sql.ColumnElement[bool]:
    """Whether nobody verified the account within UNVERIFIED_DAYS."""
    oldest = now() - timedelta(days=settings.unverified_days)
    return sql.and_(User.email_verified_at.is_(None), User.created_at <= oldest)


def overdue() -> Iterator[UUID]:
    """The overdue accounts, oldest first, read in portions; the caller deletes each before the next portion."""
    some = sql.select(User.id).where(is_overdue()).order_by(User.created_at).limit(PORTION)
    while found := db.session.scalars(some).all():
        yield from found


def delete_unverified(user_id: UUID) -> bool:
    """Delete an account unless it has been verified meanwhile; return whether it was deleted."""
    unverified = (User.id == user_id, User.email_verified_at.is_(None))
    locked = sql.update(User).where(*unverified).values(updated_at=User.updated_at).returning(User)
    user = db.session.scalars(locked, execution_options={"synchronize_session": False}).one_or_none()
    if user:
        delete(user)
    return user is not None


def vacate(*held: sql.ColumnElement[bool]) -> None:
    """Delete the overdue accounts that hold one of these names or addresses."""
    for user_id in db.session.scalars(sql.select(User.id).where(sql.or_(*held), is_overdue())).all():
        delete_unverified(user_id)

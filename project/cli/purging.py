"""Remove what has expired in small steps, each a transaction: daily in the mail worker, or by `flask purge`."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sql
import structlog
from sqlalchemy import CursorResult

from project.auth import networks
from project.auth.models import KnownNetwork, OneTimeToken, Session
from project.contacts import purge as contacts_purge
from project.contacts import renewal
from project.contacts.carddav import pending
from project.database.base import Base, now
from project.database.portions import PORTION
from project.extensions import db
from project.pictures import removals
from project.users import deletion
from project.users.factors import totp
from project.users.factors.models import Challenge, SecondFactor

DAY_SECONDS, HOUR_SECONDS = 24 * 60 * 60.0, 60 * 60.0
CHORE_SECONDS = 2.0  # after which mails have their turn

log = structlog.get_logger()


def chores() -> Iterator[tuple[str, Iterable[int]]]:
    """What each chore counts, and its counts, one for each transaction."""
    yield "sessions removed", removed(Session, Session.expires_at <= now())
    yield "one-time tokens removed", removed(OneTimeToken, OneTimeToken.expires_at <= now())
    yield "challenges removed", removed(Challenge, Challenge.expires_at <= now())
    yield "unconfirmed factors removed", removed(SecondFactor, totp.is_outdated())
    yield "unverified accounts removed", each(deletion.delete_unverified, deletion.overdue())
    yield "networks forgotten", removed(KnownNetwork, networks.is_outdated())
    yield "contacts purged from bins", each(contacts_purge.empty_bin, contacts_purge.owners_of_expired())
    yield "tombstones forgotten", each(contacts_purge.forget, contacts_purge.owners_of_forgettable())
    yield "contacts measured", each(contacts_purge.measure, contacts_purge.owners_of_unmeasured())
    yield "search keys renewed", renewal.commit_all()
    yield "photos of phones stored", pending.commit_all()
    yield "dropped pictures handled", iter([removals.commit_due_removals()])


def removed(model: type[Base], condition: sql.ColumnElement[bool]) -> Iterator[int]:
    """Delete the rows that meet the condition, some in each transaction."""
    key = sql.inspect(model).primary_key
    some = sql.select(*key).where(condition).limit(PORTION)
    statement = sql.delete(model).where(sql.tuple_(*key).in_(some), condition)
    count = PORTION
    while count == PORTION:
        result = db.session.execute(statement, execution_options={"synchronize_session": False})
        db.session.commit()
        yield (count := cast(CursorResult[Any], result).rowcount)


def each(step: Callable[[UUID], int], ids: Iterable[UUID]) -> Iterator[int]:
    """Commit step by step for each id, until a step finds less than a full portion."""
    for key in ids:
        count = contacts_purge.AT_ONCE
        while count == contacts_purge.AT_ONCE:
            count = step(key)
            db.session.commit()
            yield count


def steps() -> Iterator[tuple[str, int]]:
    """Remove what has expired; after each step, its kind and how many it removed."""
    for kind, counts in chores():
        for count in counts:
            yield kind, count


class Daily:
    """A chore that purges once a day, some seconds at a time; if that fails, again in an hour."""

    def __init__(self) -> None:
        self.due_at = 0.0
        self.rest: Iterator[tuple[str, int]] | None = None

    def __call__(self) -> None:
        started = time.monotonic()
        if self.rest is None and started >= self.due_at:
            self.rest, self.due_at = steps(), started + HOUR_SECONDS
        while self.rest is not None and time.monotonic() < started + CHORE_SECONDS:
            self.go_on(self.rest)

    def go_on(self, rest: Iterator[tuple[str, int]]) -> None:
        self.rest = None  # where a step raises
        step = next(rest, None)
        if step is None:
            self.due_at = time.monotonic() + DAY_SECONDS
            return
        self.rest = rest
        if step[1]:
            log.info("purged", kind=step[0], count=step[1])

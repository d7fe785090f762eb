"""What keeps a service going: mails are sent, what has expired is removed, and a restored backup is made known."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from uuid import UUID

import click
import sqlalchemy as sql
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy import CursorResult
from sqlalchemy.exc import DBAPIError

from project.auth import networks
from project.auth.models import KnownNetwork, OneTimeToken, Session
from project.cli.long_runs import bar, unhurried
from project.contacts import books
from project.contacts import purge as contacts_purge
from project.contacts.carddav import pending
from project.database.base import Base, now
from project.database.portions import PORTION
from project.extensions import db
from project.mail import worker
from project.pictures import removals
from project.users import deletion
from project.users.factors import totp
from project.users.factors.models import Challenge, SecondFactor

CHORES = (removals.commit_due_removals,)
"""What the mail worker does between mails."""


@click.command("mail-worker")
@click.pass_obj
def mail_worker(script: ScriptInfo) -> None:
    """Send the mails of the outbox until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(script.load_app(), stop, CHORES)


@click.command()
@with_appcontext
def purge() -> None:
    """Remove what has expired: sessions, tokens, challenges, unverified users, bins, tombstones, dropped pictures.

    Photos that the picture store did not take from phones are offered to it again.
    """
    with unhurried():
        for name, counts in chores():
            with bar(counts, name.capitalize(), show_pos=True) as progress:
                count = sum(progress)
            click.echo(f"{count} {name}")


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
    yield "photos of phones stored", pending.commit_all()
    yield "dropped pictures handled", iter([removals.commit_due_removals()])


def removed(model: type[Base], condition: sql.ColumnElement[bool]) -> Iterator[int]:
    """Delete the rows of which the condition holds, some in a transaction."""
    key = sql.inspect(model).primary_key
    some = sql.select(*key).where(condition).limit(PORTION)
    statement = sql.delete(model).where(sql.tuple_(*key).in_(some), condition)
    count = PORTION
    while count == PORTION:
        result = db.session.execute(statement, execution_options={"synchronize_session": False})
        db.session.commit()
        yield (count := cast(CursorResult[Any], result).rowcount)


def each(step: Callable[[UUID], int], ids: Iterable[UUID]) -> Iterator[int]:
    """Commit step by step for each id, until a step finds less than it does at once."""
    for key in ids:
        count = contacts_purge.AT_ONCE
        while count == contacts_purge.AT_ONCE:
            count = step(key)
            db.session.commit()
            yield count


@click.command()
@click.option("--after", type=click.UUID, default=UUID(int=0), help="Go on where an interrupted run says.")
@with_appcontext
def resync(after: UUID) -> None:
    """Let every device synchronise from the beginning, as it must after a backup was restored."""
    with unhurried(), bar(None, "Address books", length=books.count(after), item_show_func=str) as progress:
        try:
            while owners := books.invalidate_sync_tokens(after):
                db.session.commit()
                after = owners[-1]
                progress.update(len(owners), after)
        except (DBAPIError, KeyboardInterrupt) as error:
            raise click.ClickException(f"Interrupted. Go on with: flask resync --after {after}") from error
    click.echo(f"{progress.pos} address books")

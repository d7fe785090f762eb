"""What keeps a service going: mails are sent, what has expired is removed, and a restored backup is made known."""

import signal
import threading
from typing import Any, cast
from uuid import UUID

import click
import sqlalchemy as sql
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy import CursorResult

from project.auth import networks
from project.auth.models import OneTimeToken, Session
from project.contacts import books
from project.contacts import purge as contacts_purge
from project.contacts.carddav import pending
from project.database.base import now
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
    counts = {
        "sessions removed": removed(sql.delete(Session).where(Session.expires_at <= now())),
        "one-time tokens removed": removed(sql.delete(OneTimeToken).where(OneTimeToken.expires_at <= now())),
        "challenges removed": removed(sql.delete(Challenge).where(Challenge.expires_at <= now())),
        "unconfirmed factors removed": removed(sql.delete(SecondFactor).where(totp.is_outdated())),
        "unverified accounts removed": sum(map(unverified_removed, deletion.overdue())),
        "networks forgotten": removed(networks.outdated()),
        "contacts purged from bins": sum(map(purged, contacts_purge.owners_of_expired())),
        "tombstones forgotten": sum(map(forgotten, contacts_purge.owners_of_forgettable())),
        "contacts measured": sum(map(measured, contacts_purge.owners_of_unmeasured())),
        "photos of phones stored": pending.commit_all(),
        "dropped pictures handled": removals.commit_due_removals(),
    }
    for name, count in counts.items():
        click.echo(f"{count} {name}")


def removed(statement: sql.Delete) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()
    return cast(CursorResult[Any], result).rowcount


def unverified_removed(user_id: UUID) -> bool:
    is_removed = deletion.delete_unverified(user_id)
    db.session.commit()
    return is_removed


def purged(owner_id: UUID) -> int:
    count = contacts_purge.empty_bin(owner_id)
    db.session.commit()
    return count


def forgotten(owner_id: UUID) -> int:
    count = contacts_purge.forget(owner_id)
    db.session.commit()
    return count


def measured(owner_id: UUID) -> int:
    count = 0
    while some := contacts_purge.measure(owner_id):
        db.session.commit()
        count += some
    db.session.rollback()
    return count


@click.command()
@with_appcontext
def resync() -> None:
    """Let every device synchronise from the beginning, as it must after a backup was restored."""
    count = books.invalidate_sync_tokens()
    db.session.commit()
    click.echo(f"{count} address books")

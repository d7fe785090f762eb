"""The commands that an operator types: `flask mail-worker`, `purge`, `resync`, `seed`, `user …`."""

import secrets
import signal
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast
from uuid import UUID

import click
import sqlalchemy as sql
from flask import Flask
from flask.cli import AppGroup, ScriptInfo, with_appcontext
from sqlalchemy import CursorResult

from project import removals
from project.auth import sessions as auth_sessions
from project.auth.models import OneTimeToken, Session
from project.contacts import books, samples
from project.contacts import purge as contacts_purge
from project.contacts import service as contacts_service
from project.contacts.writing import OpenBook
from project.database import now
from project.extensions import db
from project.mail import worker
from project.users import passwords
from project.users import service as users
from project.users.models import User

SEEDED_AT_ONCE = 500

user = AppGroup("user", help="Look after accounts.")


@click.command("mail-worker")
@click.pass_obj
def mail_worker(script: ScriptInfo) -> None:
    """Send the mails of the outbox until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(script.load_app(), stop)


@click.command()
@with_appcontext
def purge() -> None:
    """Remove what has expired: sessions, one-time tokens, old contents of bins, old tombstones, dropped pictures."""
    counts = {
        "sessions removed": removed(sql.delete(Session).where(Session.expires_at <= now())),
        "one-time tokens removed": removed(sql.delete(OneTimeToken).where(OneTimeToken.expires_at <= now())),
        "contacts wiped from bins": sum(map(wiped, contacts_purge.owners_of_binned())),
        "tombstones forgotten": sum(map(forgotten, contacts_purge.owners_of_forgettable())),
        "dropped pictures handled": removals.carry_out_due(),
    }
    for name, count in counts.items():
        click.echo(f"{count} {name}")


def removed(statement: sql.Delete) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()
    return cast(CursorResult[Any], result).rowcount


def wiped(owner_id: UUID) -> int:
    count = contacts_purge.wipe(owner_id)
    db.session.commit()
    return count


def forgotten(owner_id: UUID) -> int:
    count = contacts_purge.forget(owner_id)
    db.session.commit()
    return count


@click.command()
@with_appcontext
def resync() -> None:
    """Let every device synchronise from the beginning, as it must after a backup was restored."""
    count = books.outrun()
    db.session.commit()
    click.echo(f"{count} address books")


@click.command()
@click.option("--username", default="demo", show_default=True)
@click.option("--contacts", "number", default=1_000, show_default=True, help="How many contacts to add.")
@with_appcontext
def seed(username: str, number: int) -> None:
    """Make a user for demonstrations, or take the one there is, and add contacts in several scripts."""
    account = users.find(username) or demonstration_user(username)
    with click.progressbar(length=number, label="Adding contacts") as progress:
        for some in batched(samples.contacts(number), SEEDED_AT_ONCE):
            book = OpenBook(account.id)
            for content in some:
                contacts_service.create(book, content)
            book.write()
            db.session.commit()
            progress.update(len(some))


def demonstration_user(username: str) -> User:
    password = secrets.token_urlsafe(12)
    account = users.create(username, f"{username}@example.org", passwords.make_hash(password))
    account.email_verified_at = now()
    db.session.commit()
    click.echo(f"Signed up {username} with the password {password}")
    return account


def batched(items: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(items, size)):
        yield some


@user.command("list")
def list_users() -> None:
    """List all accounts, the oldest first."""
    for account in db.session.scalars(sql.select(User).order_by(User.created_at, User.id)):
        state = "verified" if account.email_verified_at else "not verified"
        click.echo(f"{account.id}  {account.username}  {account.email}  {state}")


@user.command()
@click.argument("name")
def verify(name: str) -> None:
    """Take an address as proved, without a mail."""
    account = named(name)
    account.email_verified_at = account.email_verified_at or now()
    db.session.commit()


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Delete the account with all its contacts?")
def delete(name: str) -> None:
    """Delete an account with all that belongs to it."""
    users.delete(named(name))
    db.session.commit()


@user.command("sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """End all sessions of an account."""
    auth_sessions.end_all(named(name).id)
    db.session.commit()


def named(name: str) -> User:
    account = users.find(name)
    if account is None:
        raise click.ClickException(f"There is no account {name!r}.")
    return account


def init_app(app: Flask) -> None:
    for command in (mail_worker, purge, resync, seed, user):
        app.cli.add_command(command)

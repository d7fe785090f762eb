"""Import, export and make up address books, some contacts at a time, so that nobody waits for long."""

import secrets
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

import click
from flask.cli import AppGroup, with_appcontext

from project.cli.accounts import named
from project.contacts import books, samples
from project.contacts import service as contacts_service
from project.contacts.exchange import json_reader
from project.contacts.exchange.card import Found
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.exporting import FORMATS
from project.contacts.exchange.importing import Import
from project.contacts.exchange.report import Report
from project.contacts.exchange.vcard import reader as vcard_reader
from project.contacts.open_book import OpenBook
from project.database.base import now
from project.errors import Problem
from project.extensions import db
from project.users import passwords
from project.users import service as users
from project.users.models import User
from project.users.schemas import Username

AT_ONCE = 500
READERS = {"vcard": vcard_reader.read, "csv": csv_reader.read, "json": json_reader.read}
ENDINGS = {".vcf": "vcard", ".vcard": "vcard", ".csv": "csv", ".json": "json"}

Item = TypeVar("Item")

contacts = AppGroup("contacts", help="Bring address books in, and take them out.")
owned = click.option("--user", "name", required=True, metavar="NAME", help="Whose: a user name or an e-mail address.")


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@owned
@click.option("--format", "kind", type=click.Choice(list(READERS)), help="Unless the name of the file ends in it.")
def bring_in(file: str, name: str, kind: str | None) -> None:
    """Import the contacts of FILE; the same file again changes nothing.

    What could not be imported is listed, and then the exit status is 1.
    """
    importing = Import(named(name).id)
    cards, lines = read(file, kind or ENDINGS.get(Path(file).suffix.lower()))
    with click.progressbar(length=lines, label="Importing", file=sys.stderr) as progress:
        for some in batched(cards, AT_ONCE):
            keep(importing.bring(some), name)
            progress.update(max(some[-1].line - progress.pos, 0))
        progress.update(lines - progress.pos)
    tell(importing.report, file)


def read(file: str, kind: str | None) -> tuple[Iterator[Found], int]:
    """The cards of a file, and how many lines it has."""
    if kind is None:
        raise click.UsageError(f"What is in {file}? Say it with --format.")
    with click.open_file(file, "rb") as source:
        data = source.read()
    try:
        return READERS[kind](data), data.count(b"\n") + 1
    except Problem as problem:
        raise click.ClickException(str(problem)) from None


def keep(book: OpenBook, name: str) -> None:
    """Commit what was written; somebody whose account was deleted meanwhile gets no new book."""
    if not book.has_changes:
        db.session.rollback()
        return
    named(name)
    db.session.commit()


def tell(report: Report, file: str) -> None:
    for failure in report.show()["failed"]:
        click.echo(f"{file}:{failure['line']}: {failure['name']}: {failure['detail']}", err=True)
    if report.unknown_columns:
        click.echo(f"Unknown columns: {', '.join(report.unknown_columns)}", err=True)
    click.echo(f"{report.created} created, {report.unchanged} unchanged, {report.updated} updated")
    if report.photos_pending:
        click.echo(f"{report.photos_pending} photos are pending: import the file again.", err=True)
    if report.failed:
        raise click.ClickException(f"{len(report.failed)} failed.")


@contacts.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True), default="-")
@owned
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), help="Unless the name of the file ends in it.")
def take_out(file: str, name: str, kind: str | None) -> None:
    """Export all contacts to FILE or standard output, as vCard 4.0 by default."""
    owner_id = named(name).id
    chosen = FORMATS[kind or format_of(file)]
    pieces, living = chosen.write(owner_id), books.state(owner_id).contact_count
    progress = click.progressbar(pieces, living, label="Exporting", file=sys.stderr)
    with click.open_file(file, "wb") as target, progress as written:
        target.writelines(written)


def format_of(file: str) -> str:
    """The format that the file's ending names; vCard without one, and on standard output."""
    ending = Path(file).suffix.lower()
    if ending and ending not in ENDINGS:
        raise click.ClickException(f"What shall be in {file}? Say it with --format.")
    return ENDINGS.get(ending, "vcard")


@click.command()
@click.option("--username", default="demo", show_default=True)
@click.option("--contacts", "number", type=click.IntRange(0), default=1_000, show_default=True, help="How many to add.")
@with_appcontext
def seed(username: str, number: int) -> None:
    """Add contacts in several scripts to a demonstration user, who is created if need be."""
    account = users.find(username) or demonstration_user(Username().deserialize(username))
    with click.progressbar(length=number, label="Adding contacts") as progress:
        for some in batched(samples.contacts(number), AT_ONCE):
            book = OpenBook(account.id)
            for content in some:
                contacts_service.create(book, content)
            book.write()
            db.session.commit()
            progress.update(len(some))
    click.echo(f"Added {number} contacts. `flask user password {account.username}` gives another password.")


def demonstration_user(username: str) -> User:
    password = secrets.token_urlsafe(12)
    account = users.create(username, f"{username}@example.org", passwords.make_hash(password))
    account.email_verified_at = now()
    db.session.commit()
    click.echo(f"Signed up {username} with the password {password}")
    return account


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some

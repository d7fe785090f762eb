"""Manage accounts: list, add, verify, give a new password, sign out, remove second factors, delete."""

import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from getpass import GetPassWarning
from typing import Any

import click
import sqlalchemy as sql
from flask.cli import AppGroup

from project.auth import schemas
from project.auth import service as auth_service
from project.auth.models import Session
from project.cli.long_runs import bar, unhurried
from project.contacts import books
from project.database.base import now
from project.database.portions import portions
from project.extensions import db
from project.mail import outbox
from project.users import deletion, passwords
from project.users import service as users
from project.users.models import User
from project.users.names import email_key, username_key

user = AppGroup("user", help="Manage accounts.")
new_password = click.option("--password-stdin", "from_stdin", is_flag=True, help="Take one line of standard input.")


@user.command("list")
@click.option("--search", metavar="TEXT", help="Only names and addresses with this text in them.")
@click.option("--unverified", is_flag=True, help="Only accounts whose address nobody proved.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
def list_users(search: str | None, unverified: bool, as_json: bool) -> None:  # noqa: FBT001
    """List accounts, the oldest first, and when each was last used."""
    query, found = chosen(search, unverified=unverified), []
    total = db.session.execute(sql.select(sql.func.count()).select_from(query.subquery())).scalar_one()
    with unhurried(), bar(None, "Accounts", length=total) as progress:
        for rows in portions(query):
            for account in with_last_use(rows):
                found.append(account) if as_json else click.echo(line_of(account))
            progress.update(len(rows))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))


def chosen(search: str | None, *, unverified: bool) -> sql.Select[*tuple[Any, ...]]:
    query = sql.select(User.id, User.username, User.email, User.email_verified_at, User.created_at)
    if search:
        by_name = User.username_key.contains(username_key(search), autoescape=True)
        query = query.where(by_name | User.email_key.contains(email_key(search), autoescape=True))
    return query.where(User.email_verified_at.is_(None)) if unverified else query


def with_last_use(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Accounts as the API names their fields."""
    latest = sql.select(Session.owner_id, sql.func.max(Session.last_used_at)).group_by(Session.owner_id)
    used = {row[0]: row[1] for row in db.session.execute(latest.where(Session.owner_id.in_([row.id for row in rows])))}
    for row in rows:
        yield {
            "id": row.id,
            "username": row.username,
            "email": row.email,
            "email_verified": row.email_verified_at is not None,
            "created_at": row.created_at,
            "last_used_at": used.get(row.id),
        }


def line_of(account: Mapping[str, Any]) -> str:
    state = "verified" if account["email_verified"] else "not verified"
    last = f"last used {account['last_used_at']:%Y-%m-%d}" if account["last_used_at"] else "not signed in"
    return f"{account['id']}  {account['username']}  {account['email']}  {state}  {last}"


@user.command()
@click.argument("username")
@click.argument("email")
@click.option("--verified", is_flag=True, help="Take the address as proved, and mail nothing.")
@new_password
def add(username: str, email: str, verified: bool, from_stdin: bool) -> None:  # noqa: FBT001
    """Add an account under the API's rules; asks for the password."""
    sent = {"username": username, "email": email, "password": asked_password(from_stdin=from_stdin)}
    account = auth_service.register(**schemas.Registration().load(sent))
    if verified:
        account.email_verified_at = now()
        outbox.withdraw(account.id, "verify_email")
    db.session.commit()
    state = "verified" if verified else "a mail with a link goes there"
    click.echo(f"Added {account.username} ({account.email}, {state}).")


@user.command("password")
@click.argument("name")
@new_password
def set_password(name: str, from_stdin: bool) -> None:  # noqa: FBT001
    """Give an account another password, and end all its sessions; asks for the password."""
    account = named(name)
    given = schemas.Registration().fields["password"].deserialize(asked_password(from_stdin=from_stdin))
    passwords.check_strength(given, account.username, account.email)
    auth_service.set_password(account, passwords.make_hash(given))
    db.session.commit()
    click.echo(f"{described(account)} has another password, and all sessions have ended.")


def asked_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
        except GetPassWarning:
            raise click.ClickException("No terminal to ask for the password on: use --password-stdin.") from None


@user.command()
@click.argument("name")
def verify(name: str) -> None:
    """Mark an address as verified, without a mail."""
    account = named(name)
    account.email_verified_at = account.email_verified_at or now()
    db.session.commit()
    click.echo(f"{described(account)} is verified.")


@user.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:  # noqa: FBT001
    """Delete an account with all that belongs to it."""
    account = named(name)
    whose = f"{described(account)} with {books.state(account.id).contact_count} contacts"
    if not yes:
        click.confirm(f"Delete {whose}, sessions, pictures and all?", abort=True)
    deletion.delete(account)
    db.session.commit()
    click.echo(f"Deleted {whose}.")


@user.command("sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """End all sessions of an account, and its app passwords."""
    account = named(name)
    auth_service.end_all(account.id)
    db.session.commit()
    click.echo(f"{described(account)} is signed out everywhere.")


@user.command("remove-second-factors")
@click.argument("name")
def remove_second_factors(name: str) -> None:
    """Switch off the second factors of an owner who lost them, and end all sessions."""
    count = auth_service.remove_factors(named(name))
    db.session.commit()
    click.echo(f"{count} second factors removed")


def described(account: User) -> str:
    return f"{account.username} ({account.email})"


def named(name: str) -> User:
    account = users.find(name)
    if account is None:
        raise click.ClickException(f"There is no account {name!r}.")
    return account

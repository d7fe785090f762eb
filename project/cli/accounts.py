"""Manage accounts: list, verify, sign out, remove second factors, delete."""

import click
import sqlalchemy as sql
from flask.cli import AppGroup

from project.auth import service as auth_service
from project.auth import sessions as auth_sessions
from project.cli.long_runs import bar, unhurried
from project.database.base import now
from project.database.portions import portions
from project.extensions import db
from project.users import deletion
from project.users import service as users
from project.users.models import User

user = AppGroup("user", help="Manage accounts.")


@user.command("list")
def list_users() -> None:
    """List all accounts, the oldest first."""
    people = sql.select(User.id, User.username, User.email, User.email_verified_at)
    total = db.session.execute(sql.select(sql.func.count()).select_from(User)).scalar_one()
    with unhurried(), bar(None, "Accounts", length=total) as progress:
        for rows in portions(people):
            for user_id, username, email, verified_at in rows:
                click.echo(f"{user_id}  {username}  {email}  {'verified' if verified_at else 'not verified'}")
            progress.update(len(rows))


@user.command()
@click.argument("name")
def verify(name: str) -> None:
    """Mark an address as verified, without a mail."""
    account = named(name)
    account.email_verified_at = account.email_verified_at or now()
    db.session.commit()


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Delete the account with all its contacts?")
def delete(name: str) -> None:
    """Delete an account with all that belongs to it."""
    deletion.delete(named(name))
    db.session.commit()


@user.command("sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """End all sessions of an account."""
    auth_sessions.end_all(named(name).id)
    db.session.commit()


@user.command("remove-second-factors")
@click.argument("name")
def remove_second_factors(name: str) -> None:
    """Switch off the second factors of an owner who lost them, and end all sessions."""
    count = auth_service.remove_factors(named(name))
    db.session.commit()
    click.echo(f"{count} second factors removed")


def named(name: str) -> User:
    account = users.find(name)
    if account is None:
        raise click.ClickException(f"There is no account {name!r}.")
    return account

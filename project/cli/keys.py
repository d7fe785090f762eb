"""Show the keys, and encrypt all that is stored with the first one, so that old ones can go."""

from collections.abc import Iterator
from uuid import UUID

import click
import sqlalchemy as sql
from flask.cli import AppGroup, with_appcontext

from project.extensions import db, settings
from project.users.factors import encryption
from project.users.factors.models import SecondFactor
from project.web.signing_keys import key_id

STORED = sql.select(SecondFactor.user_id, SecondFactor.id, SecondFactor.secret).where(SecondFactor.secret.is_not(None))


@click.group(cls=AppGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
def keys(context: click.Context) -> None:
    """Show the keys that are in use, by names that reveal nothing of them; `rotate` changes what is encrypted."""
    if context.invoked_subcommand is None:
        for line in (*signing_keys(), *encryption_keys()):
            click.echo(line)


def signing_keys() -> Iterator[str]:
    for position, key in enumerate(settings.jwt_secret_keys):
        yield f"signing key     {key_id(key)}  {'verifies' if position else 'signs and verifies'}"


def encryption_keys() -> Iterator[str]:
    secrets = [row.secret for row in db.session.execute(STORED)]
    for position, key in enumerate(encryption.keys()):
        readable = [secret for secret in secrets if encryption.is_readable(secret, key)]
        secrets = [secret for secret in secrets if secret not in readable]
        yield f"encryption key  {key_id(key)}  {'decrypts' if position else 'encrypts'}  {len(readable)} secrets"
    if secrets:
        yield f"encryption key  unknown   {len(secrets)} secrets, whose apps need a recovery code or an operator"


@keys.command()
def rotate() -> None:
    """Encrypt what is stored with the first of ENCRYPTION_KEYS, after which the others can go."""
    count = sum(rotated(*stored) for stored in db.session.execute(STORED).all())
    click.echo(f"{count} secrets encrypted with {key_id(encryption.keys()[0])}")


def rotated(user_id: UUID, factor_id: UUID, stored: str | None) -> bool:
    """Encrypt one secret anew, at once; return whether it was readable."""
    secret = encryption.decrypt(stored or "")
    if secret is None:
        return False
    own = (SecondFactor.user_id == user_id, SecondFactor.id == factor_id)
    anew = sql.update(SecondFactor).where(*own).values(secret=encryption.encrypt(secret))
    db.session.execute(anew, execution_options={"synchronize_session": False})
    db.session.commit()
    return True

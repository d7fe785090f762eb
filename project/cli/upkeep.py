"""Commands that keep the service going: send mails, remove what has expired, resync after a restore."""

import signal
import threading
from uuid import UUID

import click
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import DBAPIError

from project.cli import purging
from project.cli.long_runs import bar, unhurried
from project.contacts import books
from project.extensions import db
from project.mail import worker
from project.pictures import removals

CHORES = (removals.commit_due_removals, purging.Daily())
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

    Photos that the picture store did not take from phones are offered to it again. The mail worker does it every day.
    """
    with unhurried():
        for name, counts in purging.chores():
            with bar(counts, name.capitalize(), show_pos=True) as progress:
                count = sum(progress)
            click.echo(f"{count} {name}")


@click.command()
@click.option("--after", type=click.UUID, default=UUID(int=0), help="Go on where an interrupted run says.")
@with_appcontext
def resync(after: UUID) -> None:
    """Make every device synchronise from the beginning, as it must after a backup was restored."""
    with unhurried(), bar(None, "Address books", length=books.count(after), item_show_func=str) as progress:
        try:
            while owners := books.invalidate_sync_tokens(after):
                db.session.commit()
                after = owners[-1]
                progress.update(len(owners), after)
        except (DBAPIError, KeyboardInterrupt) as error:
            raise click.ClickException(f"Interrupted. Go on with: flask resync --after {after}") from error
    click.echo(f"{progress.pos} address books")

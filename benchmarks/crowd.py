"""What commands that go over all accounts take, with as many accounts as are asked for: `make crowd`.

A PostgreSQL of its own is filled by SQL, and the commands run as an operator runs them.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click
import psycopg2

from tests.commands import flask
from tests.servers import FAST, cluster

SERVER = {**FAST, "shared_buffers": "1GB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB"}
FILL = Path(__file__).with_suffix(".sql").read_text()
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'contacts' AND indexname <> 'pk_contacts'"
KEY = "fk_contacts_owner_id_address_books"
REFERENCE = "FOREIGN KEY (owner_id) REFERENCES address_books (owner_id) ON DELETE CASCADE"
COMMANDS = (("purge",), ("purge",), ("resync",), ("user", "list"))


class Run(NamedTuple):
    """What one command took: seconds, the highest memory of its process in MiB, and the lines that it printed."""

    seconds: float
    memory: float
    said: list[str]


@contextmanager
def without_indexes(cursor: Any) -> Iterator[None]:
    """Without the indexes it is filled in minutes, with them in hours."""
    cursor.execute(INDEXES)
    indexes = cursor.fetchall()
    cursor.execute(f"ALTER TABLE contacts DROP CONSTRAINT {KEY}")
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute(f"ALTER TABLE contacts ADD CONSTRAINT {KEY} {REFERENCE}")
    for _, definition in indexes:
        cursor.execute(definition)


def fill(url: str, books: int, each: int) -> str:
    """Returns the size of the database, as PostgreSQL writes it."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        with without_indexes(cursor):
            cursor.execute(FILL, {"books": books, "each": each})
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str((cursor.fetchone() or ())[0])


def run(settings: dict[str, str], command: tuple[str, ...]) -> Run:
    """Run a command to its end; raises RuntimeError if it fails."""
    output = Path(settings["INSTANCE_FOLDER"], "output")
    program = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    opened = (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    began = time.monotonic()
    child = os.posix_spawn(sys.executable, program, {**os.environ, **settings}, file_actions=[opened])
    _, status, usage = os.wait4(child, 0)
    said = output.read_text().splitlines()
    if status:
        raise RuntimeError(f"{command}: {said}")
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024, said)


def summary(said: list[str]) -> str:
    told = [line for line in said if not line.startswith("0 ")]
    return ", ".join(told) if len(told) < len(said) or len(told) == 1 else f"{len(said):,} lines"


@click.command()
@click.option("--books", default=300_000, show_default=True)
@click.option("--each", default=33, show_default=True, help="How many contacts are in a book.")
def main(books: int, each: int) -> None:
    with cluster(SERVER) as server, tempfile.TemporaryDirectory() as folder:
        settings = {"DATABASE_URL": server.url, "INSTANCE_FOLDER": folder, "MAIL_WORKER": "none"}
        flask("upgrade", settings=settings).check_returncode()
        began = time.monotonic()
        size = fill(server.url, books, each)
        click.echo(f"{books:,} books, {books * each:,} contacts, {size}; filled in {time.monotonic() - began:.0f} s")
        for command in COMMANDS:
            done = run(settings, command)
            name = f"flask {' '.join(command)}"
            click.echo(f"| `{name}` | {done.seconds:.0f} s | {done.memory:.0f} MiB | {summary(done.said)} |")


if __name__ == "__main__":
    main()

"""Shared by the commands that go over all accounts: they wait as long as it takes, and show their progress."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import event

from project.database.base import wait_for_locks
from project.extensions import db


@contextmanager
def unhurried() -> Iterator[None]:
    """Lift the deadlines of requests: nobody waits for the answer, and a large table may take longer."""
    engine = db.engine
    event.listen(engine, "begin", wait_for_locks)
    try:
        yield
    finally:
        event.remove(engine, "begin", wait_for_locks)
        db.session.remove()
        engine.dispose()  # none of these connections goes back to requests


def bar(items: Iterable[object] | None, label: str, **options: Any) -> Any:
    """A progress bar on standard error, hidden unless that is a terminal."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(items, label=label, file=sys.stderr, hidden=hidden, **options)

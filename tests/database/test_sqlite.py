"""Writers of SQLite take turns."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from project.database.sqlite import OrderlyConnection
from tests.concurrency import at_once

HELD_SECONDS = 0.03  # by each transaction, as on a slow disk
WRITERS = 6
TIMES = 10

Open = Callable[..., sqlite3.Connection]


@pytest.fixture
def open_file(tmp_path: Path) -> Open:
    """A connection to a database of one table."""
    opened = partial(
        sqlite3.connect,
        tmp_path / "file.db",
        timeout=0.2,
        isolation_level="IMMEDIATE",
        check_same_thread=False,
        factory=OrderlyConnection,
    )
    with closing(opened()) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE words (word TEXT UNIQUE)")
    return opened


def write(connection: sqlite3.Connection, word: str) -> None:
    connection.cursor().execute("INSERT INTO words VALUES (?)", (word,))


def test_nobody_is_served_last_again_and_again(open_file: Open) -> None:
    """While one waits, each other is served once, and once more if it asks at the same moment."""
    served: list[int] = []

    def most_served_meanwhile(writer: int) -> int:
        meanwhile: list[int] = []
        with closing(open_file(timeout=30)) as connection:
            for number in range(TIMES):
                before = len(served)
                write(connection, f"{writer} {number}")
                meanwhile += Counter(served[before:]).values()
                served.append(writer)
                time.sleep(HELD_SECONDS)
                connection.commit()
        return max(meanwhile, default=0)

    assert max(at_once([partial(most_served_meanwhile, writer) for writer in range(WRITERS)])) <= 2


def test_whoever_waits_too_long_is_told_that_it_is_locked_and_may_try_again(open_file: Open) -> None:
    with closing(open_file()) as one, closing(open_file()) as other:
        write(one, "first")
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            write(other, "second")
        one.commit()
        write(other, "second")
        other.commit()
        assert one.execute("SELECT count(*) FROM words").fetchone() == (2,)


@pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
def test_a_turn_ends_with_its_transaction(open_file: Open, ending: str) -> None:
    with closing(open_file()) as one, closing(open_file()) as other:
        write(one, "first")
        getattr(one, ending)()
        write(other, "second")


def test_a_turn_lasts_while_its_transaction_does(open_file: Open) -> None:
    with closing(open_file()) as one, closing(open_file()) as other:
        write(one, "first")
        with pytest.raises(sqlite3.IntegrityError):
            write(one, "first")
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            write(other, "second")


def test_readers_wait_for_nobody(open_file: Open) -> None:
    with closing(open_file()) as one, closing(open_file()) as other:
        write(one, "first")
        assert other.execute("SELECT count(*) FROM words").fetchone() == (0,)


def test_a_file_that_another_process_has_locked_costs_nobody_a_turn(open_file: Open, tmp_path: Path) -> None:
    with closing(open_file()) as one, closing(open_file()) as other:
        with closing(sqlite3.connect(tmp_path / "file.db", isolation_level=None)) as elsewhere:
            elsewhere.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                write(one, "first")
        write(other, "second")

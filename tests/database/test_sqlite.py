"""Writers of SQLite take turns."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from deploy.turns import FileTurn
from project.database import sqlite
from project.database.base import engine_options, wait_for_locks
from project.extensions import db
from tests.accounts import problem, sign_up
from tests.concurrency import at_once

HELD_SECONDS = 0.03  # by each transaction, as on a slow disk
WRITERS = 6
TIMES = 10
WORDS = Table("words", MetaData(), Column("word", String, unique=True))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database of one table, for whose lock nobody waits long."""
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path}/file.db"
    engine = create_engine(url, pool_size=WRITERS, **engine_options(url))
    WORDS.metadata.create_all(engine)
    yield engine
    engine.dispose()


def write(connection: Connection, word: str) -> None:
    connection.execute(insert(WORDS).values(word=word))


def test_nobody_is_served_last_again_and_again(file: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one waits, each other is served once, and once more if it asks at the same moment."""
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 30)
    served: list[int] = []

    def most_served_meanwhile(writer: int) -> int:
        meanwhile: list[int] = []
        for number in range(TIMES):
            with file.connect() as connection:
                before = len(served)
                write(connection, f"{writer} {number}")
                meanwhile += Counter(served[before:]).values()
                served.append(writer)
                time.sleep(HELD_SECONDS)
                connection.commit()
        return max(meanwhile, default=0)

    assert max(at_once([partial(most_served_meanwhile, writer) for writer in range(WRITERS)])) <= 2


def test_whoever_waits_too_long_is_told_that_it_is_locked_and_may_try_again(file: Engine) -> None:
    with file.connect() as one, file.connect() as other:
        write(one, "first")
        with pytest.raises(OperationalError, match="database is locked"):
            write(other, "second")
        one.commit()
        one.close()
        write(other, "second")
        other.commit()
    with file.connect() as connection:
        assert connection.scalars(select(WORDS.c.word)).all() == ["first", "second"]


@pytest.mark.parametrize("end", [Connection.commit, Connection.rollback, lambda _: None])
def test_a_turn_ends_with_its_connections_use(file: Engine, end: Callable[[Connection], None]) -> None:
    with file.connect() as one, file.connect() as other:
        write(one, "first")
        end(one)
        one.close()
        write(other, "second")


def test_a_turn_ends_with_a_connection_that_is_lost(file: Engine) -> None:
    with file.connect() as one, file.connect() as other:
        write(one, "first")
        one.invalidate()
        one.close()
        write(other, "second")


def test_a_turn_lasts_while_its_transaction_does(file: Engine) -> None:
    with file.connect() as one, file.connect() as other:
        write(one, "first")
        with pytest.raises(IntegrityError):
            write(one, "first")
        with pytest.raises(OperationalError, match="database is locked"):
            write(other, "second")


def test_readers_wait_for_nobody(file: Engine) -> None:
    with file.connect() as one, file.connect() as other:
        write(one, "first")
        assert other.scalars(select(WORDS.c.word)).all() == []


def test_a_file_that_another_process_has_locked_costs_nobody_a_turn(file: Engine) -> None:
    with closing(sqlite3.connect(str(file.url.database), isolation_level=None)) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        with file.connect() as one, pytest.raises(OperationalError, match="database is locked"):
            write(one, "first")
    with file.connect() as other:
        write(other, "second")


def test_processes_take_turns(file: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits too long for another process gives its own turn to the next thread."""
    with closing(FileTurn(tmp_path / "turn")) as own, closing(FileTurn(tmp_path / "turn")) as others:
        monkeypatch.setattr(sqlite, "between_processes", own)
        assert others.acquire(0)
        with file.connect() as one, pytest.raises(OperationalError, match="database is locked"):
            write(one, "first")
        others.release()
        with file.connect() as other:
            write(other, "second")
            assert not others.acquire(0)
            other.commit()
        assert others.acquire(0)
        others.release()


LONG = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n")


def test_a_statement_has_a_deadline_after_which_its_connection_goes_on(
    file: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file.connect() as connection:
        assert connection.scalar(LONG) == 200_000
    monkeypatch.setattr(sqlite.DeadlineConnection, "statement_seconds", 0)
    with file.connect() as connection:
        with pytest.raises(OperationalError, match="interrupted"):
            connection.scalar(LONG)
        assert connection.scalar(text("SELECT 1")) == 1


def test_commands_have_no_deadline(file: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite.DeadlineConnection, "statement_seconds", 0)
    with file.connect() as connection:
        wait_for_locks(connection)
        assert connection.scalar(LONG) == 200_000


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_request_whose_statement_takes_too_long_is_answered_503(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up(client)
    monkeypatch.setattr(sqlite, "INSTRUCTIONS", 1)
    monkeypatch.setattr(sqlite.DeadlineConnection, "statement_seconds", 0)
    with client.application.app_context():
        db.engine.dispose()  # connections that look at the clock more seldom
    assert problem(ada.get("/contacts")) == (503, "service-unavailable")
    monkeypatch.undo()
    assert ada.get("/contacts").status_code == 200

"""Requests that only read (GET, HEAD, OPTIONS): one connection in autocommit mode, on which writing is refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import CompoundSelect, Connection, CursorResult, Select, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningInsert

from project.database import sqlite
from project.database.base import Base
from project.database.postgresql import TimelyConnection


class Reader:
    """The connection of a request that only reads, opened with its first statement."""

    connection: Connection | None = None

    def close(self) -> None:
        if self.connection is not None:
            with bearing_loss():
                self.connection.close()


reader: ContextVar[Reader | None] = ContextVar("reader", default=None)
"""That of the current request, if it only reads."""

READS = ("SELECT", "PRAGMA")  # of text, which SQLAlchemy does not compile and cannot classify


class WriteWhileReading(Exception):
    """A defect: a request that only reads was about to change the database."""


class RequestSession(Session):
    """A session that, while a request only reads, uses the request's reader."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        return reading(found) if (found := reader.get()) else super().get_bind(*args, **kwargs)

    def close(self) -> None:
        with bearing_loss():
            super().close()


def reading(reader: Reader) -> Connection:
    """The reader's connection, in autocommit mode: no BEGIN and ROLLBACK, so half the round trips.

    Each statement sees what was committed before it, as it would in a transaction (READ COMMITTED).
    """
    if reader.connection is None:
        reader.connection = db.engine.connect().execution_options(is_reader=True)
        driver: object = reader.connection.connection.dbapi_connection
        if isinstance(driver, TimelyConnection):
            driver.autocommit = True
    return reader.connection


def before_statement(cursor: Any, statement: str, _parameters: object, context: object = None) -> None:
    """Raise WriteWhileReading for a reader that writes; wait for a turn before any other write. Set SQLite's deadline.

    SQLite would roll a reader's write back at the request's end; PostgreSQL would keep it. A transaction of its own,
    by `db.engine.begin()`, may write during a request that reads. Private parts of SQLAlchemy 2.1.9 tell what a
    statement is: `is_crud`, `isddl` and `is_text` of the execution context.
    """
    check_write(statement, cast(DefaultExecutionContext, context))
    if isinstance(cursor.connection, sqlite.DeadlineConnection):
        cursor.connection.begin_statement()


def check_write(statement: str, told: DefaultExecutionContext) -> None:
    if not (told.is_crud or told.isddl or told.is_text) or (told.is_text and is_read(statement)):
        return
    if "is_reader" in told.root_connection.get_execution_options():
        raise WriteWhileReading(statement.partition("\n")[0])
    if told.is_crud:
        sqlite.take_turn(told.root_connection, statement)


def is_read(statement: str) -> bool:
    return statement.lstrip().upper().startswith(READS)


for event_name in ("do_execute", "do_executemany"):  # those before and after a cursor's execution cost twice as much
    event.listen(Engine, event_name, before_statement)


@contextmanager
def bearing_loss() -> Iterator[None]:
    """Ignore a connection lost while it is rolled back: there is nothing left to roll back, and the answer stands."""
    try:
        yield
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise


class PendingChanges(Exception):
    """A defect: a transaction was to end with changes that nobody committed."""


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession, "expire_on_commit": False})


def end_reading() -> None:
    """End a transaction that only read, so that none stays open during slow work; raises PendingChanges."""
    if db.session.new or db.session.dirty or db.session.deleted:
        raise PendingChanges()
    db.session.rollback()


Query = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | ReturningInsert[*tuple[Any, ...]]


def fetch(statement: Query, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Execute what returns columns without the ORM, in the transaction if there is one."""
    connection = reading(found) if (found := reader.get()) else db.session.connection()
    return connection.execute(statement, values)

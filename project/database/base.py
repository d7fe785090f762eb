"""The declarative base, the column types, and how connections are set up."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from sqlite3 import Connection as SQLiteConnection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, DateTime, MetaData, Text, event, text
from sqlalchemy.engine import Dialect, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from project.database import sqlite
from project.database.postgresql import TimelyConnection

POOL_SECONDS = 3
LOCK_MILLISECONDS = 3_000
STATEMENT_MILLISECONDS = 7_000
IDLE_MILLISECONDS = 20_000  # of a transaction, which holds its locks; an import computes for some seconds in one
MIGRATIONS_LOCK = 6_802_316_145_906_412  # arbitrary, but the same in every process that migrates or scales out
CONSTRAINT_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


class Timestamp(TypeDecorator[datetime]):
    """An instant in UTC, always aware. SQLite stores it without a zone.

    Like `Json`, it converts each value by one call where SQLAlchemy makes four.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return stored_instant if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Psycopg2 returns aware instants, in UTC."""
        return instant if dialect.name == "sqlite" else None


class Json(TypeDecorator[Any]):
    """A JSON document stored as text, so that it can be copied into an answer without parsing."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return document

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return fragment


def utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def stored_instant(moment: datetime | None) -> str | None:
    """Write a time as SQLite stores it: in UTC, to the microsecond, to be compared as text."""
    return None if moment is None else moment.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def instant(text: str | None) -> datetime | None:
    """Parse a time as SQLite stores it."""
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def document(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def fragment(text: str | None) -> orjson.Fragment | None:
    return None if text is None else orjson.Fragment(text)


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7). It is ordered by time, so new rows are neighbours in the index."""
    return uuid7()


def driver_url(url: str) -> str:
    """The URL as SQLAlchemy takes it: `postgresql://` and `postgres://` mean psycopg2."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg2://{rest}" if separator and scheme in ("postgres", "postgresql") else url


def engine_options(url: str) -> dict[str, Any]:
    """Deadlines and pool size of one process, by the engine in the URL. Errors do not show bound values."""
    if make_url(url).get_backend_name() == "sqlite":
        # The driver sends BEGIN IMMEDIATE before the first statement that writes.
        arguments = {"timeout": sqlite.WAIT_SECONDS, "isolation_level": "IMMEDIATE"}
        return {"connect_args": {**arguments, "factory": sqlite.DeadlineConnection}, "hide_parameters": True}
    return {
        "hide_parameters": True,
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": POOL_SECONDS,
        "connect_args": postgresql_arguments(make_url(url).normalized_query),
    }


def postgresql_arguments(query: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """What a connection is told, after the `options` in the URL's query, such as a `search_path`."""
    told = {
        "statement_timeout": STATEMENT_MILLISECONDS,
        "lock_timeout": LOCK_MILLISECONDS,
        "idle_in_transaction_session_timeout": IDLE_MILLISECONDS,
        "timezone": "UTC",
    }
    options = " ".join([*query.get("options", ()), *(f"-c {name}={value}" for name, value in told.items())])
    return {"connection_factory": TimelyConnection, "options": options, "application_name": "contacts"}


def wait_for_locks(connection: Connection) -> None:
    """Remove the deadlines of a transaction that has just begun; requests keep them."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        driver.answer_seconds = inf
        connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
    else:
        driver.statement_seconds = inf
        connection.exec_driver_sql("PRAGMA busy_timeout = 60000")


def prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set up SQLite: durable, readers beside one writer, foreign keys, and LIKE as in PostgreSQL."""
    if not isinstance(connection, SQLiteConnection):
        return
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "case_sensitive_like=ON"):
        connection.execute(f"PRAGMA {pragma}")


def prepare_use(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """On checkout, discard connections that the server has closed, and turn autocommit off again after a reader."""
    if isinstance(connection, TimelyConnection):
        if "used" in entry.info and connection.is_stale:
            raise InvalidatePoolError()
        entry.info["used"] = True
        connection.autocommit = False


event.listen(Engine, "connect", prepare_sqlite)
event.listen(Pool, "checkout", prepare_use)

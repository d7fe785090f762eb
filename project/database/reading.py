"""Requests that only read: on one connection, on which each statement is by itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from flask import g
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, CursorResult, Select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from project.database.base import Base
from project.database.postgresql import TimelyConnection

reading: ContextVar[bool] = ContextVar("reading", default=False)
"""Whether the request at work only reads."""


class RequestSession(Session):
    """A session that, while a request only reads, uses the request's reader."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        return reader(self._db) if reading.get() else super().get_bind(*args, **kwargs)

    def close(self) -> None:
        with bearing_loss():
            super().close()


def reader(db: SQLAlchemy) -> Connection:
    """The connection of a request that only reads, which sends each statement by itself, without BEGIN and ROLLBACK.

    Reads see what was committed before each statement either way (READ COMMITTED), and need half the round trips.
    """
    if "reader" not in g:
        g.reader = db.engine.connect()
        if isinstance(connection := g.reader.connection.dbapi_connection, TimelyConnection):
            connection.autocommit = True
    return cast(Connection, g.reader)


def release_reader(_: BaseException | None) -> None:
    if "reader" in g:
        with bearing_loss():
            g.pop("reader").close()


@contextmanager
def bearing_loss() -> Iterator[None]:
    """Roll back what was not committed, which is done already where the connection is lost: the answer stands."""
    try:
        yield
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession, "expire_on_commit": False})


def fetch(statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """The rows of a statement of columns, past the ORM, in the transaction if there is one."""
    connection = reader(db) if reading.get() else db.session.connection()
    return connection.execute(statement, values)

"""Run the migrations through the application's engine, one process at a time, each in a transaction of its own.

A migration of data may do without (`autocommit_block`), so that it locks nothing for long.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, Index, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import SchemaItem

from project.contacts import models as contacts_models  # noqa: F401  # each import puts its tables into the metadata
from project.database.base import MIGRATIONS_LOCK, Base, wait_for_locks
from project.extensions import migrations_engine

WAIT_SECONDS = 0.2


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """Let one process migrate at a time; the second waits, and finds nothing left to do.

    It asks again and again: a statement that waited would have a snapshot, for whose end an index that is built
    concurrently waits in turn.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as keeper:
            wait_for_locks(keeper)
            keeper.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            while not keeper.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": MIGRATIONS_LOCK}):
                time.sleep(WAIT_SECONDS)
            yield
    else:
        folder = os.open(Path(engine.url.database or "").parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def begin(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    wait_for_locks(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin before DML only, and not before DDL
    else:
        # One transaction may say something to all owners and to accounts; an ordinary PostgreSQL ignores it.
        connection.execute(text("SET LOCAL citus.multi_shard_modify_mode = 'sequential'"))


def is_of_this_engine(item: SchemaItem, *compared: object) -> bool:
    """Whether autogenerate compares this: SQLite has no index with a method, such as GIN."""
    _name, _kind, is_reflected, _other = compared
    method = item.dialect_options["postgresql"]["using"] if isinstance(item, Index) and not is_reflected else False
    return not method or context.get_context().dialect.name == "postgresql"


def run() -> None:
    extension = current_app.extensions["migrate"]
    with migrations_engine() as engine, turn(engine), engine.connect() as connection:
        event.listen(connection, "begin", begin)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=is_of_this_engine,
            transaction_per_migration=True,
            transactional_ddl=True,
            **extension.configure_args,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.invalidate()  # an autocommit block has changed how it begins: it does not go back to the pool


try:
    run()
except (DBAPIError, OSError) as error:
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).strip().partition("\n")[0]
    raise CommandError(f"The database: {said}") from None  # which Flask-Migrate says in one line

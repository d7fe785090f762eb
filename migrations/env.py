"""Run the migrations through the application's engine, in one transaction, one process at a time."""

from math import inf
from typing import cast

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from project.contacts import models as contacts_models  # noqa: F401  # each import puts its tables into the metadata
from project.database.base import MIGRATIONS_LOCK, Base
from project.database.postgresql import TimelyConnection


def wait_for_turn(connection: Connection) -> None:
    """Two migrations at once end well: the second waits, and finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        cast(TimelyConnection, connection.connection.driver_connection).answer_seconds = inf
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATIONS_LOCK})
        # One transaction may say something to all owners and to accounts; an ordinary PostgreSQL ignores it.
        connection.execute(text("SET LOCAL citus.multi_shard_modify_mode = 'sequential'"))
    else:
        connection.exec_driver_sql("PRAGMA busy_timeout = 60000")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def run() -> None:
    extension = current_app.extensions["migrate"]
    with extension.db.engine.begin() as connection:
        wait_for_turn(connection)
        context.configure(connection=connection, target_metadata=Base.metadata, **extension.configure_args)
        with context.begin_transaction():
            context.run_migrations()


run()

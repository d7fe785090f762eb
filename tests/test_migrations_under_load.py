"""What migrations lock, and for how long: beside phones that write, and beside a dump that reads for hours."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from project.database.base import LOCK_MILLISECONDS, new_id
from tests.accounts import Account, body, sign_up
from tests.commands import flask
from tests.contacts.calls import create
from tests.contacts.carddav.calls import device
from tests.test_migrations import MIGRATIONS, REVISIONS, app, database, empty_url, revision  # noqa: F401

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
PATIENCE = text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")  # that of a request
COPY = """
    INSERT INTO {table} SELECT made.* FROM {table} AS seed,
    jsonb_populate_record(seed, jsonb_build_object('id', CAST(:id AS TEXT))) AS made WHERE seed.id = :seed
"""
HELD = text("""
    SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted
    AND relation IN ('users'::regclass, 'sessions'::regclass)
""")
ENOUGH = 10


class Writer:
    """Copies one row again and again, whatever the table's columns are; what was committed is counted."""

    def __init__(self, engine: Engine, table: str, seed: str) -> None:
        self.engine, self.seed = engine, seed
        self.copy, self.count = text(COPY.format(table=table)), text(f"SELECT count(*) FROM {table}")  # noqa: S608
        self.written, self.over, self.progress = 1, Event(), Semaphore(0)

    def write(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(PATIENCE)
            connection.execute(self.copy, {"id": new_id(), "seed": self.seed})
        self.written += 1
        self.progress.release()

    def go_on(self) -> None:
        while not self.over.is_set():
            self.write()

    def wait(self) -> None:
        """Return after some more writes."""
        for _ in range(ENOUGH):
            assert self.progress.acquire(timeout=120)

    def check(self) -> None:
        with self.engine.connect() as connection:
            assert connection.execute(self.count).scalar_one() == self.written


@contextmanager
def writing(*writers: Writer) -> Iterator[None]:
    with ThreadPoolExecutor(len(writers)) as threads:
        going: list[Future[None]] = [threads.submit(writer.go_on) for writer in writers]
        try:
            yield
        finally:
            for writer in writers:
                writer.over.set()
        assert [each.result() for each in going] == [None] * len(going)


@contextmanager
def elsewhere() -> Iterator[Callable[..., Any]]:
    """Calls in another thread, which has no part in the context that the test migrates in."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda call, *arguments, **named: thread.submit(call, *arguments, **named).result()


@pytest.fixture
def ada(app: Flask) -> Account:  # noqa: F811
    flask_migrate.upgrade(MIGRATIONS)
    with elsewhere() as call:
        account: Account = call(sign_up, app.test_client())
        call(create, account)
    return account


def test_whoever_is_signed_in_stays_so(ada: Account) -> None:
    """An app by its tokens, and a phone by its app password."""
    with elsewhere() as call:
        phone = call(device, ada)
        flask_migrate.downgrade(MIGRATIONS, "0011")
        flask_migrate.upgrade(MIGRATIONS)
        assert len(call(phone.sync).changed) == 1
        assert call(ada.get, "/contacts").status_code == 200
        assert len(body(call(ada.get, "/auth/sessions"))["items"]) == 2
        assert call(ada.post, "/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]}).status_code == 200


@POSTGRESQL
@pytest.mark.slow
def test_no_write_is_lost_or_refused_meanwhile(
    ada: Account,
    empty_url: str,  # noqa: F811
    database: Engine,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Indexes of contacts (0010) are built, and sessions get another key (0012)."""
    with database.connect() as connection:
        contact, session = (connection.scalar(text(f"SELECT id FROM {table}")) for table in ("contacts", "sessions"))  # noqa: S608
    flask_migrate.downgrade(MIGRATIONS, "0009")
    contacts, sessions = Writer(database, "contacts", contact), Writer(database, "sessions", session)
    with writing(contacts, sessions):
        wait_for(contacts, sessions)
        upgraded = flask("db", "upgrade", settings={"DATABASE_URL": empty_url, "INSTANCE_FOLDER": tmp_path})
        wait_for(contacts, sessions)
    assert upgraded.returncode == 0, upgraded.stderr
    contacts.check()
    sessions.check()
    assert revision(database) == REVISIONS[-1]


@POSTGRESQL
@pytest.mark.slow
def test_nobody_waits_behind_a_migration_that_waits(
    ada: Account,
    empty_url: str,  # noqa: F811
    database: Engine,  # noqa: F811
    tmp_path: Path,
) -> None:
    """As for a dump, which holds every table while it reads: the migration asks for the lock now and again."""
    with database.connect() as dump, ThreadPoolExecutor(1) as operator:
        session = dump.scalar(text("SELECT id FROM sessions"))
        dump.rollback()
        flask_migrate.downgrade(MIGRATIONS, "0011")
        dump.execute(text("SELECT id FROM sessions"))
        settings = {"DATABASE_URL": empty_url, "INSTANCE_FOLDER": tmp_path}
        migrating = operator.submit(flask, "db", "upgrade", settings=settings)
        sessions = Writer(database, "sessions", session)
        for _ in range(ENOUGH):
            wait_for_lock(database, migrating)
            sessions.write()
        assert not migrating.done()
        dump.rollback()
        assert migrating.result().returncode == 0
    sessions.check()


def wait_for(*writers: Writer) -> None:
    for writer in writers:
        writer.wait()


def wait_for_lock(engine: Engine, migrating: Future[Any]) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(HELD).scalar_one():
            assert not migrating.done(), migrating.result().stderr
            connection.execute(text("SELECT pg_sleep(0.02)"))

"""Migrations: up and down on both engines, one process at a time, to what the models say."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from project import create_app
from project.config import ROOT
from project.database.base import Base, driver_url
from tests.accounts import body, sign_up
from tests.applications import release
from tests.commands import flask
from tests.conftest import postgresql_database

MIGRATIONS = str(ROOT / "migrations")
REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(MIGRATIONS).walk_revisions()))]
ONLY_ON_POSTGRESQL = {"ix_contacts_search"}


@pytest.fixture
def empty_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """A database in which there is nothing."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/contacts.db"
        return
    with postgresql_database() as url:
        yield url


@pytest.fixture
def app(empty_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": empty_url, "INSTANCE_FOLDER": str(tmp_path), "MAIL_WORKER": "none"})
    with app.app_context():
        yield app
    release(app)


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """The same database, seen from outside."""
    engine = create_engine(driver_url(empty_url))
    yield engine
    engine.dispose()


def schema(connection: Connection) -> dict[str, Any]:
    """All there is, in a form that can be compared."""
    seen = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(table)
            },
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(constraint["column_names"] for constraint in seen.get_unique_constraints(table)),
            "foreign": sorted(
                (key["constrained_columns"], key["referred_table"], key["options"])
                for key in seen.get_foreign_keys(table)
            ),
            "indexes": {str(index["name"]): index["column_names"] for index in seen.get_indexes(table)},
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def current(database: Engine) -> dict[str, Any]:
    with database.connect() as connection:
        return schema(connection)


def revision(database: Engine) -> str | None:
    with database.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_the_history_is_one_line() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_all_migrations_run_up_and_down_and_up_again(app: Flask, database: Engine) -> None:
    flask_migrate.upgrade(MIGRATIONS)
    up = current(database)
    assert set(up) == set(Base.metadata.tables)
    flask_migrate.downgrade(MIGRATIONS, "base")
    assert (current(database), revision(database)) == ({}, None)
    flask_migrate.upgrade(MIGRATIONS)
    assert (current(database), revision(database)) == (up, REVISIONS[-1])


def test_the_service_migrates_from_nothing(app: Flask, database: Engine) -> None:
    upgraded = app.test_cli_runner().invoke(args=["upgrade"])
    assert (upgraded.exit_code, revision(database)) == (0, REVISIONS[-1])


def test_each_migration_takes_back_what_it_did(app: Flask, database: Engine) -> None:
    found = {"base": current(database)}
    for each in REVISIONS:
        flask_migrate.upgrade(MIGRATIONS, each)
        found[each] = current(database)
    assert all(was != became for was, became in pairwise(found.values()))
    for each in reversed(found):
        flask_migrate.downgrade(MIGRATIONS, each)
        assert current(database) == found[each]


def test_models_and_migrations_agree(app: Flask, database: Engine, engine: str) -> None:
    flask_migrate.upgrade(MIGRATIONS)
    with database.connect() as connection:
        options = {"compare_type": True, "include_object": is_for(engine)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert differences == []


def is_for(engine: str) -> Callable[..., bool]:
    return lambda _object, name, *_: engine == "postgresql" or name not in ONLY_ON_POSTGRESQL


@pytest.mark.slow
def test_both_engines_have_the_same_tables(tmp_path: Path) -> None:
    with postgresql_database() as url:
        found = [migrate(url, tmp_path), migrate(f"sqlite:///{tmp_path}/contacts.db", tmp_path)]
    on_postgresql, on_sqlite = (
        {
            table: {
                **parts,
                "columns": {name: nullable for name, (_, nullable) in parts["columns"].items()},
                "indexes": {name: columns for name, columns in parts["indexes"].items() if is_shared(name)},
            }
            for table, parts in tables.items()
        }
        for tables in found
    )
    assert on_postgresql == on_sqlite


def is_shared(index: str) -> bool:
    """PostgreSQL shows a unique constraint as an index, too."""
    return index not in ONLY_ON_POSTGRESQL and not index.startswith("uq_")


def migrate(url: str, folder: Path) -> dict[str, Any]:
    upgraded = flask("db", "upgrade", settings={"DATABASE_URL": url, "INSTANCE_FOLDER": folder})
    assert upgraded.returncode == 0, upgraded.stderr
    engine = create_engine(driver_url(url))
    try:
        return current(engine)
    finally:
        engine.dispose()


@pytest.mark.faults
@pytest.mark.slow
def test_two_migrations_at_once_end_well(empty_url: str, database: Engine, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": empty_url, "INSTANCE_FOLDER": tmp_path}
    with ThreadPoolExecutor(2) as operators:
        ended = list(operators.map(lambda _: flask("db", "upgrade", settings=settings), range(2)))
    assert [(process.returncode, "Traceback" in process.stderr) for process in ended] == [(0, False)] * 2
    assert sum("Running upgrade  -> 0001" in process.stderr for process in ended) == 1
    assert revision(database) == REVISIONS[-1]


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_migration_waits_for_its_turn_as_long_as_it_takes(empty_url: str, database: Engine, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": empty_url, "INSTANCE_FOLDER": tmp_path}
    with database.connect() as other, ThreadPoolExecutor(1) as operator:
        other.execute(text("SELECT pg_advisory_lock(6802316145906412)"))
        waiting = operator.submit(flask, "db", "upgrade", settings=settings)
        wait_until_somebody_waits(other)
        other.execute(text("SELECT pg_sleep(12)"))  # longer than a statement of a request may take
        assert not waiting.done()
        other.execute(text("SELECT pg_advisory_unlock_all()"))
        assert waiting.result().returncode == 0


def wait_until_somebody_waits(connection: Connection) -> None:
    query = "query LIKE '%pg_try_advisory_xact_lock(%' AND pid <> pg_backend_pid()"
    waiting = text(f"SELECT count(*) FROM pg_stat_activity WHERE {query}")  # noqa: S608
    for _ in range(300):
        if connection.execute(waiting).scalar_one():
            return
        connection.execute(text("SELECT pg_sleep(0.1), pg_stat_clear_snapshot()"))
    raise AssertionError("Nobody waits for the lock.")


def test_lists_of_an_older_version_are_sorted_anew(app: Flask) -> None:
    flask_migrate.upgrade(MIGRATIONS)
    names = ("Яна", "Łucja", "Ада")
    with ThreadPoolExecutor() as elsewhere:  # in no context of this thread
        ada = elsewhere.submit(sign_up, app.test_client()).result()
        for name in names:
            answer = elsewhere.submit(ada.post, "/contacts", json={"first_name": name}).result()
            assert answer.status_code == 201
        flask_migrate.downgrade(MIGRATIONS, "0006")
        flask_migrate.upgrade(MIGRATIONS)
        items = body(elsewhere.submit(ada.get, "/contacts").result())["items"]
    assert [(item["name"], item["section"]) for item in items] == [("Łucja", "L"), ("Ада", "А"), ("Яна", "Я")]

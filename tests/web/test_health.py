"""Whether the service is alive, and whether it is ready: what a load balancer asks."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from project.config import VERSION
from project.database.postgresql import SILENCE_SECONDS
from project.web import health
from tests.accounts import body, problem
from tests.faulty_tcp import Line, free_port, tcp_proxy

PATIENCE = 10  # seconds that a load balancer may wait, and a bit for a busy machine


@pytest.fixture
def line(settings: dict[str, object]) -> Iterator[Line]:
    """To the PostgreSQL server, which may hang and come back."""
    with tcp_proxy(str(settings["DATABASE_URL"])) as line:
        yield line


def part(answer: TestResponse) -> str:
    """The part that does not answer."""
    assert problem(answer) == (503, "service-unavailable")
    return str(body(answer)["part"])


def test_alive_and_ready(client: FlaskClient) -> None:
    assert body(client.get("/healthz")) == {"status": "alive", "version": VERSION}
    assert body(client.get("/readyz")) == {"status": "ready"}
    assert client.head("/readyz").status_code == 200


def test_ready_without_redis_where_none_is_configured(make_app: Callable[..., Flask]) -> None:
    assert body(make_app(REDIS_URL="").test_client().get("/readyz")) == {"status": "ready"}


def test_alive_whatever_else_is_gone(make_app: Callable[..., Flask], engine: str, tmp_path: Path) -> None:
    client = make_app(DATABASE_URL=gone(engine, tmp_path), REDIS_URL=f"redis://127.0.0.1:{free_port()}").test_client()
    assert body(client.get("/healthz")) == {"status": "alive", "version": VERSION}
    assert part(client.get("/readyz")) == "database"


def test_the_schema_is_asked_where_tables_are_altered(
    make_app: Callable[..., Flask], engine: str, settings: dict[str, object], tmp_path: Path
) -> None:
    """On a cluster any node serves, and one knows the schema's revision."""
    (nothing := tmp_path / "empty.db").touch()
    url = settings["DATABASE_URL"]
    assert body(make_app(MIGRATIONS_DATABASE_URL=url).test_client().get("/readyz")) == {"status": "ready"}
    assert part(make_app(MIGRATIONS_DATABASE_URL=f"sqlite:///{nothing}").test_client().get("/readyz")) == "schema"
    away = gone(engine, tmp_path)
    for changed in ({"MIGRATIONS_DATABASE_URL": away}, {"MIGRATIONS_DATABASE_URL": url, "DATABASE_URL": away}):
        assert part(make_app(**changed).test_client().get("/readyz")) == "database"


def gone(engine: str, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder}/nowhere/contacts.db"
    return f"postgresql://contacts:hunter2@127.0.0.1:{free_port()}/contacts"


def test_not_ready_before_the_first_migration(
    make_app: Callable[..., Flask], engine: str, migrated: Engine, tmp_path: Path
) -> None:
    if engine == "sqlite":
        client = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.db").test_client()
        assert part(client.get("/readyz")) == "schema"
        return
    with migrated.begin() as connection:
        connection.execute(text("ALTER TABLE alembic_version RENAME TO away"))
    try:
        assert part(make_app().test_client().get("/readyz")) == "schema"
    finally:
        with migrated.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO alembic_version"))


def test_not_ready_while_the_schema_is_another(client: FlaskClient, migrated: Engine) -> None:
    with migrated.begin() as connection:
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert part(client.get("/readyz")) == "schema"
    finally:
        with migrated.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    assert client.get("/readyz").status_code == 200


def test_of_many_who_ask_at_once_one_looks(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200
    looking, go_on = Event(), Event()

    def look() -> None:
        looking.set()
        assert go_on.wait(60)

    monkeypatch.setattr(health, "missing", look)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: app.test_client().get("/readyz").status_code)
        assert looking.wait(60)
        assert [client.get("/readyz").status_code for _ in range(20)] == [200] * 20
        assert not first.done()
        go_on.set()
        assert first.result() == 200


def test_not_ready_while_redis_is_gone_or_hangs(make_app: Callable[..., Flask], redis_url: str) -> None:
    with tcp_proxy(redis_url) as line:
        client = make_app(REDIS_URL=line.url).test_client()
        assert client.get("/readyz").status_code == 200
        for fail in (line.stall, line.refuse):
            fail()
            started = time.monotonic()
            assert part(client.get("/readyz")) == "redis"
            assert time.monotonic() - started < 2
            line.resume()
            assert client.get("/readyz").status_code == 200


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_database_that_was_away_is_used_again_without_a_restart(make_app: Callable[..., Flask], line: Line) -> None:
    client = make_app(DATABASE_URL=line.url).test_client()
    assert client.get("/readyz").status_code == 200
    line.refuse()
    assert part(client.get("/readyz")) == "database"
    line.resume()
    assert client.get("/readyz").status_code == 200


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_database_that_hangs_is_given_up_in_time(make_app: Callable[..., Flask], line: Line) -> None:
    client = make_app(DATABASE_URL=line.url).test_client()
    assert client.get("/readyz").status_code == 200
    line.stall()
    for path in ("/readyz", "/readyz", "/api/v1/auth/login"):
        started = time.monotonic()
        answer = client.get(path) if path == "/readyz" else client.post(path, json={"username": "ada", "password": "x"})
        assert problem(answer) == (503, "service-unavailable")
        assert time.monotonic() - started < PATIENCE
    line.resume()
    time.sleep(SILENCE_SECONDS)
    assert client.get("/readyz").status_code == 200

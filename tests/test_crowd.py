"""The crowd of `make crowd` fits today's schema, and the commands find in it what they are to find."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks import crowd
from project.database.base import driver_url
from tests.commands import flask
from tests.conftest import postgresql_database

BOOKS, EACH = 100, 30


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql_database() as url:
        yield url


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_small_crowd_is_purged_like_a_large_one(engine: str, url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": url, "INSTANCE_FOLDER": tmp_path}
    assert flask("db", "upgrade", settings=settings).returncode == 0
    crowd.fill(url, BOOKS, EACH)
    purged = flask("purge", settings=settings)
    assert purged.stdout.splitlines()[0] == f"{BOOKS // 2} sessions removed", purged.stderr
    assert f"{BOOKS // 50 * 10} contacts purged from bins" in purged.stdout
    with create_engine(driver_url(url)).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar_one() == BOOKS // 2

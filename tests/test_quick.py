"""`make quick` runs on SQLite alone, and needs no server."""

import pytest

from tests.commands import run


@pytest.mark.slow
def test_on_sqlite_no_server_is_needed() -> None:
    arguments = "-v -p no:cacheprovider --engine sqlite tests/web/test_health.py"
    ended = run("pytest", *arguments.split(), settings={"TEST_DATABASE_URL": "", "TEST_REDIS_URL": ""})
    assert ended.returncode == 0, ended.stdout
    assert "test_alive_and_ready[sqlite] PASSED" in ended.stdout
    assert "[postgresql]" not in ended.stdout
    assert "while_redis_is_gone" not in ended.stdout

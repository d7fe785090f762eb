"""What has expired goes without anybody remembering it, and mails do not wait meanwhile."""

from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from project.cli import purging, upkeep
from project.mail import worker
from project.users.models import User
from tests.accounts import register

KINDS = (("one", 1), ("two", 2))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three steps instead of the real ones."""
    taken: list[str] = []

    def take(kind: str) -> int:
        taken.append(kind)
        return 1

    monkeypatch.setattr(purging, "chores", lambda: ((kind, map(take, [kind] * number)) for kind, number in KINDS))
    return taken


def test_it_is_done_at_the_start_and_every_day(taken: list[str]) -> None:
    purge = purging.Daily()
    for _ in range(3):
        purge()
    assert taken == ["one", "two", "two"]
    purge.due_at -= purging.DAY_SECONDS
    purge()
    assert taken == ["one", "two", "two"] * 2


def test_a_long_purge_goes_on_after_the_next_mails(taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a second passes with each look at the clock, so that there is time for one step."""
    monkeypatch.setattr(purging, "CHORE_SECONDS", 2)
    clock = count()
    monkeypatch.setattr("project.cli.purging.time", SimpleNamespace(monotonic=lambda: next(clock)))
    purge = purging.Daily()
    for number in range(1, 4):
        purge()
        assert len(taken) == number


def test_what_fails_is_repeated_in_an_hour(taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    chores = purging.chores
    monkeypatch.setattr(purging, "chores", lambda: [("broken", map(int, ["x"])), *chores()])
    purge = purging.Daily()
    with pytest.raises(ValueError, match="invalid literal"):
        purge()
    monkeypatch.setattr(purging, "chores", chores)
    purge()
    assert taken == []
    purge.due_at -= purging.HOUR_SECONDS
    purge()
    assert taken == ["one", "two", "two"]


def test_the_worker_deletes_accounts_that_nobody_verified(app: Flask, client: FlaskClient, migrated: Engine) -> None:
    assert register(client).status_code == 201
    assert count_users(migrated) == 1
    stop = Event()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        worker.work(app, stop, (purging.Daily(), stop.set))
    assert count_users(migrated) == 0


def count_users(database: Engine) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(User)).scalar_one()


def test_the_worker_purges_by_default() -> None:
    assert [type(chore) for chore in upkeep.CHORES].count(purging.Daily) == 1

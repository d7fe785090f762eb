"""Counts of rate limits in a file: windows, threads, what is given back, and a file that is lost."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from project.counts import FileStorage
from tests.accounts import sign_up

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.sqlite"


@pytest.fixture
def storage(path: Path) -> FileStorage:
    return FileStorage(f"counts://{path}")


@pytest.mark.usefixtures("engine")
class TestStorage:
    def test_a_window_begins_with_its_first_count(self, storage: FileStorage) -> None:
        began = time.time()
        assert [storage.incr("ada", 60) for _ in range(3)] == [1, 2, 3]
        assert began + 60 <= storage.get_expiry("ada") <= time.time() + 60
        assert (storage.get("ada"), storage.get("grace")) == (3, 0)

    def test_another_window_counts_from_nothing(self, storage: FileStorage) -> None:
        storage.incr("ada", 60, amount=5)
        with time_machine.travel(time.time() + 60):
            assert storage.get("ada") == 0
            assert storage.incr("ada", 60) == 1

    def test_nothing_is_given_back_twice(self, storage: FileStorage) -> None:
        assert [storage.incr("ada", 60, amount=amount) for amount in (1, -1, -1, 1)] == [1, 0, 0, 1]
        assert storage.incr("grace", 60, amount=-1) == 0

    def test_what_has_ended_is_removed(self, storage: FileStorage) -> None:
        for number in range(20):
            storage.incr(f"stranger {number}", 30)
        with time_machine.travel(time.time() + 61):
            storage.incr("ada", 60)
        assert storage.reset() == 1

    def test_threads_and_other_processes_count_in_one(self, storage: FileStorage, path: Path) -> None:
        storages = [storage, FileStorage(f"counts://{path}")]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda number: storages[number % 2].incr("ada", 60), range(200)))
        assert sorted(found) == list(range(1, 201))

    def test_one_count_can_be_cleared(self, storage: FileStorage) -> None:
        storage.incr("ada", 60)
        storage.incr("grace", 60)
        storage.clear("ada")
        assert (storage.get("ada"), storage.get("grace"), storage.check()) == (0, 1, True)


def test_when_the_file_is_lost_counts_go_on_in_memory(
    make_app: Callable[..., Flask], client: FlaskClient, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up(client)
    monkeypatch.setenv("LIMITS_FILE", str(path.parent / "gone" / path.name))
    other = make_app(REDIS_URL="", ME_RATE_LIMIT="2 per hour").test_client()
    answers = [other.get("/api/v1/users/me", headers=ada.headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]

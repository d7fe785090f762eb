"""A SQLite that somebody else has locked, and a disk that is full."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest
from PIL import Image
from sqlalchemy import make_url

from tests import images, places
from tests.accounts import API, Account
from tests.concurrency import call
from tests.faults.ledger import Ledger
from tests.faults.outages import children
from tests.servers import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]

AVATAR = "/users/me/avatar"
LARGE = images.encode(Image.effect_noise((1600, 1600), 100), "JPEG", quality=95)  # more than is kept in memory


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes, and does not end."""
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(server: Server, url: str) -> Iterator[None]:
    """No file grows any more, as on a disk without room; the kernel refuses in the same place."""
    room = Path(str(make_url(url).database)).stat().st_size
    limit(server, room)
    try:
        yield
    finally:
        limit(server, RLIM_INFINITY)


def limit(server: Server, largest: int) -> None:
    for process in children(server.process.pid):
        prlimit(process, RLIMIT_FSIZE, (largest, RLIM_INFINITY))


def test_whoever_waits_for_a_lock_is_told_to_come_again_and_readers_do_not_wait(
    live_server: Callable[..., Server], open_ledger: Callable[..., Ledger], database_url: str
) -> None:
    ledger = open_ledger(live_server(workers=1))
    check_that_only_writes_are_refused(ledger, locked(database_url), seconds=9)


def test_on_a_full_disk_nothing_is_written_and_all_can_be_read(
    live_server: Callable[..., Server], open_ledger: Callable[..., Ledger], database_url: str
) -> None:
    server = live_server(workers=1)
    check_that_only_writes_are_refused(open_ledger(server), full(server, database_url), seconds=4)


def check_that_only_writes_are_refused(ledger: Ledger, outage: AbstractContextManager[None], *, seconds: float) -> None:
    with ledger.writing():
        with outage:
            time.sleep(seconds)
        back = time.monotonic()
        ledger.wait_until_acknowledged()
    ledger.check()
    assert ledger.refused > 0
    assert all(note.is_acknowledged for note in ledger.notes if note.method == "GET")
    ledger.check_return(back)


def test_on_a_full_disk_the_old_picture_stays(
    live_server: Callable[..., Server], people: list[Account], database_url: str
) -> None:
    server, token = live_server(workers=1), people[0].tokens["access_token"]
    assert places.put_to(server.url, token, AVATAR, places.form(images.jpeg())) == 200
    before = call(server.url, "GET", f"{API}/users/me", token=token).json["avatar_url"]
    large = places.form(LARGE)
    limit(server, 4096)
    assert [places.put_to(server.url, token, AVATAR, large) for _ in range(3)] == [503] * 3
    assert call(server.url, "GET", f"{API}/users/me", token=token).json["avatar_url"] == before
    limit(server, RLIM_INFINITY)
    assert places.put_to(server.url, token, AVATAR, large) == 200

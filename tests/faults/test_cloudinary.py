"""A Cloudinary that hangs, fails or talks nonsense: pictures have to wait, and address books do not notice."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests import images, places
from tests.accounts import API, Account
from tests.cloudinary_server import CloudinaryServer, Fault, answer, hang, hang_up, refuse, trickle
from tests.concurrency import at_once, call
from tests.faults.ledger import BUSY, LONGEST_SECONDS, Ledger
from tests.servers import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]

AVATAR = "/users/me/avatar"
UNNOTICED_SECONDS = 3.0
UPLOADS = 16  # at once: twice as many as the server has threads
FAULTS: dict[str, Fault] = {
    "hanging": hang,
    "never ending": trickle,
    "hanging up": hang_up,
    "failing": refuse(500, "General Error"),
    "nonsense": answer(200, b"<html>Welcome to the hotel's network</html>"),
}


@pytest.fixture
def cloudinary() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as cloudinary:
        yield cloudinary


@pytest.mark.parametrize("fault", FAULTS)
def test_pictures_wait_and_address_books_do_not_notice(
    live_server: Callable[..., Server],
    open_ledger: Callable[..., Ledger],
    people: list[Account],
    cloudinary: CloudinaryServer,
    fault: str,
) -> None:
    server, token = live_server(CLOUDINARY_URL=cloudinary.url), people[0].tokens["access_token"]
    put = partial(timed, lambda: places.put_to(server.url, token, AVATAR, places.form(images.jpeg(64, 64))))
    assert put()[0] == 200
    before, ledger = avatar(server, token), open_ledger(server)
    with ledger.writing():
        with cloudinary.failing(FAULTS[fault]):
            uploads = at_once([put] * UPLOADS)
        assert {503} <= {status for status, _ in uploads} <= {429, 503}  # a user has one place in each process
        assert avatar(server, token) == before
        assert put()[0] == 200
    assert max(seconds for _, seconds in uploads) < LONGEST_SECONDS + BUSY * ledger.usual
    ledger.check()
    assert ledger.refused == 0
    assert ledger.longest < UNNOTICED_SECONDS + BUSY * ledger.usual


def timed(ask: Callable[[], int]) -> tuple[int, float]:
    """The status, and how many seconds it took."""
    start = time.monotonic()
    return ask(), time.monotonic() - start


def avatar(server: Server, token: str) -> object:
    return call(server.url, "GET", f"{API}/users/me", token=token).json["avatar_url"]

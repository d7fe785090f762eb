"""Whatever Cloudinary does wrong is 503, in time, and tells the client nothing of our insides."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from project.errors import ServiceUnavailable
from project.pictures.cloudinary import MOST_CALLS, Cloudinary
from project.pictures.disk import Disk
from project.pictures.store import Store, open_store
from tests.cloudinary_server import (
    CLOUD,
    SECRET,
    CloudinaryServer,
    Fault,
    Handler,
    answer,
    hang,
    hang_after_headers,
    hang_up,
    refuse,
    trickle,
)
from tests.pictures.stored import ACTIONS, ADA, KEY, PICTURE, PUBLIC_URL, put

NONSENSE = {
    "nothing": answer(200, b""),
    "a page": answer(200, b"<html>Welcome to the hotel's network</html>"),
    "no text": answer(200, b"\xff\xfe\x00"),
    "a list": answer(200, b"[]"),
    "a number": answer(200, b"5"),
    "null": answer(200, b"null"),
    "no members": answer(200, b"{}"),
    "a deep list": answer(200, b"[" * 100_000),
    "an error that is a text": answer(200, b'{"error": "no"}'),
    "an error that is null": answer(200, b'{"error": null}'),
    "members of another kind": answer(200, b'{"public_id": "other", "version": 1, "result": "other", "deleted": []}'),
    "500 without JSON": answer(500, b"Internal Server Error"),
    "502 without a message": answer(502, b'{"error": {}}'),
    "204": answer(204, b""),
    "the end of the connection": hang_up,
}
REFUSALS = {str(status): refuse(status, "No.") for status in (400, 401, 403, 409, 418, 420, 429, 500, 503)}
SILENCES = [hang, hang_after_headers, trickle]


@pytest.mark.faults
@pytest.mark.parametrize("name", ["put", "delete", "delete_owner"])
def test_an_account_that_is_not_found_is_unavailable(at_cloudinary: Store, server: CloudinaryServer, name: str) -> None:
    with server.failing(refuse(404, "No.")), pytest.raises(ServiceUnavailable):
        ACTIONS[name](at_cloudinary)


@pytest.mark.faults
@pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS)
class TestTrouble:
    @pytest.mark.parametrize("fault", [*NONSENSE.values(), *REFUSALS.values()], ids=[*NONSENSE, *REFUSALS])
    def test_nonsense_and_refusals_are_unavailable(
        self, at_cloudinary: Store, server: CloudinaryServer, act: Callable[[Store], object], fault: Fault
    ) -> None:
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            act(at_cloudinary)
        act(at_cloudinary)

    @pytest.mark.parametrize("fault", SILENCES)
    def test_silence_is_unavailable_in_time(
        self, folder: Path, server: CloudinaryServer, act: Callable[[Store], object], fault: Fault
    ) -> None:
        store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5), keys=[KEY])
        start = time.monotonic()
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            act(store)
        assert time.monotonic() - start < 1.5
        wait_until(lambda: act(store))

    def test_a_server_that_is_down_is_unavailable(self, folder: Path, act: Callable[[Store], object]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        url = f"cloudinary://key:secret@{CLOUD}?upload_prefix=http://127.0.0.1:{port}"
        with pytest.raises(ServiceUnavailable):
            act(open_store(folder.parent, PUBLIC_URL, url, KEY))


def wait_until(act: Callable[[], object], seconds: float = 5) -> None:
    """Until it succeeds, as it does when the calls that nobody waits for have ended."""
    end = time.monotonic() + seconds
    while True:
        try:
            act()
        except ServiceUnavailable:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


@pytest.mark.faults
@pytest.mark.parametrize("version", [b'"1"', b"1"])
def test_a_version_may_be_a_number_or_its_text(at_cloudinary: Store, server: CloudinaryServer, version: bytes) -> None:
    reference = at_cloudinary.new_reference(ADA)
    public_id = f"pictures/{reference.partition(':')[2]}".encode()
    with server.failing(answer(200, b'{"public_id": "%s", "version": %s}' % (public_id, version))):
        assert at_cloudinary.put(reference, PICTURE) == f"{reference}@1"


@pytest.mark.faults
@pytest.mark.parametrize("version", [b"null", b"true", b"-1", b"1.5", b'""', b'"../1"', b"[1]", b"%d" % 10**40])
def test_a_version_that_is_none_is_unavailable(at_cloudinary: Store, server: CloudinaryServer, version: bytes) -> None:
    reference = at_cloudinary.new_reference(ADA)
    public_id = f"pictures/{reference.partition(':')[2]}".encode()
    said = answer(200, b'{"public_id": "%s", "version": %s}' % (public_id, version))
    with server.failing(said), pytest.raises(ServiceUnavailable):
        at_cloudinary.put(reference, PICTURE)


@pytest.mark.faults
def test_pages_without_end_are_unavailable(at_cloudinary: Store, server: CloudinaryServer) -> None:
    endless = answer(200, b'{"deleted": {}, "next_cursor": "5f0c6a2e"}')
    with server.failing(endless), pytest.raises(ServiceUnavailable):
        at_cloudinary.delete_owner(ADA)


@pytest.mark.faults
def test_calls_without_an_answer_are_limited_and_make_room_again(folder: Path, server: CloudinaryServer) -> None:
    store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5), keys=[KEY])
    before = threading.active_count()
    with server.failing(trickle):
        for _ in range(3):
            with ThreadPoolExecutor(MOST_CALLS) as pool:
                outcomes = list(pool.map(outcome_of, [store] * MOST_CALLS))
            assert outcomes == ["ServiceUnavailable"] * MOST_CALLS
        assert threading.active_count() - before <= 2 * MOST_CALLS  # theirs, and those of the stand-in
        start = time.monotonic()
        assert outcome_of(store) == "ServiceUnavailable"
        assert time.monotonic() - start < 0.5
    wait_until(lambda: put(store))


@pytest.mark.faults
def test_hanging_calls_end_by_themselves(folder: Path, server: CloudinaryServer) -> None:
    store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5), keys=[KEY])
    with server.failing(hang):
        with ThreadPoolExecutor(MOST_CALLS) as pool:
            assert {*pool.map(outcome_of, [store] * MOST_CALLS)} == {"ServiceUnavailable"}
        server.fault = None  # for new calls: the old ones have no answer yet
        wait_until(lambda: put(store))


def outcome_of(store: Store) -> str:
    try:
        return put(store)
    except ServiceUnavailable as error:
        return type(error).__name__


@pytest.mark.faults
@pytest.mark.parametrize("fault", SILENCES)
def test_a_removal_waits_as_long_as_it_is_given(at_cloudinary: Store, server: CloudinaryServer, fault: Fault) -> None:
    """A client waits for it after its own upload, and others' pictures do after it."""
    removals: list[Callable[[], None]] = [
        lambda: at_cloudinary.delete(at_cloudinary.new_reference(ADA), seconds=0.3),
        lambda: at_cloudinary.delete_owner(ADA, seconds=0.3),
    ]
    for remove in removals:
        start = time.monotonic()
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            remove()
        assert time.monotonic() - start < 1


@pytest.mark.faults
def test_removing_page_by_page_has_one_deadline_for_all(folder: Path, server: CloudinaryServer) -> None:
    def tardily(handler: Handler) -> None:
        time.sleep(0.2)
        handler.send(200, b'{"deleted": {}, "next_cursor": "5f0c6a2e"}')

    store = open_store(folder.parent, PUBLIC_URL, server.url, KEY)
    start = time.monotonic()
    with server.failing(tardily), pytest.raises(ServiceUnavailable):
        store.delete_owner(ADA, seconds=0.5)
    assert time.monotonic() - start < 1


@pytest.mark.faults
@pytest.mark.slow
def test_the_client_waits_less_than_10_seconds(at_cloudinary: Store, server: CloudinaryServer) -> None:
    start = time.monotonic()
    with server.failing(trickle), pytest.raises(ServiceUnavailable):
        put(at_cloudinary)
    assert 5 < time.monotonic() - start < 7
    wait_until(lambda: put(at_cloudinary))


@pytest.mark.faults
def test_the_log_has_the_cause_and_no_secret(at_cloudinary: Store, server: CloudinaryServer) -> None:
    with server.failing(refuse(420, "Rate Limit Exceeded")), capture_logs() as logs, pytest.raises(ServiceUnavailable):
        put(at_cloudinary)
    assert logs == [
        {
            "event": "pictures_unavailable",
            "error": "RateLimited",
            "cause": "Rate Limit Exceeded",
            "log_level": "warning",
        }
    ]


@pytest.mark.faults
def test_the_client_learns_neither_the_cause_nor_the_account(at_cloudinary: Store, server: CloudinaryServer) -> None:
    with server.failing(refuse(401, f"Invalid Signature by {SECRET}")), pytest.raises(ServiceUnavailable) as error:
        put(at_cloudinary)
    assert str(error.value) == "The picture store is unavailable."
    assert error.value.headers["Retry-After"]

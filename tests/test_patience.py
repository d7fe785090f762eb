"""gunicorn gives up a client that is slow, however it is slow, and a thread is never held for long."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from deploy import patience
from deploy.patience import PatientSocket

SENT = b"x" * 4_000_000  # more than a system keeps for whoever does not read
LIMIT = 20.0  # seconds, on a busy machine


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of a second for each client, and no more for what is large."""
    monkeypatch.setattr(patience, "SECONDS", 0.2)
    monkeypatch.setattr(patience, "SLOWEST", 10**12)


@pytest.fixture
def pair() -> Iterator[tuple[PatientSocket, socket.socket]]:
    """A connection as gunicorn has it, and the client's end."""
    ours, theirs = socket.socketpair()
    with PatientSocket(fileno=ours.detach()) as server, theirs as client:
        begin(server)
        yield server, client


def begin(server: PatientSocket) -> None:
    """As gunicorn does before it reads a request."""
    server.setblocking(True)  # noqa: FBT003  # the socket's own signature


@contextmanager
def dripping(client: socket.socket) -> Iterator[None]:
    """Send and read very little, all the time meanwhile."""
    over = Event()

    def drip() -> None:
        client.setblocking(False)  # noqa: FBT003  # the socket's own signature
        while not over.wait(0.01):
            with suppress(OSError):
                client.send(b"x")
                client.recv(10)

    thread = Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_an_answer_is_given_up_when_nobody_reads_it(pair: tuple[PatientSocket, socket.socket]) -> None:
    started = time.monotonic()
    with pytest.raises(ConnectionResetError):
        pair[0].sendall(SENT)
    assert 0.1 < time.monotonic() - started < LIMIT


@pytest.mark.parametrize("piece", [SENT, SENT[:4_000]], ids=["whole", "in pieces"])
def test_who_reads_a_little_all_the_time_is_given_up_as_well(
    pair: tuple[PatientSocket, socket.socket], piece: bytes
) -> None:
    with dripping(pair[1]), pytest.raises(ConnectionResetError):
        until_refused(lambda: pair[0].sendall(piece))


def test_a_request_that_comes_in_drops_is_given_up(pair: tuple[PatientSocket, socket.socket]) -> None:
    with dripping(pair[1]), pytest.raises(ConnectionResetError):
        until_refused(lambda: pair[0].recv(8192))


def until_refused(act: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        act()


def test_what_is_large_may_take_as_long_as_it_takes_at_the_slowest_rate(
    pair: tuple[PatientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SLOWEST", 10_000)
    server, client = pair
    received = 0

    def read_late() -> None:
        nonlocal received
        time.sleep(1)
        while received < len(SENT):
            received += len(client.recv(1 << 20))

    thread = Thread(target=read_late)
    thread.start()
    server.sendall(SENT)
    thread.join()
    assert received == len(SENT)


def test_each_request_is_waited_for_anew(pair: tuple[PatientSocket, socket.socket]) -> None:
    server, client = pair
    with pytest.raises(ConnectionResetError):
        server.recv(10)
    begin(server)
    client.send(b"x")
    assert server.recv(10) == b"x"

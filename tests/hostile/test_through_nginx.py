"""Attacks through the proxy as it is deployed, which hold up nobody else."""

import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import count
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from project.web import budgets
from tests import applications
from tests.concurrency import Answer
from tests.contacts.carddav.calls import query
from tests.hostile.attacks import API, ATTACKS, BOOK
from tests.hostile.conftest import Attacker, created
from tests.processes import Worker
from tests.proxies import needs_nginx, nginx
from tests.servers import Server, gunicorn

pytestmark = [pytest.mark.hostile, needs_nginx]

ORIGIN = "capacitor://localhost"
SECONDS = 60.0  # that anything may take on a busy machine
HALVES = 1_500
BATCHES = 20  # of 16 contacts
READERS = 6  # two more than there are threads
numbers = count(1)


@pytest.fixture(scope="module")
def behind(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process with four threads."""
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("behind")), "TRUSTED_PROXY_HOPS": 1}
    with gunicorn(applications.settings_of(served.application) | settings, workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(behind: Server) -> Iterator[Server]:
    """A load balancer on this machine says who the client is."""
    with nginx(behind.url, LOAD_BALANCER="127.0.0.1", CORS_ORIGINS=ORIGIN) as server:
        yield server


def ask(  # noqa: PLR0913  # a request has so many parts
    server: Server, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", client: str = ""
) -> Answer:
    """One request, by the client at this address, or by one that was never there before."""
    number = next(numbers)
    known = {"X-Forwarded-For": client or f"2001:db8:{number:x}::1", "Connection": "close"}
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=SECONDS)
    try:
        connection.request(method, path, body or None, {**known, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@contextmanager
def watched(server: Server) -> Iterator[list[float]]:
    """How long somebody else waits for an answer, all the time meanwhile."""
    waits: list[float] = []
    over = Event()

    def watch() -> None:
        while not over.wait(0.05):
            started = time.monotonic()
            assert ask(server, "GET", "/healthz").status == 200
            waits.append(time.monotonic() - started)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()


def test_no_attack_stops_the_worker_or_keeps_others_waiting(
    proxy: Server, behind: Server, attacker: Attacker, record_property: Callable[[str, object], None]
) -> None:
    worker, statuses = Worker(behind), dict[str, int]()
    with watched(proxy) as waits:
        for name, attack in ATTACKS.items():
            method, path, headers, content = attacker.sent(attack, attack.most)
            statuses[name] = ask(proxy, method, path, dict(headers), content).status
    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert Worker(behind).process == worker.process
    assert "WORKER TIMEOUT" not in behind.output
    longest = sorted(waits)[-1]
    record_property(
        "figures",
        f"{len(statuses)} attacks, {len(waits)} requests of others meanwhile, the longest {longest:.2f} s; "
        f"{worker.processor_seconds():.0f} s of a processor, at most {worker.peak_megabytes():.0f} MB",
    )
    assert longest < SECONDS / 4
    assert worker.peak_megabytes() < 600


@contextmanager
def connections(server: Server, number: int) -> Iterator[list[socket.socket]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * number + 500)), hard))
    with ExitStack() as opened:
        yield [opened.enter_context(connect(server)) for _ in range(number)]


def connect(server: Server) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port or 80), SECONDS)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{",
    ],
    ids=["half-sent heads", "nothing", "half-sent bodies"],
)
def test_unfinished_requests_take_nobodys_connection(
    proxy: Server, sent: bytes, record_property: Callable[[str, object], None]
) -> None:
    """As many as nginx has connections by default, and more."""
    with connections(proxy, HALVES) as halves:
        for half in halves:
            half.sendall(sent)
        with watched(proxy) as waits:
            time.sleep(2)
        record_property("figures", f"{HALVES} connections; others waited {max(waits):.2f} s at most")
        assert max(waits) < 5
        if sent.startswith(b"GET"):
            with pytest.raises(ConnectionResetError):  # a head is waited for five seconds
                halves[0].recv(1)


def large(attacker: Attacker) -> int:
    """Make the address book as large as two thirds of an answer; how many bytes its list has."""
    notes, addresses = "\U0001d5d4" * 9_000, [{"street": "\U0001d5d4" * 255}] * 10
    contact = {"first_name": "Ada", "notes": notes, "addresses": addresses}
    for _ in range(BATCHES):
        content = json.dumps({"operations": created([contact] * 16)}, ensure_ascii=False).encode()
        answer = attacker.account.post("/contacts/batch", data=content, content_type="application/json")
        assert {result["status"] for result in answer.json["results"]} == {201}
        size = len(answer.data)
    return BATCHES * size


SLOW = {
    "a list": ("GET", f"{API}/contacts?limit=500", b""),
    "CardDAV": ("REPORT", BOOK, query().encode()),
}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("method", "path", "body"), SLOW.values(), ids=SLOW)
def test_slow_readers_hold_no_thread(  # noqa: PLR0913  # fixtures and parameters
    proxy: Server,
    attacker: Attacker,
    method: str,
    path: str,
    body: bytes,
    record_property: Callable[[str, object], None],
) -> None:
    """Nginx keeps the answers for them, however many read at once."""
    size = large(attacker)
    sender = "device" if method == "REPORT" else "app"
    credentials = "".join(f"{name}: {value}\r\n" for name, value in attacker.credentials(sender).items())
    path = path.replace("{user}", attacker.account.user["id"])
    head = f"{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Length: {len(body)}\r\n{credentials}\r\n".encode()
    with ExitStack() as opened:
        readers = [opened.enter_context(begun(proxy, head + body)) for _ in range(READERS)]
        with watched(proxy) as waits:
            for _ in range(20):
                for reader in readers:
                    reader.recv(100)
                time.sleep(0.1)
        answer = readers[-1].recv(4096)
        while received := readers[-1].recv(1 << 20):
            answer += received
    record_property("figures", f"{READERS} readers of {size} bytes; others waited {max(waits):.2f} s at most")
    assert len(answer) > size // 2, "the whole answer is there for whoever reads it at last"
    assert max(waits) < 5


def begun(server: Server, request: bytes) -> socket.socket:
    """A connection on which an answer has begun, when nginx has had the time to take all of it."""
    reader = connect(server)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * budgets.KIB)
    reader.sendall(request)
    assert b" 20" in reader.recv(20)
    time.sleep(1)
    return reader


@pytest.fixture
def strict(behind: Server) -> Iterator[Server]:
    """Hardly any requests a second, after a hundred at once."""
    with nginx(behind.url, LOAD_BALANCER="127.0.0.1", PROXY_REQUESTS="1r/m", CORS_ORIGINS=ORIGIN) as server:
        yield server


CLIENTS = {
    "a /64": (lambda number: f"2001:db8:1:2::{number:x}", "2001:db8:1:3::1"),
    "a /64 whose last part varies": (lambda number: f"2001:db8:1:2:{number:x}:{number:x}::", "2001:db8:1:3::"),
    "an IPv4 address in IPv6": (
        lambda number: ("::ffff:" if number % 2 else "") + "198.51.100.7", "::ffff:198.51.100.8",
    ),
    "an IPv4 address by NAT64": (
        lambda number: "64:ff9b::203.0.113.7" if number % 2 else "64:ff9b::cb00:7107", "64:ff9b::203.0.113.8",
    ),
    "an IPv4 address by 6to4": (lambda number: f"2002:cb00:7107:{number:x}::1", "2002:cb00:7108::1"),
    "an IPv4 address by a NAT64 of one's own": (
        lambda number: "64:ff9b:1::203.0.113.7" if number % 2 else "64:ff9b:1::cb00:7107", "64:ff9b:1::203.0.113.8",
    ),
    "an address written at length": (
        lambda number: "2001:db8:0:0:0:0:0:1" if number % 2 else "2001:DB8::2", "2001:db8:0:1::1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("address", "other"), CLIENTS.values(), ids=CLIENTS)
def test_the_proxy_counts_a_network_as_one_client(strict: Server, address: Callable[[int], str], other: str) -> None:
    """A hundred and one are answered, whatever their addresses."""
    statuses = [ask(strict, "GET", "/healthz", client=address(number)).status for number in range(1, 112)]
    assert statuses == [200] * 101 + [429] * 10
    assert ask(strict, "GET", "/healthz", client=other).status == 200


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_web_view_reads_what_the_proxy_refuses(strict: Server) -> None:
    def refused(origin: str) -> list[Answer]:
        headers = {"Origin": origin}
        for _ in range(102):
            answer = ask(strict, "GET", "/healthz", headers, client="198.51.100.9")
        too_large = ask(strict, "POST", f"{API}/auth/login", headers, b"x" * (2 * budgets.MIB))
        return [answer, too_large, ask(strict, "GET", "/metrics", headers)]

    answers = refused(ORIGIN)
    assert [answer.status for answer in answers] == [429, 413, 404]
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in answers] == [ORIGIN] * 3
    assert {answer.problem for answer in answers} == {"rate-limited", "too-large", "not-found"}
    assert answers[0].headers["Retry-After"] == "1"
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in refused("https://evil.example.org")} == {None}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_preflights_are_not_counted_as_requests(strict: Server) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    for _ in range(120):
        answer = ask(strict, "OPTIONS", f"{API}/contacts", headers, client="198.51.100.10")
        assert answer.status == 200

"""Fifty wrong passwords a second, which cost a quarter of a second of a processor each: what readers notice of it."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests import applications
from tests.hostile.attacks import API
from tests.hostile.conftest import Attacker
from tests.servers import Server, gunicorn

pytestmark = pytest.mark.hostile

PER_SECOND, READERS, SECONDS = 50, 2, 6.0
PATIENCE = 60.0


@pytest.fixture
def costly(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two processes with four threads each, which hash passwords as in production."""
    settings = applications.settings_of(served.application) | {
        "INSTANCE_FOLDER": str(tmp_path_factory.mktemp("storm")),
        "BCRYPT_LOG_ROUNDS": 12,
        "TRUSTED_PROXY_HOPS": 1,
    }
    with gunicorn(settings, workers=2) as server:
        yield server


def connection(server: Server) -> HTTPConnection:
    return HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)


def read(server: Server, headers: dict[str, str]) -> list[float]:
    """How long each list took that one reader asked for, one after the other."""
    took: list[float] = []
    end = time.monotonic() + SECONDS
    with closing(connection(server)) as line:
        while time.monotonic() < end:
            started = time.monotonic()
            line.request("GET", f"{API}/contacts", headers=headers)
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200
            took.append(time.monotonic() - started)
    return took


def reads(server: Server, headers: dict[str, str]) -> Sequence[float]:
    with ThreadPoolExecutor(READERS) as readers:
        found = readers.map(lambda _: read(server, headers), range(READERS))
        return sorted(each for some in found for each in some)


@contextmanager
def storm(server: Server) -> Iterator[list[int]]:
    """So many attempts each second, each from another address at another name, whether others were answered or not."""
    over, statuses = Event(), list[int]()

    def attempt(number: int) -> None:
        body = json.dumps({"username": f"nobody{number}", "password": f"wrong {number}"})
        headers = {"Content-Type": "application/json", "X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        with closing(connection(server)) as line:
            line.request("POST", f"{API}/auth/login", body, headers)
            statuses.append(line.getresponse().status)

    def rage() -> None:
        with ThreadPoolExecutor(PER_SECOND * 10) as attackers:
            number = 0
            while not over.wait(1 / PER_SECOND):
                number += 1
                attackers.submit(attempt, number)

    thread = Thread(target=rage)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join()


def test_in_a_storm_of_wrong_passwords_lists_are_served(
    costly: Server, attacker: Attacker, record_property: Callable[[str, object], None]
) -> None:
    headers = dict(attacker.account.headers)
    reads(costly, headers)
    alone = reads(costly, headers)
    with storm(costly) as statuses:
        during = reads(costly, headers)
    p95 = during[len(during) * 95 // 100]
    record_property(
        "figures",
        f"{len(alone) / SECONDS:.0f} lists a second alone, {len(during) / SECONDS:.0f} in the storm, p95 "
        f"{p95 * 1000:.0f} ms; of {len(statuses)} attempts {statuses.count(401)} were compared",
    )
    assert set(statuses) <= {401, 503}
    assert statuses.count(401) > 0
    assert statuses.count(401) < 10 * SECONDS, "hashing takes half of the processors at most"
    assert during, "a busy machine makes the rate vary: the figures say what it was"

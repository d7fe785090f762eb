"""Phones: HTTP clients on real sockets, as many at the same moment as a test needs."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Engine, event, text

T = TypeVar("T")

SECONDS = 120  # for an answer, and for one that is not refused: on a machine that does much else


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The last part of the problem's type; empty for a success."""
        return "" if self.status < 400 else str(self.json["type"]).removeprefix("/problems/")


def call(  # noqa: PLR0913  # a request has so many parts
    url: str, method: str, path: str, *, body: object = None, token: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on a connection of its own, with `body` as JSON."""
    headers = {"Connection": "close", **(headers or {})}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def until_taken(ask: Callable[[], T], is_busy: Callable[[T], bool]) -> T:
    """The answer of a server that is not too busy for it: phones repeat what was refused, though not as soon."""
    end = time.monotonic() + SECONDS
    while is_busy(answer := ask()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def call_patiently(url: str, method: str, path: str, **request: Any) -> Answer:
    """One request, repeated while it is answered 503."""
    return until_taken(lambda: call(url, method, path, **request), lambda answer: answer.status == 503)


def until_alone(ask: Callable[[], Answer]) -> Answer:
    """The answer to a costly request, repeated while others of its user or of the process run."""
    return until_taken(ask, lambda answer: answer.status in (429, 503))


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls at the same moment, each in a thread of its own; their answers, in the order of the calls."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait(SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@contextmanager
def meanwhile(statement: str, deed: Callable[[], object]) -> Iterator[None]:
    """Do something, in a thread of its own, just before the first statement that begins with this text is executed."""
    done: list[object] = []

    def listen(_: object, __: object, executed: str, *___: object) -> None:
        if not done and executed.startswith(statement):
            done.append(True)
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(deed).result()

    event.listen(Engine, "before_cursor_execute", listen)
    yield
    event.remove(Engine, "before_cursor_execute", listen)
    assert done


def wait_until_somebody_waits(engine: Engine, table: str) -> None:
    """Wait until a statement on this table waits for a lock, which PostgreSQL tells."""
    locked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :query"
    waiting = text(locked).bindparams(query=f"%{table}%")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(600):
            if connection.execute(waiting).scalar_one():
                return
            connection.execute(text("SELECT pg_sleep(0.05)"))
    raise AssertionError("Nobody waits.")

"""What one contact costs, part by part, on SQLite: the time of each function within whole requests, without its calls.

Gunicorn's parts are its own functions in a hot loop, fed with the bytes of the request. What a request costs a server
beyond all of them is what is between: threads that wait for each other and for the interpreter's lock, and cold caches.
"""

import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

import orjson
import pytest
from flask import Flask, Response, request_finished
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import create
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.operations import OPERATIONS, Request
from benchmarks.people import USUAL, Person
from benchmarks.results import Results, Row
from deploy.patience import PatientSocket
from project.contacts import queries
from project.database import reading
from project.web import authentication, responses

SECTION: Final = "parts"
REQUESTS: Final = 4_000
QUICKEST: Final = 8  # the part of requests that nothing has disturbed, one in so many
ROUNDS, CALLS = 30, 100
WHOSE: Final = {"flask_cors": "CORS", "flask_limiter": "limiter", "project.limiter": "limiter"}
CLIENT: Final = ("127.0.0.1", 40_000)
REST: Final = "Flask: dispatch, decorators, what is between"


class Clock:
    """Nanoseconds of each part of the current request, without those of the parts that it calls."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.inner = [0]

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.inner.append(0)
            begun = perf_counter_ns()
            try:
                return function(*args, **kwargs)
            finally:
                took = perf_counter_ns() - begun
                self.spent[part] += took - self.inner.pop()
                self.inner[-1] += took

        return call


def measure(results: Results, app: Flask, people: Sequence[Person]) -> None:
    """Many requests for contacts, and of the quickest ones the medians of each part."""
    clock, samples = Clock(), []
    requests = OPERATIONS["one"].requests(people, REQUESTS)
    environs = [EnvironBuilder(each.path, headers=list(each.headers.items())).get_environ() for each in requests]
    with pytest.MonkeyPatch.context() as patch:
        watch(patch, app, clock)
        for environ in environs:
            clock.spent.clear()
            run_wsgi_app(clock.timed(REST, app.wsgi_app), environ)
            samples.append(dict(clock.spent))
    quickest = sorted(samples, key=lambda sample: sum(sample.values()))[: REQUESTS // QUICKEST]
    for part in quickest[0]:
        spent = median(sample.get(part, 0) for sample in quickest) / 1000
        results.add(Row(SECTION, part, "embedded", USUAL), {"server": spent})
    for part, act in of_gunicorn(requests[0]).items():
        results.add(Row(SECTION, part, "embedded", USUAL), {"server": least(act)})


def watch(patch: pytest.MonkeyPatch, app: Flask, clock: Clock) -> None:
    """Put the clock around everything that takes part in a request."""
    for owner, name, part in (
        (app, "create_url_adapter", "Flask: routing"),
        (authentication, "authenticate", "session check: token"),
        (app, "is_session_open", "session check: SQLAlchemy"),
        (queries, "one", "contact: SQLAlchemy, row"),
        (DefaultDialect, "do_execute", "both statements: the driver"),
        (reading, "reading", "connection: out of the pool"),
        (reading.Reader, "close", "connection: back into it"),
        (orjson, "dumps", "contact: JSON"),
        (responses, "reply", "contact: answer as an object"),
        (request_finished, "send", "metrics"),
        (Response, "__call__", "headers and status for WSGI"),
        (app, "do_teardown_appcontext", "Flask: teardown"),
    ):
        patch.setattr(owner, name, clock.timed(part, getattr(owner, name)))
    around: dict[str, dict[Any, list[Any]]] = {"before": app.before_request_funcs, "after": app.after_request_funcs}
    for when, groups in around.items():
        for blueprint, functions in list(groups.items()):
            timed = [clock.timed(f"{when}: {named(each)}", each) for each in functions]
            patch.setitem(groups, blueprint, timed)


def named(function: Any) -> str:
    """Whose function this is."""
    module = getattr(function, "func", function).__module__
    return next((title for name, title in WHOSE.items() if module.startswith(name)), "ours")


def of_gunicorn(request: Request) -> Mapping[str, Callable[[], object]]:
    """Its parser of HTTP, what it makes for WSGI of what that found, and what it does with a socket for a request."""
    head = f"GET {request.path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: {request.headers['Authorization']}"
    sent, config = f"{head}\r\n\r\n".encode(), Config()
    parsed = next(RequestParser(config, iter([sent]), CLIENT))
    client, accepted = socket.socketpair()
    server = PatientSocket(fileno=accepted.detach())

    def exchange() -> None:
        client.sendall(sent)
        server.setblocking(True)  # noqa: FBT003  # the socket's own signature
        server.recv(8192)
        server.sendall(b"x" * 500)
        server.sendall(b"x" * 500)
        server.setblocking(False)  # noqa: FBT003  # the same
        client.recv(8192)

    return {
        "gunicorn: parser of HTTP": lambda: next(RequestParser(config, iter([sent]), CLIENT)),
        "gunicorn: WSGI's environment": lambda: create(parsed, server, CLIENT, CLIENT, config),
        "gunicorn: the socket, with its client's end": exchange,
    }


def least(act: Callable[[], object]) -> float:
    """Microseconds of a call."""
    found = inf
    for _ in range(ROUNDS):
        begun = perf_counter_ns()
        for _ in range(CALLS):
            act()
        found = min(found, (perf_counter_ns() - begun) / CALLS / 1000)
    return found

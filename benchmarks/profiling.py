"""Where the application spends its processor time: a profile within one process, added up by package."""

import cProfile
import io
import pstats
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.operations import NUMBER, Operation, Request
from benchmarks.people import Person
from benchmarks.results import Results, Row

REQUESTS = 500
NOT_SERVING = r"'poll' of 'select|werkzeug/test\.py|/benchmarks/"
"""Waiting for the database, and what plays the client here."""

PARTS = {
    "psycopg2": r"psycopg2|project/deadlines",
    "SQLAlchemy": r"/(flask_)?sqlalchemy/|<sqlalchemy generated",
    "Flask, Werkzeug": r"/(flask|werkzeug|blinker)/",
    "Flask-Limiter": r"/(flask_limiter|limits|redis)/",
    "other extensions": r"/(flask_\w+|webargs|apispec|structlog|prometheus_client)/",
    "marshmallow": r"/(marshmallow|email_validator|idna)/",
    "our own": r"/project/|orjson",
    "Python": r"",
}


def measure(results: Results, app: Flask, tasks: Sequence[tuple[Operation, list[Person]]]) -> None:
    """Of each operation, what part of the time that it does not wait goes where."""
    for operation, people in tasks:
        requests = operation.requests(people, REQUESTS)
        serve(app, requests[:50], 0)
        profile = cProfile.Profile()
        profile.enable()
        serve(app, requests, 50)
        profile.disable()
        spent = by_part(pstats.Stats(profile))
        parts = {part: spent[part] / spent.total() for part in PARTS}
        results.add(Row("profile", operation.name, "application", len(people[0].contacts)), parts)


def serve(app: Flask, requests: Sequence[Request], start: int) -> None:
    for number, request in enumerate(requests, start):
        path, _, query = request.path.partition("?")
        body = request.body.replace(NUMBER.encode(), f"{number:08}".encode())
        headers = Headers([pair for pair in request.headers.items() if pair[0] != "Content-Type"])
        content_type = request.headers.get("Content-Type")
        builder = EnvironBuilder(
            path, query_string=query, method=request.method, headers=headers, input_stream=io.BytesIO(body),
            content_type=content_type, content_length=len(body),
        )  # fmt: skip
        run_wsgi_app(app.wsgi_app, builder.get_environ(), buffered=True)


def by_part(stats: Any) -> Counter[str]:
    """Seconds by part; what is built into Python is its caller's."""
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in stats.stats.items():
        if re.search(NOT_SERVING, f"{file} {name}"):
            continue
        if file != "~" or "psycopg2" in name:
            spent[part(f"{file} {name}")] += own
            continue
        for (caller, _, caller_name), (_, _, by_caller, _) in callers.items():
            spent[part(f"{caller} {caller_name}")] += by_caller
    return spent


def part(place: str) -> str:
    return next(name for name, pattern in PARTS.items() if re.search(pattern, place))

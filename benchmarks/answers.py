"""What servers answer, so that only those that answer the same are compared."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from benchmarks.operations import NUMBER, Operation, Request
from benchmarks.people import Person

COMPARED = ("Content-Type", "Cache-Control", "ETag", "Link", "X-RateLimit-Limit", "X-Content-Type-Options")
MADE = re.compile(rb'"(?:id|revision|created_at|updated_at)":(?:"[^"]*"|[0-9]+)')
"""What differs from one write to the next."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    content: bytes


class Unequal(Exception):
    """Servers that are to be compared do not answer the same."""


def ask(url: str, request: Request, number: int = 0) -> Answer:
    body = request.body.replace(NUMBER.encode(), f"{number:08}".encode())
    connection = HTTPConnection(urlsplit(url).netloc, timeout=180)
    try:
        connection.request(request.method, request.path, body or None, dict(request.headers))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def check(urls: Mapping[str, str], operation: Operation, people: Sequence[Person], count: int = 3) -> None:
    """Raises Unequal unless all servers answer some requests of the operation alike, and as it expects."""
    for number, request in enumerate(operation.requests(list(people), count)):
        seen = [shown(operation, ask(url, request, number + place)) for place, url in enumerate(urls.values())]
        found = [line for each in seen[1:] for line in differences(seen[0], each)]
        if found or seen[0]["status"] != operation.status:
            raise Unequal(f"{request.method} {request.path}: {seen[0]['status']}, {found[:5]}")


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        for name in one:
            yield from differences(one[name], other[name], f"{place}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}/{index}")
    elif one != other or isinstance(one, dict):  # the same fields in another order are a difference too
        yield f"{place}: {one!r}, {other!r}"


def shown(operation: Operation, answer: Answer) -> dict[str, Any]:
    """Status, headers and content, but for what a write makes anew."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    compared = {name: headers[name.lower()] for name in COMPARED if name.lower() in headers}
    content = answer.content
    if operation.writes:
        compared.pop("ETag", None)
        content = re.sub(rb"[0-9]{8}", b"", MADE.sub(b'"":0', content))
    return {"status": answer.status, "headers": compared, "content": json.loads(content) if content else None}

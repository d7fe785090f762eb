"""What every request and every answer has: an id, JSON by orjson, and security headers."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response, g, request

from project.database.reading import reading
from project.errors import MalformedRequest
from project.web import budgets, client_address, parsing

ENCODING = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE  # for those who read it in a terminal
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE = ("GET", "HEAD", "OPTIONS", "PROPFIND", "PROPPATCH", "REPORT")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON; for None no body, and so no type."""
    if body is None:
        empty = Response(status=status, headers=headers)
        del empty.headers["Content-Type"]
        return empty
    return Response(orjson.dumps(body, option=ENCODING), status, headers, content_type="application/json")


class Application(Flask):
    request_class = parsing.WholeRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is, for all of ours are synchronous: Flask would look at a dozen functions during each request."""
        return func


def begin() -> None:
    """Bound the request's body, and give it its id: the client's own if it sent a sane one."""
    reading.set(request.method in SAFE)
    budgets.bound_body()
    sent = request.environ.get("HTTP_X_REQUEST_ID", "")
    g.request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    request.remote_addr = client(request.remote_addr or "")


def client(address: str) -> str:
    """The client's address as the connection or a trusted proxy names it; raises MalformedRequest for anything else."""
    try:
        return address and client_address.canonical(address)
    except ValueError:
        raise MalformedRequest("X-Forwarded-For holds something other than an IP address.") from None


def finish(response: Response) -> Response:
    """Put the headers that every answer has; a page or a picture may have set its own before."""
    headers = response.headers
    present = set(headers.keys(lower=True))
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in present:
            headers.add(name, value)
    if request.path.startswith("/api/"):
        response.vary.add("Origin")  # what an answer to another origin may not be taken for by a cache
    if "request_id" in g:
        headers.add("X-Request-ID", g.request_id)
    if "retry-after" in present and response.status_code not in (429, 503):
        headers.remove("Retry-After")
    return response


def forget(_: BaseException | None) -> None:
    reading.set(False)
    structlog.contextvars.clear_contextvars()


def init_app(app: Flask) -> None:
    app.url_map.converters["uuid"] = parsing.CanonicalUUID
    app.url_map.merge_slashes = False
    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(forget)

"""Common to all requests and answers: an id, JSON by orjson, and security headers."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Flask, Response

from project.database.reading import Reader, reader
from project.errors import MalformedRequest
from project.web import budgets, client_address, parsing
from project.web.request import Request, request

ENCODING = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE  # for terminals
SAFE = ("GET", "HEAD", "OPTIONS", "PROPFIND", "PROPPATCH", "REPORT")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON; None has no body, and so no type."""
    if body is None:
        empty = Response(status=status, headers=headers)
        del empty.headers["Content-Type"]
        return empty
    return Response(orjson.dumps(body, option=ENCODING), status, headers, content_type="application/json")


SHARED = ("/api/", "/pictures/", "/avatars/")
"""What web apps of other origins may read, as CORS_ORIGINS says."""

IsSessionOpen = Callable[[UUID, UUID, UUID], bool]


class Application(Flask):
    """Flask's application, with a function that looks up sessions, which belong to a package above `web`."""

    request_class = Request

    def __init__(self, import_name: str, *, is_session_open: IsSessionOpen) -> None:
        super().__init__(import_name)
        self.is_session_open = is_session_open

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Skip Flask's async check, which takes a dozen calls a request; no view is async."""
        return func


def begin() -> None:
    """Bound the request's body, bind its id to the log, and normalise the client's address."""
    reader.set(Reader() if request.method in SAFE else None)
    budgets.bound_body()
    structlog.contextvars.bind_contextvars(request_id=request.id, **request.trace)
    request.remote_addr = client(request.remote_addr or "")


def client(address: str) -> str:
    """Normalise the address that the connection or a trusted proxy names; raises MalformedRequest."""
    try:
        return address and client_address.canonical(address)
    except ValueError:
        raise MalformedRequest("X-Forwarded-For holds something other than an IP address.") from None


def finish(response: Response) -> Response:
    """Add the headers of every answer, unless the view has set its own."""
    headers = response.headers
    present = set(headers.keys(lower=True))
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in present:
            headers.add(name, value)
    if request.path.startswith(SHARED):  # so that no cache serves it to another origin
        if "vary" in present:
            response.vary.add("Origin")
        else:
            headers.add("Vary", "Origin")
    headers.add("X-Request-ID", request.id)
    if "retry-after" in present and response.status_code not in (429, 503):
        headers.remove("Retry-After")
    return response


def forget(_: BaseException | None) -> None:
    if found := reader.get():
        found.close()
        reader.set(None)
    structlog.contextvars.clear_contextvars()


def init_app(app: Flask) -> None:
    app.url_map.converters["uuid"] = parsing.IdConverter
    app.url_map.merge_slashes = False
    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(forget)

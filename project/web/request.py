"""The current request: its body, read completely or refused, and what is known of it so far."""

import re
from functools import cached_property
from io import BytesIO
from time import perf_counter
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

import flask
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType

PLAIN = {"Content-Encoding": {"", "identity"}, "Transfer-Encoding": {"", "chunked"}}
"""The codings of a body that is not compressed."""
TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace_id>[0-9a-f]{32})-(?P<span_id>[0-9a-f]{16})-[0-9a-f]{2}(?P<more>-.*)?"
)
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Caller(NamedTuple):
    """The user and the session of a request, and the pair of tokens (`jti`) that its token is of."""

    user_id: UUID
    session_id: UUID
    jti: UUID


class UnsupportedCoding(UnsupportedMediaType):
    """The body is compressed, which is not accepted (RFC 9110 §15.5.16)."""

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*args, **kwargs), ("Accept-Encoding", "identity")]


class Request(flask.Request):
    """A request whose body is read completely or refused.

    Werkzeug truncates oversized chunked bodies, and accepts bodies that are shorter than their Content-Length.
    """

    caller: Caller | None = None
    json_object: dict[str, Any] | None = None
    """The body, once it was parsed."""
    takes_parameters = False
    """Whether the route has parsed the query string."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started = perf_counter()
        if not (self.range and self.range.units == "bytes" and len(self.range.ranges) == 1):
            self.environ.pop("HTTP_RANGE", None)  # to be ignored (RFC 9110 §14.2); Werkzeug would answer 416

    @cached_property
    def id(self) -> str:
        """The client's own X-Request-ID if it is short and plain, else a new one."""
        sent = self.environ.get("HTTP_X_REQUEST_ID", "")
        return sent if SANE_ID.fullmatch(sent) else uuid4().hex

    @cached_property
    def trace(self) -> dict[str, str]:
        """The ids of the trace and of the caller's span in `traceparent` (W3C Trace Context §3.2), if it is valid."""
        found = TRACEPARENT.fullmatch(self.environ.get("HTTP_TRACEPARENT", ""))
        if found is None or found["version"] == "ff" or (found["version"] == "00" and found["more"]):
            return {}
        if not (found["trace_id"].strip("0") and found["span_id"].strip("0")):
            return {}
        return {"trace_id": found["trace_id"], "span_id": found["span_id"]}

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        for header, codings in PLAIN.items():
            if not codings.issuperset(map(str.strip, self.headers.get(header, "").lower().split(","))):
                raise UnsupportedCoding()
        data = super().get_data(*args, **kwargs)
        if len(data) < (self.content_length or 0):
            raise ClientDisconnected()
        if len(data) == self.max_content_length and self.environ["wsgi.input"].read(1):
            raise RequestEntityTooLarge()
        return data

    def _get_stream_for_parsing(self) -> BytesIO:
        """Read a form as strictly as any other body. A private part of Werkzeug 3.1.9."""
        return BytesIO(self.get_data())

    def _get_file_stream(self, *_: Any, **__: Any) -> BytesIO:
        """Keep uploaded files in memory, where there is room for a picture; the disk may be full.

        A private part of Werkzeug 3.1.9, whose documentation of subclasses names it.
        """
        return BytesIO()


request: Request = cast(Request, flask.request)

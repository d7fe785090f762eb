"""The floor: what gunicorn alone costs, for an application that does nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

BODY = b'{"items":[]}\n'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def app(_: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]

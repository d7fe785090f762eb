"""The floor: what gunicorn alone costs, for an application that does nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

BODY = b'{"items":[]}\n'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


class Floor:
    """An application for gunicorn, which has it handle requests that cannot be read; here there are none."""

    def __call__(self, _: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", HEADERS)
        return [BODY]

    def register_error_handler(self, *_: Any) -> None: ...


app = Floor()

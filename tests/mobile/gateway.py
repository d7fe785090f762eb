"""What stands between a phone and its server: a proxy that passes requests on, and now and then does not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Behaviour = Callable[["Handler", bytes], None]


class Received(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Gateway(ThreadingHTTPServer):
    """Does with each request what comes `next`, and passes it on when nothing does."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.target = urlsplit(target).netloc
        self.next: list[Behaviour] = []
        self.received: list[Received] = []


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(Received(self.command, self.path, dict(self.headers), body))
        behaviour = self.server.next.pop(0) if self.server.next else passes
        behaviour(self, body)
        self.close_connection = True

    do_GET = do_POST = handle_request  # noqa: N815  # as http.server calls them

    def log_message(self, *args: object) -> None:
        """Keep the tests' output short."""

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the server says."""
        with closing(HTTPConnection(self.server.target, timeout=30)) as connection:
            connection.request(self.command, self.path, body or None, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def reply(self, status: int, headers: list[tuple[str, str]], text: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def passes(handler: Handler, body: bytes) -> None:
    handler.reply(*handler.ask(body))


def loses_the_request(handler: Handler, body: bytes) -> None:
    """Close the connection at once."""


def loses_the_answer(meanwhile: Callable[[], Any] = lambda: None) -> Behaviour:
    """Close the connection after the server has answered, and something else has happened."""

    def behave(handler: Handler, body: bytes) -> None:
        handler.ask(body)
        meanwhile()

    return behave


def breaks_off(handler: Handler, body: bytes) -> None:
    """Pass half of the answer on."""
    status, headers, text = handler.ask(body)
    handler.reply(status, headers, text[: len(text) // 2])


def says(status: int, text: bytes = b"", **headers: str) -> Behaviour:
    """Answer in the server's place."""

    def behave(handler: Handler, body: bytes) -> None:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        handler.reply(status, [("Content-Length", str(len(text))), *named], text)

    return behave


@contextmanager
def gateway(target: str) -> Iterator[Gateway]:
    with Gateway(target) as between:
        thread = Thread(target=between.serve_forever, args=[0.02])
        thread.start()
        try:
            yield between
        finally:
            between.shutdown()
            thread.join()

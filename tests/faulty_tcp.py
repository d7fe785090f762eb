"""A TCP line to a server, which can be made to fail as real ones do."""

import secrets
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingTCPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
PORTS = range(15_000, 30_000)
DEFAULT_PORTS = {"http": 80, "postgresql": 5432, "redis": 6379, "smtp": 25}


def free_port() -> int:
    """A port for a server that starts soon, below those that the system gives to clients meanwhile."""
    while True:
        with suppress(OSError), socket.create_server((HOST, secrets.choice(PORTS))) as listener:
            return int(listener.getsockname()[1])


class Listener(ThreadingTCPServer):
    """Hands every connection to its line, in a thread for each."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, line: "Line", port: int) -> None:
        self.line = line
        super().__init__((HOST, port), None)  # type: ignore[arg-type]  # finish_request does without a handler

    def finish_request(self, request: Any, client_address: object) -> None:
        self.line.carry(request)


class Line:
    """Passes at first. `url` is the target's, by way of this line."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])
        self.ends: set[socket.socket] = set()
        self.flowing = Event()
        self.host, self.port = HOST, 0
        self.listener: Listener | None = None
        self.resume()
        credentials, at, _ = parts.netloc.rpartition("@")
        self.url = parts._replace(netloc=f"{credentials}{at}{HOST}:{self.port}").geturl()

    def resume(self) -> None:
        """Pass everything on again, what was held back while the line stalled included."""
        if self.listener is None:
            self.listener = Listener(self, self.port)
            self.port = self.listener.server_address[1]
            Thread(target=self.listener.serve_forever, args=[0.02], daemon=True).start()
        self.flowing.set()

    def stall(self) -> None:
        """Go on taking connections and bytes, but pass nothing on: the server seems to hang."""
        self.flowing.clear()

    def cut(self) -> None:
        """End every open connection; new ones are passed on."""
        for end in list(self.ends):
            with suppress(OSError):  # its other end was faster
                end.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """End every open connection and take no new ones: the server seems to be down."""
        if self.listener is not None:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None
        self.cut()

    def carry(self, client: socket.socket) -> None:
        with suppress(OSError):  # a connection that breaks is closed at both ends
            self.flowing.wait()
            with socket.create_connection(self.target) as server:
                self.pass_between(client, server)

    def pass_between(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        self.ends.update(others)
        try:
            while all(self.pass_once(end, others[end]) for end in select.select([client, server], [], [])[0]):
                pass
        finally:
            self.ends.difference_update(others)

    def pass_once(self, source: socket.socket, destination: socket.socket) -> bytes:
        self.flowing.wait()
        data = source.recv(65_536)
        destination.sendall(data)
        return data


@contextmanager
def tcp_proxy(target: str) -> Iterator[Line]:
    """A line to the server at the URL `target`, open as long as the block lasts."""
    line = Line(target)
    try:
        yield line
    finally:
        line.refuse()
        line.flowing.set()

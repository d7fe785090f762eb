"""Connections on which requests go as they were written, right or wrong."""

import re
import socket
from contextlib import suppress
from http.client import BadStatusLine, HTTPResponse
from urllib.parse import urlsplit

from tests.concurrency import Answer

PATIENCE = 30.0  # seconds, after which there is no answer
STATUS = re.compile(rb"(?:\A|\n)HTTP/1\.[01] ([0-9]{3}) ")


class Line:
    """One connection, kept alive as long as the server likes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port or 80)
        self.socket: socket.socket | None = None

    def ask(self, method: str, sent: bytes) -> Answer:
        """One request and its answer; raises TimeoutError, or OSError when there is none."""
        if self.socket is not None:
            with suppress(ConnectionError, BadStatusLine):  # the server may have hung up in the meantime
                return self.exchange(self.socket, method, sent)
            self.close()
        self.socket = socket.create_connection(self.address, PATIENCE)
        return self.exchange(self.socket, method, sent)

    def exchange(self, connection: socket.socket, method: str, sent: bytes) -> Answer:
        with suppress(BrokenPipeError, ConnectionResetError):  # who is refused early may still read the answer
            connection.sendall(sent)
        with HTTPResponse(connection, method=method) as response:
            response.begin()
            answer = Answer(response.status, response.headers, response.read())
            if response.will_close:
                self.close()
        return answer

    def ask_raw(self, sent: bytes) -> list[int]:
        """The status of every answer to what need not be one request, on a connection of its own."""
        answered = b""
        with socket.create_connection(self.address, PATIENCE) as connection:
            with suppress(BrokenPipeError, ConnectionResetError, ConnectionAbortedError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while received := connection.recv(65_536):
                    answered += received
        return [int(status) for status in STATUS.findall(answered)]

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket = None

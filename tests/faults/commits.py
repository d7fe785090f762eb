"""A line to PostgreSQL on which COMMITs get lost: whoever sent one does not know whether it was carried out."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event
from typing import Literal

from tests.faulty_tcp import Line

COMMIT = re.compile(rb"Q....COMMIT\0", re.DOTALL)  # as a client says it; a server says it again when it is done


class ForgetfulLine(Line):
    """Loses some COMMITs, or the answers to them, while it `forgets`, and with each the connection.

    When the COMMIT itself is lost, the server does not hear that the connection is: the transaction stays open there.
    """

    def __init__(self, target: str, what: Literal["commit", "answer"], every: int) -> None:
        super().__init__(target)
        self.what, self.every, self.commits = what, every, count(1)
        self.forgets, self.over = Event(), Event()
        self.lost = 0

    def pass_once(self, source: socket.socket, destination: socket.socket) -> bytes:
        self.flowing.wait()
        data = source.recv(65_536)
        if COMMIT.fullmatch(data) and self.forgets.is_set() and next(self.commits) % self.every == 0:
            self.lose(data, source, destination)
        destination.sendall(data)
        return data

    def lose(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        self.lost += 1
        if self.what == "answer":
            server.sendall(data)
            server.recv(65_536)
        client.shutdown(socket.SHUT_RDWR)
        if self.what == "commit":
            self.over.wait()
        raise ConnectionResetError


@contextmanager
def forgetful(target: str, what: Literal["commit", "answer"], *, every: int = 5) -> Iterator[ForgetfulLine]:
    line = ForgetfulLine(target, what, every)
    try:
        yield line
    finally:
        line.over.set()
        line.refuse()

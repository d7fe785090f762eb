"""PostgreSQL answers in time, or its connection is given up.

Nothing else ends the wait for a server that hangs: the server itself keeps `statement_timeout`.
"""

import os
import select
import socket
import time
from typing import Any, ClassVar, cast

from psycopg2 import OperationalError
from psycopg2.extensions import (
    POLL_OK,
    POLL_READ,
    STATUS_BEGIN,
    STATUS_PREPARED,
    STATUS_READY,
    connection,
    set_wait_callback,
)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 7.5  # a bit more than the server's own deadline for a statement
SILENCE_SECONDS = 1.0


class TimelyConnection(connection):
    """A connection on which nothing takes longer than `answer_seconds`; other connections wait as long as they must.

    A server that did not answer is left alone for a second, so that those who queued meanwhile need not wait as long.
    """

    answer_seconds = ANSWER_SECONDS
    silent_until: ClassVar[dict[str, float]] = {}

    def __init__(self, dsn: str, *parameters: Any, **options: Any) -> None:
        self.server = dsn
        if time.monotonic() < self.silent_until.get(dsn, 0):
            raise OperationalError("PostgreSQL did not answer a moment ago.")
        super().__init__(dsn, *parameters, **options)

    def give_up(self) -> None:
        self.silent_until[self.server] = time.monotonic() + SILENCE_SECONDS
        hang_up(self.fileno())

    @property
    def is_stale(self) -> bool:
        """Whether the server has said something unasked, which is how it takes leave. This asks nobody."""
        return is_ready(self.fileno(), select.POLLIN, time.monotonic())


def wait(connection: connection) -> None:
    """Let psycopg2 wait; raises OperationalError, after which the connection is closed."""
    deadline = time.monotonic() + patience(connection)
    while (state := connection.poll()) != POLL_OK:
        event = select.POLLIN if state == POLL_READ else select.POLLOUT
        if not is_ready(connection.fileno(), event, deadline):
            cast(TimelyConnection, connection).give_up()
            raise OperationalError("PostgreSQL did not answer in time.")


def patience(connection: connection) -> float:
    """How many seconds to wait, at most."""
    if not isinstance(connection, TimelyConnection):
        return float("inf")
    is_open = connection.status in (STATUS_READY, STATUS_BEGIN, STATUS_PREPARED)
    return connection.answer_seconds if is_open else CONNECT_SECONDS


def is_ready(descriptor: int, event: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    left = max(0, deadline - time.monotonic())
    return bool(poll.poll(None if left == float("inf") else left * 1000))


def hang_up(descriptor: int) -> None:
    """End the connection below libpq, which would otherwise wait to say goodbye."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


set_wait_callback(wait)

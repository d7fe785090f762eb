"""Give up a connection to PostgreSQL that does not answer in time.

Nothing else ends the wait for a server that hangs: `statement_timeout` is kept by the server itself.
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
ANSWER_SECONDS = 7.5  # slightly more than the server's statement_timeout
SILENCE_SECONDS = 1.0


class TimelyConnection(connection):
    """A connection on which no answer takes longer than `answer_seconds`.

    For a second after one that took longer, new connections to this server are refused, so that the threads that waited
    meanwhile do not each wait as long.
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
        """True if the idle socket is readable, which means the server closed it. No round trip."""
        return is_ready(self.fileno(), select.POLLIN, time.monotonic())


def wait(connection: connection) -> None:
    """Wait for psycopg2; raises OperationalError after the deadline, and the connection is closed."""
    deadline = time.monotonic() + patience(connection)
    while (state := connection.poll()) != POLL_OK:
        event = select.POLLIN if state == POLL_READ else select.POLLOUT
        if not is_ready(connection.fileno(), event, deadline):
            cast(TimelyConnection, connection).give_up()
            raise OperationalError("PostgreSQL did not answer in time.")


def patience(connection: connection) -> float:
    """The longest wait, in seconds."""
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
    """Shut the socket down below libpq, which would wait to send its goodbye."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


set_wait_callback(wait)

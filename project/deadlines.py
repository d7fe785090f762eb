"""PostgreSQL answers in time, or its connection is given up.

Nothing else ends the wait for a server that hangs: the server itself keeps `statement_timeout`.
"""

import os
import select
import socket
import time

from psycopg2 import OperationalError
from psycopg2.extensions import (
    ISOLATION_LEVEL_AUTOCOMMIT,
    POLL_OK,
    POLL_READ,
    STATUS_BEGIN,
    STATUS_PREPARED,
    STATUS_READY,
    connection,
    set_wait_callback,
)

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0  # a bit more than the server's own deadline for a statement


class TimelyConnection(connection):
    """A connection on which nothing takes longer than `answer_seconds`; other connections wait as long as they must."""

    answer_seconds = ANSWER_SECONDS

    def set_isolation_level(self, level: int | str | None) -> None:
        """Autocommit, or transactions at the server's own level, which psycopg2 would tell the server at each change."""
        self.autocommit = level == ISOLATION_LEVEL_AUTOCOMMIT


def wait(connection: connection) -> None:
    """Let psycopg2 wait; raises OperationalError, after which the connection is closed."""
    deadline = time.monotonic() + patience(connection)
    while (state := connection.poll()) != POLL_OK:
        if not is_ready(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT, deadline):
            hang_up(connection.fileno())
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
    left = deadline - time.monotonic()
    return left > 0 and bool(poll.poll(None if left == float("inf") else left * 1000))


def hang_up(descriptor: int) -> None:
    """End the connection below libpq, which would otherwise wait to say goodbye."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


set_wait_callback(wait)

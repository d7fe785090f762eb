"""Give up a connection to PostgreSQL that does not answer in time.

Nothing else ends the wait for a server that hangs: `statement_timeout` is kept by the server itself.
"""

import os
import select
import socket
import time
from collections.abc import Mapping
from math import inf
from random import shuffle
from typing import Any, ClassVar, cast

from psycopg2 import OperationalError
from psycopg2.extensions import (
    POLL_OK,
    POLL_READ,
    STATUS_BEGIN,
    STATUS_PREPARED,
    STATUS_READY,
    connection,
    make_dsn,
    parse_dsn,
    set_wait_callback,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 7.5  # slightly more than the server's statement_timeout
SILENCE_SECONDS = 1.0
AVOIDED_SECONDS = 30.0  # for which a server that did not answer is asked after the others
READ_ONLY = "25006"  # read_only_sql_transaction

Address = tuple[str, str]


class TimelyConnection(connection):
    """A connection on which no answer takes longer than `answer_seconds`.

    For a second after one that took longer, new connections to this server are refused, so that the threads that waited
    meanwhile do not each wait as long. For half a minute, other servers are asked before it, if there are any.
    """

    answer_seconds = ANSWER_SECONDS
    silent_since: ClassVar[dict[Address, float]] = {}

    def __init__(self, dsn: str, *parameters: Any, **options: Any) -> None:
        parts = parse_dsn(dsn)
        self.servers = addresses(parts)
        if len(self.servers) > 1 and parts.pop("load_balance_hosts", None) == "random":
            shuffle(self.servers)
        self.servers = self.answering(self.servers)
        parts["host"], parts["port"] = map(",".join, zip(*self.servers, strict=True))
        super().__init__(make_dsn(**parts), *parameters, **options)

    def answering(self, servers: list[Address]) -> list[Address]:
        """Put servers that did not answer at the end; raises OperationalError if none is left to ask."""
        moment = time.monotonic()
        silent = {server: moment - self.silent_since.get(server, -inf) for server in servers}
        if found := [server for server in servers if silent[server] > SILENCE_SECONDS]:
            return sorted(found, key=lambda server: silent[server] <= AVOIDED_SECONDS)
        raise OperationalError("PostgreSQL did not answer a moment ago.")

    def give_up(self) -> None:
        here = (self.info.host, str(self.info.port)) if len(self.servers) > 1 else self.servers[0]
        self.silent_since[here] = time.monotonic()
        hang_up(self.fileno())

    @property
    def is_stale(self) -> bool:
        """True if the idle socket is readable, which means the server closed it. No round trip."""
        return is_ready(self.fileno(), select.POLLIN, time.monotonic())


def addresses(parts: Mapping[str, str]) -> list[Address]:
    """The servers of a connection string, by host and port."""
    hosts, ports = parts.get("host", "").split(","), parts.get("port", "").split(",")
    return list(zip(hosts, ports if len(ports) > 1 else ports * len(hosts), strict=True))


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
        return inf
    is_open = connection.status in (STATUS_READY, STATUS_BEGIN, STATUS_PREPARED)
    return connection.answer_seconds if is_open else CONNECT_SECONDS


def is_ready(descriptor: int, event: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    left = max(0, deadline - time.monotonic())
    return bool(poll.poll(None if left == inf else left * 1000))


def hang_up(descriptor: int) -> None:
    """Shut the socket down below libpq, which would wait to send its goodbye."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


def leave_standby(context: ExceptionContext) -> None:
    """Discard the pool of a server that only reads, so that new connections look for one that writes."""
    if getattr(context.original_exception, "pgcode", None) == READ_ONLY:
        context.is_disconnect = True


set_wait_callback(wait)
event.listen(Engine, "handle_error", leave_standby)

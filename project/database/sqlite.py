"""A first-come-first-served queue for writers of SQLite, which itself lets them poll and can starve one.

It is for the threads of one process. Between processes, writers wait as SQLite lets them.
"""

import sqlite3
from collections import deque
from threading import Event, Lock
from typing import Final

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

WAIT_SECONDS: Final = 3.0
TURN: Final = "turn"  # in the info of a connection that has it


class Queue:
    """A fair lock: turns are given in the order in which they were asked for."""

    def __init__(self) -> None:
        self.lock, self.tickets = Lock(), deque[Event]()

    def wait(self, seconds: float) -> bool:
        """Wait for a turn; return whether it came in time."""
        ticket = Event()
        with self.lock:
            self.tickets.append(ticket)
            if self.tickets[0] is ticket:
                return True
        ticket.wait(seconds)
        with self.lock:
            if not ticket.is_set():
                self.tickets.remove(ticket)
            return ticket.is_set()

    def leave(self) -> None:
        """End one's turn."""
        with self.lock:
            self.tickets.popleft()
            if self.tickets:
                self.tickets[0].set()


queues: dict[str, Queue] = {}
"""That of each file."""


def take_turn(connection: Connection, statement: str) -> None:
    """Wait before a connection's first statement that writes; raises OperationalError, as for a locked database."""
    if connection.dialect.name != "sqlite" or TURN in connection.info:
        return
    queue = queues.setdefault(str(connection.engine.url.database), Queue())
    if not queue.wait(WAIT_SECONDS):
        raise OperationalError(statement, None, sqlite3.OperationalError("database is locked"))
    connection.info[TURN] = queue


def end_turn(_: object, entry: ConnectionPoolEntry) -> None:
    """End it when the connection returns to the pool, which is after the transaction, however that ended."""
    if queue := entry.info.pop(TURN, None):
        queue.leave()


event.listen(Pool, "checkin", end_turn)

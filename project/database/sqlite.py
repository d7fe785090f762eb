"""What SQLite lacks: a deadline for a statement, and a first-come-first-served queue for writers.

SQLite itself lets writers poll, at longer and longer intervals, and can starve one. The queue is for the threads of one
process; those at the head of it take turns between the processes of one server.
"""

import sqlite3
import time
from collections import deque
from math import inf
from threading import Event, Lock
from typing import Any, Final, Protocol

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

WAIT_SECONDS: Final = 3.0
STATEMENT_SECONDS: Final = 7.0
INSTRUCTIONS: Final = 100_000  # of a statement between two looks at the clock: a millisecond, or 0.2 s of long texts
TURN: Final = "turn"  # in the info of a connection that has it


class DeadlineConnection(sqlite3.Connection):
    """A connection that interrupts a statement after `statement_seconds`: OperationalError, "interrupted"."""

    statement_seconds = STATEMENT_SECONDS
    deadline = inf

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_progress_handler(self.is_late, INSTRUCTIONS)

    def begin_statement(self) -> None:
        self.deadline = time.monotonic() + self.statement_seconds

    def is_late(self) -> bool:
        return time.monotonic() > self.deadline


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


class Turn(Protocol):
    """A lock that processes share."""

    def acquire(self, timeout: float) -> bool: ...
    def release(self) -> None: ...


class Alone:
    """For a database that one process writes: always free."""

    def acquire(self, timeout: float) -> bool:
        return True

    def release(self) -> None: ...


queues: dict[str, Queue] = {}
"""That of each file."""
between_processes: Turn = Alone()
"""What the head of a queue waits for. `deploy/gunicorn.conf.py` gives its workers one that they share."""


def take_turn(connection: Connection, statement: str) -> None:
    """Wait before a connection's first statement that writes; raises OperationalError, as for a locked database."""
    if connection.dialect.name != "sqlite" or TURN in connection.info:
        return
    end = time.monotonic() + WAIT_SECONDS
    queue = queues.setdefault(str(connection.engine.url.database), Queue())
    if not queue.wait(WAIT_SECONDS):
        raise locked(statement)
    if not between_processes.acquire(timeout=max(end - time.monotonic(), 0)):
        queue.leave()
        raise locked(statement)
    connection.info[TURN] = queue


def locked(statement: str) -> OperationalError:
    return OperationalError(statement, None, sqlite3.OperationalError("database is locked"))


def end_turn(_: object, entry: ConnectionPoolEntry) -> None:
    """End it when the connection returns to the pool, which is after the transaction, however that ended."""
    if queue := entry.info.pop(TURN, None):
        between_processes.release()
        queue.leave()


event.listen(Pool, "checkin", end_turn)

"""A first-come-first-served queue for writers of SQLite, which itself lets them poll and can starve one.

It is for the threads of one process. Between processes, writers wait as SQLite lets them.
"""

import re
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any, ClassVar, Self, cast

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
"""Statements before which the driver begins a transaction."""


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


class Cursor(sqlite3.Cursor):
    """A cursor whose writing statements wait for their connection's turn."""

    def execute(self, statement: str, parameters: Any = (), /) -> Self:
        with cast("OrderlyConnection", self.connection).in_turn(statement):
            return super().execute(statement, parameters)

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Self:
        with cast("OrderlyConnection", self.connection).in_turn(statement):
            return super().executemany(statement, parameters)


class OrderlyConnection(sqlite3.Connection):
    """A connection that waits for its turn before it starts to write, and ends it with the transaction.

    Raises sqlite3.OperationalError, as for a locked database, if the turn does not come within `timeout` seconds.
    """

    queues: ClassVar[dict[str, Queue]] = {}

    def __init__(self, database: str, *, timeout: float, **options: Any) -> None:
        super().__init__(database, timeout=timeout, **options)
        self.queue = self.queues.setdefault(database, Queue())
        self.timeout, self.has_turn = timeout, False

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        super().commit()
        self.end_turn()

    def rollback(self) -> None:
        super().rollback()
        self.end_turn()

    def close(self) -> None:
        super().close()
        self.end_turn()

    @contextmanager
    def in_turn(self, statement: str) -> Iterator[None]:
        if not self.has_turn and WRITES.match(statement):
            self.has_turn = self.queue.wait(self.timeout)
            if not self.has_turn:
                raise sqlite3.OperationalError("database is locked")
        try:
            yield
        finally:
            if not self.in_transaction:
                self.end_turn()

    def end_turn(self) -> None:
        if self.has_turn:
            self.has_turn = False
            self.queue.leave()

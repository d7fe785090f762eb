"""What befalls a PostgreSQL. Each outage lasts as long as its block."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from tests.servers import Cluster


@contextmanager
def stopped(cluster: Cluster, how: signal.Signals) -> Iterator[None]:
    """Told to end by this signal: SIGINT is a fast shutdown, SIGQUIT an immediate one."""
    cluster.server.process.send_signal(how)
    cluster.server.process.wait(30)
    try:
        yield
    finally:
        cluster.start()


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """Alive, and doing nothing at all; it still takes connections, for the kernel does."""
    server = cluster.server.process.pid
    os.kill(server, signal.SIGSTOP)  # first: it makes no new processes then
    processes = [*children(server), server]
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def disconnected(cluster: Cluster) -> Iterator[None]:
    """All connections ended by an administrator; there may be new ones."""
    execute(cluster, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'contacts'")
    yield


@contextmanager
def crowded(cluster: Cluster) -> Iterator[None]:
    """No connections are left."""
    execute(cluster, "ALTER ROLE contacts CONNECTION LIMIT 0")
    try:
        with disconnected(cluster):
            yield
    finally:
        execute(cluster, "ALTER ROLE contacts CONNECTION LIMIT -1")


@contextmanager
def read_only(cluster: Cluster) -> Iterator[None]:
    """As a server is that has become a standby."""
    execute(cluster, "ALTER ROLE contacts SET default_transaction_read_only = on")
    try:
        with disconnected(cluster):
            yield
    finally:
        execute(cluster, "ALTER ROLE contacts RESET default_transaction_read_only")
        with disconnected(cluster):
            pass


@contextmanager
def locked(cluster: Cluster, table: str = "address_books") -> Iterator[None]:
    """Somebody holds a lock on a whole table, as careless migrations do."""
    with closing(psycopg2.connect(cluster.url)) as other:
        other.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def execute(cluster: Cluster, statement: str) -> Any:
    with closing(psycopg2.connect(cluster.superuser)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)

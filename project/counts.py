"""Counts of rate limits in a file that all processes of one machine share, where there is no Redis."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from limits.storage import Storage

SCHEME: Final = "counts"
WAIT_SECONDS: Final = 1.0  # to wait for another process; counting takes a fraction of a millisecond
SWEEP_SECONDS: Final = 60.0
PREPARE: Final = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, count INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ix_counts_ends ON counts (ends);
"""
COUNT: Final = """
    INSERT INTO counts (key, count, ends) VALUES (:key, max(:amount, 0), :ends) ON CONFLICT (key) DO UPDATE SET
        count = max(:amount + CASE WHEN ends > :now THEN count ELSE 0 END, 0),
        ends = CASE WHEN ends > :now THEN ends ELSE :ends END
    RETURNING count
"""
FIND: Final = "SELECT count, ends FROM counts WHERE key = ? AND ends > ?"
SWEEP: Final = "DELETE FROM counts WHERE ends <= ?"


class FileStorage(Storage):
    """A storage of `limits` for fixed windows: `counts:///path`. Its counts may be lost with the machine."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: FBT001, FBT002  # their signature
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.path = uri.removeprefix(f"{SCHEME}://")
        self.of_thread = threading.local()
        self.swept_at = time.time()

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def run(self, statement: str, values: Any = ()) -> Sequence[Any]:
        """Execute a statement, which commits itself, on the connection of this thread."""
        if not hasattr(self.of_thread, "connection"):
            self.of_thread.connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            self.of_thread.connection.executescript(PREPARE)
        return list(self.of_thread.connection.execute(statement, values))

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if now - self.swept_at > SWEEP_SECONDS:
            self.swept_at = now
            self.run(SWEEP, (now,))
        ((count,),) = self.run(COUNT, {"key": key, "amount": amount, "ends": now + expiry, "now": now})
        return int(count)

    def get(self, key: str) -> int:
        return next((int(count) for count, _ in self.run(FIND, (key, time.time()))), 0)

    def get_expiry(self, key: str) -> float:
        now = time.time()
        return next((float(ends) for _, ends in self.run(FIND, (key, now))), now)

    def check(self) -> bool:
        return self.run("SELECT 1") == [(1,)]

    def reset(self) -> int:
        return len(self.run("DELETE FROM counts RETURNING key"))

    def clear(self, key: str) -> None:
        self.run("DELETE FROM counts WHERE key = ?", (key,))

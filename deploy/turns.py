"""Turns that processes of one machine take one after the other: to hash a password, and to write to SQLite."""

import fcntl
import threading
import time
from pathlib import Path
from typing import IO


class FileTurn:
    """A lock for all threads of all processes that open the file. A process that dies releases it.

    Nobody overtakes a waiter: it holds a second lock, which is needed to try for the first. Both are polled every
    `pause` seconds, because a blocking flock cannot time out.
    """

    def __init__(self, path: Path, *, pause: float = 0.01) -> None:
        self.turn, self.next = path.open("ab"), path.with_suffix(".next").open("ab")
        self.threads, self.pause = threading.BoundedSemaphore(1), pause

    def acquire(self, timeout: float) -> bool:
        """Wait for up to `timeout` seconds; return whether the lock was taken."""
        end = time.monotonic() + timeout
        if not self.threads.acquire(timeout=timeout):
            return False
        is_ours = self.is_next(end)
        if not is_ours:
            self.threads.release()
        return is_ours

    def is_next(self, end: float) -> bool:
        """Wait until nobody else is next, and then for the turn."""
        if not self.wait_for(self.next, end):
            return False
        try:
            return self.wait_for(self.turn, end)
        finally:
            fcntl.flock(self.next, fcntl.LOCK_UN)

    def wait_for(self, file: IO[bytes], end: float) -> bool:
        while not is_taken(file):
            if time.monotonic() > end:
                return False
            time.sleep(self.pause)
        return True

    def release(self) -> None:
        fcntl.flock(self.turn, fcntl.LOCK_UN)
        self.threads.release()

    def close(self) -> None:
        self.turn.close()
        self.next.close()


def is_taken(file: IO[bytes]) -> bool:
    """Lock a file unless another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

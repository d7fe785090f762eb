"""Turns that processes of one machine take one after the other, so that hashing leaves processors to requests."""

import fcntl
import threading
import time
from pathlib import Path

PAUSE_SECONDS = 0.01


class FileTurn:
    """A semaphore of one for all threads of all processes that open the file. Who dies gives the turn back."""

    def __init__(self, path: Path) -> None:
        self.file, self.threads = path.open("ab"), threading.BoundedSemaphore(1)

    def acquire(self, timeout: float) -> bool:
        """Whether it is one's turn within so many seconds."""
        end = time.monotonic() + timeout
        if not self.threads.acquire(timeout=timeout):
            return False
        while not self.is_taken():
            if time.monotonic() > end:
                self.threads.release()
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    def is_taken(self) -> bool:
        """Take the turn unless another process has it."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_UN)
        self.threads.release()

    def close(self) -> None:
        self.file.close()

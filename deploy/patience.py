"""How long gunicorn waits for a client: a thread that waits for a slow one serves nobody else.

Behind nginx, which takes from clients what is slow, none of this is noticed.
"""

import errno
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

SECONDS = 5.0  # of waiting for one request, in all: until it comes, and until its answer has gone
SLOWEST = 512 * 1024  # bytes a second; each second's worth of a body or of an answer is another second
HEAD_BYTES = 64 * 1024  # which are worth nothing
UNREAD_BYTES, UNREAD_SECONDS = 32 * 1024 * 1024, 5.0  # of a refused body, read so that its sender sees the refusal


class PatientSocket(socket.socket):
    """A connection that is given up when waiting for what comes and goes on it takes too long as a whole."""

    waited, moved = 0.0, 0
    head = b""
    """What has come of the request, up to HEAD_BYTES, for whoever has to refuse what is none."""

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  # the socket's own signature
        """Begin to count anew: gunicorn says so before it reads a request."""
        super().setblocking(flag)
        self.waited, self.moved, self.head = 0.0, 0, b""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        if flags or self.gettimeout() == 0:
            return super().recv(size, flags)
        received: bytes | None = self.at_once(super().recv, size)
        if received is None:
            received = cast(bytes, self.move(super().recv, size, further=0))
        self.moved += len(received)
        if len(self.head) < HEAD_BYTES:
            self.head += received
        return received

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if self.gettimeout() == 0:
            return super().sendall(data, flags)
        sent: int = self.at_once(super().send, data) or 0
        self.moved += sent
        if rest := data[sent:]:
            self.move(super().sendall, rest, further=len(rest))
            self.moved += len(rest)
        return None

    def at_once(self, act: Callable[..., Any], what: Any) -> Any:
        """Do what need not wait, by one call to the system; None if it has to. A bound is four calls more."""
        try:
            return act(what, socket.MSG_DONTWAIT) if self.gettimeout() is None else None
        except BlockingIOError:
            return None

    def move(self, act: Callable[..., Any], what: Any, *, further: int) -> Any:
        """Do it within the seconds that are left. Raises ConnectionResetError, or TimeoutError where less was given."""
        left = max(SECONDS + max(self.moved + further - HEAD_BYTES, 0) / SLOWEST - self.waited, 0.001)
        given, started = self.gettimeout(), time.monotonic()
        self.settimeout(left if given is None else min(left, given))
        try:
            return act(what)
        except TimeoutError:
            if given is not None:
                raise
            raise ConnectionResetError(errno.ECONNRESET, "The client is too slow.") from None
        finally:
            self.waited += time.monotonic() - started
            self.settimeout(given)

    def leave(self) -> None:
        """Close without waiting: what has come is read, or the other side would not see the end of its answer."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            for _ in range(HEAD_BYTES // 4096):
                if not super().recv(4096, socket.MSG_DONTWAIT):
                    break
        self.close()

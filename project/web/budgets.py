"""What one request may cost: bytes of its body and of its answer, and processor seconds."""

import select
import socket
import time
from collections.abc import Mapping
from typing import Final

from flask import has_request_context, request
from werkzeug.exceptions import ClientDisconnected

KIB: Final = 1024
MIB: Final = 1024 * KIB

BODY: Final = MIB
SMALL_BODY: Final = 16 * KIB
BODIES: Final[Mapping[str, int]] = {
    "/api/v1/users/me/avatar": 5 * MIB + 64 * KIB,  # with what multipart adds around a picture
    "/api/v1/contacts/<uuid:contact_id>/photo": 5 * MIB + 64 * KIB,
    "/api/v1/contacts/import": 20 * MIB,
}
"""Bytes of a body by the rule of its route; `SMALL_BODY` below SMALL, and `BODY` anywhere else."""
SMALL: Final = ("/api/v1/auth/", "/api/v1/users/", "/verify-email", "/reset-password")

ANSWER: Final = 32 * MIB
ANSWER_KIB: Final = ANSWER // KIB
"""Bytes after which an answer stops and says how to go on; only an export streams without a limit."""

IMPORT_SECONDS: Final = 30.0
DUPLICATES_SECONDS: Final = 15.0  # 50,000 contacts take 6
QUERY_SECONDS: Final = 30.0  # of a CardDAV query, which looks at every card


def bound_body() -> None:
    """Refuse a body that is larger than its route accepts (413) when it is read, before it is parsed."""
    rule = request.url_rule.rule if request.url_rule else ""
    request.max_content_length = BODIES.get(rule, SMALL_BODY if rule.startswith(SMALL) else BODY)


def size(count: int) -> str:
    """A number of bytes in whole KiB or MiB, rounded down."""
    return f"{count // MIB} MiB" if count >= MIB else f"{count // KIB} KiB"


class Work:
    """Work that ends when its client disconnects or its processor time is spent."""

    def __init__(self, seconds: float) -> None:
        self.end = time.thread_time() + seconds
        self.client: socket.socket | None = request.environ.get("gunicorn.socket") if has_request_context() else None

    @property
    def is_spent(self) -> bool:
        """Whether to stop here and tell how to continue; raises ClientDisconnected if nobody waits for the answer."""
        if self.client is not None and is_gone(self.client):
            raise ClientDisconnected()
        return self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the processor time is spent, for answers that have begun."""
        return time.thread_time() > self.end


def is_gone(client: socket.socket) -> bool:
    """Whether the client has closed the connection; a pipelined request shows that it has not."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    try:
        return bool(poll.poll(0)) and client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except OSError:
        return True

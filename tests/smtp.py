"""A mail server that keeps what it takes, and can be told to refuse, to hang and to be away."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faulty_tcp import HOST, Line, free_port, tcp_proxy

TAKEN = "250 2.0.0 Taken"


class SmtpSink:
    """Everybody's mailbox, reached by `line`: `line.refuse()` takes it off the net, `line.stall()` hangs at connect."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.host, self.port = line.host, line.port
        self.envelopes: list[Envelope] = []
        self.hangs_after_data = False
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._arrival = Condition()

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, in the order of arrival."""
        return [
            message_from_bytes(envelope.original_content or b"", policy=policy.default) for envelope in self.envelopes
        ]

    def answer(self, reply: str, *, to: Literal["RCPT", "DATA"] = "DATA", times: int = 1) -> None:
        """Give `reply`, such as "451 4.3.0 Try again later", to the next so many commands, and keep nothing."""
        self._answers[to].extend([reply] * times)

    @contextmanager
    def refusing(self, reply: str) -> Iterator[None]:
        """Give `reply` to every mail in this block."""
        self.answer(reply, times=10_000)
        yield
        self._answers.clear()

    def wait_for(self, count: int, *, seconds: float = 10) -> list[EmailMessage]:
        """The messages, as soon as there are `count` of them."""
        with self._arrival:
            arrived = self._arrival.wait_for(lambda: len(self.envelopes) >= count, seconds)
        assert arrived, f"{len(self.envelopes)} of {count} messages arrived within {seconds} seconds"
        return self.messages

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._answers["RCPT"]:
            return self._answers["RCPT"].popleft()
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_after_data:
            await asyncio.Event().wait()
        if self._answers["DATA"]:
            return self._answers["DATA"].popleft()
        with self._arrival:
            self.envelopes.append(envelope)
            self._arrival.notify_all()
        return TAKEN


@contextmanager
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server of its own."""
    port = free_port()
    with tcp_proxy(f"smtp://{HOST}:{port}") as line:
        sink = SmtpSink(line)
        controller = Controller(sink, hostname=HOST, port=port)
        controller.start()
        try:
            yield sink
        finally:
            controller.stop()

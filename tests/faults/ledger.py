"""What was promised to phones while something broke: each write that was acknowledged, each answer and its time.

A writer is an app that saves contacts under its own ids and repeats what was not acknowledged. So it is known exactly
what the server must hold in the end: nothing lost, nothing half done, nothing twice.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import chain, count
from threading import Event
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.accounts import Account
from tests.contacts.devices import Device
from tests.servers import Server

LONGEST_SECONDS = 10.0  # that anybody waits for an answer
RETURN_SECONDS = 2.0  # in which all are served again once an outage is over
BUSY = 3  # times what the slowest answer took before: so much more of both on a machine that is busy with other things
PAUSE_SECONDS = 0.02  # between two requests of a phone
PATIENCE_SECONDS = 60.0  # in which a write must be acknowledged
GROUP = 3
UNANSWERED, NOT_LET_IN = 0, -1  # no answer, and not even a connection

Held = dict[str, str | None]
"""The nickname of a contact by its id; None for one that is gone."""


@dataclass(frozen=True)
class Note:
    """How a request ended, and between which moments."""

    method: str
    status: int
    asked_at: float
    ended_at: float
    retry_after: str = ""

    @property
    def seconds(self) -> float:
        return self.ended_at - self.asked_at

    @property
    def is_acknowledged(self) -> bool:
        return self.status in (200, 201)

    @property
    def is_sound(self) -> bool:
        """Whether phones may be answered so while something is broken; they know what to do next."""
        return self.is_acknowledged or (self.status == 503 and self.retry_after.isdecimal())


@dataclass
class Writer:
    """An app that changes one contact again and again, adds others, changes three at once, and deletes."""

    device: Device
    name: str = field(default_factory=lambda: f"writer {uuid4().hex}")
    held: Held = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    groups_seen: list[Collection[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.changing, self.passing, *self.group = (str(uuid4()) for _ in range(2 + GROUP))

    def write_until(self, over: Event) -> None:
        """Ends with a write that is acknowledged."""
        for number in count():
            for method, path, body, outcome in self.writes(str(number)):
                self.insist(method, path, body)
                self.held |= outcome
                self.look_at_group()
            if over.is_set():
                return

    def writes(self, value: str) -> Iterator[tuple[str, str, object, Held]]:
        """Requests, and what they come to once they are acknowledged."""
        for contact_id in (self.changing, self.passing, str(uuid4())):
            yield "PUT", f"/contacts/{contact_id}", self.contact(value), {contact_id: value}
        group = [{"op": "replace", "id": each, "contact": self.contact(value, self.name)} for each in self.group]
        yield "POST", "/contacts/batch", {"operations": group}, dict.fromkeys(self.group, value)
        deletion = [{"op": "delete", "id": self.passing}]
        yield "POST", "/contacts/batch", {"operations": deletion}, {self.passing: None}

    def contact(self, value: str, *labels: str) -> dict[str, Any]:
        return {"first_name": self.name, "nickname": value, "labels": labels}

    def insist(self, method: str, path: str, body: object) -> None:
        """Repeat a write until it is acknowledged; raises AssertionError after a minute."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.send(method, path, body):
            assert time.monotonic() < end, self.notes[-1]
            self.look_at_group()

    def look_at_group(self) -> None:
        """The three that change at once, as one statement sees them."""
        found = self.send("GET", f"/contacts?label={quote(self.name)}")
        if found:
            self.groups_seen.append([contact["nickname"] for contact in found["items"]])

    def acknowledged_after(self, moment: float) -> Iterator[float]:
        """How many seconds after this moment each of the later writes was acknowledged."""
        for note in self.notes:
            if note.is_acknowledged and note.method != "GET" and note.ended_at > moment:
                yield note.ended_at - moment

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON where there was one that acknowledges; all are noted."""
        time.sleep(PAUSE_SECONDS)
        asked_at = time.monotonic()
        try:
            answer = self.device.call(method, path, body)
        except (OSError, HTTPException) as error:
            status = NOT_LET_IN if isinstance(error, ConnectionRefusedError) else UNANSWERED
            self.notes.append(Note(method, status, asked_at, time.monotonic()))
            return None
        note = Note(method, answer.status, asked_at, time.monotonic(), answer.headers.get("Retry-After", ""))
        self.notes.append(note)
        return answer.json if note.is_acknowledged else None


class Ledger:
    """Several writers for each of some people, and devices that know what was there before."""

    def __init__(
        self, server: Server, people: Sequence[Account], *, report: Callable[[str], None], writers: int = 3
    ) -> None:
        self.server, self.people, self.report = server, people, report
        self.usual = 0.0
        self.devices = [Device(server, person) for person in people]
        self.writers_of = [[Writer(Device(server, person)) for _ in range(writers)] for person in people]
        self.writers = list(chain.from_iterable(self.writers_of))

    @property
    def notes(self) -> list[Note]:
        return [note for writer in self.writers for note in writer.notes]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All write, in the block and until each write that was begun is acknowledged."""
        over = Event()
        with ThreadPoolExecutor(len(self.writers)) as threads:
            writing = [threads.submit(writer.write_until, over) for writer in self.writers]
            try:
                self.wait_until_acknowledged()
                self.usual = self.longest
                for device in self.devices:
                    device.sync()
                yield
            finally:
                over.set()
        for ended in writing:
            ended.result()

    def wait_until_acknowledged(self) -> None:
        """Until each writer has an acknowledged write that ended after now."""
        start = time.monotonic()
        while any(seconds is None for seconds in self.seconds_until_acknowledged(start)):
            assert time.monotonic() < start + PATIENCE_SECONDS, self.server.output[-5000:]
            time.sleep(0.01)

    def seconds_until_acknowledged(self, moment: float) -> list[float | None]:
        """How long after this moment each writer got its next acknowledgement; None for one that did not yet."""
        return [next(writer.acknowledged_after(moment), None) for writer in self.writers]

    def check_return(self, moment: float, *, within: float = RETURN_SECONDS) -> None:
        """All writers were served again so soon after this moment."""
        seconds = max(seconds or PATIENCE_SECONDS for seconds in self.seconds_until_acknowledged(moment))
        assert seconds < within + BUSY * self.usual, f"{seconds:.1f} s; {self.figures}"
        self.report(f"served again after {seconds:.1f} s")

    def check(self, *also: int) -> None:
        """Compare; raises AssertionError. Statuses beyond those that are sound may be `also` there."""
        strange = [note for note in self.notes if not note.is_sound and note.status not in also]
        assert not strange, (strange[:5], self.server.output[-5000:])
        assert self.longest < LONGEST_SECONDS + BUSY * self.usual, self.figures
        for person, device, writers in zip(self.people, self.devices, self.writers_of, strict=True):
            for each in (device, Device(self.server, person)):
                check_copy(each, writers)
        self.report(self.figures)

    @property
    def refused(self) -> int:
        """How many requests were not acknowledged."""
        return sum(not note.is_acknowledged for note in self.notes)

    @property
    def longest(self) -> float:
        """The seconds of the slowest answer."""
        return max(note.seconds for note in self.notes)

    @property
    def figures(self) -> str:
        counts = f"{len(self.notes)} requests, {self.refused} not acknowledged"
        return f"{counts}, the longest {self.longest:.1f} s (usually {self.usual:.1f} s)"


def check_copy(device: Device, writers: Sequence[Writer]) -> None:
    """A device that synchronises finds what was acknowledged and nothing else; groups were never seen half changed."""
    held = {each: value for writer in writers for each, value in writer.held.items() if value is not None}
    device.sync()
    assert {each: contact["nickname"] for each, contact in device.copy.items()} == held
    groups = [group for writer in writers for group in writer.groups_seen]
    assert all(len(group) in (0, GROUP) and len(set(group)) <= 1 for group in groups)

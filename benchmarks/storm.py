"""Wrong passwords in a storm: what readers notice of it."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks import wrk
from benchmarks.measuring import Task
from benchmarks.operations import API
from benchmarks.people import Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage

PER_SECOND = 50
READERS = 2
PATIENCE = 30  # seconds


def measure(stage: Stage, results: Results, task: Task, *, seconds: int) -> None:
    """Reads by two readers, at first alone, then while wrong passwords come from many addresses for many accounts.

    So no limit stops them: each costs a bcrypt, or is refused because others wait for theirs.
    """
    for name, victims in (("alone", ()), ("storm", task.people)):
        statuses: Counter[int] = Counter()
        with storm(stage.servers[task.target].url, victims, statuses):
            drive = wrk.drive(
                stage.servers[task.target].url,
                task.operation.requests(task.people),
                seconds=seconds,
                connections=READERS,
            )
        shown = {f"status_{status}": float(count) for status, count in sorted(statuses.items())}
        times = {"rate": drive.per_second, "p50": drive.p50, "p95": drive.p95, "p99": drive.p99}
        results.add(Row("storm", name, task.target, len(task.people[0].contacts)), {**times, **shown})


@contextmanager
def storm(url: str, victims: Sequence[Person], statuses: Counter[int]) -> Iterator[None]:
    """So many attempts each second, whether those before were answered or not; what they were answered is counted."""
    over = Event()
    thread = Thread(target=lambda: asyncio.run(attack(url, victims, statuses, over)))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def attack(url: str, victims: Sequence[Person], statuses: Counter[int], over: Event) -> None:
    attempts: set[asyncio.Task[None]] = set()
    number = 0
    while victims and not over.is_set():
        number += 1
        attempts.add(asyncio.create_task(attempt(url, request(victims[number % len(victims)], number), statuses)))
        await asyncio.sleep(1 / PER_SECOND)
    for each in attempts:
        each.cancel()
    await asyncio.gather(*attempts, return_exceptions=True)


def request(victim: Person, number: int) -> bytes:
    body = orjson.dumps({"username": victim.username, "password": f"wrong {number}"})
    head = (
        f"POST {API}/auth/login HTTP/1.1\r\nHost: contacts.example.org\r\nConnection: close\r\n"
        f"X-Forwarded-For: 198.51.{number // 250 % 250}.{number % 250}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def attempt(url: str, request: bytes, statuses: Counter[int]) -> None:
    parts = urlsplit(url)
    reader: Any
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(request)
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        statuses[int(line.split()[1])] += 1
    finally:
        writer.close()

"""Measurements: the same requests to several servers, in rounds whose order is shuffled, and what each cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import NamedTuple

from benchmarks import people, processes, wrk
from benchmarks.operations import Operation
from benchmarks.people import Person
from benchmarks.stage import Stage
from benchmarks.wrk import Drive
from project.database import now

WARM_SECONDS = 1


class Cost(NamedTuple):
    """Processor time of one request in microseconds, by who spent it."""

    server: float
    database: float
    redis: float

    @property
    def total(self) -> float:
        return sum(self)


@dataclass(frozen=True)
class Sample:
    """One round of one operation at one server."""

    drive: Drive
    cost: Cost


class Spread(NamedTuple):
    """What rounds gave: the one in the middle, the least and the most."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


class Task(NamedTuple):
    """An operation of some people at one of the servers."""

    operation: Operation
    target: str
    people: list[Person]


Samples = dict[tuple[str, str], list[Sample]]
"""All rounds by the names of operation and target."""


def rounds(stage: Stage, tasks: Sequence[Task], *, count: int, seconds: int) -> Iterator[tuple[Task, Sample]]:
    """Each task `count` times, in another order each time, after every one was warmed up."""
    order, shuffled = list(tasks), Random(count)
    for task in tasks:
        measure(stage, task, seconds=WARM_SECONDS, start=0)
    for number in range(1, count + 1):
        shuffled.shuffle(order)
        for place, task in enumerate(order):
            yield task, measure(stage, task, seconds=seconds, start=(number * len(order) + place) * 100_000)


def measure(stage: Stage, task: Task, *, seconds: int, start: int) -> Sample:
    pids = (stage.pid(task.target), stage.database_pid, stage.redis_pid)
    requests = task.operation.requests(task.people)
    for pid in pids:
        processes.hurry(pid)
    begun = now()
    before = [processes.microseconds(pid) for pid in pids]
    drive = wrk.drive(stage.servers[task.target].url, requests, seconds=seconds, start=start)
    after = [processes.microseconds(pid) for pid in pids]
    if task.operation.writes:
        people.put_back(stage.engine, task.people, begun)
    spent = [(end - begin) / drive.requests for begin, end in zip(before, after, strict=True)]
    return Sample(drive, Cost(*spent))

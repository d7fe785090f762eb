"""Measurements: the same requests to several servers, in rounds whose order is shuffled, and what each cost."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, NamedTuple, TypeVar

from benchmarks import people, processes, wrk
from benchmarks.operations import Operation
from benchmarks.results import Results, Row
from benchmarks.stage import Stage

T = TypeVar("T")
WARM_SECONDS = 1
NUMBERS = 100_000
"""So many different writes are there for each measurement."""


class Task(NamedTuple):
    """An operation of some people at one of the servers, and the row that it gives."""

    operation: Operation
    target: str
    people: Sequence[Any]
    section: str = "compared"
    connections: int = wrk.CONNECTIONS

    @property
    def row(self) -> Row:
        return Row(self.section, self.operation.name, self.target, len(self.people[0].contacts))


def rounds(stage: Stage, results: Results, tasks: Sequence[Task], *, count: int, seconds: int) -> None:
    """Each task `count` times, in another order each time, after every one was warmed up."""
    for task in tasks:
        measure(stage, task, seconds=WARM_SECONDS, start=0)
    for start, task in enumerate(shuffled(tasks, count), start=1):
        results.add(task.row, measure(stage, task, seconds=seconds, start=start * NUMBERS))


def shuffled(items: Sequence[T], count: int) -> Iterator[T]:
    """All items so many times, each time in another order, which is the same in every run."""
    source = Random(count)
    for _ in range(count):
        yield from source.sample(items, len(items))


def measure(stage: Stage, task: Task, *, seconds: int, start: int) -> dict[str, float]:
    """One round: requests a second, how long they took in milliseconds, and microseconds of processors for each."""
    requests = task.operation.requests(task.people)
    url, connections = stage.servers[task.target].url, task.connections

    def act() -> wrk.Drive:
        return wrk.drive(url, requests, seconds=seconds, connections=connections, start=start)

    drive, spent = spending(stage, task.target, act)
    if task.operation.writes:
        restore = stage.restore.get(task.target, partial(people.put_back, stage.engine))
        restore(task.people)
    costs = {name: time / drive.requests for name, time in spent.items()}
    times = {"p50": drive.p50, "p95": drive.p95, "p99": drive.p99, "worst": drive.worst}
    return {"rate": drive.per_second, **times, **costs}


def spending(stage: Stage, target: str, act: Callable[[], T]) -> tuple[T, dict[str, float]]:
    """Do something; also what processor time it cost in microseconds, by who spent it."""
    pids = {"server": stage.pid(target), "database": stage.database_pid, "redis": stage.redis_pid}
    for pid in pids.values():
        processes.hurry(pid)
    before = {name: processes.microseconds(pid) for name, pid in pids.items()}
    done: Any = act()
    spent = {name: processes.microseconds(pid) - before[name] for name, pid in pids.items()}
    return done, {**spent, "cpu": sum(spent.values())}

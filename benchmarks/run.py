"""One run: the servers, the people, and what was measured until now."""

from argparse import Namespace
from collections.abc import Sequence

from flask import Flask

from benchmarks import machine, measuring, people, processes
from benchmarks.measuring import Task
from benchmarks.operations import Operation
from benchmarks.people import USUAL, Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage

LARGE = 10_000
LARGEST = 50_000
People = dict[int, list[Person]]


class Run:
    """What the parts of a run share."""

    def __init__(self, here: Stage, options: Namespace) -> None:
        self.here, self.options = here, options
        self.results = Results(machine.describe(options))
        self.app: Flask = people.application(here)
        large = [] if options.small else [LARGEST, LARGEST, LARGE, LARGE]
        self.people: People = people.settle(self.app, here.engine, large=large, usual=20 if options.small else 200)

    def rounds(self, tasks: Sequence[Task], *, seconds: int = 0, most: int = 100) -> None:
        count = min(self.options.rounds, most)
        measuring.rounds(self.here, self.results, tasks, count=count, seconds=seconds or self.options.seconds)

    def by(self, operation: Operation, size: int = USUAL) -> list[Person]:
        return operation.by(self.people[size])

    def note_memory(self, after: str) -> None:
        """The most memory that a worker of each server has had, and its fair share of memory now, in megabytes."""
        for target in self.here.servers:
            workers = processes.tree(self.here.pid(target))[1:]
            peak, share = (max(map(measured, workers)) for measured in (processes.peak, processes.share))
            self.results.add(Row("memory", after, target, USUAL), {"peak": peak, "share": share})

"""The course of a run: what is set up, measured, and set up anew, in this order."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack

from flask import Flask
from sqlalchemy import create_engine, make_url, text

from benchmarks import answers, bare, dav, machine, measuring, people, processes, profiling, stage, storm, transfers
from benchmarks.measuring import Task
from benchmarks.operations import LOGIN, OPERATIONS, Operation
from benchmarks.people import USUAL, Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage, serving
from project.database.base import driver_url

FEW = 10  # users
LARGE = 10_000
LARGEST = 50_000
GROWING = ("list", "one", "search", "common", "birthdays", "changes0", "changes100", "create")
TWICE = ("list", "one", "me", "create")
"""What the application is compared with itself by."""

BARE = ("list", "one", "search", "birthdays", "changes100", "unchanged")
STORM_SECONDS = 12
LOGIN_SECONDS = 5
SIGNING_IN = 2  # at once: more would be refused where they meet in one process
ALONE = 1  # connection: nobody waits for anybody else

People = dict[int, list[Person]]


class Run:
    """One run: the servers, the people, and what was measured until now."""

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


def compared(run: Run) -> None:
    """The application twice, the peer and the floor, after their answers were found equal."""
    with ExitStack() as running:
        for target in run.options.targets:
            running.enter_context(serving(run.here, target))
        urls = {target: run.here.servers[target].url for target in run.options.targets if target != "floor"}
        chosen = [OPERATIONS[name] for name in run.options.only]
        for operation in chosen:
            answers.check(urls, operation, run.by(operation))
        tasks = [
            Task(each, target, run.by(each))
            for each in chosen
            for target in urls
            if target != "itself" or each.name in TWICE
        ]
        if "floor" in run.options.targets:
            tasks.append(Task(chosen[0], "floor", run.by(chosen[0])))
        run.rounds(tasks)
        run.note_memory("requests")


def growth(run: Run) -> None:
    """One person with a usual book, one with a large one, and one with the largest; then how long one alone waits."""
    sizes = (USUAL, LARGE, LARGEST)
    growing = [OPERATIONS[name] for name in GROWING if name in run.options.only]
    searching = [operation for operation in growing if operation.name in ("search", "common")]
    with serving(run.here, "application"):
        run.rounds(
            [Task(each, "application", run.by(each, size)[:1], "growth") for each in growing for size in sizes], most=3
        )
        run.rounds(
            [Task(each, "application", run.by(each, size)[:1], "alone", ALONE) for each in searching for size in sizes],
            most=3,
        )


def users(run: Run) -> None:
    """The same with few users in the database, and with many."""
    url = make_url(driver_url(run.here.settings["DATABASE_URL"]))
    with run.here.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE few"))
    engine = create_engine(url.set(database="few"))
    plain = url.set(drivername="postgresql", database="few").render_as_string(hide_password=False)
    few = people.settle(people.application(run.here, plain), engine, large=[], usual=FEW)
    engine.dispose()
    reads = [OPERATIONS[name] for name in GROWING if not OPERATIONS[name].writes]
    with serving(run.here, "application"), serving(run.here, "few", DATABASE_URL=plain):
        many = [Task(each, "application", run.by(each), "users") for each in reads]
        run.rounds([*many, *(Task(each, "few", each.by(few[USUAL]), "users") for each in reads)], most=3)


def moving(run: Run) -> None:
    """Export and import, and what they leave of the workers' memory."""
    owner = run.people[LARGE][0]
    empty = people.newcomer(run.app, "newcomer")
    with serving(run.here, "application"):
        transfers.measure(run.here, run.results, [owner], empty, count=min(run.options.rounds, 3))
        run.note_memory("transfers")


def passwords(run: Run) -> None:
    """Right passwords, and then a storm of wrong ones under the limits as they are by default."""
    with serving(run.here, "application"):
        run.rounds(
            [Task(LOGIN, "application", run.by(LOGIN), "login", connections=SIGNING_IN)], seconds=LOGIN_SECONDS, most=3
        )
    shipped = dict.fromkeys(stage.LIMITS, "")
    with serving(run.here, "stormed", TRUSTED_PROXY_HOPS="1", **shipped):
        task = Task(OPERATIONS["list"], "stormed", run.by(OPERATIONS["list"]))
        storm.measure(run.here, run.results, task, seconds=STORM_SECONDS)


def carddav(run: Run) -> None:
    """What phones that sync by CardDAV wait for, beside Radicale and Xandikos."""
    dav.measure(run.here, run.results, run.app, run.options)


def database(run: Run) -> None:
    """PostgreSQL alone, with what the application asks of it."""
    asked = [(OPERATIONS[name], run.by(OPERATIONS[name])) for name in BARE]
    bare.measure(run.here, run.results, run.app, asked, seconds=run.options.seconds)


def profile(run: Run) -> None:
    """Where the time goes within the application."""
    profiling.measure(run.results, run.app, [(OPERATIONS[name], run.by(OPERATIONS[name])) for name in OPERATIONS])


PARTS = {
    "compared": compared,
    "growth": growth,
    "users": users,
    "transfers": moving,
    "passwords": passwords,
    "carddav": carddav,
    "database": database,
    "profile": profile,
}

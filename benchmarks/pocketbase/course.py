"""The part beside PocketBase: the application on SQLite and on PostgreSQL, after their answers were found to agree."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, NamedTuple

from sqlalchemy import create_engine

from benchmarks import answers, people, processes
from benchmarks.measuring import Task
from benchmarks.operations import OPERATIONS as OURS
from benchmarks.people import USUAL, Person
from benchmarks.pocketbase import server, sign_ins, starts, whole_books
from benchmarks.pocketbase.operations import OPERATIONS as THEIRS
from benchmarks.pocketbase.operations import shown
from benchmarks.pocketbase.server import Owner
from benchmarks.results import Row
from benchmarks.run import LARGE, Run
from benchmarks.stage import serving
from benchmarks.transfers import Move

SECTION: Final = "pocketbase"
PEOPLE: Final = 20
CHECKED: Final = 3  # requests of each operation
ALWAYS: Final = ("uncounted",)


class Crowd(NamedTuple):
    """The people of the application's file, the last of whom has a large book, and the same people at PocketBase."""

    ours: list[Person]
    newcomer: Person
    theirs: list[Owner]


def measure(run: Run) -> None:
    if not server.is_there():
        sys.stderr.write(server.MISSING)
        return
    with ExitStack() as running:
        crowd = settle(run, running)
        check(run, crowd)
        run.rounds(list(tasks(run, crowd)), most=3)
        note_memory(run, "requests")
        sign_ins.measure(run, crowd.ours[:PEOPLE], crowd.theirs[:PEOPLE])
        whole_books.measure(
            run, Move(crowd.ours[-1], crowd.newcomer, "embedded", whole_books.SECTION), crowd.theirs[-1]
        )
        note_memory(run, "whole books")
    starts.measure(run)


def settle(run: Run, running: ExitStack) -> Crowd:
    """Start all three. The file's people and books are PocketBase's too."""
    file = run.here.folder / "embedded.sqlite"
    url = f"sqlite:///{file}"
    names = [f"person{number}" for number in range(PEOPLE + 1)]
    app = people.application(run.here, url)
    ours = people.settle_embedded(app, [*[USUAL] * PEOPLE, LARGE])
    newcomer = people.newcomer(app, "newcomer")
    run.here.engines["embedded"] = engine = create_engine(url)
    run.here.restore["embedded"] = lambda owners: people.put_back(engine, owners)
    running.callback(engine.dispose)
    running.enter_context(serving(run.here, "embedded", **starts.EMBEDDED, DATABASE_URL=url))
    running.enter_context(serving(run.here, "application"))
    running.enter_context(server.serving(run.here))
    return Crowd(ours, newcomer, server.settle(run.here, names, file))


def tasks(run: Run, crowd: Crowd) -> Iterator[Task]:
    """Every operation at all three, and what only one of them has: a list without its total, and a 304."""
    chosen = [name for name in (*THEIRS, "unchanged") if name in (*run.options.only, *ALWAYS)]
    for name in chosen:
        if name in THEIRS:
            yield Task(THEIRS[name], "pocketbase", THEIRS[name].by(crowd.theirs[:PEOPLE]), SECTION)
        if name in OURS:
            yield Task(OURS[name], "embedded", OURS[name].by(crowd.ours[:PEOPLE]), SECTION)
            yield Task(OURS[name], "application", run.by(OURS[name]), SECTION)


def check(run: Run, crowd: Crowd) -> None:
    """Raises Unequal unless the application on SQLite and PocketBase tell the same of the same contacts."""
    for name in THEIRS.keys() & OURS.keys():
        ours, theirs = [
            [shown(answers.ask(run.here.servers[target].url, request)) for request in operation.requests(some, CHECKED)]
            for target, operation, some in (
                ("embedded", OURS[name], OURS[name].by(crowd.ours[:PEOPLE])),
                ("pocketbase", THEIRS[name], THEIRS[name].by(crowd.theirs[:PEOPLE])),
            )
        ]
        if found := list(answers.differences(ours, theirs)):
            raise answers.Unequal(f"PocketBase, {name}: {found[:2]}")
    for target in ("embedded", "pocketbase"):
        run.here.restore[target](crowd.ours)


def note_memory(run: Run, after: str) -> None:
    """The memory of all processes of each server, and the most that one of them has had at any time, in megabytes."""
    for target in run.here.servers:
        total, most = processes.memory(run.here.pid(target))
        run.results.add(Row("trees", after, target, USUAL), {"tree": total, "peak": most})

"""The course of a run: what is set up, measured, and set up anew, in this order."""

from contextlib import ExitStack

from sqlalchemy import create_engine, make_url, text

from benchmarks import answers, bare, dav, parts, people, profiling, replicas, stage, storm, transfers
from benchmarks.measuring import Task
from benchmarks.operations import LOGIN, OPERATIONS
from benchmarks.people import USUAL
from benchmarks.pocketbase import course as pocketbase
from benchmarks.run import LARGE, LARGEST, Run
from benchmarks.stage import serving
from benchmarks.transfers import Move
from project.database.base import driver_url

FEW = 10  # users
GROWING = ("list", "one", "search", "common", "birthdays", "changes0", "changes100", "create")
TWICE = ("list", "one", "me", "create")
"""What the application is compared with itself by."""

BARE = ("list", "one", "search", "birthdays", "changes100", "unchanged")
STORM_SECONDS = 12
LOGIN_SECONDS = 5
SIGNING_IN = 1  # at once: what the round before has left unanswered takes the other thread that one network may have
ALONE = 1  # connection: nobody waits for anybody else


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
        transfers.measure(run.here, run.results, Move(owner, empty), count=min(run.options.rounds, 3))
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


def parts_of_one(run: Run) -> None:
    """Where the time of one contact goes, in microseconds, on SQLite."""
    app = people.application(run.here, f"sqlite:///{run.here.folder / 'parts.sqlite'}")
    parts.measure(run.results, app, people.settle_embedded(app, [USUAL]))


PARTS = {
    "compared": compared,
    "growth": growth,
    "users": users,
    "replicas": replicas.measure,
    "transfers": moving,
    "passwords": passwords,
    "pocketbase": pocketbase.measure,
    "carddav": carddav,
    "database": database,
    "profile": profile,
    "parts": parts_of_one,
}

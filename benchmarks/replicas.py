"""How long requests wait behind nginx with two replicas, by the configuration that is deployed."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from benchmarks.goal import Goal, titled
from benchmarks.measuring import Task
from benchmarks.operations import OPERATIONS
from benchmarks.results import Results, Row
from benchmarks.run import Run
from benchmarks.stage import serving
from benchmarks.tables import markdown, shown
from tests import proxies

SECTION: Final = "replicas"
READS: Final = ("list", "one")
TARGETS: Final = {"application": "one server", "proxied": "nginx with two"}
TAIL, WORST = 3, 10  # times the median
MISSING: Final = "nginx is not there: what waits behind it is skipped. On Debian: apt-get install nginx\n"


def measure(run: Run) -> None:
    if proxies.NGINX is None:
        sys.stderr.write(MISSING)
        return
    with ExitStack() as running:
        for target in ("application", "itself"):
            running.enter_context(serving(run.here, target, TRUSTED_PROXY_HOPS="1"))
        urls = [run.here.servers[target].url for target in ("application", "itself")]
        run.here.servers["proxied"] = running.enter_context(proxies.nginx(*urls))
        running.callback(run.here.servers.pop, "proxied")
        asked = [OPERATIONS[name] for name in READS]
        run.rounds([Task(each, target, run.by(each), SECTION) for each in asked for target in TARGETS], most=5)


def rows(results: Results) -> Iterator[tuple[str, Row]]:
    """Each row with what it is about."""
    for row in results.of(SECTION):
        yield f"{titled(row.operation)}, {TARGETS[row.target]}", row


def goals(results: Results) -> Iterator[Goal]:
    for name, row in rows(results):
        yield Goal(f"{name}: p99, of p50", row.median("p99") / row.median("p50"), TAIL)
        yield Goal(f"{name}: the worst, of p50", row.median("worst") / row.median("p50"), WORST)


def sections(results: Results) -> Iterator[str]:
    if found := list(rows(results)):
        heads = ["16 connections, PostgreSQL", "requests/s", "p50 ms", "p99 ms", "worst ms"]
        measures = ("rate", "p50", "p99", "worst")
        lines = [[name, *(shown(row.spread(measure)) for measure in measures)] for name, row in found]
        yield "### Behind the proxy\n\n" + markdown(heads, lines)

"""The document's tables beside PocketBase."""

from collections.abc import Iterator
from typing import Final

from benchmarks.operations import OPERATIONS as OURS
from benchmarks.pocketbase.operations import OPERATIONS as THEIRS
from benchmarks.results import Results, Row
from benchmarks.tables import markdown, seconds, shown

NAMES: Final = {
    "embedded": "on SQLite", "pocketbase": "PocketBase", "application": "on PostgreSQL", "bcrypt": "bcrypt alone",
}  # fmt: skip
TITLES: Final = {name: operation.title for name, operation in (THEIRS | OURS).items()}
TIMES: Final = ("rate", "p50", "p99", "worst", "server", "database")


def sections(results: Results) -> Iterator[str]:
    if rows := results.of("pocketbase"):
        heads = ["", "", "requests/s", "p50 ms", "p99 ms", "worst ms", "server µs", "database µs"]
        yield "### Beside PocketBase\n\n"
        yield markdown(heads, [[TITLES[row.operation], NAMES[row.target], *times(row)] for row in rows])
    if rows := [*results.of("whole books"), *results.of("sign-ins"), *results.of("starts")]:
        lines = [[row.operation, NAMES[row.target], *durations(row)] for row in rows]
        yield "10,000 contacts, one sign-in, and the time from exec to the first answer:\n\n"
        yield markdown(["", "", "seconds", "server s"], lines)
    if rows := results.of("trees"):
        lines = [[f"after {row.operation}", NAMES[row.target], *megabytes(row)] for row in rows]
        yield markdown(["MB", "", "of all processes", "most of one at any time"], lines)


def times(row: Row) -> list[str]:
    return [shown(row.spread(name)) if name in row.samples[0] else "" for name in TIMES]


def durations(row: Row) -> list[str]:
    return [
        shown(row.spread("seconds")) if "seconds" in row.samples[0] else "",
        seconds(row.spread("server")) if "server" in row.samples[0] else "",
    ]


def megabytes(row: Row) -> list[str]:
    return [shown(row.spread(name)) for name in ("tree", "peak")]

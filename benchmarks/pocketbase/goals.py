"""What the application on SQLite wants to cost, of what PocketBase does, in one run."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchmarks.goal import Goal, ratio, titled
from benchmarks.results import Results

LIMITS: Final[Mapping[str, float]] = {
    "list": 0.6, "one": 1.0, "search": 1.0, "changes0": 0.8, "unchanged": 0.8, "create": 1.2, "patch": 1.2,
}  # fmt: skip
BESIDE: Final = {"unchanged": "uncounted"}
"""PocketBase has no 304: a client that asks again gets the list again, here without its total."""
READS: Final = ("list", "one", "search", "changes0", "unchanged")
TREE, WORKER, IMPORTING, HASHING = 0.6, 85, 100, 1.1


def beside_pocketbase(results: Results) -> Iterator[Goal]:
    for name, limit in LIMITS.items():
        own = results.find("pocketbase", name, "embedded")
        other = results.find("pocketbase", BESIDE.get(name, name), "pocketbase")
        if own and other:
            yield Goal(f"{titled(name)}, SQLite: processor time, of PocketBase's", ratio(own, other, "server"), limit)
    yield from of_waiting(results)
    yield from of_memory(results)
    yield from of_whole_books(results)
    yield from of_passwords(results)


def of_waiting(results: Results) -> Iterator[Goal]:
    """A request at 16 connections waits as long as the others, or not much longer."""
    for name in READS:
        if row := results.find("pocketbase", name, "embedded"):
            yield Goal(f"{titled(name)}, SQLite: p99, of p50", row.median("p99") / row.median("p50"), 3)
            yield Goal(f"{titled(name)}, SQLite: the worst, of p50", row.median("worst") / row.median("p50"), 10)


def of_memory(results: Results) -> Iterator[Goal]:
    own, other = (results.find("trees", "requests", target) for target in ("embedded", "pocketbase"))
    if own and other:
        yield Goal("memory of all processes, SQLite, of PocketBase's", ratio(own, other, "tree"), TREE)
        yield Goal("peak memory of a worker, SQLite, after requests", own.median("peak"), WORKER, unit="MB")
    if row := results.find("trees", "whole books", "embedded"):
        yield Goal("peak memory of a worker, SQLite, after whole books", row.median("peak"), IMPORTING, unit="MB")


def of_whole_books(results: Results) -> Iterator[Goal]:
    for name, limit in (("import", 2.5), ("export", 0.8)):
        if row := results.find("whole books", name, "embedded", 10_000):
            claim = f"{name} of 10,000 cards, SQLite: the server's processor time"
            yield Goal(claim, row.median("server") / 1e6, limit, unit="s")


def of_passwords(results: Results) -> Iterator[Goal]:
    own, alone = (results.find("sign-ins", "sign-in", target) for target in ("embedded", "bcrypt"))
    if own and alone:
        yield Goal("sign-in, SQLite: processor time, of bcrypt's alone", ratio(own, alone, "server"), HASHING)

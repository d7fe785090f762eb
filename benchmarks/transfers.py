"""Whole address books in and out: an export of ten thousand contacts, and its import into an empty book."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text

from benchmarks import answers, measuring, people
from benchmarks.operations import API, Request
from benchmarks.people import Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage
from project.database.base import now

BODY = {"Content-Type": "text/vcard"}


def measure(stage: Stage, results: Results, owners: Sequence[Person], empty: Person, *, count: int) -> None:
    """Rounds of an export of the first owner's book and its import; the first round only warms up."""
    for number in range(count + 1):
        size = len(owners[0].contacts)
        file, exported = answered(stage, Request("GET", f"{API}/contacts/export", owners[0].headers))
        sent = Request("POST", f"{API}/contacts/import", {**empty.headers, **BODY}, file)
        report, imported = answered(stage, sent)
        if orjson.loads(report)["created"] != size:
            raise answers.Unequal(f"{size} cards: {report[:500]!r}")
        people.put_back(stage.engine, [empty])
        forget_books(stage, empty)
        if number:
            results.add(Row("transfers", "export", "application", size), exported)
            results.add(Row("transfers", "import", "application", size), imported)


def answered(stage: Stage, request: Request) -> tuple[bytes, dict[str, float]]:
    """A successful answer, and what it cost: microseconds of processors, and seconds until it was there."""
    begun = now()
    answer: Any
    answer, spent = measuring.spending(
        stage, "application", lambda: answers.ask(stage.servers["application"].url, request)
    )
    if answer.status not in (200, 201):
        raise answers.Unequal(f"{request.path}: {answer.status} {answer.content[:500]!r}")
    return answer.content, {**spent, "seconds": (now() - begun).total_seconds()}


def forget_books(stage: Stage, person: Person) -> None:
    with stage.engine.begin() as connection:
        connection.execute(text("DELETE FROM address_books WHERE owner_id = :owner"), {"owner": person.id})

"""Whole address books in and out: an export of ten thousand contacts, and its import into an empty book."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Engine, delete

from benchmarks import answers, measuring, people
from benchmarks.operations import API, Request
from benchmarks.people import Person
from benchmarks.results import Results, Row
from benchmarks.stage import Stage
from project.contacts.books import BOOK
from project.database.base import now

BODY = {"Content-Type": "text/vcard"}


class Move(NamedTuple):
    """Whose book goes into whose empty one, at which server, and the section that it gives."""

    owner: Person
    empty: Person
    target: str = "application"
    section: str = "transfers"


def measure(stage: Stage, results: Results, move: Move, *, count: int) -> None:
    """Rounds of an export and its import; the first round only warms up."""
    engine, size = stage.engines.get(move.target, stage.engine), len(move.owner.contacts)
    for number in range(count + 1):
        export = Request("GET", f"{API}/contacts/export", move.owner.headers)
        (file,), exported = answered(stage, move.target, [export])
        sent = Request("POST", f"{API}/contacts/import", {**move.empty.headers, **BODY}, file)
        (report,), imported = answered(stage, move.target, [sent])
        if orjson.loads(report)["created"] != size:
            raise answers.Unequal(f"{size} cards: {report[:500]!r}")
        people.put_back(engine, [move.empty])
        forget_books(engine, move.empty)
        if number:
            results.add(Row(move.section, "export", move.target, size), exported)
            results.add(Row(move.section, "import", move.target, size), imported)


def answered(stage: Stage, target: str, requests: Sequence[Request]) -> tuple[list[bytes], dict[str, float]]:
    """Successful answers to requests one by one, and what all cost: microseconds of processors, and seconds."""
    begun, url = now(), stage.servers[target].url
    found, spent = measuring.spending(stage, target, lambda: [answers.ask(url, request) for request in requests])
    for answer in found:
        if answer.status not in (200, 201):
            raise answers.Unequal(f"{requests[0].path}: {answer.status} {answer.content[:500]!r}")
    return [answer.content for answer in found], {**spent, "seconds": (now() - begun).total_seconds()}


def forget_books(engine: Engine, person: Person) -> None:
    with engine.begin() as connection:
        connection.execute(delete(BOOK).where(BOOK.c.owner_id == person.id))

"""Whole books at PocketBase, which has no files of cards: pages of a thousand out, and batches of a thousand in."""

from typing import Final

import orjson

from benchmarks import answers, transfers
from benchmarks.operations import JSON, Request
from benchmarks.pocketbase.server import AT_ONCE, RECORDS, Owner
from benchmarks.results import Row
from benchmarks.run import Run
from benchmarks.transfers import Move

MADE: Final = ("id", "collectionId", "collectionName", "created", "updated")
SECTION: Final = "whole books"


def measure(run: Run, move: Move, theirs: Owner) -> None:
    """Rounds of the application's export and import, and then of PocketBase's."""
    count = min(run.options.rounds, 3)
    transfers.measure(run.here, run.results, move, count=count)
    for number in range(count + 1):
        size = len(theirs.contacts)
        pages, exported = transfers.answered(run.here, "pocketbase", pages_of(theirs))
        records = [record for page in pages for record in orjson.loads(page)["items"]]
        if len(records) != size:
            raise answers.Unequal(f"PocketBase has {len(records)} of {size} contacts.")
        _, imported = transfers.answered(run.here, "pocketbase", batches(theirs, records))
        run.here.restore["pocketbase"]([])
        if number:
            run.results.add(Row(SECTION, "export", "pocketbase", size), exported)
            run.results.add(Row(SECTION, "import", "pocketbase", size), imported)


def pages_of(owner: Owner) -> list[Request]:
    count = -(-len(owner.contacts) // AT_ONCE)
    query = f"perPage={AT_ONCE}&skipTotal=1&sort=sort_key"
    return [Request("GET", f"{RECORDS}?{query}&page={number}", owner.headers) for number in range(1, count + 1)]


def batches(owner: Owner, records: list[dict[str, object]]) -> list[Request]:
    bodies = [{name: value for name, value in record.items() if name not in MADE} for record in records]
    writes = [{"method": "POST", "url": RECORDS, "body": body} for body in bodies]
    return [
        Request("POST", "/api/batch", {**owner.headers, **JSON}, orjson.dumps({"requests": writes[at : at + AT_ONCE]}))
        for at in range(0, len(writes), AT_ONCE)
    ]

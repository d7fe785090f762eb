"""The same operations as PocketBase's clients ask for them, and what its answers share with the application's."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

from benchmarks.answers import Answer
from benchmarks.operations import COMMON, JSON, NEW, NUMBER, WORDS, Operation, Request
from benchmarks.people import PASSWORD
from benchmarks.pocketbase.server import RECORDS, Owner
from project.contacts.content import FIELD_NAMES, blank
from project.contacts.search import order

UNCOUNTED: Final = "&skipTotal=1"
PAGE: Final = "perPage=50&sort=sort_key"
DERIVED: Final = {
    "name": f"Ada Lovelace {NUMBER}",
    "sort_key": f"{order.key('Ada Lovelace ')}{NUMBER}",
    "search": f"ada lovelace {NUMBER} mathematician ada@example.org +442079460958 +442079460000",
}
"""What its clients derive of a new contact, for it does not."""


def records(owner: Owner, query: str) -> Request:
    return Request("GET", f"{RECORDS}?{query}", owner.headers)


def filtered(expression: str) -> str:
    return f"&filter={quote(expression)}"


def send(owner: Owner, method: str, path: str, body: Mapping[str, Any]) -> Request:
    return Request(method, path, {**owner.headers, **JSON}, orjson.dumps(body))


def one(owner: Owner, source: Random) -> Request:
    return Request("GET", f"{RECORDS}/{source.choice(owner.contacts)}", owner.headers)


def search(owner: Owner, source: Random, words: Sequence[str] = WORDS) -> Request:
    return records(owner, PAGE + filtered(f'search ~ "{unquote(source.choice(words))}"'))


def common(owner: Owner, source: Random) -> Request:
    return search(owner, source, COMMON)


def changed(owner: Owner, _: Random) -> Request:
    """What was updated since now, which is nothing."""
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")
    return records(owner, f"perPage=100&sort=updated{UNCOUNTED}" + filtered(f'updated > "{moment}Z"'))


def create(owner: Owner, _: Random) -> Request:
    return send(owner, "POST", RECORDS, {**NEW, **DERIVED, "owner": owner.id})


def patch(owner: Owner, source: Random) -> Request:
    path = f"{RECORDS}/{source.choice(owner.contacts)}"
    return send(owner, "PATCH", path, {"job_title": f"Countess {NUMBER}"})


def login(owner: Owner, _: Random) -> Request:
    credentials = {"identity": f"{owner.username}@example.org", "password": PASSWORD}
    return Request("POST", "/api/collections/users/auth-with-password", JSON, orjson.dumps(credentials))


def listed(owner: Owner, _: Random) -> Request:
    return records(owner, PAGE)


def uncounted(owner: Owner, _: Random) -> Request:
    return records(owner, PAGE + UNCOUNTED)


OPERATIONS: Final = {
    operation.name: operation
    for operation in (
        Operation("list", "list of 50", listed),
        Operation("uncounted", "list of 50, without the total", uncounted),
        Operation("one", "one contact", one),
        Operation("create", "create", create, writes=True),
        Operation("patch", "patch", patch, writes=True),
        Operation("search", "search, few found", search),
        Operation("common", "search, 1 in 16 found", common),
        Operation("changes0", "changes: nothing new", changed),
    )
}
LOGIN: Final = Operation("login", "login", login)


def shown(answer: Answer) -> Any:
    """What both servers say of contacts: the fields, in the order of the list, and the exact total."""
    document = orjson.loads(answer.content)
    items = document.get("items", document.get("changed"))
    if items is None:
        return dict(content(document))
    total = document.get("total", document.get("totalItems"))
    return {"items": [dict(content(item)) for item in items], **({} if total in (None, -1) else {"total": total})}


def content(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a contact; an empty text of PocketBase's is the application's null."""
    for name in FIELD_NAMES:
        value = item.get(name)
        yield name, blank()[name] if value in (None, "") else value  # type: ignore[literal-required]

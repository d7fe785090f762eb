"""What is asked of the servers: each operation as the requests of many people, which a client sends in turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, TypeVar

import orjson

from benchmarks.people import AT_ONCE, PASSWORD, Person
from project.contacts import changes, etags
from project.web.cursors import seal

T = TypeVar("T")
API = "/api/v1"
JSON = {"Content-Type": "application/json"}
NUMBER = "@NUMBER@"
"""What a client replaces by another number in each request, so that each changes something."""

NEW = {
    "first_name": "Ada",
    "last_name": f"Lovelace {NUMBER}",
    "job_title": "Mathematician",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0958",
    "birthday": "1815-12-10",
    "labels": ["Family"],
    "details": [{"kind": "phone", "label": "work", "value": "+44 20 7946 0000"}],
}


class Request(NamedTuple):
    """One request, with all headers that a client has to think of."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Operation:
    """Something that apps do: what one person's phone sends, and the status of the answer."""

    name: str
    title: str
    request: Callable[[Any, Random], Request]
    status: int = 200
    writes: bool = False

    def by(self, people: Sequence[T]) -> list[T]:
        """Whose books this is tried on: one half of the people is written to, the other one only read."""
        half = len(people) // 2
        return list(people[half:] if self.writes else people[:half])

    def requests(self, people: Sequence[Any], count: int = 400) -> list[Request]:
        """So many requests of these people, always the same ones."""
        source = Random(self.name)
        return [self.request(people[number % len(people)], source) for number in range(count)]


def get(person: Person, path: str, **headers: str) -> Request:
    return Request("GET", API + path, {**person.headers, **headers})


def send(person: Person, method: str, path: str, body: Any) -> Request:
    return Request(method, API + path, {**person.headers, **JSON}, orjson.dumps(body))


def one(person: Person, source: Random) -> Request:
    return get(person, f"/contacts/{source.choice(person.contacts)}")


def login(person: Person, _: Random) -> Request:
    credentials = {"username": person.username, "password": PASSWORD}
    return Request("POST", f"{API}/auth/login", JSON, orjson.dumps(credentials))


def search(person: Person, source: Random) -> Request:
    return get(person, f"/contacts?q={source.choice(WORDS)}")


def common(person: Person, source: Random) -> Request:
    return get(person, f"/contacts?q={source.choice(COMMON)}")


def patch(person: Person, source: Random) -> Request:
    return send(person, "PATCH", f"/contacts/{source.choice(person.contacts)}", {"job_title": f"Countess {NUMBER}"})


def known(person: Person, _: Random) -> Request:
    """The list, of which the phone has the newest state."""
    tag = etags.tag(person.id, revision(person))
    return get(person, "/contacts", **{"If-None-Match": f'"{tag}"'})


def revision(person: Person) -> int:
    """That of a book to which nothing was written since it was made."""
    return len(person.contacts) // AT_ONCE


def delta(person: Person, back: int) -> Request:
    """What has changed within so many revisions."""
    at: changes.Position = changes.at(revision(person) - back)
    token = seal(str(person.id), at.revision, str(at.id), at.began)
    return get(person, f"/contacts/changes?since={token}")


WORDS = ("kovalmar", "marlan", "torvo", "selkerdri", "person17", "work1204", "7946%200123")
COMMON = ("sofia", "lukasz", "grace", "bjornstjerne")
BIRTHDAYS = "/contacts/birthdays?from=2026-11-29&days=1"

OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("list", "list of 50", lambda person, _: get(person, "/contacts")),
        Operation("one", "one contact", one),
        Operation("me", "/me, counted", lambda person, _: get(person, "/users/me")),
        Operation("create", "create", lambda person, _: send(person, "POST", "/contacts", NEW), 201, writes=True),
        Operation("patch", "patch", patch, writes=True),
        Operation("search", "search, few found", search),
        Operation("common", "search, 1 in 16 found", common),
        Operation("birthdays", "birthdays, 20 found", lambda person, _: get(person, BIRTHDAYS)),
        Operation("changes0", "changes: nothing new", lambda person, _: delta(person, 0)),
        Operation("changes100", "changes: 100 new", lambda person, _: delta(person, 1)),
        Operation("unchanged", "304 for the list", known, 304),
    )
}
LOGIN = Operation("login", "login", login)

"""Offline-first sync of an address book: pull what others changed, push what this phone changed.

What is to be pushed is never queued: it is the difference between what the user has and what the server said last. So
it does not matter where a sync breaks off, nor which answers got lost: the next one begins with a pull, and goes on.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from docs.examples.session import Answer

Content = dict[str, Any]
Call = Callable[[str, str, Any], Answer]

SERVER_MADE = {"id", "name", "photo_url", "revision", "created_at", "updated_at"}
ROUNDS = 3
PAGE = 500
BATCH = 200
START_AGAIN = {"sync-token-expired", "invalid-sync-token"}
UNANSWERED = 0  # the revision of what was sent for the first time, until the server tells its own


class Unfinished(Exception):
    """The server would not go on; the next sync will."""


@dataclass
class Book:
    """What a phone keeps of an address book; contacts by id, an id being a UUID that whoever adds the contact makes."""

    contacts: dict[str, Content] = field(default_factory=dict)
    """What the user sees and edits."""
    known: dict[str, Content] = field(default_factory=dict)
    """What the server said last of each contact: the content, the `revision`, and the photo's address."""
    token: str | None = None
    """The sync token of the last pull."""
    refused: dict[str, Any] = field(default_factory=dict)
    """What the server would not take in the last sync, and why: something to show to the user."""
    path: Path | None = None

    @classmethod
    def load(cls, path: Path) -> "Book":
        return cls(**json.loads(path.read_text()), path=path) if path.exists() else cls(path=path)

    def save(self) -> None:
        """All at once or not at all; an app with a database does this in one transaction."""
        if self.path:
            kept = {name: value for name, value in asdict(self).items() if name != "path"}
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps(kept))
            new.replace(self.path)


def sync(book: Book, call: Call) -> None:
    """Make phone and server agree, but for what is `refused`. Whatever it raises, the next sync goes on from there."""
    book.refused.clear()
    pull(book, call)
    for _ in range(ROUNDS):  # a contact that somebody changes meanwhile takes one round more
        push(book, call)
        if not list(operations(book)):
            break


# Pull


def pull(book: Book, call: Call) -> None:
    """Learn what has changed since the last pull; everything, in the first one and when the token is too old."""
    answer = ask(call, book.token)
    if answer.problem in START_AGAIN:
        book.token = None
        answer = ask(call, None)
    page = taken(answer)
    named = learn_page(book, page)
    while page["has_more"]:
        page = taken(ask(call, page["sync_token"]))
        named |= learn_page(book, page)
    forget_unanswered(book)
    if book.token is None:
        forget_unnamed(book, named)
    book.token = page["sync_token"]
    book.save()


def ask(call: Call, token: str | None) -> Answer:
    since = {"since": token} if token else {}
    return call("GET", f"/contacts/changes?{urlencode({'limit': PAGE, **since})}", None)


def learn_page(book: Book, page: Content) -> set[str]:
    """Which contacts it named as living."""
    for contact in page["changed"]:
        learn(book, contact)
    for contact_id in page["deleted"]:
        learn_deleted(book, contact_id)
    return {contact["id"] for contact in page["changed"]}


def learn(book: Book, contact: Content) -> None:
    """The contact as it is at the server: what both sides changed is merged, and a change beats a deletion."""
    base, mine = book.known.get(contact["id"]), book.contacts.get(contact["id"])
    if base and base["revision"] == contact["revision"]:
        return
    book.known[contact["id"]] = contact
    if mine:
        book.contacts[contact["id"]] = merged(content_of(base or {}), mine, content_of(contact))
    elif base is None or changes(contact, content_of(base)):
        book.contacts[contact["id"]] = content_of(contact)


def learn_deleted(book: Book, contact_id: str) -> None:
    """It is gone at the server, and here too, unless the user has changed it here: then it will be sent anew."""
    base, mine = book.known.pop(contact_id, None), book.contacts.get(contact_id)
    if base and mine and not changes(base, mine):
        del book.contacts[contact_id]


def forget_unanswered(book: Book) -> None:
    """What was sent, and is not there after a pull, has never arrived."""
    for contact_id in [each for each, base in book.known.items() if base["revision"] == UNANSWERED]:
        del book.known[contact_id]


def forget_unnamed(book: Book, named: set[str]) -> None:
    """When everything was asked for, what was not named is gone."""
    for contact_id in book.known.keys() - named:
        learn_deleted(book, contact_id)


# Push


def push(book: Book, call: Call) -> None:
    """Send what differs, each change with the revision that it was made to."""
    waiting = list(operations(book))
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        for operation in batch:
            if operation["op"] == "replace":
                book.known[operation["id"]] = {**operation["contact"], "revision": UNANSWERED}
        book.save()  # before it is sent: what has arrived without an answer must not look new
        answer = taken(call("POST", "/contacts/batch", {"operations": batch}))
        for operation, result in zip(batch, answer["results"], strict=True):
            settle(book, operation, result)
        book.save()


def operations(book: Book) -> Iterator[Content]:
    """What would make the server's contacts equal to the user's."""
    for contact_id in sorted(book.contacts.keys() | book.known.keys()):
        base, mine = book.known.get(contact_id), book.contacts.get(contact_id)
        operation = difference(base, mine)
        if operation and contact_id not in book.refused:
            yield {"id": contact_id, **operation}


def difference(base: Content | None, mine: Content | None) -> Content | None:
    if base is None:
        return {"op": "replace", "contact": mine}
    if mine is None:
        return {"op": "delete", "if_revision": base["revision"]}
    changed = changes(base, mine)
    return {"op": "update", "if_revision": base["revision"], "contact": changed} if changed else None


def settle(book: Book, operation: Content, result: Content) -> None:
    """What became of an operation. A conflict leaves a difference behind, for the next round to push."""
    contact_id, status = operation["id"], result["status"]
    if status in (200, 201):
        settle_written(book, operation["contact"], result["contact"])
    elif status in (204, 404):
        learn_deleted(book, contact_id)
    elif status == 412:
        learn(book, result["problem"]["current"])
    else:
        book.refused[contact_id] = result["problem"]
        forget_unanswered(book)


def settle_written(book: Book, sent: Content, contact: Content) -> None:
    """Take over how the server spells what was sent, but for what the user has changed again since."""
    base, mine = book.known.get(contact["id"], {}), book.contacts.get(contact["id"])
    book.known[contact["id"]] = contact
    if mine:
        book.contacts[contact["id"]] = merged(content_of({**base, **sent}), mine, content_of(contact))


# Contents


def content_of(contact: Content) -> Content:
    return {name: value for name, value in contact.items() if name not in SERVER_MADE}


def changes(base: Content, mine: Content) -> Content:
    return {name: value for name, value in mine.items() if name not in base or value != base[name]}


def merged(base: Content, mine: Content, theirs: Content) -> Content:
    """Both sides' changes to what both began with; where both changed one field, this phone wins."""
    ours = {name: merged_value(base.get(name), value, theirs.get(name)) for name, value in changes(base, mine).items()}
    return {**theirs, **ours}


def merged_value(base: Any, mine: Any, theirs: Any) -> Any:
    """Of lists, such as labels and further numbers, what either side added is there, and what either removed is not."""
    if not (isinstance(mine, list) and isinstance(theirs, list)):
        return mine
    base = base or []
    kept = [item for item in theirs if item in mine or item not in base]
    return kept + [item for item in mine if item not in theirs and item not in base]


def taken(answer: Answer) -> Any:
    """The body of a success."""
    if answer.problem:
        raise Unfinished(answer.problem)
    return answer.body

"""Offline-first sync of an address book: pull what others changed, push what this phone changed.

What is to be pushed is never queued: it is the difference between what the user has and what the server said last. So
it does not matter where a sync breaks off, nor which answers got lost: the next one begins with a pull, and goes on.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from docs.examples.session import Answer, Unfinished, encoded

Content = dict[str, Any]
Call = Callable[[str, str, Any], Answer]

NOT_CONTENT = {"id", "name", "photo_url", "revision", "created_at", "updated_at", "sent", "gone"}
ROUNDS = 6
PAGE = 500
BATCH, BYTES = 100, 500_000  # it takes 1,000 operations and 1 MiB; of more than 100 one batch at a time
START_AGAIN = {"sync-token-expired", "invalid-sync-token"}
ALL_REFUSED = {400, 413, 422}
UNANSWERED = 0  # the revision of what was sent for the first time, until the server tells its own
HERE, THERE, TAKEN = "deleted here", "deleted there", "id taken"


@dataclass
class Book:
    """What a phone keeps of an address book; contacts by id, an id being a UUID that whoever adds the contact makes."""

    contacts: dict[str, Content] = field(default_factory=dict)
    """What the user sees and edits."""
    known: dict[str, Content] = field(default_factory=dict)
    """What the server said last of each contact; until it answers also what was `sent`, and why it may be `gone`."""
    token: str | None = None
    """The sync token of the last pull."""
    refused: dict[str, Any] = field(default_factory=dict)
    """What the server would not take in the last sync, and why: something to show to the user."""
    path: Path | None = None

    @classmethod
    def load(cls, path: Path) -> "Book":
        kept = json.loads(path.read_text()) if path.exists() else {}
        return cls(**{**kept, "path": path})

    def save(self) -> None:
        """All at once or not at all; an app with a database does this in one transaction."""
        if self.path:
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps({**asdict(self), "path": None}))
            new.replace(self.path)


def sync(book: Book, call: Call) -> None:
    """Make phone and server agree, but for what is `refused`. Whatever it raises, the next sync goes on from there."""
    book.refused.clear()
    for _ in range(ROUNDS):  # a contact that somebody changes meanwhile takes one round more
        pull(book, call)
        waiting = list(operations(book))
        if not waiting:
            break
        send(book, call, waiting)


# Pull


def pull(book: Book, call: Call) -> None:
    """Learn what has changed since the last pull; everything, in the first one and when the token is too old."""
    news: dict[str, Content | None] = {}
    token, has_more = book.token, True
    while has_more:
        query = urlencode({"limit": PAGE, "since": token} if token else {"limit": PAGE})
        answer = call("GET", f"/contacts/changes?{query}", None)
        if book.token and answer.problem in START_AGAIN:
            book.token, token, news = None, None, {}
            continue
        page = answer.expect("changed", "deleted", "sync_token", "has_more")
        news |= dict.fromkeys(page["deleted"]) | {contact["id"]: contact for contact in page["changed"]}
        token, has_more = page["sync_token"], page["has_more"]
    if book.token is None:  # everything was asked for, so what the server had and did not name is gone
        had = {contact_id for contact_id, base in book.known.items() if base["revision"] != UNANSWERED}
        news |= dict.fromkeys(had - news.keys())
    for contact_id, contact in news.items():
        if contact:
            learn(book, contact)
        else:
            learn_deleted(book, contact_id)
    book.token = token
    book.save()


def learn(book: Book, contact: Content) -> None:
    """The contact as it is at the server: what both sides changed is merged, and a change beats a deletion.

    Both began with what was known. What was `sent` without an answer arrived if the server's value is no longer old.
    """
    known = book.known.get(contact["id"], {})
    base = content_of(chosen(known, contact, known.get("sent", {}), known))
    was_restored = known.get("gone") == HERE and known["revision"] != contact["revision"]
    if not known or was_restored or spelled(content_of(contact)) != spelled(base):
        book.contacts.setdefault(contact["id"], {})
    take_over(book, contact, base)


def take_over(book: Book, contact: Content, base: Content) -> None:
    """Know what the server has, and unite it with what the user has changed since `base`. Of one field, mine wins."""
    book.known[contact["id"]] = contact
    mine = book.contacts.get(contact["id"])
    if mine is not None:  # in place, as a screen may show it
        united = chosen(base, mine, changes(base, mine), content_of(contact))
        mine.update(deepcopy(changes(mine, united)))


def learn_deleted(book: Book, contact_id: str) -> None:
    """It is gone at the server, and here too, unless the user has changed it or undone the deletion."""
    base, mine = book.known.get(contact_id, {}), book.contacts.get(contact_id)
    if mine is None or not (changes(base, mine) or base.get("gone") == HERE):
        book.known.pop(contact_id, None)
        book.contacts.pop(contact_id, None)
    elif base.get("gone") != HERE:
        base["gone"] = THERE


# Push


def operations(book: Book) -> Iterator[Content]:
    """What would make the server's contacts equal to the user's."""
    for contact_id in sorted(book.contacts.keys() | book.known.keys()):
        operation = difference(book.known.get(contact_id), book.contacts.get(contact_id))
        if operation and contact_id in book.refused:
            operation = without_refused(operation, book.refused[contact_id])
        if operation:
            yield deepcopy({"id": contact_id, **operation})  # the user goes on editing


def difference(base: Content | None, mine: Content | None) -> Content | None:
    if base and mine is None:
        return {"op": "delete", "if_revision": base["revision"]}
    if base and "gone" in base:
        return {"op": "restore", "if_revision": base["revision"]}
    if not base or base["revision"] == UNANSWERED:
        return {"op": "create", "contact": mine}
    changed = changes(base, mine or {})
    return {"op": "update", "if_revision": base["revision"], "contact": changed} if changed else None


def without_refused(operation: Content, problem: Content) -> Content | None:
    """The update without the fields that the server refused; None if nothing is left."""
    wrong = {name for error in problem.get("errors", []) for name in error.get("pointer", "").split("/")[2:3]}
    left = {name: value for name, value in operation.get("contact", {}).items() if name not in wrong}
    return {**operation, "contact": left} if operation["op"] == "update" and wrong and left else None


def send(book: Book, call: Call, batch: list[Content]) -> None:
    """Send operations, in halves if they are too large, or if one makes the server refuse them all."""
    fits = len(batch) == 1 or (len(batch) <= BATCH and len(encoded(batch)) <= BYTES)
    answer = post(book, call, batch) if fits else None
    if answer and answer.status not in ALL_REFUSED:
        results = answer.expect("results")["results"]
        if len(results) != len(batch):
            raise Unfinished("not the API's answer: other results")
        for operation, result in zip(batch, results, strict=True):
            settle(book, operation, result)
        book.save()
    elif answer and len(batch) == 1:
        refuse(book, batch[0]["id"], answer.body)
    else:
        middle = len(batch) // 2
        send(book, call, batch[:middle])
        send(book, call, batch[middle:])


def post(book: Book, call: Call, batch: list[Content]) -> Answer:
    """Note what is sent before it is sent: the answer may get lost."""
    for operation in batch:
        contact = operation.get("contact", {})
        base = book.known.setdefault(operation["id"], {**contact, "revision": UNANSWERED})
        if contact:
            base["sent"] = changes(base, contact)
        if operation["op"] == "delete":
            base["gone"] = HERE
    book.save()
    return call("POST", "/contacts/batch", {"operations": batch})


def settle(book: Book, operation: Content, result: Content) -> None:
    """Take over what became of an operation. A conflict is left to the next pull and push."""
    contact_id, status = operation["id"], result["status"]
    if status in (200, 201):
        take_over(book, result["contact"], {**book.known[contact_id], **operation.get("contact", {})})
    elif status in (204, 404) and operation["op"] == "delete":
        learn_deleted(book, contact_id)
    elif status in (404, 412) and operation["op"] == "restore" and contact_id in book.contacts:
        settle_gone(book, contact_id, result["problem"].get("current"))
    elif status not in (404, 412, 413):  # 413: there was no room left in the answer
        refuse(book, contact_id, result["problem"])


def settle_gone(book: Book, contact_id: str, binned: Content | None) -> None:
    """Merge with what is in the bin, and leave it there if it has every edit. If the bin is empty, create anew."""
    base = book.known[contact_id]
    if binned:
        if base["gone"] == TAKEN:
            base = book.known[contact_id] = {"revision": UNANSWERED, "gone": HERE}
        learn(book, {**binned, "gone": base["gone"]})
        learn_deleted(book, contact_id)
    else:
        del book.known[contact_id]
        if base["revision"] == UNANSWERED:  # the old id is taken
            book.contacts[str(uuid4())] = book.contacts.pop(contact_id)


def refuse(book: Book, contact_id: str, problem: Content) -> None:
    """Leave it to the user, unless only the id is taken: by what was sent before, or by a contact in the bin."""
    book.known[contact_id].pop("sent", None)
    if problem["type"] == "/problems/contact-exists":
        book.known[contact_id]["gone"] = TAKEN
    else:
        book.refused[contact_id] = problem


# Contents


def content_of(contact: Content) -> Content:
    return {name: value for name, value in contact.items() if name not in NOT_CONTENT}


def changes(base: Content, mine: Content) -> Content:
    return {name: value for name, value in mine.items() if name not in base or value != base[name]}


def chosen(old: Content, now: Content, if_changed: Content, if_not: Content) -> Content:
    """Of each field one of two values, by whether it is `now` what it was in `old`."""
    fields = {name: value_of(old.get(name), now.get(name), if_changed[name], if_not.get(name)) for name in if_changed}
    return {**if_not, **fields}


def value_of(old: Any, now: Any, if_changed: Any, if_not: Any) -> Any:
    """Of lists, such as labels and further numbers, the same for each item, which is there or is not."""
    if not (isinstance(if_changed, list) and isinstance(if_not, list)):
        return if_not if now == old else if_changed
    items = if_not + [item for item in if_changed if not has(if_not, item)]
    return [item for item in items if has(if_not if has(now, item) == has(old, item) else if_changed, item)]


def has(items: list[Any] | None, item: Any) -> bool:
    return any(spelled(each) == spelled(item) for each in items or [])


def spelled(value: Any) -> Any:
    """The value as the server stores it: trimmed, and without what is empty."""
    if isinstance(value, dict):
        return {name: spelled(each) for name, each in value.items() if each}
    if isinstance(value, list):
        return [spelled(each) for each in value]
    return value.strip() if isinstance(value, str) else value

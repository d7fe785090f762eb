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
NONE = 0  # the revision of what the server has not told: no contact has it
HERE, THERE = "deleted here", "deleted there"


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
        return cls(**json.loads(path.read_text()) | {"path": path}) if path.exists() else cls(path=path)

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


def pull(book: Book, call: Call) -> None:
    """Learn what has changed since the last pull; everything, in the first one and when the token is too old."""
    token, has_more, news = book.token, True, dict[str, Content | None]()
    if token is None:  # what the server had and does not name is gone
        news |= dict.fromkeys(contact_id for contact_id, known in book.known.items() if known["revision"] != NONE)
    while has_more:
        query = urlencode({"limit": PAGE, "since": token} if token else {"limit": PAGE})
        answer = call("GET", f"/contacts/changes?{query}", None)
        if book.token and answer.problem in START_AGAIN:
            book.token = None
            pull(book, call)
            return
        page = answer.expect("changed", "deleted", "sync_token", "has_more")
        news |= dict.fromkeys(page["deleted"]) | {contact["id"]: contact for contact in page["changed"]}
        token, has_more = page["sync_token"], page["has_more"]
    for contact_id, contact in news.items():
        if contact:
            learn(book, contact)
        else:
            learn_deleted(book, contact_id)
    book.token = token
    book.save()


def learn(book: Book, contact: Content) -> None:
    """The contact as it is at the server: what both sides changed is merged, and a change beats a deletion."""
    known = book.known.get(contact["id"], {})  # what was sent of it arrived if the server's value is no longer old
    base = content_of(chosen(known, contact, known.get("sent", {}), known))
    was_restored = known.get("gone") == HERE and known["revision"] != contact["revision"] and base == content_of(known)
    if was_restored or spelled(content_of(contact)) != spelled(base):
        book.contacts.setdefault(contact["id"], {})
    take_over(book, contact, base)


def take_over(book: Book, contact: Content, base: Content) -> None:
    """Know what the server has, and unite it with what the user has changed since `base`. Of one field, mine wins."""
    book.known[contact["id"]] = contact
    mine = book.contacts.get(contact["id"], {})  # changed in place, as a screen may show it
    united = chosen(base, mine, changes(base, mine), content_of(contact))
    mine.update(deepcopy(changes(mine, united)))


def learn_deleted(book: Book, contact_id: str) -> None:
    """It is gone at the server, and here too, unless the user has changed it or undone the deletion."""
    known, mine = book.known.get(contact_id, {}), book.contacts.get(contact_id)
    if mine is None or not (changes(known, mine) or known.get("gone") == HERE):
        book.known.pop(contact_id, None)
        book.contacts.pop(contact_id, None)
    else:
        known.setdefault("gone", THERE)


def learn_binned(book: Book, contact_id: str, binned: Content | None) -> None:
    """Merge with what is in the bin, and leave it there if it has every edit. If the bin is empty, create anew."""
    known = book.known.pop(contact_id)
    if binned and known["revision"] != NONE:
        book.known[contact_id] = known
        learn(book, {**binned, "gone": known["gone"]})
        learn_deleted(book, contact_id)
    elif binned:  # from before, so the two have nothing in common
        learn(book, {**binned, "gone": HERE})
    elif known["revision"] == NONE:  # its id is taken for good
        book.contacts[str(uuid4())] = book.contacts.pop(contact_id)


def operations(book: Book) -> Iterator[Content]:
    """What would make the server's contacts equal to the user's."""
    for contact_id in sorted(book.contacts.keys() | book.known.keys()):
        operation = difference(book.known.get(contact_id, {"revision": NONE}), book.contacts.get(contact_id))
        if operation and contact_id in book.refused:
            operation = without_refused(operation, book.refused[contact_id])
        if operation:
            yield deepcopy({"id": contact_id, **operation})  # the user goes on editing


def difference(base: Content, mine: Content | None) -> Content | None:
    """One operation. What was sent without an answer is sent again as it was, and later edits after it."""
    if mine is None:
        return {"op": "delete", "if_revision": base["revision"]}
    if "gone" in base:
        return {"op": "restore", "if_revision": base["revision"]}
    if base["revision"] == NONE:
        return {"op": "create", "contact": base.get("sent", mine)}
    changed = base.get("sent") or changes(base, mine)
    return {"op": "update", "if_revision": base["revision"], "contact": changed} if changed else None


def without_refused(operation: Content, problem: Content) -> Content | None:
    """The update without the fields that the server refused; None if nothing is left."""
    wrong = {name for error in problem.get("errors", []) for name in error.get("pointer", "").split("/")[2:3]}
    left = {name: value for name, value in operation.get("contact", {}).items() if name not in wrong}
    return {**operation, "contact": left} if operation["op"] == "update" and wrong and left else None


def send(book: Book, call: Call, batch: list[Content]) -> None:
    """Send operations, in halves if they are too large, or if one makes the server refuse them all."""
    is_large = len(batch) > 1 and (len(batch) > BATCH or len(encoded(batch)) > BYTES)
    answer = Answer(413, None) if is_large else post(book, call, batch)
    if answer.status in ALL_REFUSED and len(batch) > 1:
        middle = len(batch) // 2
        send(book, call, batch[:middle])
        send(book, call, batch[middle:])
        return
    one = [{"status": 422, "problem": answer.body}]
    results = one if answer.status in ALL_REFUSED else answer.expect("results")["results"]
    if not isinstance(results, list) or ["status" in each for each in results] != [True] * len(batch):
        raise Unfinished("not the API's answer: other results")
    for operation, result in zip(batch, results, strict=True):
        settle(book, operation, result["status"], result.get("contact") or result.get("problem", {}))
    book.save()


def post(book: Book, call: Call, batch: list[Content]) -> Answer:
    """Note what is sent before it is sent: the answer may get lost."""
    for operation in batch:
        contact = operation.get("contact", {})
        known = book.known.setdefault(operation["id"], {**contact, "revision": NONE})
        known.setdefault("sent", contact)  # or it is the same again
        if operation["op"] == "delete":
            known["gone"] = HERE
    book.save()
    return call("POST", "/contacts/batch", {"operations": batch})


def settle(book: Book, operation: Content, status: int, told: Content) -> None:
    """Take over what became of an operation: a contact, or a problem. A conflict is left to the next pull and push."""
    contact_id, op = operation["id"], operation["op"]
    if status in (200, 201):
        take_over(book, told, {**book.known[contact_id], **operation.get("contact", {})})
    elif op == "delete" and status in (204, 404):
        learn_deleted(book, contact_id)
    elif op == "restore" and status in (404, 412) and contact_id in book.contacts:
        learn_binned(book, contact_id, told.get("current"))
    elif told["type"] == "/problems/contact-exists":
        book.known[contact_id]["gone"] = THERE  # unless the next pull tells of it
    elif status not in (404, 412, 413):  # 413: there was no room left in the answer
        book.known[contact_id].pop("sent", None)  # it has not arrived
        book.refused[contact_id] = told


def content_of(contact: Content) -> Content:
    return {name: value for name, value in contact.items() if name not in NOT_CONTENT}


def changes(base: Content, mine: Content) -> Content:
    return {name: value for name, value in mine.items() if name not in base or value != base[name]}


def chosen(old: Content, now: Content, if_changed: Content, if_not: Content) -> Content:
    """Of each field one of two values, by whether it is `now` what it was in `old`."""
    fields = {name: value_of(old.get(name), now.get(name), if_changed[name], if_not.get(name)) for name in if_changed}
    return if_not | fields


def value_of(old: Any, now: Any, if_changed: Any, if_not: Any) -> Any:
    """Of lists, such as labels and further numbers, the same for each item, which is there or is not."""
    if not (isinstance(if_changed, list) and isinstance(if_not, list)):
        return if_not if now == old else if_changed
    items = if_not + [item for item in if_changed if not has(if_not, item)]
    return [item for item in items if has(if_not if has(now, item) == has(old, item) else if_changed, item)]


def has(items: list[Any] | None, item: Any) -> bool:
    return spelled(item) in spelled(items or [])


def spelled(value: Any) -> Any:
    """The value as the server stores it: trimmed, and without what is empty."""
    if isinstance(value, dict):
        return {name: spelled(each) for name, each in value.items() if each}
    if isinstance(value, list):
        return [spelled(each) for each in value]
    return value.strip() if isinstance(value, str) else value

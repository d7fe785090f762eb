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

from docs.examples.session import Answer, encoded
from docs.examples.session import Unfinished as Unfinished

Content = dict[str, Any]
Call = Callable[[str, str, Any], Answer]

NOT_CONTENT = {"id", "name", "photo_url", "revision", "created_at", "updated_at", "sent", "gone"}
ROUNDS = 6
PAGE = 500
BATCH, BYTES = 100, 500_000  # it takes 1,000 operations and 1 MiB; of more than 100 one batch at a time
DELTA = ("changed", "deleted", "sync_token", "has_more")
START_AGAIN = {"sync-token-expired", "invalid-sync-token"}
ALL_REFUSED = {400, 413, 422}
UNANSWERED = 0  # the revision of what was sent for the first time, until the server tells its own
HERE, THERE, TAKEN, ABSENT = "deleted here", "deleted there", "id taken", "never arrived"


@dataclass
class Book:
    """What a phone keeps of an address book; contacts by id, an id being a UUID that whoever adds the contact makes."""

    contacts: dict[str, Content] = field(default_factory=dict)
    """What the user sees and edits."""
    known: dict[str, Content] = field(default_factory=dict)
    """What the server said last of each contact: the content, the `revision`, and the photo's address.

    Until the next answer also what was `sent`, and why the contact may be `gone`.
    """
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
    for _ in range(ROUNDS):  # a contact that somebody changes meanwhile takes one round more
        pull(book, call)
        waiting = list(operations(book))
        if not waiting:
            break
        send(book, call, waiting)


# Pull


def pull(book: Book, call: Call) -> None:
    """Learn what has changed since the last pull; everything, in the first one and when the token is too old."""
    answer = ask(call, book.token)
    if answer.problem in START_AGAIN:
        book.token, answer = None, ask(call, None)
    named = learn_page(book, page := answer.expect(*DELTA))
    while page["has_more"]:
        named |= learn_page(book, page := ask(call, page["sync_token"]).expect(*DELTA))
    forget_unanswered(book)
    if book.token is None:  # everything was asked for, so what was not named is gone
        for contact_id in book.known.keys() - named:
            learn_deleted(book, contact_id)
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
    known, mine = book.known.get(contact["id"], {}), book.contacts.get(contact["id"])
    base = begun_with(known, contact)
    was_restored = known.get("gone") == HERE and known["revision"] != contact["revision"]
    book.known[contact["id"]] = contact
    if mine is not None:
        unite(base, mine, contact)
    elif not known or was_restored or spelled(content_of(contact)) != spelled(base):
        book.contacts[contact["id"]] = content_of(contact)


def learn_deleted(book: Book, contact_id: str) -> None:
    """It is gone at the server, and here too, unless the user has changed it or undone the deletion."""
    base, mine = book.known.get(contact_id), book.contacts.get(contact_id)
    if base is None or (mine is not None and base.get("gone") == HERE):
        return
    if mine is not None and changes(base, mine):
        base["gone"] = THERE
    else:
        forget(book, contact_id)


def forget(book: Book, contact_id: str) -> None:
    book.known.pop(contact_id, None)
    book.contacts.pop(contact_id, None)


def forget_unanswered(book: Book) -> None:
    """What was new and is not there after a pull never arrived. An id that is taken but not named is in the bin."""
    for contact_id, base in list(book.known.items()):
        if base.get("gone") == TAKEN:
            book.known[contact_id] = {"revision": UNANSWERED, "gone": HERE}
        elif base["revision"] == UNANSWERED and contact_id not in book.contacts:
            del book.known[contact_id]
        elif base["revision"] == UNANSWERED:
            base.setdefault("gone", ABSENT)


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
    if base is None or base.get("gone") == ABSENT:
        return {"op": "create", "contact": mine}
    if mine is None:
        return {"op": "delete", "if_revision": base["revision"]}
    if "gone" in base:
        return {"op": "restore", "if_revision": base["revision"]}
    changed = changes(base, mine)
    return {"op": "update", "if_revision": base["revision"], "contact": changed} if changed else None


def without_refused(operation: Content, problem: Content) -> Content | None:
    """The update without the fields that the server refused; None if nothing is left."""
    pointers = [error.get("pointer", "").split("/") for error in problem.get("errors", [])]
    wrong = {pointer[2] for pointer in pointers if len(pointer) > 2}
    left = {name: value for name, value in operation.get("contact", {}).items() if name not in wrong}
    return {**operation, "contact": left} if operation["op"] == "update" and wrong and left else None


def send(book: Book, call: Call, batch: list[Content]) -> None:
    """Send operations, in halves if they are too large, or if one makes the server refuse them all."""
    answer = None
    if len(batch) == 1 or (len(batch) <= BATCH and len(encoded(batch)) <= BYTES):
        for operation in batch:
            remember(book, operation)
        book.save()  # before it is sent: what has arrived without an answer must not look new
        answer = call("POST", "/contacts/batch", {"operations": batch})
    if answer and answer.status not in ALL_REFUSED:
        for operation, result in zip(batch, answer.expect("results")["results"], strict=True):
            settle(book, operation, result)
        book.save()
    elif answer and len(batch) == 1:
        refuse(book, batch[0]["id"], answer.body)
    else:
        middle = len(batch) // 2
        send(book, call, batch[:middle])
        send(book, call, batch[middle:])


def remember(book: Book, operation: Content) -> None:
    """Note what is about to be sent, in case its answer gets lost."""
    contact = operation.get("contact", {})
    base = book.known.setdefault(operation["id"], dict(contact))
    if contact:
        base["sent"] = changes(base, contact)
    if operation["op"] == "create":
        base["revision"] = UNANSWERED
        base.pop("gone", None)
    elif operation["op"] == "delete":
        base["gone"] = HERE


def settle(book: Book, operation: Content, result: Content) -> None:
    """Take over what became of an operation. A conflict is left to the next pull and push."""
    contact_id, status = operation["id"], result["status"]
    if status in (200, 201):
        settle_written(book, operation.get("contact", {}), result["contact"])
    elif status in (204, 404) and operation["op"] == "delete":
        if contact_id not in book.contacts:  # else the user has undone the deletion meanwhile
            del book.known[contact_id]
    elif status in (404, 412):
        if operation["op"] == "restore" and contact_id in book.contacts:
            settle_gone(book, contact_id, result["problem"].get("current"))
    else:
        refuse(book, contact_id, result["problem"])


def settle_written(book: Book, sent: Content, contact: Content) -> None:
    """Take over how the server spells what was sent, but for what the user has changed again since."""
    base = content_of({**book.known[contact["id"]], **sent})
    book.known[contact["id"]] = contact
    if contact["id"] in book.contacts:
        unite(base, book.contacts[contact["id"]], contact)


def settle_gone(book: Book, contact_id: str, binned: Content | None) -> None:
    """Merge with what is in the bin, and leave it there if it has every edit. If the bin is empty, create anew."""
    base, mine = book.known[contact_id], book.contacts[contact_id]
    if binned:
        book.known[contact_id] = {**binned, "gone": THERE}
        unite(begun_with(base, binned), mine, binned)
        if base["gone"] != HERE and not changes(binned, mine):
            forget(book, contact_id)
    elif base["revision"] != UNANSWERED:
        base["gone"] = ABSENT
    else:  # the old id is still taken
        forget(book, contact_id)
        book.contacts[str(uuid4())] = mine


def refuse(book: Book, contact_id: str, problem: Content) -> None:
    """Leave it to the user, unless the contact was only created before."""
    book.known[contact_id].pop("sent", None)
    if problem["type"] == "/problems/contact-exists":
        book.known[contact_id]["gone"] = TAKEN
    else:
        book.refused[contact_id] = problem


# Contents


def content_of(contact: Content) -> Content:
    return deepcopy({name: value for name, value in contact.items() if name not in NOT_CONTENT})


def changes(base: Content, mine: Content) -> Content:
    return {name: value for name, value in mine.items() if name not in base or value != base[name]}


def begun_with(base: Content, theirs: Content) -> Content:
    """What both sides began with, including what was sent without an answer, as far as it arrived."""
    sent = base.get("sent", {})
    return content_of({**base, **{name: arrived(base.get(name), sent[name], theirs.get(name)) for name in sent}})


def arrived(base: Any, sent: Any, theirs: Any) -> Any:
    """A value arrived if the server's is no longer the old one. Of lists, the items that two of the three have."""
    if not isinstance(sent, list):
        return base if theirs == base else sent
    both = (base or []) + [item for item in sent if not has(base, item)]
    return [item for item in both if has(base, item) + has(sent, item) + has(theirs, item) >= 2]


def unite(base: Content, mine: Content, contact: Content) -> None:
    """Both sides' changes to what both began with; in place, as a screen may show it. Of one field, this phone wins."""
    theirs = content_of(contact)
    ours = {name: merged_value(base.get(name), value, theirs.get(name)) for name, value in changes(base, mine).items()}
    mine.update(changes(mine, {**theirs, **ours}))


def merged_value(base: Any, mine: Any, theirs: Any) -> Any:
    """Of lists, such as labels and further numbers, what either side added is there, and what either removed is not."""
    if not (isinstance(mine, list) and isinstance(theirs, list)):
        return mine
    kept = [item for item in theirs if has(mine, item) or not has(base, item)]
    return kept + [item for item in mine if not has(theirs, item) and not has(base, item)]


def has(items: list[Any] | None, item: Any) -> bool:
    return any(spelled(each) == spelled(item) for each in items or [])


def spelled(value: Any) -> Any:
    """The value as the server stores it: trimmed, and without what is empty."""
    if isinstance(value, dict):
        return {name: spelled(each) for name, each in value.items() if each}
    if isinstance(value, list):
        return [spelled(each) for each in value]
    return value.strip() if isinstance(value, str) else value

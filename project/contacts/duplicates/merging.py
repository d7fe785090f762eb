"""One contact out of several that are one person, losing no value. Pure: contacts as the API has them, in and out.

The target's own single values win; what it lacks comes from the first that has it. A conflicting value becomes a
detail, and what has no room among details, addresses and labels becomes a line of the notes. Equal values are held
once: numbers equal in E.164, addresses of e-mail without regard to case, everything else character by character.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from project import unicode
from project.contacts.exchange.card import ADDRESS_PARTS, MOST_ADDRESSES, MOST_DETAILS, MOST_LABELS, NOTES_LENGTH
from project.contacts.search import phones
from project.contacts.search.folding import fold
from project.errors import ValidationFailed

CONFLICTS = {  # what detail a conflicting single value becomes: its kind and its label
    "nickname": ("other", "nickname"),
    "company": ("other", "company"),
    "job_title": ("other", "job title"),
    "email": ("email", "other"),
    "phone": ("phone", "other"),
    "birthday": ("date", "birthday"),
}
REACHED_FIRST = ("email", "phone")
SAYS_NOTHING = (None, "", "other")
SPACING = re.compile(r"[\s().\-/]+")

Contact = Mapping[str, Any]
Item = Mapping[str, Any]


def merge(target: Contact, others: Sequence[Contact], *, region: str | None = None) -> dict[str, Any]:
    """The target with all that the others have; merging the same once more changes nothing.

    A contact has every writable field of the API, `photo`, of which the first is kept, and `extra`, a list of lines.
    `region` is that of national telephone numbers. Raises ValidationFailed when the notes would be too long.
    """
    merging = Merging(target, region)
    for other in others:
        merging.add(other)
    return merging.finish()


class Labelled:
    """Details or addresses, each value once: an equal one brings no more than its label.

    `spare` are lines for the notes: what came when there were `most` already, and second labels of one value.
    """

    def __init__(self, *, most: int, key: Callable[[Item], Hashable], line: Callable[[Item], str]) -> None:
        self.most, self.key, self.line = most, key, line
        self.items: list[dict[str, Any]] = []
        self.held: dict[Hashable, list[dict[str, Any]]] = {}
        self.spare: list[str] = []

    def has(self, item: Item) -> bool:
        return self.key(item) in self.held

    def reserve(self, item: Item) -> None:
        """Count a value as held that has a place of its own, where it has no label."""
        self.held.setdefault(self.key(item), [])

    def put(self, item: Item) -> None:
        """Hold an item even if it equals another."""
        self.items.append(dict(item))
        self.held.setdefault(self.key(item), []).append(self.items[-1])

    def add(self, item: Item) -> None:
        """Hold an item, or what it says beyond those that are held."""
        if self.has(item):
            self.label(self.held[self.key(item)], item)
        elif len(self.items) < self.most:
            self.put(item)
        else:
            self.spare.append(self.line(item))

    def label(self, equal: Sequence[dict[str, Any]], item: Item) -> None:
        if item["label"] in (*SAYS_NOTHING, *(each["label"] for each in equal)):
            return
        unlabelled = [each for each in equal if each["label"] in SAYS_NOTHING]
        if unlabelled:
            unlabelled[0]["label"] = item["label"]
        else:
            self.spare.append(self.line(item))


class Merging:
    """A contact that takes in others, one after the other."""

    def __init__(self, target: Contact, region: str | None) -> None:
        self.contact = dict(target)
        self.everyone = [target]
        self.details = Labelled(most=MOST_DETAILS, key=partial(detail_key, region=region), line=detail_line)
        self.addresses = Labelled(most=MOST_ADDRESSES, key=address_key, line=address_line)
        for detail in target["details"]:
            self.details.put(detail)
        for address in target["addresses"]:
            self.addresses.put(address)
        for field in REACHED_FIRST:
            self.reserve(field)

    def add(self, other: Contact) -> None:
        self.everyone.append(other)
        self.add_name(other)
        for field in filter(other.get, CONFLICTS):
            self.add_single(field, other[field])
        for detail in other["details"]:
            self.details.add(detail)
        for address in other["addresses"]:
            self.addresses.add(address)

    def add_name(self, other: Contact) -> None:
        """First and last name go together: half a name is completed only by one that does not contradict it."""
        halves = [half for half in ("first_name", "last_name") if other[half]]
        if any(self.contact[half] not in (None, "", other[half]) for half in halves):
            full_name = " ".join(other[half] for half in halves)
            self.details.add({"kind": "other", "label": "name", "value": full_name})
        else:
            self.contact |= {half: other[half] for half in halves}

    def add_single(self, field: str, value: str) -> None:
        detail = conflict(field, value)
        if self.contact[field] == value:
            return
        if self.contact[field] or self.details.has(detail):
            self.details.add(detail)
        else:
            self.contact[field] = value
            self.reserve(field)

    def reserve(self, field: str) -> None:
        """No detail need repeat the number and the address to reach first."""
        if field in REACHED_FIRST and self.contact[field]:
            self.details.reserve(conflict(field, self.contact[field]))

    def finish(self) -> dict[str, Any]:
        labels = unite(contact["labels"] for contact in self.everyone)
        extra = unite(contact["extra"] or () for contact in self.everyone)
        spare = [*self.details.spare, *self.addresses.spare, *(f"label: {label}" for label in labels[MOST_LABELS:])]
        return self.contact | {
            "notes": join([contact["notes"] for contact in self.everyone if contact["notes"]], spare),
            "favorite": any(contact["favorite"] for contact in self.everyone),
            "labels": labels[:MOST_LABELS],
            "details": self.details.items,
            "addresses": self.addresses.items,
            "photo": next((contact["photo"] for contact in self.everyone if contact["photo"]), None),
            "extra": extra or self.contact["extra"],
        }


def conflict(field: str, value: str) -> dict[str, str]:
    kind, label = CONFLICTS[field]
    return {"kind": kind, "label": label, "value": value}


def unite(lists: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(lists)))


def join(notes: Iterable[str], spare: Iterable[str]) -> str | None:
    """The notes, a blank line between them, then the spare lines; no text that another has as lines of its own."""
    kept: list[str] = []
    for text in notes:
        if not any(holds(other, text) for other in kept):
            kept = [*(other for other in kept if not holds(text, other)), text]
    lines = [line for line in dict.fromkeys(spare) if not any(holds(other, line) for other in kept)]
    joined = "\n\n".join(filter(None, [*kept, "\n".join(lines)]))
    if len(joined) > NOTES_LENGTH:
        raise ValidationFailed([{"pointer": "/ids", "detail": f"The notes of all exceed {NOTES_LENGTH} characters."}])
    return joined or None


def holds(text: str, lines: str) -> bool:
    return f"\n{lines}\n" in f"\n{text}\n"


def detail_key(detail: Item, *, region: str | None) -> Hashable:
    """What makes two details equal. Of other kinds than these two the label is a part of what they say."""
    kind, value = detail["kind"], detail["value"]
    if kind == "phone":
        return kind, number(value, region)
    if kind == "email":
        return kind, unicode.nfc(value).lower()
    return kind, value, detail["label"]


def number(text: str, region: str | None) -> tuple[str, str]:
    """E.164 and the extension; where it is unsure what number a text means, the text itself without its spacing."""
    folded = fold(text)
    found = phones.EXTENSION.search(folded)
    written, extension = (folded[: found.start()], found.group()) if found else (folded, "")
    readings = phones.readings(written, region)
    certain = phones.is_numeric(written.replace(" ", "")) and len(readings) == 1
    return (certain and readings[0].international) or SPACING.sub("", written), extension


def address_key(address: Item) -> Hashable:
    return tuple(address[part] or None for part in ADDRESS_PARTS)


def detail_line(detail: Item) -> str:
    return described(detail["kind"], detail["label"], detail["value"])


def address_line(address: Item) -> str:
    parts = ", ".join(address[part] for part in ADDRESS_PARTS if address[part])
    return described("address", address["label"], parts)


def described(kind: str, label: str | None, value: str) -> str:
    return f"{kind} ({label}): {value}" if label else f"{kind}: {value}"

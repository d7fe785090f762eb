"""Details and addresses of a contact that is being merged: which are equal, and how they read in the notes."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from project import unicode
from project.contacts.content import ADDRESS_PARTS, MOST_ADDRESSES, MOST_DETAILS, VALUE_LENGTH
from project.contacts.duplicates.profiles import same_birthday
from project.contacts.search import phones
from project.contacts.search.folding import fold

SAYS_NOTHING = (None, "", "other")
ONCE = ("im", "url")  # kinds of which a label says nothing new
DATE = re.compile(r"(?:\d{4}|-)-\d\d-\d\d")
DOTTED_I = "i\u0307"
SIGNS = str.maketrans("’‘ʼ`´′‐‑–—−", "''''''-----")
SPACING = re.compile(r"[\s().\-/]+")

Item = Mapping[str, Any]


class Labelled:
    """Details or addresses, each value once; an equal value only adds its label.

    `spare` are lines for the notes: what exceeded `most` or a detail's length, and second labels of one value.
    """

    def __init__(self, *, most: int, key: Callable[[Item], Hashable], line: Callable[[Item], str]) -> None:
        self.most, self.key, self.line = most, key, line
        self.items: list[dict[str, Any]] = []
        self.held: dict[Hashable, list[dict[str, Any]]] = {}
        self.spare: list[str] = []

    def has(self, item: Item) -> bool:
        return self.key(item) in self.held

    def reserve(self, item: Item) -> None:
        """Count a value as held that is stored elsewhere, without a label."""
        self.held.setdefault(self.key(item), [])

    def put(self, item: Item) -> None:
        """Hold an item even if it equals another."""
        self.items.append(dict(item))
        self.held.setdefault(self.key(item), []).append(self.items[-1])

    def add(self, item: Item) -> None:
        """Hold an item, or the label that an equal one lacks."""
        if self.has(item):
            self.label(self.held[self.key(item)], item)
        elif of_same_day := [each for each in self.items if is_same_day(each, item)]:
            of_same_day[0]["value"] = max(of_same_day[0]["value"], item["value"], key=len)
        elif len(self.items) < self.most and len(item.get("value", "")) <= VALUE_LENGTH:
            self.put(item)
        else:
            self.spare.append(self.line(item))

    def label(self, equal: Sequence[dict[str, Any]], item: Item) -> None:
        known = {plain(each["label"]) for each in equal}
        if item["label"] in SAYS_NOTHING or plain(item["label"]) in known:
            return
        unlabelled = [each for each in equal if each["label"] in SAYS_NOTHING]
        if unlabelled:
            unlabelled[0]["label"] = item["label"]
        else:
            self.spare.append(self.line(item))


def details(region: str | None) -> Labelled:
    """Return a holder of details; `region` is that of national telephone numbers."""
    return Labelled(most=MOST_DETAILS, key=partial(detail_key, region=region), line=detail_line)


def addresses() -> Labelled:
    return Labelled(most=MOST_ADDRESSES, key=address_key, line=address_line)


def detail_key(detail: Item, *, region: str | None) -> Hashable:
    """Return what makes two details equal; where the value is not all, as of a date, the label counts."""
    kind, value = detail["kind"], detail["value"]
    if kind == "phone":
        return kind, number(value, region)
    if kind == "email":
        return kind, unicode.nfc(value).lower()
    if kind in ONCE:
        return kind, value
    return kind, value, plain(detail["label"])


def is_same_day(one: Item, two: Item) -> bool:
    """Whether two dates of one label are the same day, of which one may lack its year."""
    dates = [item["value"] for item in (one, two) if item.get("kind") == "date" and DATE.fullmatch(item["value"])]
    return len(dates) == len((one, two)) and same_birthday(*dates) and plain(one["label"]) == plain(two["label"])


def plain(text: str | None) -> str:
    """A text without regard to case, width, spacing and forms of apostrophes and hyphens; a Turkish İ is an i."""
    return " ".join(unicode.caseless((text or "").translate(SIGNS)).replace(DOTTED_I, "i").split())


def number(text: str, region: str | None) -> tuple[str, str]:
    """Return E.164 and the extension; the text without spacing where its number is ambiguous."""
    folded = fold(text).removeprefix("tel:")
    written, extension = phones.without_extension(folded)
    readings = phones.readings(written, region)
    certain = phones.is_numeric(written.replace(" ", "")) and len(readings) == 1
    return (certain and readings[0].international) or SPACING.sub("", written), extension


def address_key(address: Item) -> Hashable:
    return tuple(plain(address[part]) for part in ADDRESS_PARTS)


def detail_line(detail: Item) -> str:
    return described(detail["kind"], detail["label"], detail["value"])


def address_line(address: Item) -> str:
    parts = ", ".join(address[part] for part in ADDRESS_PARTS if address[part])
    return described("address", address["label"], parts)


def described(kind: str, label: str | None, value: str) -> str:
    return f"{kind} ({label}): {value}" if label else f"{kind}: {value}"

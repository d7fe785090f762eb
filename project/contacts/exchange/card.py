"""A card between formats: a contact of the contract, and with it what the contract has no field for."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from project.contacts.content import FIELDS, UID

MOST_CARDS: Final = 100_000
"""Of one file, those that cannot be read included."""

URN: Final = "urn:uuid:"
UUID_LENGTH: Final = 36


@dataclass(frozen=True, slots=True)
class Card:
    """A contact as it comes in or goes out.

    `contact` has the contract's writable fields, all of them. `extra` are content lines, unfolded: the properties that
    a contact has no field for, as they came, and what is left of those of which it holds a part only, as the prefix
    of a name. `line` is where it began in its file, `revised` the time of its last change, written as REV.
    """

    contact: Mapping[str, Any]
    uid: str | None = None
    photo: bytes | None = None
    extra: list[str] = field(default_factory=list)
    name: str = ""
    line: int = field(default=0, compare=False)
    revised: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A card that could not be read: where it began, what it is called as far as that is known, and why."""

    line: int
    name: str
    detail: str


class Broken(ValueError):
    """A card cannot become a contact; the message says why."""


def capped(found: Iterable[Card | Failure]) -> Iterator[Card | Failure]:
    """The first cards of a file, and a failure that says where they end: millions of tiny ones would take minutes."""
    for number, each in enumerate(found):
        if number == MOST_CARDS:
            yield Failure(each.line, "", f"The file has more than {MOST_CARDS:,} cards. What follows was not read.")
            return
        yield each


def contact_id(card: Card, owner_id: UUID) -> UUID:
    """The id of a card in its owner's address book, the same whenever the card comes again.

    A UID that is a UUID is the id itself, so that what was exported finds its contact; any other UID is hashed. A card
    without one is the fields that identify, but not its picture nor what is kept beside it, which change from one
    export to the next. Ids need to be unique for an owner only.
    """
    if card.uid is None:
        identity = {field.name: card.contact[field.name] for field in FIELDS if field.identifies}
        return uuid5(owner_id, "content:" + json.dumps(identity, sort_keys=True))
    return as_uuid(card.uid) or uuid5(owner_id, f"uid:{card.uid}")


def as_uuid(uid: str) -> UUID | None:
    """The UUID that a UID is, as a URN (RFC 9562) or bare, or None; other spellings are not taken for one."""
    text = uid[len(URN) :] if uid.lower().startswith(URN) else uid
    try:
        found = UUID(text) if len(text) == UUID_LENGTH else None
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def extra_of(card: Card) -> list[str] | None:
    """What a contact keeps of its card in `extra`, first the UID, unless it is the contact's id."""
    own = [] if card.uid is None or as_uuid(card.uid) else [UID + card.uid]
    return [*own, *card.extra] or None


def uid_of(contact_id: UUID, extra: list[str]) -> str:
    """The UID to export a contact with."""
    return next((line.removeprefix(UID) for line in extra if line.startswith(UID)), f"{URN}{contact_id}")

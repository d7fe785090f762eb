"""A card between formats: the content of a contact, and what contacts have no field for."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from project.contacts.aliases import URN as URN
from project.contacts.aliases import as_uuid
from project.contacts.content import FIELDS

MOST_CARDS: Final = 100_000  # of one file, those that cannot be read included
MOST_PROBLEMS: Final = 20  # of a card that a report names
VOLATILE: Final = ("PHOTO", "LOGO", "SOUND")  # often URLs that differ from one export to the next


@dataclass(frozen=True, slots=True)
class Card:
    """A contact as it is imported or exported.

    `extra` are unfolded content lines: properties that contacts have no field for, and what remains of those that a
    contact holds in part. `photo` is the picture itself, `photo_url` where we serve it. `line` is where the card began
    in its file, `revised` the time of its last change (REV). `problems` say what of it could not be used.
    `mentions_favorite` tells "no favourite" from a card that says nothing about it. `text` is the digest of what
    the file has, which is the same whatever a later version reads.
    """

    contact: Mapping[str, Any]
    uid: str | None = None
    photo: bytes | None = None
    extra: list[str] = field(default_factory=list)
    name: str = ""
    line: int = field(default=0, compare=False)
    revised: datetime | None = field(default=None, compare=False)
    photo_url: str | None = field(default=None, compare=False)
    problems: tuple[str, ...] = field(default=(), compare=False)
    mentions_favorite: bool = field(default=False, compare=False)
    text: str = field(default="", compare=False)
    aliases: tuple[UUID, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A card that could not be read: where it began, its name as far as it is known, and why."""

    line: int
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class UnknownColumns:
    """The headings of a file whose cells became details of kind `other`; they come after its cards."""

    headings: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class GroupCard:
    """The card of a group, as CardDAV devices see it, in a backup: its name, its UID, and the vCard 3.0 itself."""

    name: str
    uid: str
    card: str
    line: int = 0

    def show(self) -> dict[str, str]:
        return {"kind": "group", "name": self.name, "uid": self.uid, "card": self.card}


Found = Card | Failure | UnknownColumns | GroupCard


def capped(found: Iterable[Found]) -> Iterator[Found]:
    """The first cards of a file, and a failure where they end: millions of tiny ones would take minutes."""
    for number, each in enumerate(found):
        if number == MOST_CARDS:
            yield Failure(each.line, "", f"The file has more than {MOST_CARDS:,} cards. The others were not read.")
            return
        yield each


class Broken(ValueError):
    """A card cannot become a contact; the message says why."""


def contact_ids(card: Card, owner_id: UUID) -> Iterator[UUID]:
    """The id of a card in its owner's address book, then those that it may have for other reasons.

    A UID that is a UUID is the id itself, so that an exported card finds its contact; any other UID is hashed. A card
    without one is identified by all that it says, with its pictures where another card says the same, or as a former
    version did. Ids are unique within an owner only.
    """
    if card.uid is None:
        said = digest(card)
        yield uuid5(owner_id, f"card:{said}")
        yield uuid5(owner_id, f"pictured:{said}{pictures_digest(card)}")
        yield uuid5(owner_id, f"content:{json.dumps(former_content(card), sort_keys=True)}")
    else:
        yield as_uuid(card.uid) or uuid5(owner_id, f"uid:{card.uid}")


def digest(card: Card) -> str:
    """What tells a card from all others that say something else. Blank fields do not count, so new fields may come."""
    said = {name: value for name, value in card.contact.items() if value}
    lines = sorted(line for line in card.extra if not line.startswith(VOLATILE))
    return hashlib.blake2b(json.dumps([said, lines], sort_keys=True).encode(), digest_size=12).hexdigest()


def pictures_digest(card: Card) -> str:
    lines = sorted(line for line in card.extra if line.startswith(VOLATILE))
    return photo_digest(json.dumps(lines).encode() + (card.photo or b""))


def photo_digest(photo: bytes) -> str:
    return "photo-" + hashlib.blake2b(photo, digest_size=9).hexdigest()


def former_content(card: Card) -> dict[str, object]:
    """The fields that made the id of a card without UID until 1.0."""
    return {name: value for name, value in card.contact.items() if name in IDENTIFYING}


IDENTIFYING: Final = frozenset(each.name for each in FIELDS if each.identifies)

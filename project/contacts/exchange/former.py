"""Contacts that were imported by versions which did not keep the digest of a card's text.

Their ids are hashes of the card as it was read then. Such a contact is found again by its name, if all that the card
says now stands in it: that the values have moved between fields does not matter, nor that more was added since.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from project.contacts import aliases
from project.contacts.exchange.card import VOLATILE, Card
from project.contacts.exchange.lines import ties
from project.contacts.loading import Entry, load
from project.contacts.naming import display_name
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search.folding import fold
from project.database.reading import fetch

OF_NO_UID: Final = 5  # the version of ids that were made of contents (RFC 9562 §5.5)
CANDIDATES = owned_by(CONTACT.c.id, CONTACT.c.name_key).where(LIVING, CONTACT.c.uid.is_(None))
WORD = re.compile(r"[^\W_]+")
UNCOMPARED: Final = frozenset({"addresses", "labels"})  # of which former versions lost parts


class Former:
    """Those of one book, listed when the first card is not found otherwise."""

    def __init__(self, owner_id: UUID) -> None:
        self.owner_id = owner_id

    @cached_property
    def by_name(self) -> Mapping[str, list[UUID]]:
        found: dict[str, list[UUID]] = {}
        named = fetch(CANDIDATES, {"owner_id": self.owner_id})
        made = [(contact_id, name) for contact_id, name in named if contact_id.version == OF_NO_UID]
        later = aliases.led_to(self.owner_id) if made else ()
        for contact_id, name in made:
            if contact_id not in later:
                found.setdefault(name, []).append(contact_id)
        return found

    def find(self, cards: Mapping[UUID, Card], taken: Container[UUID]) -> dict[UUID, Entry]:
        """The contacts of these cards, each of which is one card's; none that is `taken`."""
        if not (cards and self.by_name):
            return {}
        named = {key: self.by_name.get(fold(display_name(card.contact)), []) for key, card in cards.items()}
        wanted = {each for ids in named.values() for each in ids if each not in taken}
        entries = {entry.id: entry for entry in load(self.owner_id, sorted(wanted))}
        found: dict[UUID, Entry] = {}
        for key, card in cards.items():
            if entry := best(card, [entries[each] for each in named[key] if each in entries]):
                found[key] = entries.pop(entry.id)
        return found


def best(card: Card, entries: Iterable[Entry]) -> Entry | None:
    """The contact that has all that a card says, and most of its addresses."""
    said, everything = words(card.contact, values(card.extra)), words(card.contact, card.extra, but=())
    having = [(entry, words(entry.content, entry.extra or (), but=())) for entry in entries]
    fitting = [(len(everything & has), entry) for entry, has in having if said <= has]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def words(contact: Mapping[str, Any], lines: Iterable[str], but: Iterable[str] = UNCOMPARED) -> set[str]:
    """The words of the values and lines, in whatever field or line they stand."""
    told = (text for name, value in contact.items() if name not in but for text in texts(value))
    return set(WORD.findall(fold("\n".join([*told, *lines]))))


def values(lines: Iterable[str]) -> Iterator[str]:
    """The values of kept lines, but for pictures, and for what lines say beside a field."""
    kept = (line for line in lines if not (ties.MARK in line or line.startswith(VOLATILE)))
    return (line.partition(":")[2] for line in kept)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        yield from (each for part, each in value.items() if each and part not in ("kind", "label"))

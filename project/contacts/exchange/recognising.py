"""Which contact each card of a file is: that of its UID; without one, that which was made of it or says the same."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from project.contacts import aliases, kept_lines
from project.contacts.exchange import settling
from project.contacts.exchange.card import Card, contact_ids, digest, photo_digest
from project.contacts.exchange.former import Former
from project.contacts.exchange.settling import Arrival
from project.contacts.loading import Entry, load

PHOTO = "PHOTO"


class Keys(NamedTuple):
    """What a card may be found by: ids of contacts, that of a new one first, and its alias."""

    ids: tuple[UUID, ...]
    alias: UUID | None


class Known(NamedTuple):
    """What is in the book: contacts by id, and where aliases lead."""

    entries: dict[UUID, Entry]
    aliases: Mapping[UUID, UUID]

    def living(self, contact_id: UUID) -> bool:
        return contact_id in self.entries and self.entries[contact_id].is_living

    def led(self, key: UUID | None) -> UUID | None:
        """The contact to which an alias leads, if it is there."""
        found = self.aliases.get(key) if key else None
        return found if found in self.entries else None


class Recogniser:
    """The cards of one file, portion by portion: which were seen, by their own ids, and whose contacts are taken."""

    def __init__(self, owner_id: UUID) -> None:
        self.owner_id = owner_id
        self.former = Former(owner_id)
        self.seen: dict[UUID, Card] = {}
        self.taken: set[UUID] = set()

    def arrivals(self, cards: list[Card]) -> list[tuple[Arrival, Entry | None]]:
        """The cards with the ids of their contacts, and the contacts that there are."""
        keys = [keys_of(card, self.owner_id) for card in cards]
        known = self.load(keys)
        found = [self.recognised(card, key, known) for card, key in zip(cards, keys, strict=True)]
        new = {arrival.id: arrival.card for arrival in found if arrival.alias and arrival.id not in known.entries}
        former = self.former.find(new, self.taken)
        moved = [each._replace(id=former[each.id].id) if each.id in former else each for each in found]
        self.taken.update(arrival.id for arrival in moved)
        known.entries.update({entry.id: entry for entry in former.values()})
        return [(arrival, known.entries.get(arrival.id)) for arrival in self.with_room(moved, known)]

    def load(self, keys: Iterable[Keys]) -> Known:
        """Look up what the cards may be found by."""
        ids = {each for key in keys for each in key.ids}
        led = aliases.find(self.owner_id, ids | {key.alias for key in keys if key.alias})
        entries = load(self.owner_id, list(ids.union(led.values())))
        return Known({entry.id: entry for entry in entries}, led)

    def recognised(self, card: Card, keys: Keys, known: Known) -> Arrival:
        """A card with the id of its contact, and its alias if that is to be noted."""
        own = keys.ids[0] if card.uid is not None else self.own_id(card, keys.ids, known)
        by_text = known.led(keys.alias) if card.uid is None else None
        led = by_text or (None if known.living(own) else known.led(keys.alias) or known.led(own))
        contact_id = led or self.former_id(card, own, keys.ids[-1], known)
        earlier = self.seen.get(own)
        self.seen[own] = card
        self.taken.add(contact_id)
        alias = keys.alias if card.uid is None and by_text is None else None
        return Arrival(contact_id, card, digest(card), earlier, alias=alias, is_merged=led not in (None, own))

    def own_id(self, card: Card, ids: tuple[UUID, ...], known: Known) -> UUID:
        """The id of what a card says; with its pictures, if another card says the same beside other pictures."""
        plain, with_pictures = ids[:2]
        entry, earlier = known.entries.get(plain), self.seen.get(plain)
        others = [pictures(each) for each in (earlier,) if each] or [pictures_of(each) for each in (entry,) if each]
        return with_pictures if any(contradict(pictures(card), each) for each in others) else plain

    def former_id(self, card: Card, own: UUID, former: UUID, known: Known) -> UUID:
        """The id of a contact that version 1.0 made of the card, or its own."""
        entry = known.entries.get(former)
        is_one = entry and own not in known.entries and former not in self.taken and settling.is_same_name(entry, card)
        return former if is_one else own

    def with_room(self, arrivals: list[Arrival], known: Known) -> list[Arrival]:
        """Without the aliases of contacts that have as many as they may."""
        noted = {arrival.id for arrival in arrivals if arrival.alias and arrival.id in known.entries}
        full = aliases.full(self.owner_id, noted) if noted else set()
        return [arrival._replace(alias=None) if arrival.id in full else arrival for arrival in arrivals]


def keys_of(card: Card, owner_id: UUID) -> Keys:
    alias = aliases.of_uid(card.uid) if card.uid is not None else aliases.of_text(card.text)
    return Keys(tuple(contact_ids(card, owner_id)), alias)


Pictures = Mapping[str, frozenset[str]]
"""Digests or lines of the pictures that are data, by their property."""


def pictures(card: Card) -> Pictures:
    return {PHOTO: frozenset([photo_digest(card.photo)] if card.photo else []), **embedded(card.extra)}


def pictures_of(entry: Entry) -> Pictures:
    """Those that were imported into a contact."""
    kept = kept_lines.load(entry.extra)
    imported = (each.removeprefix(settling.WAITING) for each in kept.imported)
    return {PHOTO: frozenset(each for each in imported if each.startswith("photo-")), **embedded(kept.lines)}


def embedded(lines: Iterable[str]) -> Pictures:
    return {
        name: frozenset(line for line in lines if line.startswith(name) and ":data:" in line[:200])
        for name in ("LOGO", "SOUND")
    }


def contradict(some: Pictures, others: Pictures) -> bool:
    """Whether both have a picture of one property, and none in common."""
    return any(some[name] and others[name] and not some[name] & others[name] for name in some)

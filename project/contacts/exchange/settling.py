"""What becomes of a card in a book: it makes a contact, changes one, or leaves it. It never undoes a change."""

from dataclasses import replace as altered
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from project.contacts import kept_lines
from project.contacts.aliases import as_uuid
from project.contacts.content import FIELDS, Content
from project.contacts.exchange import overlaying
from project.contacts.exchange.card import Card
from project.contacts.exchange.report import Outcome
from project.contacts.exchange.storing import Stored
from project.contacts.kept_lines import Kept
from project.contacts.loading import Entry
from project.contacts.open_book import Book

ADDED: Final = tuple(field.name for field in FIELDS if not field.identifies)  # fields that made no ids until 1.0
WAITING: Final = "waiting-"  # before the digest of a photo that has been left for the next import


class Arrival(NamedTuple):
    """A card and what is known of it: its contact's id, its digest, and the earlier card of the file with its id.

    `picture` is the digest of its photo, `reference` that of the photo in the store if it is one of ours already, and
    `photo` what became of it. `alias` is to lead to the contact. `is_merged` says that its own contact was merged into
    this one.
    """

    id: UUID
    card: Card
    digest: str
    earlier: Card | None = None
    picture: str = ""
    reference: str | None = None
    photo: Stored | None = None
    alias: UUID | None = None
    is_merged: bool = False


def is_same_name(entry: Entry, card: Card) -> bool:
    """Whether a contact agrees with a card in the fields that made no ids until 1.0."""
    content: Any = entry.content
    contact: Any = card.contact
    return all((content[name] or None) == (contact[name] or None) for name in ADDED)


def is_same(entry: Entry, arrival: Arrival) -> bool:
    """Whether a contact was made from this very card, or has taken it in."""
    if arrival.card.uid is None:
        return True
    imported = kept_lines.load(entry.extra).imported
    return arrival.digest in imported or arrival.card.text in imported


def is_older(entry: Entry, arrival: Arrival) -> bool:
    """Whether a card was revised before its contact was last changed; one of the same file is no older."""
    revised = arrival.card.revised
    return bool(revised and not arrival.earlier and revised < entry.updated_at.replace(microsecond=0))


def outcome_of(known: Entry | None, entry: Entry) -> Outcome:
    if known is None or not known.is_living:
        return "created"
    return "unchanged" if entry is known else "updated"


def aliases_of(arrival: Arrival, outcome: Outcome) -> list[UUID]:
    """What is to lead to the contact of a card from now on; a new contact has the aliases that it was exported with."""
    exported = arrival.card.aliases if outcome == "created" else ()
    return [*exported, *([arrival.alias] if arrival.alias else [])]


def bring_one(book: Book, arrival: Arrival) -> Entry:
    """The contact of a card: made, changed, or as it is."""
    known = book.entries.get(arrival.id)
    if known is None or not known.is_living:
        return made(book, known, arrival)
    entry = with_photo(
        known if is_same(known, arrival) or is_older(known, arrival) else changed(known, arrival), arrival
    )
    return known if is_equal(entry, known) else book.put(entry)


def is_equal(entry: Entry, known: Entry) -> bool:
    """Whether nothing has changed but what the import remembers."""
    lines = kept_lines.load(entry.extra).lines
    return altered(entry, extra=known.extra) == known and lines == kept_lines.load(known.extra).lines


def made(book: Book, known: Entry | None, arrival: Arrival) -> Entry:
    """A new contact, or one out of the bin as the card has it."""
    card = arrival.card
    if known and arrival.is_merged:
        return book.put(with_photo(altered(changed(known, arrival), deleted_at=None, purged_at=None), arrival))
    uid = card.uid if card.uid and not as_uuid(card.uid) else None
    extra = remembering(Kept(lines=tuple(card.extra)), arrival).dump()
    photo = arrival.photo.reference if arrival.photo else None
    if known is None:
        new = book.blank(arrival.id, cast(Content, card.contact), extra=extra, photo=photo)
        return book.put(altered(new, uid=uid))
    entry = altered(
        known,
        content=cast(Content, card.contact),
        extra=extra,
        uid=known.uid or uid,
        photo=photo or known.photo,
        deleted_at=None,
        purged_at=None,
    )
    return book.put(entry)


def changed(known: Entry, arrival: Arrival) -> Entry:
    """The contact with what the card says; of two cards of a file, the earlier one stays unless the later is newer.

    The card of a contact that was merged into this one only adds.
    """
    card, earlier = arrival.card, arrival.earlier
    is_behind = bool(earlier and earlier.revised and card.revised and card.revised < earlier.revised)
    content, lines = overlaying.overlay(known.content, card, only_missing=is_behind or arrival.is_merged)
    kept = kept_lines.load(known.extra)
    kept = kept._replace(lines=overlaying.united_lines(kept.lines, [*card.extra, *lines]))
    return altered(known, content=content, extra=remembering(kept, arrival).dump())


def with_photo(entry: Entry, arrival: Arrival) -> Entry:
    if arrival.photo is None or not arrival.photo.reference:
        return entry
    kept = remembering(kept_lines.load(entry.extra), arrival)
    return altered(entry, photo=arrival.photo.reference, extra=kept.dump())


def remembering(kept: Kept, arrival: Arrival) -> Kept:
    """What a contact remembers of its imports, with this one."""
    found = dict.fromkeys(kept.imported)
    if arrival.card.uid is not None:
        found |= dict.fromkeys(filter(None, (arrival.digest, arrival.card.text)))
    if arrival.picture and arrival.photo:
        found[(WAITING if arrival.photo.is_pending else "") + arrival.picture] = None
    return kept._replace(imported=tuple(found))

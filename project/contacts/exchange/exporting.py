"""Contacts into files, read in small pages while they are sent, so that no book is ever whole in memory."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from project.contacts import aliases, kept_lines, rows
from project.contacts.exchange import kept_groups
from project.contacts.exchange.album import Album
from project.contacts.exchange.card import URN, Card, GroupCard
from project.contacts.exchange.csv import writer as csv_writer
from project.contacts.exchange.values import photos
from project.contacts.exchange.vcard import writer as vcard_writer
from project.contacts.portions import by_portions, in_portions
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import end_reading
from project.pictures.store import store

AT_ONCE = 500
REFERENCE = CONTACT.c.photo.label("reference")
PORTIONS = in_portions(*rows.COLUMNS, CONTACT.c.extra, CONTACT.c.uid, REFERENCE, rows=AT_ONCE, kib=16 * 1024)


class Format(NamedTuple):
    media_type: str
    extension: str
    write: Callable[[UUID], Iterator[bytes]]


def contacts(owner_id: UUID, beside: Callable[[UUID, UUID], None] | None = None) -> Iterator[Any]:
    """All living contacts, by id. No transaction stays open between two pages, `beside` each of which may be read."""
    for found in by_portions(owner_id, PORTIONS):
        if beside:
            beside(found[0].id, found[-1].id)
        end_reading()
        yield from found


def cards(owner_id: UUID) -> Iterator[Card]:
    for row, photo in Album().beside(contacts(owner_id)):
        kept = kept_lines.load(rows.plain(row.extra))
        yield Card(
            rows.content_of(row._mapping),
            row.uid or f"{URN}{row.id}",
            photo,
            list(kept.lines),
            row.name,
            revised=row.updated_at,
            photo_url=store.url(row.reference) if row.reference else None,
        )


def vcards_of(owner_id: UUID, version: str) -> Iterator[bytes]:
    """The cards of all contacts, then those of the groups that devices have made."""
    yield from vcard_writer.write(cards(owner_id), version)
    for group in groups(owner_id):
        yield (kept_groups.modern(group.card, group.name) if version == "4.0" else group.card).encode()


def groups(owner_id: UUID) -> Iterator[GroupCard]:
    for row, card in kept_groups.of(owner_id):
        end_reading()
        yield GroupCard(row.label, row.uid, card)


def objects(owner_id: UUID) -> Iterator[bytes]:
    """The API's own objects, as one JSON array; those with a photo, a UID or unmodelled properties have these too.

    What leads imports to a contact goes along. Then the cards of groups, which are no contacts.
    """
    opening = b"["
    for item in chain(contact_objects(owner_id), map(GroupCard.show, groups(owner_id))):
        yield opening + orjson.dumps(item, option=orjson.OPT_UTC_Z)
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"


def contact_objects(owner_id: UUID) -> Iterator[dict[str, Any]]:
    known: dict[UUID, list[str]] = {}
    found = contacts(owner_id, lambda first, last: known.update(aliases.between(owner_id, first, last)))
    for row, photo in Album().beside(found):
        beside = {
            "uid": row.uid,
            "extra": list(kept_lines.load(rows.plain(row.extra)).lines),
            "aliases": known.pop(row.id, []),
            "photo": photo and f"data:{photos.media_type(photo)};base64,{photos.encode(photo)}",
        }
        yield rows.show(row) | {name: value for name, value in beside.items() if value}


FORMATS = {
    "vcard": Format("text/vcard", "vcf", lambda owner_id: vcards_of(owner_id, "4.0")),
    "vcard-3.0": Format("text/vcard", "vcf", lambda owner_id: vcards_of(owner_id, "3.0")),
    "csv": Format("text/csv", "csv", lambda owner_id: csv_writer.write(cards(owner_id))),
    "json": Format("application/json", "json", objects),
}

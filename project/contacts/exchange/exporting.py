"""Contacts into files, read in small pages while they are sent, so that no book is ever whole in memory."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from project.contacts import aliases, kept_lines, rows
from project.contacts.exchange.album import Album
from project.contacts.exchange.card import URN, Card
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


def objects(owner_id: UUID) -> Iterator[bytes]:
    """The API's own objects, as one JSON array; those with a photo, a UID or unmodelled properties have these too.

    What leads imports to a contact goes along.
    """
    opening = b"["
    known: dict[UUID, list[str]] = {}
    found = contacts(owner_id, lambda first, last: known.update(aliases.between(owner_id, first, last)))
    for row, photo in Album().beside(found):
        kept = kept_lines.load(rows.plain(row.extra))
        beside = {
            "uid": row.uid,
            "extra": list(kept.lines),
            "aliases": known.pop(row.id, []),
            "photo": photo and f"data:{photos.media_type(photo)};base64,{photos.encode(photo)}",
        }
        contact = rows.show(row) | {name: value for name, value in beside.items() if value}
        yield opening + orjson.dumps(contact, option=orjson.OPT_UTC_Z)
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"


FORMATS = {
    "vcard": Format("text/vcard", "vcf", lambda owner_id: vcard_writer.write(cards(owner_id), "4.0")),
    "vcard-3.0": Format("text/vcard", "vcf", lambda owner_id: vcard_writer.write(cards(owner_id), "3.0")),
    "csv": Format("text/csv", "csv", lambda owner_id: csv_writer.write(cards(owner_id))),
    "json": Format("application/json", "json", objects),
}

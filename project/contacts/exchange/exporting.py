"""Contacts into files, read in small pages while they are sent, so that no book is ever whole in memory."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import bindparam

from project.contacts import rows
from project.contacts.content import without_uid
from project.contacts.exchange.card import Card, uid_of
from project.contacts.exchange.csv import writer as csv_writer
from project.contacts.exchange.vcard import writer as vcard_writer
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.errors import NotFound, ServiceUnavailable
from project.extensions import db
from project.pictures.store import store

AT_ONCE = 500
FIRST = UUID(int=0)
PAGE = (
    owned_by(*rows.COLUMNS, CONTACT.c.extra, CONTACT.c.photo.label("reference"))
    .where(LIVING, CONTACT.c.id > bindparam("after"))
    .order_by(CONTACT.c.id)
    .limit(AT_ONCE)
)


class Album:
    """The photos of one export. A place that does not answer is not asked again: contacts go out, if without photos."""

    def __init__(self) -> None:
        self.silent: set[str] = set()

    def photo(self, reference: str | None) -> bytes | None:
        place = (reference or "").partition(":")[0]
        if reference is None or place in self.silent:
            return None
        try:
            found: bytes = store.read(reference)
        except NotFound:
            return None
        except ServiceUnavailable:
            self.silent.add(place)
            return None
        return found


class Format(NamedTuple):
    media_type: str
    extension: str
    write: Callable[[UUID], Iterator[bytes]]


def contacts(owner_id: UUID) -> Iterator[Any]:
    """All living contacts, by id. No transaction stays open between two pages."""
    after = FIRST
    while found := fetch(PAGE, {"owner_id": owner_id, "after": after}).all():
        db.session.rollback()
        yield from found
        after = found[-1].id


def cards(owner_id: UUID) -> Iterator[Card]:
    album = Album()
    for row in contacts(owner_id):
        content = rows.content_of(row._mapping)
        extra = rows.plain(row.extra) or []
        photo = album.photo(row.reference)
        yield Card(content, uid_of(row.id, extra), photo, without_uid(extra), row.name, revised=row.updated_at)


def objects(owner_id: UUID) -> Iterator[bytes]:
    """The API's own objects, as one JSON array."""
    opening = b"["
    for row in contacts(owner_id):
        yield opening + orjson.dumps(rows.show(row), option=orjson.OPT_UTC_Z)
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"


FORMATS = {
    "vcard": Format("text/vcard", "vcf", lambda owner_id: vcard_writer.write(cards(owner_id), "4.0")),
    "vcard-3.0": Format("text/vcard", "vcf", lambda owner_id: vcard_writer.write(cards(owner_id), "3.0")),
    "csv": Format("text/csv", "csv", lambda owner_id: csv_writer.write(cards(owner_id))),
    "json": Format("application/json", "json", objects),
}

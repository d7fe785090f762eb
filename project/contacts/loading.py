"""Contacts loaded as entries of an address book, so many at a time that they fit into one statement and into memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam

from project.contacts import rows
from project.contacts.books import NOTHING, Counts
from project.contacts.content import FIELD_NAMES, Content
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch

Each = TypeVar("Each")

ROWS_PER_STATEMENT = 1_000  # bounds the memory of an import
MOST_OF_CONTACT = 1_024  # KiB; its fields take 300 at most
MOST_LOADED = 64 * MOST_OF_CONTACT
PHOTO_SIZE = 64  # KiB that a photo counts as
SERVER_MADE = (
    "name", "photo", "revision", "created_at", "updated_at", "deleted_at", "purged_at", "size", "href", "uid",
)  # fmt: skip
LOADED = ("id", *FIELD_NAMES, "extra", *SERVER_MADE)
LOAD = owned_by(*(CONTACT.c[name] for name in LOADED)).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
SIZES = owned_by(CONTACT.c.id, CONTACT.c.size).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact in an open book: what a client wrote, and what the server knows. `name` is set by `OpenBook.put`."""

    id: UUID
    content: Content
    photo: str | None
    extra: list[str] | None
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    purged_at: datetime | None = None
    name: str = ""
    size: int = 0
    href: str | None = None
    uid: str | None = None

    @property
    def counts(self) -> Counts:
        """What the contact counts for quotas; a tombstone counts nothing."""
        if self.purged_at:
            return NOTHING
        size = self.size + (PHOTO_SIZE if self.photo else 0)
        return Counts(int(self.is_living), int(not self.is_living), size)

    @property
    def is_living(self) -> bool:
        return self.deleted_at is None

    def with_photo(self, reference: str | None) -> "Entry":
        return replace(self, photo=reference)

    def show(self) -> dict[str, Any]:
        """Return the contact as the API's object."""
        values = {
            "id": self.id,
            "name": self.name,
            **self.content,
            "photo_url": self.photo,
            "revision": self.revision,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
        return rows.show([values[field] for field in rows.API_FIELDS])


def portions(ids: Sequence[Each]) -> Iterator[Sequence[Each]]:
    """Split ids or rows so that each portion fits into one statement."""
    return (ids[start : start + ROWS_PER_STATEMENT] for start in range(0, len(ids), ROWS_PER_STATEMENT))


def sizes(owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the KiB of those of these contacts that exist."""
    found = (fetch(SIZES, {"owner_id": owner_id, "ids": some}) for some in portions(ids))
    return {row.id: row.size for rows in found for row in rows}


def too_large(owner_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these contacts that are over the size which one request may load."""
    if len(ids) * MOST_OF_CONTACT <= MOST_LOADED:
        return set()
    found = sizes(owner_id, ids)
    return {each for each, size in zip(found, accumulate(found.values()), strict=True) if size > MOST_LOADED}


def load(owner_id: UUID, ids: Sequence[UUID]) -> Iterator[Entry]:
    for some in portions(ids):
        for found in fetch(LOAD, {"owner_id": owner_id, "ids": some}):
            yield entry_of(dict(zip(LOADED, found, strict=True)))


def entry_of(row: Mapping[str, Any]) -> Entry:
    server_made = {name: row[name] for name in SERVER_MADE}
    return Entry(row["id"], rows.content_of(row), extra=rows.plain(row["extra"]), **server_made)

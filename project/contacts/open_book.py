"""An address book opened for writing: locked, its contacts loaded, its changes written together at the end.

Single requests, batches, imports and merges all write this way, so that each transaction raises the revision once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import books, followers, rows
from project.contacts.books import NOTHING, Counts, State
from project.contacts.content import FIELD_NAMES, Content
from project.contacts.naming import display_name
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.base import now
from project.database.reading import fetch
from project.errors import NotFound, PreconditionFailed, QuotaExceeded
from project.extensions import db

ROWS_PER_STATEMENT = 1_000  # bounds the memory of an import
SIZE_PER_STATEMENT = 2_048  # KiB; the search index takes a second for so many on a busy server
SERVER_MADE = (
    "name", "photo", "revision", "created_at", "updated_at", "deleted_at", "purged_at", "size", "href", "uid",
)  # fmt: skip
LOADED = ("id", *FIELD_NAMES, "extra", *SERVER_MADE)
MOST_OF_CONTACT = 1_024  # KiB, of which its fields have 300 at most
MOST_LOADED = 64 * MOST_OF_CONTACT
SIZES = owned_by(CONTACT.c.id, CONTACT.c.size).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
PHOTO_SIZE = 64  # KiB that each photo counts
LOAD = owned_by(*(CONTACT.c[name] for name in LOADED)).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
KEY = ("owner_id", "id")
INSERT = insert(CONTACT)
UPSERT = INSERT.on_conflict_do_update(
    index_elements=KEY, set_={column.key: column for column in INSERT.excluded if column.key not in KEY}
)
WRITE = UPSERT.returning(CONTACT.c.id)  # without RETURNING, SQLAlchemy sends a statement for each row: its issue 13130
"""Write contacts of a locked book, new or known, many in one statement."""


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


@dataclass(frozen=True, slots=True)
class Condition:
    """What a client expects of the contact that it writes to.

    `revisions`: one of these (None: any); `excluded`: none of these. Whether it must exist, or must not exist yet.
    """

    revisions: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()
    must_exist: bool = False
    must_not_exist: bool = False

    def check(self, entry: Entry | None) -> None:
        """Raises NotFound, or PreconditionFailed with the current contact."""
        if entry is None:
            if self.must_exist or self.revisions is not None:
                raise NotFound()
            return
        stale = self.revisions is not None and entry.revision not in self.revisions
        if stale or self.must_not_exist or entry.revision in self.excluded:
            raise PreconditionFailed(current=entry.show())


ANY = Condition()


Drafted = Mapping[UUID, tuple[Content, dict[str, Any]]]
"""Contents by id, each with the columns derived from it."""


class Book:
    """The entries of one owner. What is put counts at once, for the quota too; nothing is written."""

    def __init__(self, owner_id: UUID, state: State, ids: Iterable[UUID]) -> None:
        """Load the contacts with these ids, without a lock."""
        self.owner_id = owner_id
        self.state, self.counts, self.card_bytes = state, state.counts, state.card_bytes
        self.moment = now()
        self.entries: dict[UUID, Entry] = {}
        self.loaded: dict[UUID, Entry] = {}
        self.changed: set[UUID] = set()
        self.include(load(owner_id, list(ids)))

    def include(self, found: Iterable[Entry]) -> None:
        """Add contacts as they are in the tables."""
        self.loaded.update({entry.id: entry for entry in found})
        self.entries = {**self.loaded, **{contact_id: self.entries[contact_id] for contact_id in self.changed}}

    @property
    def known(self) -> Collection[UUID]:
        """The ids of the contacts that were loaded, the deleted included."""
        return self.loaded.keys()

    def living_entry(self, contact_id: UUID) -> Entry | None:
        entry = self.entries.get(contact_id)
        return entry if entry and entry.is_living else None

    def put(self, entry: Entry) -> Entry:
        """Put an entry into the book under the revision of this transaction; raises QuotaExceeded."""
        size = rows.size(entry.content, entry.extra)
        if size > MOST_OF_CONTACT:
            raise QuotaExceeded("A contact, with what its file said besides, has at most 1 MiB.")
        name, revision = display_name(entry.content), self.state.revision
        stamped = replace(entry, name=name, revision=revision, updated_at=self.moment, size=size)
        known = self.entries.get(entry.id)
        self.counts = self.counts.moved(known.counts if known else NOTHING, stamped.counts)
        self.changed.add(entry.id)
        self.entries[entry.id] = stamped
        return stamped

    def new(
        self, contact_id: UUID, content: Content, *, photo: str | None = None, extra: list[str] | None = None
    ) -> Entry:
        """Put a contact that is not in the book yet."""
        return self.put(self.blank(contact_id, content, photo=photo, extra=extra))

    def blank(
        self, contact_id: UUID, content: Content, *, photo: str | None = None, extra: list[str] | None = None
    ) -> Entry:
        """Make an entry without putting it."""
        return Entry(contact_id, content, photo, extra, self.state.revision, self.moment, self.moment)

    def drafted(self) -> Drafted:
        """Return what was put, with the columns derived from it."""
        entries = map(self.entries.__getitem__, self.changed)
        return {entry.id: (entry.content, rows.derived(entry.content, entry.name)) for entry in entries}


class OpenBook(Book):
    """A book that is locked until the transaction ends; `write` sends what was put to the tables."""

    def __init__(
        self, owner_id: UUID, ids: Iterable[UUID] = (), *, adding: Counts = NOTHING, drafted: Drafted | None = None
    ) -> None:
        """Lock the book, expecting to add so many, and load the contacts with these ids; raises QuotaExceeded.

        `drafted` spares deriving columns again for contents that turn out as drafted.
        """
        super().__init__(owner_id, books.lock(owner_id, adding=adding), ids)
        self.counts = self.counts.moved(adding, NOTHING)
        self.derivations = drafted or {}

    @property
    def is_new(self) -> bool:
        """Whether this transaction made the book."""
        return self.state.revision == 1

    def write(self) -> None:
        """Write what was put. If nothing was `changed`, roll the transaction back instead of committing it."""
        for entries in statements([self.entries[contact_id] for contact_id in sorted(self.changed)]):
            db.session.execute(WRITE, list(map(self.row, entries)))
        if (self.counts, self.card_bytes) != (self.state.counts, self.state.card_bytes):
            books.set_counts(self.owner_id, self.counts, self.card_bytes)
        followers.follow(self.owner_id, self.changes())

    def changes(self) -> list[tuple[Entry | None, Entry]]:
        """Return what was put, each after what it was before."""
        return [(self.loaded.get(contact_id), self.entries[contact_id]) for contact_id in self.changed]

    def row(self, entry: Entry) -> dict[str, Any]:
        return {
            "owner_id": self.owner_id,
            "id": entry.id,
            **entry.content,
            **self.derived(entry),
            "extra": entry.extra,
            **{name: getattr(entry, name) for name in SERVER_MADE},
        }

    def derived(self, entry: Entry) -> dict[str, Any]:
        content, derivation = self.derivations.get(entry.id, (None, {}))
        return derivation if content == entry.content else rows.derived(entry.content, entry.name)


def statements(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Split entries so that each statement writes neither too many rows nor too many bytes."""
    some: list[Entry] = []
    size = 0
    for entry in entries:
        if some and (len(some) == ROWS_PER_STATEMENT or size + entry.size > SIZE_PER_STATEMENT):
            yield some
            some, size = [], 0
        some.append(entry)
        size += entry.size
    if some:
        yield some


def portions(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Split ids so that each portion fits into one statement."""
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

"""An address book open for writing: locked, its contacts at hand, its changes written together at the end.

Single requests, batches, imports and merges all write this way, so that each transaction raises the revision once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import books, rows
from project.contacts.books import State
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys
from project.database.base import now
from project.database.reading import fetch
from project.errors import QuotaExceeded
from project.extensions import db, settings

AT_ONCE = 1_000  # so that an import holds no more rows in memory
ENTRY = (*rows.CONTENT, "photo", "extra", "revision", "created_at", "updated_at", "deleted_at", "wiped_at")
LOAD = owned_by(CONTACT.c.id, *(CONTACT.c[name] for name in ENTRY)).where(
    CONTACT.c.id.in_(bindparam("ids", expanding=True))
)
KEY = ("owner_id", "id")
INSERT = insert(CONTACT)
UPSERT = INSERT.on_conflict_do_update(
    index_elements=KEY, set_={column.name: column for column in INSERT.excluded if column.name not in KEY}
)
WRITE = UPSERT.returning(CONTACT.c.id)  # else SQLAlchemy sends a statement for each: its issue 13130
"""Contacts of a taken book, new or known, so many in one statement."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as it stands in an open book: what a client wrote, and what the server knows of it."""

    id: UUID
    content: dict[str, Any]
    photo: str | None
    extra: list[str] | None
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    wiped_at: datetime | None = None

    @property
    def is_living(self) -> bool:
        return self.deleted_at is None

    def with_photo(self, reference: str | None) -> "Entry":
        return replace(self, photo=reference)

    def show(self) -> dict[str, Any]:
        """The contact as the API shows it."""
        values = {
            "id": self.id,
            "name": keys.display_name(self.content),
            **self.content,
            "photo_url": self.photo,
            "revision": self.revision,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
        return rows.show([values[field] for field in rows.FIELDS])


Drafted = Mapping[UUID, tuple[dict[str, Any], dict[str, Any]]]
"""By its id a content, and the columns derived from it."""


class Book:
    """The entries of one owner. What is put counts at once, for the quota too, and is written by nobody."""

    def __init__(self, owner_id: UUID, state: State, ids: Iterable[UUID]) -> None:
        """The contacts of these ids as they are now."""
        self.owner_id = owner_id
        self.state, self.living = state, state.living
        self.moment = now()
        self.entries = {entry.id: entry for entry in load(owner_id, list(ids))}
        self.known = frozenset(self.entries)
        self.changed: set[UUID] = set()

    def living_entry(self, contact_id: UUID) -> Entry | None:
        entry = self.entries.get(contact_id)
        return entry if entry and entry.is_living else None

    def put(self, entry: Entry) -> Entry:
        """Put an entry into the book under the revision of this transaction; raises QuotaExceeded."""
        added = entry.is_living - (self.living_entry(entry.id) is not None)
        if added > 0 and self.living + added > settings["MAX_CONTACTS_PER_USER"]:
            raise QuotaExceeded(f"There are at most {settings['MAX_CONTACTS_PER_USER']} contacts in an address book.")
        self.living += added
        self.changed.add(entry.id)
        stamped = replace(entry, revision=self.state.revision, updated_at=self.moment)
        self.entries[entry.id] = stamped
        return stamped

    def new(
        self, contact_id: UUID, content: dict[str, Any], *, photo: str | None = None, extra: list[str] | None = None
    ) -> Entry:
        """Put a contact that was not there."""
        return self.put(Entry(contact_id, content, photo, extra, self.state.revision, self.moment, self.moment))

    def drafted(self) -> Drafted:
        """What was put, with all that is derived from it."""
        contents = {contact_id: self.entries[contact_id].content for contact_id in self.changed}
        return {contact_id: (content, rows.derived(content)) for contact_id, content in contents.items()}


class OpenBook(Book):
    """A book that is locked until the transaction ends; what is put reaches the tables by `write`."""

    def __init__(
        self, owner_id: UUID, ids: Iterable[UUID] = (), *, adding: int = 0, drafted: Drafted | None = None
    ) -> None:
        """Take the book, expecting to add so many, and load the contacts of these ids. Raises QuotaExceeded.

        `drafted` is what was derived before, where it turns out as it was drafted.
        """
        super().__init__(owner_id, books.take(owner_id, adding=adding), ids)
        self.living -= adding
        self.derivations = drafted or {}

    @property
    def is_new(self) -> bool:
        """Whether this transaction made the book."""
        return self.state.revision == 1

    def write(self) -> None:
        """Write what was put; when nothing was `changed`, the transaction should be rolled back."""
        changed = sorted(self.changed)
        for start in range(0, len(changed), AT_ONCE):
            db.session.execute(WRITE, [self.row(contact_id) for contact_id in changed[start : start + AT_ONCE]])
        if self.living != self.state.living:
            books.recount(self.owner_id, self.living)

    def row(self, contact_id: UUID) -> dict[str, Any]:
        entry = self.entries[contact_id]
        server_made = {name: getattr(entry, name) for name in ENTRY if name not in entry.content}
        return {
            "owner_id": self.owner_id,
            "id": contact_id,
            **entry.content,
            **self.derived(entry),
            **server_made,
        }

    def derived(self, entry: Entry) -> dict[str, Any]:
        content, derivation = self.derivations.get(entry.id, (None, {}))
        return derivation if content == entry.content else rows.derived(entry.content)


def load(owner_id: UUID, ids: list[UUID]) -> Iterator[Entry]:
    for start in range(0, len(ids), AT_ONCE):
        found = fetch(LOAD, {"owner_id": owner_id, "ids": ids[start : start + AT_ONCE]})
        for row in found.mappings():
            server_made = {name: row[name] for name in ENTRY if name not in (*rows.CONTENT, "extra")}
            yield Entry(row["id"], rows.content_of(dict(row)), extra=rows.plain(row["extra"]), **server_made)

"""An address book opened for writing: locked, its contacts loaded, its changes written together at the end.

Single requests, batches, imports and merges all write this way, so that each transaction raises the revision once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import aliases, arrivals, books, followers, rows
from project.contacts.arrivals import Expected
from project.contacts.books import NOTHING, Counts, State
from project.contacts.content import Content
from project.contacts.loading import MOST_OF_CONTACT, ROWS_PER_STATEMENT, SERVER_MADE, Entry, load
from project.contacts.naming import display_name
from project.contacts.rows import TABLE as CONTACT
from project.database.base import now
from project.errors import NotFound, PreconditionFailed, QuotaExceeded
from project.extensions import db

SIZE_PER_STATEMENT = 2_048  # KiB; the search index takes a second for so many on a busy server
KEY = ("owner_id", "id")
INSERT = insert(CONTACT)
UPSERT = INSERT.on_conflict_do_update(
    index_elements=KEY, set_={column.key: column for column in INSERT.excluded if column.key not in KEY}
)
UPSERT_MANY = UPSERT.returning(CONTACT.c.id)  # without RETURNING, SQLAlchemy sends each row alone: its issue 13130
"""Write contacts of a locked book, new or known, many in one statement; `UPSERT` and `INSERT` write one for less."""


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
        self.expected: dict[UUID, Expected] = {}
        self.arrived: set[UUID] = set()
        self.include(load(owner_id, wanted := list(ids)))
        self.expect(each for each in wanted if not self.living_entry(each))

    def include(self, found: Iterable[Entry]) -> None:
        """Add contacts as they are in the tables."""
        self.loaded.update({entry.id: entry for entry in found})
        self.entries = {**self.loaded, **{contact_id: self.entries[contact_id] for contact_id in self.changed}}

    def expect(self, ids: Iterable[UUID]) -> None:
        """Look at what awaits contacts that do not live. Without cards in the book, nothing does."""
        if self.card_bytes:
            self.expected.update(arrivals.find(self.owner_id, list(ids)))

    @property
    def known(self) -> Collection[UUID]:
        """The ids of the contacts that were loaded, the deleted included."""
        return self.loaded.keys()

    def living_entry(self, contact_id: UUID) -> Entry | None:
        entry = self.entries.get(contact_id)
        return entry if entry and entry.is_living else None

    def put(self, entry: Entry) -> Entry:
        """Put an entry into the book under the revision of this transaction; raises QuotaExceeded.

        One that comes gets what awaits it.
        """
        expected = self.expected.get(entry.id) if entry.is_living else None
        entry = expected.welcome(entry) if expected else entry
        size = rows.size(entry.content, entry.extra)
        if size > MOST_OF_CONTACT:
            raise QuotaExceeded("A contact, with what its file said besides, has at most 1 MiB.")
        name, revision = display_name(entry.content), self.state.revision
        stamped = replace(entry, name=name, revision=revision, updated_at=self.moment, size=size)
        known = self.entries.get(entry.id)
        self.counts = self.counts.moved(known.counts if known else NOTHING, stamped.counts)
        self.changed.add(entry.id)
        self.entries[entry.id] = stamped
        if expected:
            self.arrive(stamped, self.expected.pop(entry.id))
        return stamped

    def arrive(self, entry: Entry, expected: Expected) -> None:
        if expected.labels and expected.is_met(entry):
            self.arrived.add(entry.id)

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
        self.aliases: dict[UUID, UUID] = {}

    @property
    def has_changes(self) -> bool:
        """Whether anything was put, be it only what leads an import to a contact, or a card of CardDAV."""
        return bool(self.changed or self.aliases) or self.card_bytes != self.state.card_bytes

    @property
    def is_new(self) -> bool:
        """Whether this transaction made the book."""
        return self.state.revision == 1

    def write(self) -> None:
        """Write what was put. Unless it `has_changes`, roll the transaction back instead of committing it."""
        for entries in statements([self.entries[contact_id] for contact_id in sorted(self.changed)]):
            rows = list(map(self.row, entries))
            if len(entries) > 1:
                db.session.connection().execute(UPSERT_MANY, rows)
            elif entries[0].id in self.loaded:
                db.session.connection().execute(UPSERT, rows)
            else:
                db.session.connection().execute(INSERT, stated(rows[0]))
        self.write_counts()
        arrivals.forget(self.owner_id, self.arrived)
        if self.card_bytes:  # without cards, also of groups, nothing follows
            followers.follow(self.owner_id, self.changes())
        aliases.add(self.owner_id, self.aliases)

    def write_counts(self) -> None:
        if (self.counts, self.card_bytes) != (self.state.counts, self.state.card_bytes):
            books.set_counts(self.owner_id, self.counts, self.card_bytes)

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


def stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without what is null, so that the database has half as many columns to parse and to plan."""
    return {name: value for name, value in row.items() if value is not None}


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

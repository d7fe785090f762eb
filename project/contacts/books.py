"""Address books: the one row that every write of contacts locks first."""

from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, Integer, Table, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts.models import AddressBook
from project.database.reading import fetch
from project.errors import QuotaExceeded
from project.extensions import db, settings

BOOK = cast(Table, AddressBook.__table__)
STATE = (BOOK.c.revision, BOOK.c.contact_count, BOOK.c.purged_revision)
READ_STATE = select(*STATE).where(BOOK.c.owner_id == bindparam("owner"))
ADDING = bindparam("adding", type_=Integer)
LOCK = (
    insert(BOOK)
    .values(owner_id=bindparam("owner"), revision=1, contact_count=ADDING, purged_revision=0)
    .on_conflict_do_update(
        index_elements=[BOOK.c.owner_id],
        set_={"revision": BOOK.c.revision + 1, "contact_count": BOOK.c.contact_count + ADDING},
        where=or_(ADDING <= 0, BOOK.c.contact_count + ADDING <= bindparam("most")),
    )
    .returning(*STATE)
)
REVISION_GAP = 1_000_000_000  # more than an address book counts between two backups
SKIP_REVISIONS = update(BOOK).values(
    revision=BOOK.c.revision + REVISION_GAP, purged_revision=BOOK.c.revision + REVISION_GAP
)
SET_CONTACT_COUNT = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(contact_count=bindparam("count"))


class State(NamedTuple):
    """An address book: its revision, its contacts outside of the bin, and below which revision tombstones are gone."""

    revision: int
    contact_count: int
    purged_revision: int


def state(owner_id: UUID) -> State:
    """Return the book's state; a book that was never written to is empty."""
    row = fetch(READ_STATE, {"owner": owner_id}).first()
    return State(*row) if row else State(0, 0, 0)


def lock(owner_id: UUID, *, adding: int = 0) -> State:
    """Lock the book until the transaction ends, raise its revision, and count what is added; raises QuotaExceeded.

    The first write creates the book. One statement does it all, so that concurrent ones may create, fill or delete it.
    """
    values = {"owner": owner_id, "adding": adding, "most": settings["MAX_CONTACTS_PER_USER"]}
    row = db.session.execute(LOCK, values).first()
    if row is None:
        raise full()
    return State(*row)


def full() -> QuotaExceeded:
    return QuotaExceeded(f"There are at most {settings['MAX_CONTACTS_PER_USER']} contacts in an address book.")


def set_contact_count(owner_id: UUID, count: int) -> None:
    """Correct the count of a book that this transaction has locked."""
    db.session.execute(SET_CONTACT_COUNT, {"owner": owner_id, "count": count})


def invalidate_sync_tokens() -> int:
    """Skip every book's revision past any that a device has seen, forcing a full sync; return the number of books.

    After a backup is restored, revisions would otherwise be reused with other contents.
    """
    return cast(CursorResult[Any], db.session.execute(SKIP_REVISIONS)).rowcount


def remove(owner_id: UUID) -> None:
    """Delete the address book and its contacts. A concurrent writer finishes before, or starts a new book."""
    lock(owner_id)
    db.session.execute(delete(AddressBook).where(AddressBook.owner_id == owner_id))

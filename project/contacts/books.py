"""Address books: the one row that every write of contacts takes first."""

from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, Integer, Table, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts.models import AddressBook
from project.database.reading import fetch
from project.errors import QuotaExceeded
from project.extensions import db, settings

BOOK = cast(Table, AddressBook.__table__)
STATE = select(BOOK.c.revision, BOOK.c.living, BOOK.c.purged_revision).where(BOOK.c.owner_id == bindparam("owner"))
ADDING = bindparam("adding", type_=Integer)
TAKE = (
    insert(BOOK)
    .values(owner_id=bindparam("owner"), revision=1, living=ADDING, purged_revision=0)
    .on_conflict_do_update(
        index_elements=[BOOK.c.owner_id],
        set_={"revision": BOOK.c.revision + 1, "living": BOOK.c.living + ADDING},
        where=or_(ADDING <= 0, BOOK.c.living + ADDING <= bindparam("most")),
    )
    .returning(BOOK.c.revision, BOOK.c.living, BOOK.c.purged_revision)
)
GAP = 1_000_000_000  # more revisions than an address book has between two backups
OUTRUN = update(BOOK).values(revision=BOOK.c.revision + GAP, purged_revision=BOOK.c.revision + GAP)
RECOUNT = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(living=bindparam("count"))


class State(NamedTuple):
    """An address book: its revision, its living contacts, and the revision below which tombstones are forgotten."""

    revision: int
    living: int
    purged_revision: int


def state(owner_id: UUID) -> State:
    """The book as it is; one that nothing was written to yet is empty."""
    row = fetch(STATE, {"owner": owner_id}).first()
    return State(*row) if row else State(0, 0, 0)


def take(owner_id: UUID, *, adding: int = 0) -> State:
    """Lock the book until the transaction ends, raise its revision, and count what is added.

    The first write makes the book. One statement, so that it may come, go and fill up meanwhile. Raises QuotaExceeded.
    """
    values = {"owner": owner_id, "adding": adding, "most": settings["MAX_CONTACTS_PER_USER"]}
    row = db.session.execute(TAKE, values).first()
    if row is None:
        raise QuotaExceeded(f"There are at most {settings['MAX_CONTACTS_PER_USER']} contacts in an address book.")
    return State(*row)


def recount(owner_id: UUID, living: int) -> None:
    """Correct the count of a book that this transaction has taken."""
    db.session.execute(RECOUNT, {"owner": owner_id, "count": living})


def outrun() -> int:
    """Go on in all books from a revision that no device knows, so that each begins anew; how many books there are.

    A restored backup would otherwise count again up to revisions that devices have seen with other contents.
    """
    return cast(CursorResult[Any], db.session.execute(OUTRUN)).rowcount


def remove(owner_id: UUID) -> None:
    """The whole address book, contacts and all; whoever writes at the same moment is done before, or begins anew."""
    take(owner_id)
    db.session.execute(delete(AddressBook).where(AddressBook.owner_id == owner_id))

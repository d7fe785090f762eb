"""Address books: the one row that every write of contacts locks first."""

from collections.abc import Sequence
from operator import lt
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import rows
from project.contacts.models import AddressBook
from project.database.reading import fetch
from project.errors import QuotaExceeded
from project.extensions import db, settings

BOOK = cast(Table, AddressBook.__table__)
STATE = (
    BOOK.c.revision,
    BOOK.c.contact_count,
    BOOK.c.purged_revision,
    BOOK.c.bin_count,
    BOOK.c.size,
    BOOK.c.card_bytes,
)
READ_STATE = select(*STATE).where(BOOK.c.owner_id == bindparam("owner"))
ADDING, ADDING_SIZE = bindparam("adding", type_=Integer), bindparam("adding_size", type_=BigInteger)
LOCK = (
    insert(BOOK)
    .values(
        owner_id=bindparam("owner"),
        revision=1,
        contact_count=ADDING,
        size=ADDING_SIZE,
        purged_revision=0,
        keys_version=bindparam("version"),
    )
    .on_conflict_do_update(
        index_elements=[BOOK.c.owner_id],
        set_={
            "revision": BOOK.c.revision + 1,
            "contact_count": BOOK.c.contact_count + ADDING,
            "size": BOOK.c.size + ADDING_SIZE,
        },
        where=or_(
            ADDING <= 0,
            and_(
                BOOK.c.contact_count + ADDING <= bindparam("most"),
                BOOK.c.size + ADDING_SIZE <= bindparam("most_size", type_=BigInteger),
            ),
        ),
    )
    .returning(*STATE)
)
REVISION_GAP = 1_000_000_000  # more than an address book counts between two backups
SKIP_REVISIONS = (
    update(BOOK)
    .where(BOOK.c.owner_id > bindparam("after"), BOOK.c.owner_id <= bindparam("last"))
    .values(revision=BOOK.c.revision + REVISION_GAP, purged_revision=BOOK.c.revision + REVISION_GAP)
)
FOLLOWING = select(BOOK.c.owner_id).where(BOOK.c.owner_id > bindparam("after"))
BOOKS_AT_ONCE = 10_000
SET_COUNTS = (
    update(BOOK)
    .where(BOOK.c.owner_id == bindparam("owner"))
    .values(
        contact_count=bindparam("contacts"),
        bin_count=bindparam("binned"),
        size=bindparam("kib"),
        card_bytes=bindparam("octets"),
    )
)

EXCEEDED = {
    "contacts": "There are at most {contacts} contacts in an address book.",
    "binned": "There are at most {binned} contacts in the bin. What is in it goes after some days.",
    "size": "An address book, with its bin and photos, has at most {size} KiB.",
}
COUNTED = ("contacts", "binned", "kib")


class Counts(NamedTuple):
    """What quotas count: contacts outside of the bin, contacts in it, and the KiB of both with their photos."""

    contacts: int = 0
    binned: int = 0
    size: int = 0

    def moved(self, before: "Counts", after: "Counts") -> "Counts":
        """Return the counts with one contact's changed; raises QuotaExceeded."""
        moved = Counts(
            max(self.contacts + after.contacts - before.contacts, 0),
            max(self.binned + after.binned - before.binned, 0),
            max(self.size + after.size - before.size, 0),
        )
        if any(map(lt, self, moved)):
            self.check(moved)
        return moved

    def check(self, moved: "Counts") -> None:
        for name, was, new, most in zip(self._fields, self, moved, quotas(), strict=True):
            if was < new and new > most:
                raise exceeded(name)


NOTHING = Counts()


class State(NamedTuple):
    """An address book: its revision, its contacts outside of the bin, and below which revision tombstones are gone."""

    revision: int
    contact_count: int
    purged_revision: int
    bin_count: int
    size: int
    card_bytes: int = 0

    @property
    def counts(self) -> Counts:
        return Counts(self.contact_count, self.bin_count, self.size)


def state(owner_id: UUID) -> State:
    """Return the book's state; a book that was never written to is empty."""
    row = fetch(READ_STATE, {"owner": owner_id}).first()
    return State(*row) if row else State(0, 0, 0, 0, 0)


def lock(owner_id: UUID, *, adding: Counts = NOTHING) -> State:
    """Lock the book until the transaction ends, raise its revision, and count what is added; raises QuotaExceeded.

    The first write creates the book. One statement does it all, so that concurrent ones may create, fill or delete it.
    """
    most, added = quotas(), {"adding": adding.contacts, "adding_size": adding.size}
    values = {"owner": owner_id, **added, "version": rows.keys_version(), "most": most.contacts, "most_size": most.size}
    row = fetch(LOCK, values).first()
    if row is None:
        is_full = state(owner_id).contact_count + adding.contacts > most.contacts
        raise exceeded("contacts" if is_full else "size")
    return State(*row)


def quotas() -> Counts:
    """Return the most that a book may count."""
    return Counts(settings.max_contacts_per_user, settings.max_binned_per_user, settings.max_bytes_per_user // 1024)


def exceeded(name: str) -> QuotaExceeded:
    return QuotaExceeded(EXCEEDED[name].format(**quotas()._asdict()))


def set_counts(owner_id: UUID, counts: Counts, card_bytes: int) -> None:
    """Correct the counts of a book that this transaction has locked."""
    counted = dict(zip(COUNTED, counts, strict=True))
    db.session.execute(SET_COUNTS, {"owner": owner_id, **counted, "octets": card_bytes})


def count(after: UUID) -> int:
    """The number of books whose owners come after this one."""
    return db.session.execute(select(func.count()).select_from(FOLLOWING.subquery()), {"after": after}).scalar_one()


def invalidate_sync_tokens(after: UUID) -> Sequence[UUID]:
    """Move the revisions of the books after this owner's beyond any that a device has seen, forcing a full sync.

    After a backup is restored, revisions would otherwise be reused with other contents. Returns the owners of at most
    BOOKS_AT_ONCE books, in the order of their ids.
    """
    following = FOLLOWING.order_by(BOOK.c.owner_id).limit(BOOKS_AT_ONCE)
    found = db.session.scalars(following, {"after": after}).all()
    if found:
        db.session.execute(SKIP_REVISIONS, {"after": after, "last": found[-1]})
    return found

"""Empty the bin: after BIN_DAYS the contents of deleted contacts, after TOMBSTONE_DAYS their tombstones; and measure.

Only this module looks across owners, by indexes that hold nothing else and some owners at a time. It changes owner by
owner, at most AT_ONCE contacts in a transaction.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, func, literal, select, update

from project.contacts import books, followers, photos, rows
from project.contacts.books import BOOK, NOTHING, Counts
from project.contacts.content import blank
from project.contacts.loading import PHOTO_SIZE, ROWS_PER_STATEMENT, load
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys, order
from project.database.base import now
from project.database.portions import owners
from project.extensions import db, settings

AT_ONCE: Final = ROWS_PER_STATEMENT
KEYS = {**keys.derive(blank(), "", None), **order.derive(blank())}
EMPTY = {**blank(), **KEYS, "name": "", "photo": None, "extra": None, "size": 0}
EXPIRED = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_(None))
FORGETTABLE = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_not(None))
OWN = CONTACT.c.owner_id == bindparam("owner")
OLDEST = (
    select(CONTACT.c.id, CONTACT.c.size, CONTACT.c.photo)
    .where(OWN, *EXPIRED)
    .order_by(CONTACT.c.deleted_at)
    .limit(AT_ONCE)
)
PURGE = (
    update(CONTACT)
    .where(OWN, CONTACT.c.id.in_(bindparam("ids", expanding=True)))
    .values(**EMPTY, purged_at=bindparam("moment"))
)
FORGET = delete(CONTACT).where(OWN, *FORGETTABLE).returning(CONTACT.c.revision)
UNMEASURED = (CONTACT.c.size == literal(0, literal_execute=True), CONTACT.c.purged_at.is_(None))
SOME = select(CONTACT.c.id).where(OWN, *UNMEASURED).order_by(CONTACT.c.id).limit(AT_ONCE)
MEASURE = update(CONTACT).where(OWN, CONTACT.c.id == bindparam("contact")).values(size=bindparam("kib"))
COUNT = select(
    func.count().filter(CONTACT.c.deleted_at.is_(None)),
    func.count().filter(CONTACT.c.deleted_at.is_not(None)),
    func.sum(CONTACT.c.size),
    func.count(CONTACT.c.photo),
).where(OWN, CONTACT.c.purged_at.is_(None))
RAISE_PURGED = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(purged_revision=bindparam("purged"))


def owners_of_expired() -> Iterator[UUID]:
    """The owners whose bin has contents that are too old."""
    return owners(select(CONTACT.c.owner_id).where(*EXPIRED), {"limit": bin_limit()})


def owners_of_forgettable() -> Iterator[UUID]:
    """The owners of tombstones that are too old; one dealt with meanwhile is not named again."""
    limit = tombstone_limit()
    of_contacts = owners(select(CONTACT.c.owner_id).where(*FORGETTABLE), {"limit": limit})
    return chain(of_contacts, followers.owners_of_forgettable(limit))


def bin_limit() -> datetime:
    return now() - timedelta(days=settings.bin_days)


def tombstone_limit() -> datetime:
    return now() - timedelta(days=settings.tombstone_days)


def empty_bin(owner_id: UUID) -> int:
    """Reduce the oldest contacts that were in the bin for too long to tombstones; return how many there were."""
    book = books.lock(owner_id)
    found = db.session.execute(OLDEST, {"owner": owner_id, "limit": bin_limit()}).all()
    ids = [row.id for row in found]
    size = sum(row.size + (PHOTO_SIZE if row.photo else 0) for row in found)
    db.session.execute(PURGE, {"owner": owner_id, "ids": ids, "moment": now()})
    freed = followers.drop_cards(owner_id, ids)
    gone = Counts(binned=len(found), size=size)
    books.set_counts(owner_id, book.counts.moved(gone, NOTHING), max(book.card_bytes - freed, 0))
    for photo in sorted({row.photo for row in found if row.photo}):
        photos.replace(owner_id, photo, None)
    return len(found)


def owners_of_unmeasured() -> Iterator[UUID]:
    """The owners of contacts without a size, which an earlier version wrote."""
    return owners(select(CONTACT.c.owner_id).where(*UNMEASURED))


def measure(owner_id: UUID) -> int:
    """Fill in the sizes of some contacts, and count the book anew; return how many there were."""
    book = books.lock(owner_id)
    ids = list(db.session.scalars(SOME, {"owner": owner_id}))
    sizes = [
        {"owner": owner_id, "contact": entry.id, "kib": rows.size(entry.content, entry.extra)}
        for entry in load(owner_id, ids)
    ]
    if sizes:
        db.session.connection().execute(MEASURE, sizes)
    living, binned, size, photos = db.session.execute(COUNT, {"owner": owner_id}).one()
    books.set_counts(owner_id, Counts(living, binned, (size or 0) + photos * PHOTO_SIZE), book.card_bytes)
    return len(sizes)


def forget(owner_id: UUID) -> int:
    """Delete the oldest tombstones, so that older sync tokens expire; return how many there were."""
    book = books.lock(owner_id)
    values = {"owner": owner_id, "limit": tombstone_limit()}
    revisions = [*db.session.scalars(FORGET, values), *followers.forget_groups(owner_id, tombstone_limit())]
    if revisions:
        db.session.execute(RAISE_PURGED, {"owner": owner_id, "purged": max(*revisions, book.purged_revision)})
    return len(revisions)

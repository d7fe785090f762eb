"""Empty the bin: after BIN_DAYS the contents of deleted contacts, after TOMBSTONE_DAYS their tombstones; and measure.

Only this module looks across owners; it changes owner by owner, each in a transaction of its own.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from project.contacts import books, followers, photos, rows
from project.contacts.books import BOOK, NOTHING, Counts
from project.contacts.content import blank
from project.contacts.loading import PHOTO_SIZE, ROWS_PER_STATEMENT, load
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys, order
from project.database.base import now
from project.extensions import db, settings

KEYS = {**keys.derive(blank(), "", None), **order.derive(blank())}
EMPTY = {**blank(), **KEYS, "name": "", "photo": None, "extra": None, "size": 0}
EXPIRED = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_(None))
FORGETTABLE = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_not(None))
OWN = CONTACT.c.owner_id == bindparam("owner")
PHOTOS = select(CONTACT.c.photo).distinct().where(OWN, *EXPIRED, CONTACT.c.photo.is_not(None))
IN_BIN = select(func.count(), func.sum(CONTACT.c.size), func.count(CONTACT.c.photo)).where(OWN, *EXPIRED)
PURGE = update(CONTACT).where(OWN, *EXPIRED).values(**EMPTY, purged_at=bindparam("moment")).returning(CONTACT.c.id)
FORGET = delete(CONTACT).where(OWN, *FORGETTABLE).returning(CONTACT.c.revision)
UNMEASURED = (CONTACT.c.size == 0, CONTACT.c.purged_at.is_(None))
SOME = select(CONTACT.c.id).where(OWN, *UNMEASURED).order_by(CONTACT.c.id).limit(ROWS_PER_STATEMENT)
MEASURE = update(CONTACT).where(OWN, CONTACT.c.id == bindparam("contact")).values(size=bindparam("kib"))
COUNT = select(
    func.count().filter(CONTACT.c.deleted_at.is_(None)),
    func.count().filter(CONTACT.c.deleted_at.is_not(None)),
    func.sum(CONTACT.c.size),
    func.count(CONTACT.c.photo),
).where(OWN, CONTACT.c.purged_at.is_(None))
RAISE_PURGED = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(purged_revision=bindparam("purged"))


def owners_of_expired() -> list[UUID]:
    """List the owners whose bin has contents that are too old."""
    return owners(EXPIRED, bin_limit())


def owners_of_forgettable() -> list[UUID]:
    return sorted({*owners(FORGETTABLE, tombstone_limit()), *followers.owners_of_forgettable(tombstone_limit())})


def owners(conditions: tuple[ColumnElement[bool], ...], limit: datetime) -> list[UUID]:
    found = select(CONTACT.c.owner_id).distinct().where(*conditions)
    return list(db.session.scalars(found, {"limit": limit}))


def bin_limit() -> datetime:
    return now() - timedelta(days=settings.bin_days)


def tombstone_limit() -> datetime:
    return now() - timedelta(days=settings.tombstone_days)


def empty_bin(owner_id: UUID) -> int:
    """Reduce contacts that were in the bin for too long to tombstones; return how many there were."""
    book = books.lock(owner_id)
    values = {"owner": owner_id, "limit": bin_limit()}
    count, size, with_photo = db.session.execute(IN_BIN, values).one()
    gone = Counts(binned=count, size=(size or 0) + with_photo * PHOTO_SIZE)
    dropped = db.session.scalars(PHOTOS, values).all()
    purged = db.session.scalars(PURGE, {**values, "moment": now()}).all()
    freed = followers.drop_cards(owner_id, purged)
    books.set_counts(owner_id, book.counts.moved(gone, NOTHING), max(book.card_bytes - freed, 0))
    for photo in dropped:
        photos.replace(owner_id, photo, None)
    return len(purged)


def owners_of_unmeasured() -> list[UUID]:
    """List the owners who have contacts that a version before this one wrote, without a size."""
    return list(db.session.scalars(select(CONTACT.c.owner_id).distinct().where(*UNMEASURED)))


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

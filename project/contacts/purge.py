"""Empty the bin: after BIN_DAYS the contents of deleted contacts, after TOMBSTONE_DAYS their tombstones.

Only this module looks across owners; it changes owner by owner, each in a transaction of its own.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from project.contacts import books, photos
from project.contacts.books import BOOK
from project.contacts.content import blank
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys
from project.database.base import now
from project.extensions import db, settings

EMPTY = {**blank(), **keys.derive(blank(), "", None), "name": "", "photo": None, "extra": None}
EXPIRED = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_(None))
FORGETTABLE = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.purged_at.is_not(None))
OWN = CONTACT.c.owner_id == bindparam("owner")
PHOTOS = select(CONTACT.c.photo).distinct().where(OWN, *EXPIRED, CONTACT.c.photo.is_not(None))
PURGE = update(CONTACT).where(OWN, *EXPIRED).values(**EMPTY, purged_at=bindparam("moment")).returning(CONTACT.c.id)
FORGET = delete(CONTACT).where(OWN, *FORGETTABLE).returning(CONTACT.c.revision)
RAISE_PURGED = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(purged_revision=bindparam("purged"))


def owners_of_expired() -> list[UUID]:
    """List the owners whose bin has contents that are too old."""
    return owners(EXPIRED, bin_limit())


def owners_of_forgettable() -> list[UUID]:
    return owners(FORGETTABLE, tombstone_limit())


def owners(conditions: tuple[ColumnElement[bool], ...], limit: datetime) -> list[UUID]:
    found = select(CONTACT.c.owner_id).distinct().where(*conditions)
    return list(db.session.scalars(found, {"limit": limit}))


def bin_limit() -> datetime:
    return now() - timedelta(days=settings["BIN_DAYS"])


def tombstone_limit() -> datetime:
    return now() - timedelta(days=settings["TOMBSTONE_DAYS"])


def empty_bin(owner_id: UUID) -> int:
    """Reduce contacts that were in the bin for too long to tombstones; return how many there were."""
    books.lock(owner_id)
    values = {"owner": owner_id, "limit": bin_limit()}
    dropped = db.session.scalars(PHOTOS, values).all()
    purged = len(db.session.execute(PURGE, {**values, "moment": now()}).all())
    for photo in dropped:
        photos.release(owner_id, photo)
    return purged


def forget(owner_id: UUID) -> int:
    """Delete the oldest tombstones, so that older sync tokens expire; return how many there were."""
    book = books.lock(owner_id)
    revisions = db.session.scalars(FORGET, {"owner": owner_id, "limit": tombstone_limit()}).all()
    if revisions:
        db.session.execute(RAISE_PURGED, {"owner": owner_id, "purged": max(*revisions, book.purged_revision)})
    return len(revisions)

"""Emptying the bin: after BIN_DAYS the contents of a deleted contact, after TOMBSTONE_DAYS the memory of it.

The only place that looks across owners; what it changes, it changes owner by owner, in a transaction each.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from project.contacts import books, photos
from project.contacts.books import BOOK
from project.contacts.rows import CONTENT, LISTS
from project.contacts.rows import TABLE as CONTACT
from project.database.base import now
from project.extensions import db, settings

EMPTY: dict[str, Any] = {
    **dict.fromkeys(CONTENT),
    **{name: [] for name in LISTS},
    **dict.fromkeys(("name", "sort_key", "search_text"), ""),
    **dict.fromkeys(("first_name_key", "last_name_key", "email_keys", "phone_keys"), ""),
    "favorite": False,
    "photo": None,
    "extra": None,
    "birthday_mmdd": None,
}
BINNED = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.wiped_at.is_(None))
FORGETTABLE = (CONTACT.c.deleted_at <= bindparam("limit"), CONTACT.c.wiped_at.is_not(None))
OWN = CONTACT.c.owner_id == bindparam("owner")
PHOTOS = select(CONTACT.c.photo).distinct().where(OWN, *BINNED, CONTACT.c.photo.is_not(None))
WIPE = update(CONTACT).where(OWN, *BINNED).values(**EMPTY, wiped_at=bindparam("moment")).returning(CONTACT.c.id)
FORGET = delete(CONTACT).where(OWN, *FORGETTABLE).returning(CONTACT.c.revision)
RAISE_PURGED = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(purged_revision=bindparam("purged"))


def owners_of_binned() -> list[UUID]:
    """Whose bin holds contents that are too old."""
    return owners(BINNED, bin_limit())


def owners_of_forgettable() -> list[UUID]:
    return owners(FORGETTABLE, tombstone_limit())


def owners(conditions: tuple[ColumnElement[bool], ...], limit: datetime) -> list[UUID]:
    found = select(CONTACT.c.owner_id).distinct().where(*conditions)
    return list(db.session.scalars(found, {"limit": limit}))


def bin_limit() -> datetime:
    return now() - timedelta(days=settings["BIN_DAYS"])


def tombstone_limit() -> datetime:
    return now() - timedelta(days=settings["TOMBSTONE_DAYS"])


def wipe(owner_id: UUID) -> int:
    """Leave of the contacts that are too long in the bin only id and revision; how many there were."""
    books.take(owner_id)
    values = {"owner": owner_id, "limit": bin_limit()}
    dropped = db.session.scalars(PHOTOS, values).all()
    wiped = len(db.session.execute(WIPE, {**values, "moment": now()}).all())
    for photo in dropped:
        photos.release(owner_id, photo)
    return wiped


def forget(owner_id: UUID) -> int:
    """Drop the oldest tombstones; sync tokens from before them expire. How many there were."""
    book = books.take(owner_id)
    revisions = db.session.scalars(FORGET, {"owner": owner_id, "limit": tombstone_limit()}).all()
    if revisions:
        db.session.execute(RAISE_PURGED, {"owner": owner_id, "purged": max(*revisions, book.purged_revision)})
    return len(revisions)

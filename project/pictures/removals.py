"""The deletion queue for pictures, written before each upload so that a crash leaves no orphans.

The transaction that shows a picture takes it out of the queue; the one that drops it puts it in.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import String, Uuid, column, delete, select, table, update
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Timestamp, now
from project.database.reading import end_reading
from project.errors import ServiceUnavailable, SessionRevoked
from project.extensions import db
from project.pictures.store import store

UPLOAD_TIME = timedelta(hours=1)  # after which an upload that nothing shows is deleted
RETRY_AFTER = timedelta(minutes=5)
REQUEST_SECONDS = 2.0  # for which a client waits for a deletion, after up to 5 for the upload
CHORE_SECONDS = 10.0  # after which it is other chores' turn
AT_ONCE = 100
USERS = table("users", column("id", Uuid))  # whose model stands above this package

log = structlog.get_logger()


class Removal(Base):
    """A picture to delete, by its reference, or all pictures of an owner, by the owner's id."""

    __tablename__ = "removals"

    what: Mapped[str] = mapped_column(String(200), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Timestamp, index=True)


def commit_upload(owner_id: UUID, picture: bytes, *, source: bytes = b"") -> str:
    """Upload a picture made of the file `source`, and return its reference; raises ServiceUnavailable.

    Its deletion in an hour is committed first, and no transaction is open during the upload. Raises SessionRevoked if
    the owner's account was deleted meanwhile.
    """
    (reference,) = commit_references(owner_id, [(picture, source)])
    kept = store.put(reference, picture)
    withdraw_if_gone(owner_id, [kept])
    return kept


def withdraw_if_gone(owner_id: UUID, uploaded: Iterable[str]) -> None:
    """Delete what was uploaded for an account that was deleted meanwhile, and raise SessionRevoked.

    An account that is deleted later deletes them itself: its own deletion comes after these uploads.
    """
    if db.session.execute(select(USERS.c.id).where(USERS.c.id == owner_id)).first() is not None:
        return
    for reference in uploaded:
        commit_removal(reference)
    raise SessionRevoked()


def commit_references(owner_id: UUID, pictures: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Return a new reference for each picture and the file it was made of; commit their deletion in an hour.

    Raises PendingChanges if the caller's transaction has changed anything.
    """
    end_reading()
    references = [store.new_reference(owner_id, picture, source=source) for picture, source in pictures]
    for reference in references:
        queue(reference, after=UPLOAD_TIME)
    db.session.commit()
    return references


def replace(former: str | None, shown: str | None) -> str | None:
    """Queue the deletion of the picture that was shown, and cancel that of the one that is.

    In the transaction that changes which; `commit_removal` takes what this returns once it is committed.
    """
    if former == shown:
        return None
    if shown is not None:
        cancel(shown)
    if former is not None:
        queue(former)
    return former


def queue(what: str, *, after: timedelta = timedelta(0)) -> None:
    db.session.add(Removal(what=unversioned(what), due_at=now() + after))


def cancel(what: str) -> None:
    db.session.execute(delete(Removal).where(Removal.what == unversioned(what)))


def unversioned(what: str) -> str:
    """A reference as it was before the store gave it a version."""
    return what.partition("@")[0]


def commit_removal(what: str | None, *, seconds: float = REQUEST_SECONDS) -> None:
    """Delete a picture, or all of an owner, and take it out of the queue; if the store fails, postpone it."""
    if what is None:
        return
    try:
        if ":" in what:
            store.delete(what, seconds=seconds)
        else:
            store.delete_owner(UUID(what), seconds=seconds)
    except ServiceUnavailable:
        db.session.execute(update(Removal).where(Removal.what == unversioned(what)).values(due_at=now() + RETRY_AFTER))
    else:
        cancel(what)
    db.session.commit()


def commit_due_removals() -> int:
    """Delete up to AT_ONCE pictures that are due; return how many were tried."""
    due = select(Removal.what).where(Removal.due_at <= now()).order_by(Removal.due_at).limit(AT_ONCE)
    found = db.session.scalars(due).all()
    end_reading()
    end, tried = time.monotonic() + CHORE_SECONDS, 0
    while tried < len(found) and time.monotonic() < end:
        commit_removal(found[tried], seconds=CHORE_SECONDS)
        tried += 1
    return tried

"""Pictures that are to go: notes that outlive a crash, made before the picture is put or with the change that drops it.

A note about a picture that is kept after all is cancelled by the transaction that keeps it.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Timestamp, now
from project.errors import ServiceUnavailable
from project.extensions import db
from project.pictures.store import store

UPLOAD_TIME = timedelta(hours=1)  # a picture that was put and not kept by then never will be
RETRY_AFTER = timedelta(minutes=5)
REQUEST_SECONDS = 2.0  # that a client waits for the store, after up to 6 for its own picture
CHORE_SECONDS = 10.0  # after which the chores of others have their turn
AT_ONCE = 100

log = structlog.get_logger()


class Removal(Base):
    """A picture by its reference, or all pictures of an owner by the owner's id."""

    __tablename__ = "removals"

    what: Mapped[str] = mapped_column(String(200), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Timestamp, index=True)


def put(owner_id: UUID, picture: bytes, *, source: bytes = b"") -> str:
    """Put a picture, made of the file `source`, into the store, to be removed in an hour unless its note is cancelled.

    The note is committed before, and no transaction is open meanwhile. Raises ServiceUnavailable.
    """
    reference: str = store.new_reference(owner_id, picture, source=source)
    note(reference, after=UPLOAD_TIME)
    db.session.commit()
    kept: str = store.put(reference, picture)
    return kept


def note(what: str, *, after: timedelta = timedelta(0)) -> None:
    db.session.add(Removal(what=unversioned(what), due_at=now() + after))


def cancel(what: str) -> None:
    db.session.execute(delete(Removal).where(Removal.what == unversioned(what)))


def unversioned(what: str) -> str:
    """A reference as it was before the store gave it a version."""
    return what.partition("@")[0]


def carry_out(what: str | None) -> None:
    """Remove it now, if it is anything; when the store does not answer soon, the note stays, and it is tried again."""
    if what is not None:
        remove(what, seconds=REQUEST_SECONDS)


def carry_out_due() -> int:
    """Remove what is due, some at a time; how many there were."""
    due = select(Removal.what).where(Removal.due_at <= now()).order_by(Removal.due_at).limit(AT_ONCE)
    found = db.session.scalars(due).all()
    db.session.commit()
    end, tried = time.monotonic() + CHORE_SECONDS, 0
    while tried < len(found) and time.monotonic() < end:
        remove(found[tried], seconds=CHORE_SECONDS)
        tried += 1
    return tried


def remove(what: str, *, seconds: float) -> None:
    """Remove a picture, or all of an owner; or note when to try again."""
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

"""Photos of kept cards that the picture store did not take: `flask purge` offers them again."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, literal, select, update

from project.contacts import photos
from project.contacts.carddav import card_photos
from project.contacts.exchange import vcards
from project.contacts.followers import CARD
from project.contacts.models import PENDING
from project.contacts.open_book import OpenBook
from project.database.portions import owners
from project.database.reading import end_reading
from project.errors import QuotaExceeded, ServiceUnavailable, UnusablePicture
from project.extensions import db

IS_WAITING: Final = CARD.c.photo == literal(PENDING, literal_execute=True)  # as in the index
WAITING: Final = select(CARD.c.contact_id).where(CARD.c.owner_id == bindparam("owner"), IS_WAITING)
ONE: Final = select(CARD.c.body, CARD.c.revision).where(
    CARD.c.owner_id == bindparam("owner"), CARD.c.contact_id == bindparam("contact"), CARD.c.photo == PENDING
)
SETTLE: Final = (
    update(CARD)
    .where(CARD.c.owner_id == bindparam("owner"), CARD.c.contact_id == bindparam("contact"))
    .values(photo=bindparam("reference"), revision=bindparam("now"))
)


def commit_all() -> Iterator[bool]:
    """Store the photos that wait, until the store fails again; yields whether each is settled."""
    try:
        for owner_id in owners(select(CARD.c.owner_id).where(IS_WAITING)):
            waiting = db.session.scalars(WAITING, {"owner": owner_id}).all()
            for contact_id in waiting:
                yield commit_one(owner_id, contact_id)
    except ServiceUnavailable:
        db.session.rollback()


def commit_one(owner_id: UUID, contact_id: UUID) -> bool:
    """Show a card's photo, if it is still the card's and can be used. Raises ServiceUnavailable."""
    key = {"owner": owner_id, "contact": contact_id}
    body = db.session.execute(ONE, key).scalar() or ""
    end_reading()
    reference = stored(owner_id, body)
    book = OpenBook(owner_id, [contact_id])
    card = db.session.execute(ONE, key).first()
    if card is None or card.body != body:
        db.session.rollback()
        return False
    reference, revision = shown(book, contact_id, reference, card.revision)
    db.session.execute(SETTLE, {**key, "reference": reference, "now": revision})
    photos.replace(owner_id, None, reference)
    db.session.commit()
    return True


def shown(book: OpenBook, contact_id: UUID, reference: str | None, revision: int) -> tuple[str | None, int]:
    """Let the contact show the picture, unless it shows another one; the card's photo and revision afterwards."""
    entry = book.entries[contact_id]
    if reference is None or entry.photo is not None:
        return None, revision
    try:
        changed = book.put(entry.with_photo(reference))
    except QuotaExceeded:
        return None, revision
    book.write()
    return reference, changed.revision if revision == entry.revision else revision


def stored(owner_id: UUID, body: str) -> str | None:
    """The reference of a card's photo, None for one that cannot be used. Raises ServiceUnavailable."""
    data = card_photos.picture_of(vcards.lines_of(body))
    try:
        return card_photos.commit_picture(owner_id, data, None) if data else None
    except UnusablePicture:
        return None

"""Writes to the table of kept cards: what devices put, and what was made with photos from the picture store."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection, and_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from project.contacts.books import BOOK
from project.contacts.followers import CARD
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.extensions import db, settings

INSERT = insert(CARD)
KEEP: Final = INSERT.on_conflict_do_update(
    index_elements=["owner_id", "contact_id"],
    set_={name: INSERT.excluded[name] for name in ("body", "size", "revision", "photo")},
)
GROW: Final = (
    update(BOOK)
    .where(BOOK.c.owner_id == bindparam("owner"))
    .values(card_bytes=BOOK.c.card_bytes + bindparam("octets"))
    .returning(BOOK.c.card_bytes)
)
SIZES: Final = select(CARD.c.contact_id, CARD.c.size).where(CARD.c.owner_id == bindparam("owner_id")).subquery("sizes")
STILL: Final = (
    owned_by(CONTACT.c.id, CONTACT.c.revision, SIZES.c.size)
    .outerjoin(SIZES, and_(SIZES.c.contact_id == CONTACT.c.id))
    .where(LIVING, CONTACT.c.id.in_(bindparam("ids", expanding=True)))
)

log = structlog.get_logger()


class Made(NamedTuple):
    """A card with a photo from the store: whose it is, at which revision, and the photo's reference."""

    contact_id: UUID
    revision: int
    photo: str
    text: str


def values(owner_id: UUID, contact_id: UUID, text: str, revision: int, photo: str | None) -> dict[str, Any]:
    """A row of the table."""
    key, size = {"owner_id": owner_id, "contact_id": contact_id}, len(text.encode())
    return {**key, "body": text, "size": size, "revision": revision, "photo": photo}


def commit(owner_id: UUID, made: Sequence[Made]) -> None:
    """Keep cards so that the store need not be asked again, unless the database is busy: then the next reader will.

    In a transaction of its own, for the request is one that reads. Their contacts stay as they are.
    """
    try:
        with db.engine.begin() as connection:
            write(connection, owner_id, {each.contact_id: each for each in made})
    except (OperationalError, PoolExhausted) as error:
        log.warning("cards_not_kept", owner=str(owner_id), error=type(error).__name__)


def write(connection: Connection, owner_id: UUID, made: Mapping[UUID, Made]) -> None:
    """Keep those whose contacts nobody has changed meanwhile, if the book has room for them."""
    used = connection.execute(GROW, {"owner": owner_id, "octets": 0}).scalar_one()  # nobody else writes from here on
    found = connection.execute(STILL, {"owner_id": owner_id, "ids": list(made)}).all()
    still = [row for row in found if row.revision == made[row.id].revision]
    cards = [values(owner_id, row.id, made[row.id].text, row.revision, made[row.id].photo) for row in still]
    more = sum(card["size"] for card in cards) - sum(row.size or 0 for row in still)
    if cards and used + more <= settings.max_book_bytes:
        connection.execute(KEEP, cards)
        connection.execute(GROW, {"owner": owner_id, "octets": more})

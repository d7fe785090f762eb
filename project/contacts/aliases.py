"""Aliases: what leads an import to a contact besides its own id.

A contact that was merged into another leaves its id and its UID, and a card without a UID the digest of its text. Ids
are made alike for all owners, so that a backup can be imported into another account.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, cast
from uuid import UUID, uuid5

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project import ids
from project.contacts.loading import portions
from project.contacts.models import ContactAlias
from project.database.reading import fetch
from project.extensions import db

URN: Final = "urn:uuid:"
NAMESPACE: Final = UUID("2c1f7c5e-3b0a-5d0e-9a55-6f1b7f0c8d14")
MOST: Final = 20  # of a contact, from cards that say the same in other words
ALIAS = cast(Table, ContactAlias.__table__)
OWN = ALIAS.c.owner_id == bindparam("owner")
FIND = select(ALIAS.c.id, ALIAS.c.contact_id).where(OWN, ALIAS.c.id.in_(bindparam("ids", expanding=True)))
OF_SOME = (
    select(ALIAS.c.contact_id, ALIAS.c.id)
    .where(OWN, ALIAS.c.contact_id.between(bindparam("first"), bindparam("last")))
    .order_by(ALIAS.c.contact_id, ALIAS.c.id)
)
LED_TO = select(ALIAS.c.contact_id).where(OWN).distinct()
COUNT = (
    select(ALIAS.c.contact_id, func.count().label("number"))
    .where(OWN, ALIAS.c.contact_id.in_(bindparam("ids", expanding=True)))
    .group_by(ALIAS.c.contact_id)
)
INSERT = insert(ALIAS)
ADD = INSERT.on_conflict_do_update(
    index_elements=["owner_id", "id"], set_={"contact_id": INSERT.excluded.contact_id}
).returning(ALIAS.c.id)  # without RETURNING, SQLAlchemy sends a statement for each row: its issue 13130
MOVE = (
    update(ALIAS)
    .where(OWN, ALIAS.c.contact_id.in_(bindparam("losers", expanding=True)))
    .values(contact_id=bindparam("winner"))
)


def as_uuid(uid: str) -> UUID | None:
    """The UUID that a UID is, as a URN (RFC 9562) or bare, or None; other spellings do not count."""
    return ids.find(uid[len(URN) :] if uid.lower().startswith(URN) else uid)


def of_uid(uid: str) -> UUID:
    return as_uuid(uid) or uuid5(NAMESPACE, f"uid:{uid}")


def of_contact(contact_id: UUID, uid: str | None) -> list[UUID]:
    """What leads an import to a contact itself, and from then on to the one that it is merged into."""
    return [contact_id, *([of_uid(uid)] if uid else [])]


def of_text(digest: str) -> UUID:
    return uuid5(NAMESPACE, f"text:{digest}")


def find(owner_id: UUID, wanted: Collection[UUID]) -> dict[UUID, UUID]:
    """The contacts to which these lead."""
    found = (fetch(FIND, {"owner": owner_id, "ids": some}) for some in portions(list(wanted)))
    return {row.id: row.contact_id for rows in found for row in rows}


def between(owner_id: UUID, first: UUID, last: UUID) -> dict[UUID, list[str]]:
    """The aliases of the contacts from one id to another."""
    found: dict[UUID, list[str]] = {}
    for row in fetch(OF_SOME, {"owner": owner_id, "first": first, "last": last}):
        found.setdefault(row.contact_id, []).append(str(row.id))
    return found


def led_to(owner_id: UUID) -> set[UUID]:
    """All contacts that have any."""
    return {row.contact_id for row in fetch(LED_TO, {"owner": owner_id})}


def full(owner_id: UUID, contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of these contacts that have as many as they may."""
    found = (fetch(COUNT, {"owner": owner_id, "ids": some}) for some in portions(list(contact_ids)))
    return {row.contact_id for rows in found for row in rows if row.number >= MOST}


def add(owner_id: UUID, found: Mapping[UUID, UUID]) -> None:
    """Let each alias lead to its contact, which must be in the tables."""
    rows: list[dict[str, Any]] = [
        {"owner_id": owner_id, "id": alias, "contact_id": contact_id} for alias, contact_id in sorted(found.items())
    ]
    for some in portions(rows):
        db.session.execute(ADD, some)


def move(owner_id: UUID, losers: Iterable[UUID], winner: UUID) -> None:
    """Let what led to contacts that are merged away lead to the one that stays."""
    db.session.execute(MOVE, {"owner": owner_id, "losers": list(losers), "winner": winner})

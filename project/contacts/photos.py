"""Photos of contacts: set, removed, and deleted once no contact uses them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func

from project.contacts import service
from project.contacts.loading import Entry, portions
from project.contacts.open_book import ANY, Condition, OpenBook
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.pictures import removals

PHOTOS = owned_by(CONTACT.c.id, CONTACT.c.photo).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
USES = owned_by(func.count()).where(CONTACT.c.photo == bindparam("photo"))


def put(book: OpenBook, contact_id: UUID, reference: str | None, condition: Condition = ANY) -> Entry:
    """Give the contact this photo, or none; raises NotFound or PreconditionFailed."""
    entry = service.existing(book, contact_id)
    condition.check(entry)
    return entry if entry.photo == reference else book.put(entry.with_photo(reference))


def references(owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Return the photos of those of these contacts that exist, including those in the bin."""
    found: dict[UUID, str | None] = {}
    for some in portions(ids):
        found |= {row.id: row.photo for row in fetch(PHOTOS, {"owner_id": owner_id, "ids": some})}
    return found


def replace(owner_id: UUID, former: str | None, shown: str | None) -> str | None:
    """Queue the deletion of a photo that was replaced, unless another contact, merged with this one, still uses it."""
    if former == shown:
        return None
    is_used = former is not None and fetch(USES, {"owner_id": owner_id, "photo": former}).scalar()
    return removals.replace(None if is_used else former, shown)

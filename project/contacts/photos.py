"""Photos of contacts: set, taken away, and let go of once no contact shows them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func

from project.contacts.conditions import ANY, Condition
from project.contacts.open_book import Entry, OpenBook
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.errors import NotFound
from project.pictures import removals

AT_ONCE = 1_000
SHOWN = owned_by(CONTACT.c.id, CONTACT.c.photo).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
SHOWING = owned_by(func.count()).where(CONTACT.c.photo == bindparam("photo"))


def put(book: OpenBook, contact_id: UUID, reference: str | None, condition: Condition = ANY) -> Entry:
    """The contact with this photo, or with none; raises NotFound or PreconditionFailed."""
    entry = book.living_entry(contact_id)
    if entry is None:
        raise NotFound()
    condition.check(entry)
    return entry if entry.photo == reference else book.put(entry.with_photo(reference))


def shown(owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """The photos of those of these contacts that there are, binned ones included."""
    found: dict[UUID, str | None] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = fetch(SHOWN, {"owner_id": owner_id, "ids": ids[start : start + AT_ONCE]})
        found |= {row.id: row.photo for row in rows}
    return found


def release(owner_id: UUID, reference: str | None) -> str | None:
    """Note the removal of a photo that was dropped, unless another contact, merged with this one, still shows it."""
    if not reference or fetch(SHOWING, {"owner_id": owner_id, "photo": reference}).scalar():
        return None
    removals.note(reference)
    return reference

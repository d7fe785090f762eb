"""Make the search keys of books anew that an older version made, or that were made for another PHONE_REGION.

Some contacts at a time, each time in a transaction that holds the book. What is broken off begins at the same book.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select, update

from project.contacts import books, rows
from project.contacts.books import BOOK
from project.contacts.content import FIELD_NAMES, blank
from project.contacts.naming import display_name
from project.contacts.portions import by_portions, in_portions
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys, order
from project.database.portions import portions
from project.database.reading import end_reading, fetch
from project.extensions import db

AT_ONCE: Final = 500
KIB: Final = 16 * 1024
KEYS: Final = (*keys.derive(blank(), "", None), *order.derive(blank()))
"""The columns by which contacts are found and sorted."""

READ: Final = ("id", *FIELD_NAMES, *KEYS)
COLUMNS: Final = [CONTACT.c[name] for name in READ]
PORTIONS: Final = in_portions(*COLUMNS, rows=AT_ONCE, kib=KIB, of=CONTACT.c.purged_at.is_(None))
SOME: Final = owned_by(*COLUMNS).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
WRITE: Final = (
    update(CONTACT)
    .where(CONTACT.c.owner_id == bindparam("owner"), CONTACT.c.id == bindparam("contact"))
    .values({CONTACT.c[name]: bindparam(f"new_{name}") for name in KEYS})
)
OUTDATED: Final = select(BOOK.c.owner_id).where(BOOK.c.keys_version != bindparam("version"))
DONE: Final = update(BOOK).where(BOOK.c.owner_id == bindparam("owner")).values(keys_version=bindparam("version"))


def commit_all() -> Iterator[int]:
    """Renew all books that need it; how many contacts changed, for each transaction."""
    for found in portions(OUTDATED, {"version": rows.keys_version()}):
        for (owner_id,) in found:
            yield from commit_book(owner_id)


def commit_book(owner_id: UUID) -> Iterator[int]:
    for found in by_portions(owner_id, PORTIONS):
        end_reading()
        if ids := [row[0] for row in found if outdated(row)]:
            yield commit_some(owner_id, ids)
    db.session.execute(DONE, {"owner": owner_id, "version": rows.keys_version()})
    db.session.commit()


def commit_some(owner_id: UUID, ids: Sequence[UUID]) -> int:
    """Renew contacts as they are once their book is locked.

    Their revisions stay, since nothing that a device keeps has changed; that of the book is raised for its lists.
    """
    if books.lock(owner_id).revision == 1:  # its account was deleted meanwhile
        db.session.rollback()
        return 0
    found = fetch(SOME, {"owner_id": owner_id, "ids": list(ids)}).all()
    changed = [(row[0], new) for row in found if (new := outdated(row))]
    values = [
        {"owner": owner_id, "contact": key, **{f"new_{name}": new[name] for name in KEYS}} for key, new in changed
    ]
    if values:
        db.session.connection().execute(WRITE, values)
    db.session.commit()
    return len(values)


def outdated(row: Sequence[Any]) -> Mapping[str, Any] | None:
    """The keys of a contact, if they are others than it has."""
    known = dict(zip(READ, row, strict=False))
    content = rows.content_of(known)
    new = rows.derived(content, display_name(content))
    return new if any(new[name] != known[name] for name in KEYS) else None

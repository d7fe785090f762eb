"""Read many contacts, however large they are, in portions of bounded size."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam

from project.contacts import rows
from project.contacts.bounds import bounded
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import COLUMNS
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch

IDS_AT_ONCE = 1_000
SOME = owned_by(*COLUMNS).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)), LIVING)


class Portions(NamedTuple):
    """Contacts by id: so many, and so many KiB, at a time."""

    first: Select[Any]
    further: Select[Any]
    rows: int
    kib: int


def in_portions(*columns: Any, rows: int, kib: int, of: ColumnElement[bool] = LIVING) -> Portions:
    """Select these columns, of which the first is the id, and the size."""
    found = owned_by(*columns, CONTACT.c.size).where(of).order_by(CONTACT.c.id).limit(rows)
    statements = (found, found.where(CONTACT.c.id > bindparam("after")))
    pages = [statement.subquery("portion") for statement in statements]
    first, further = (bounded(page, kib, page.c.id).order_by("id") for page in pages)
    return Portions(first, further, rows, kib)


def by_portions(owner_id: UUID, portions: Portions) -> Iterator[Sequence[Row[Any]]]:
    """Read portion by portion, to the end."""
    statement, values = portions.first, {"owner_id": owner_id}
    while found := fetch(statement, values).all():
        yield found
        if len(found) < portions.rows and sum(row.size for row in found) <= portions.kib:
            return
        statement, values = portions.further, {"owner_id": owner_id, "after": found[-1].id}


def by_ids(owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return those of these contacts that exist outside of the bin, as the API's objects."""
    portions = (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))
    found = chain.from_iterable(fetch(SOME, {"owner_id": owner_id, "ids": portion}) for portion in portions)
    return {row.id: rows.show(row) for row in found}

"""Reading contacts: one, a page of many, the labels. Every query starts at `owned_by`.

What is read are columns, not entities, by statements that are built once for each shape of a question.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, Subquery, and_, bindparam, func, select, true, tuple_

from project.contacts import birthdays, filters, rows
from project.contacts.books import BOOK
from project.contacts.filters import Terms
from project.contacts.rows import SHOWN
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search.keys import fold
from project.database.reading import fetch
from project.errors import InvalidCursor, NotFound
from project.web.cursors import seal, unseal

OWNER: BindParameter[UUID] = bindparam("owner_id")
LIVING = CONTACT.c.deleted_at.is_(None)
BINNED = and_(CONTACT.c.deleted_at.is_not(None), CONTACT.c.wiped_at.is_(None))


class Sort(NamedTuple):
    """An order of a list: its column, and how the column's value is written into a cursor and read from it."""

    column: ColumnElement[Any]
    kind: type
    read: Callable[[Any], Any] = lambda value: value


def instant(text: str) -> datetime:
    """A time as cursors have it; raises ValueError for any other."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC:
        raise ValueError("not in UTC")
    return moment


SORTS = {
    "name": Sort(CONTACT.c.sort_key, str),
    "created_at": Sort(CONTACT.c.created_at, str, instant),
    "updated_at": Sort(CONTACT.c.revision, int),  # the order of changes, exact where clocks are not
}


class Shape(NamedTuple):
    """What makes one statement for pages differ from another, whatever the values."""

    order: str
    descending: bool
    continued: bool
    deleted: bool
    terms: Terms


class Page(NamedTuple):
    """Some contacts of a list, how many there are, where the list goes on, and the revision that it shows."""

    items: list[dict[str, Any]]
    total: int
    next_cursor: str | None
    revision: int


def owned_by(*columns: Any) -> Select[Any]:
    """The one place where contacts are scoped to their owner, whose id is bound as `owner_id`."""
    return select(*columns).select_from(CONTACT).where(CONTACT.c.owner_id == OWNER)


ONE = owned_by(*SHOWN).where(CONTACT.c.id == bindparam("id"), LIVING)
EXISTS = owned_by(CONTACT.c.id).where(CONTACT.c.id == bindparam("id"), LIVING)
BIRTHDAYS = owned_by(*SHOWN).where(
    LIVING, CONTACT.c.birthday_mmdd >= bindparam("first"), CONTACT.c.birthday_mmdd <= bindparam("last")
)
LABELS = owned_by(CONTACT.c.labels).where(LIVING, CONTACT.c.labels != bindparam("none"))


def one(owner_id: UUID, contact_id: UUID) -> dict[str, Any]:
    """A living contact; raises NotFound, for another's just as for none at all."""
    row = fetch(ONE, {"owner_id": owner_id, "id": contact_id}).first()
    if row is None:
        raise NotFound()
    return rows.show(row)


def ensure_exists(owner_id: UUID, contact_id: UUID) -> None:
    """Raises NotFound unless this is a living contact of the owner's."""
    if fetch(EXISTS, {"owner_id": owner_id, "id": contact_id}).first() is None:
        raise NotFound()


def page(owner_id: UUID, query: dict[str, Any]) -> Page:
    """A page of the list that the query asks for; raises InvalidCursor."""
    terms, values = filters.read(query)
    order, descending = query["sort"].removeprefix("-"), query["sort"].startswith("-")
    values |= {"owner_id": owner_id, "rows": query["limit"] + 1}
    if "cursor" in query:
        values |= position(query["cursor"], query["sort"], SORTS[order])
    shape = Shape(order, descending, "cursor" in query, query["deleted"], terms)
    answer = fetch(page_statement(shape), values).all()
    total, revision = answer[0][-2:] if answer else (0, 0)
    found = [row for row in answer if row.id]
    more = len(found) > query["limit"]
    shown = [rows.show(row) for row in found[: query["limit"]]]
    return Page(shown, total, cursor(found[-2], query["sort"]) if more else None, revision)


def cursor(row: Any, sort: str) -> str:
    """Where a page ends: the order, and the last row's place in it."""
    return seal(sort, row.position, row.id)


def position(token: str, sort: str, order: Sort) -> dict[str, Any]:
    try:
        sealed_sort, value, last_id = unseal(token, str, order.kind, str)
        found = {"last": order.read(value), "last_id": UUID(last_id)}
    except ValueError:
        raise InvalidCursor() from None
    if sealed_sort != sort:
        raise InvalidCursor("The cursor belongs to a list in another order.")
    return found


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> Select[Any]:
    """A page, its total and the book's revision, of one moment; a page without contacts is a row without one."""
    page, total = chosen(shape) if shape.terms or shape.deleted else whole(shape)
    statement = select(*page.c, total.label("total"), BOOK.c.revision.label("revision_of_book"))
    of_book = statement.select_from(BOOK).outerjoin(page, true()).where(BOOK.c.owner_id == OWNER)
    return of_book.order_by(*ordering(shape, page.c.position, page.c.id))


def whole(shape: Shape) -> tuple[Subquery, ColumnElement[int]]:
    """A page of all the living, whom the book has counted."""
    column = SORTS[shape.order].column
    rows_in_order = owned_by(*SHOWN, column.label("position")).where(LIVING)
    return cut(rows_in_order, shape, column, CONTACT.c.id).subquery("page"), BOOK.c.living


def chosen(shape: Shape) -> tuple[Subquery, ColumnElement[int]]:
    """A page of those whom the filters match. They are looked for once, and sorted and counted by their keys alone.

    As what is named `found` is used twice, both engines keep it rather than look again.
    """
    place = SORTS[shape.order].column.label("position")
    living = BINNED if shape.deleted else LIVING
    found = owned_by(place, CONTACT.c.id).where(living, *filters.conditions(shape.terms)).cte("found")
    keys = cut(select(found), shape, found.c.position, found.c.id).subquery("keys")
    page = owned_by(*SHOWN, keys.c.position).join(keys, CONTACT.c.id == keys.c.id).subquery("page")
    return page, select(func.count()).select_from(found).scalar_subquery()


def cut(statement: Select[Any], shape: Shape, *key: ColumnElement[Any]) -> Select[Any]:
    """One page of the rows; at any depth it costs the same, by comparing (position, id)."""
    if shape.continued:
        names = ("last", "last_id")
        last = tuple_(*(bindparam(name, type_=column.type) for name, column in zip(names, key, strict=True)))
        statement = statement.where(tuple_(*key) < last if shape.descending else tuple_(*key) > last)
    return statement.order_by(*ordering(shape, *key)).limit(bindparam("rows"))


def ordering(shape: Shape, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [column.desc() for column in columns] if shape.descending else list(columns)


def upcoming(owner_id: UUID, start: date, days: int) -> list[dict[str, Any]]:
    """The birthdays from `start` to `start + days`, both included, in their order; by name on the same day."""
    found: list[Row[Any]] = []
    for first, last in birthdays.ranges(start, days):
        bounds = {"owner_id": owner_id, "first": first, "last": last}
        found += fetch(BIRTHDAYS, bounds).all()
    items = [occasion(row, on, start) for row in found if (on := birthdays.date_within(row.birthday, start, days))]
    return sorted(items, key=lambda item: (item["date"], fold(item["contact"]["name"])))


def occasion(row: Any, on: date, start: date) -> dict[str, Any]:
    age = birthdays.age(row.birthday, on)
    return {"contact": rows.show(row), "date": on, "age": age, "days_until": (on - start).days}


def labels(owner_id: UUID) -> list[dict[str, Any]]:
    """The labels in use, each with the number of living contacts that have it, in the order of their names."""
    found = fetch(LABELS, {"owner_id": owner_id, "none": []})
    counts = Counter(label for row in found for label in rows.plain(row.labels))
    return [{"label": label, "count": counts[label]} for label in sorted(counts, key=lambda each: (fold(each), each))]

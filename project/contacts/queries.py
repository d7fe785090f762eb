"""Read contacts: one, or a page. Every query starts with `owned_by`.

Queries select columns, not entities, and each shape of a statement is built once.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    select,
    true,
)

from project.contacts import filters, rows
from project.contacts.books import BOOK
from project.contacts.bounds import SMALL_PAGE, bounded, fit
from project.contacts.rows import COLUMNS, LIST_FIELDS
from project.contacts.rows import TABLE as CONTACT
from project.contacts.sorting import SORTS, UNRANKED, Shape, Sort, cut, ordering, rank
from project.database.reading import fetch
from project.errors import InvalidCursor, NotFound
from project.web.budgets import ANSWER_KIB
from project.web.cursors import seal, unseal

CURSOR_VERSION = 3  # raised when the sort keys change
OWNER: BindParameter[UUID] = bindparam("owner_id")
LIVING = CONTACT.c.deleted_at.is_(None)
AS_STORED = CONTACT.c.created_at > datetime(1970, 1, 1, tzinfo=UTC)
"""True of every contact; has SQLite read a whole book in the order of its rows, twice as fast as in that of names."""
OF_BOOK = (BOOK.c.contact_count, BOOK.c.revision)
IN_BIN = and_(CONTACT.c.deleted_at.is_not(None), CONTACT.c.purged_at.is_(None))


class Page(NamedTuple):
    """A page of contacts, the total, the cursor of the next page, and the revision of the book."""

    items: list[dict[str, Any]]
    total: int
    next_cursor: str | None
    revision: int


def owned_by(*columns: Any) -> Select[Any]:
    """Scope a query to the owner whose id is bound as `owner_id`; the only place that does so."""
    return select(*columns).select_from(CONTACT).where(CONTACT.c.owner_id == OWNER)


ONE = owned_by(*COLUMNS).where(CONTACT.c.id == bindparam("id"), LIVING)
EXISTS = owned_by(CONTACT.c.id).where(CONTACT.c.id == bindparam("id"), LIVING)
KEPT = owned_by(CONTACT.c.id).where(CONTACT.c.id == bindparam("id"), CONTACT.c.purged_at.is_(None))


def one(owner_id: UUID, contact_id: UUID) -> dict[str, Any]:
    """Return a contact; raises NotFound if there is none, it is in the bin, or it is another owner's."""
    row = fetch(ONE, {"owner_id": owner_id, "id": contact_id}).first()
    if row is None:
        raise NotFound()
    return rows.show(row)


def ensure_exists(owner_id: UUID, contact_id: UUID) -> None:
    """Raises NotFound unless the owner has this contact outside of the bin. Locks nothing."""
    if fetch(EXISTS, {"owner_id": owner_id, "id": contact_id}).first() is None:
        raise NotFound()


def ensure_kept(owner_id: UUID, contact_id: UUID) -> None:
    """Raises NotFound unless the owner has this contact, in the bin or outside. Locks nothing."""
    if fetch(KEPT, {"owner_id": owner_id, "id": contact_id}).first() is None:
        raise NotFound()


def page(owner_id: UUID, query: dict[str, Any]) -> Page:
    """Return the page that the query asks for; raises InvalidCursor."""
    terms, values = filters.parse(query)
    order, descending = query["sort"].removeprefix("-"), query["sort"].startswith("-")
    values |= {"owner_id": owner_id, "rows": query["limit"] + 1}
    if "cursor" in query:
        values |= position(query["cursor"], query["sort"], SORTS[order])
    shape = Shape(order, descending, "cursor" in query, query["limit"] > SMALL_PAGE, query["deleted"], terms)
    answer = (shape.is_plain and fetch(unsorted_statement(shape), values).all()) or (
        fetch(page_statement(shape), values).all()
    )
    total, revision = answer[0][-2:] if answer else (0, 0)
    found = [row for row in answer if row.id]
    most = found[: query["limit"]]
    fitting = most[: fit(row.size for row in most)] if shape.is_large else most
    more = len(found) > len(fitting)
    shown = [rows.show(row, LIST_FIELDS) for row in fitting]
    return Page(shown, total, cursor(fitting[-1], query["sort"]) if more else None, revision)


def cursor(row: Any, sort: str) -> str:
    """Seal where a page ends: the order, and the last row's position in it."""
    return seal(CURSOR_VERSION, sort, row.rank, row.position, row.id)


def position(token: str, sort: str, order: Sort) -> dict[str, Any]:
    try:
        version, sealed_sort, rank, value, last_id = unseal(token, int, str, int, order.kind, str)
        found = {"last_rank": rank, "last": order.parse(value), "last_id": UUID(last_id)}
    except ValueError:
        raise InvalidCursor() from None
    if (version, sealed_sort) != (CURSOR_VERSION, sort):
        raise InvalidCursor("The cursor belongs to a list in another order.")
    return found


@lru_cache(maxsize=512)
def unsorted_statement(shape: Shape) -> Select[Any]:
    """Select what `page_statement` does for a plain list without sorting it; an empty page has no row at all."""
    of_book = (select(column).where(BOOK.c.owner_id == OWNER).scalar_subquery() for column in OF_BOOK)
    return unfiltered(shape).add_columns(*of_book)


@lru_cache(maxsize=512)
def page_statement(shape: Shape) -> Select[Any]:
    """Select a page, its total and the book's revision in one snapshot; an empty page is one row without a contact."""
    statement = filtered(shape) if shape.terms or shape.deleted else unfiltered_beside_book(shape)
    if shape.is_large:
        page = statement.subquery("page")
        statement = bounded(page, ANSWER_KIB, *ordering(shape, page.c.rank, page.c.position, page.c.id))
    columns = statement.selected_columns
    return statement.order_by(*ordering(shape, columns["rank"], columns["position"], columns["id"]))


def beside_book(*columns: ColumnElement[Any], total: ColumnElement[int]) -> Select[Any]:
    """Select from the book what is then joined to it, with the total and the book's revision."""
    of_book = (total.label("total"), BOOK.c.revision.label("revision_of_book"))
    return select(*columns, *of_book).select_from(BOOK).where(BOOK.c.owner_id == OWNER)


def unfiltered_beside_book(shape: Shape) -> Select[Any]:
    page = unfiltered(shape).subquery("all")
    return beside_book(*page.c, total=BOOK.c.contact_count).outerjoin(page, true())


def unfiltered(shape: Shape) -> Select[Any]:
    """Select a page of all contacts."""
    column, section = SORTS[shape.order].column, SORTS[shape.order].section
    labelled = (section.label("section"), CONTACT.c.size, UNRANKED, column.label("position"))
    rows_in_order = owned_by(*COLUMNS, *labelled).where(LIVING)
    return cut(rows_in_order, shape, column, CONTACT.c.id)


def filtered(shape: Shape) -> Select[Any]:
    """Select a page of the contacts that match the filters; only their keys are sorted and counted.

    Both engines materialise `found`, because it is used twice, and so search once.
    """
    place, section = SORTS[shape.order].column.label("position"), SORTS[shape.order].section.label("section")
    scope = IN_BIN if shape.deleted else and_(LIVING, AS_STORED)
    found = owned_by(rank(shape), place, CONTACT.c.id).where(scope, *filters.conditions(shape.terms)).cte("found")
    ranked = (found.c.rank,) if shape.is_ranked else ()
    keys = cut(select(found), shape, *ranked, found.c.position, found.c.id).subquery("keys")
    total = select(func.count()).select_from(found).scalar_subquery()
    page = beside_book(*COLUMNS, section, CONTACT.c.size, keys.c.rank, keys.c.position, total=total)
    by_key = and_(CONTACT.c.owner_id == OWNER, CONTACT.c.id == keys.c.id)
    return page.outerjoin(keys, true()).outerjoin(CONTACT, by_key)

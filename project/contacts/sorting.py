"""The orders of a list: by which column, in which direction, from where on.

Where some of what is searched for are words of another script, contacts that have them as written come first.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, literal_column, tuple_

from project.contacts import filters
from project.contacts.filters import Terms
from project.contacts.rows import TABLE as CONTACT

UNRANKED = literal_column("0", Integer).label("rank")


class Sort(NamedTuple):
    """An order of a list: its column, its type in a cursor, how the cursor's value is parsed, and its sections."""

    column: ColumnElement[Any]
    kind: type
    parse: Callable[[Any], Any] = lambda value: value
    section: ColumnElement[Any] = CONTACT.c.name_section


def instant(text: str) -> datetime:
    """Parse a time as cursors have it; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC:
        raise ValueError("not in UTC")
    return moment


SORTS = {
    "name": Sort(CONTACT.c.name_order, str),
    "last_name": Sort(CONTACT.c.last_name_order, str, section=CONTACT.c.last_name_section),
    "created_at": Sort(CONTACT.c.created_at, str, instant),
    "updated_at": Sort(CONTACT.c.revision, int),  # clocks are less exact
}


class Shape(NamedTuple):
    """What makes the statement for one page differ from another, apart from bound values."""

    order: str
    descending: bool
    continued: bool
    is_large: bool
    deleted: bool
    terms: Terms

    @property
    def is_plain(self) -> bool:
        """Whether an index has the rows in order, and no page of them is too large."""
        return not (self.terms or self.deleted or self.is_large)

    @property
    def is_ranked(self) -> bool:
        return any(term.is_in_script for term in self.terms)


def rank(shape: Shape) -> ColumnElement[int]:
    """Whatever the direction of the list, what has each word as it is written comes first."""
    if not shape.is_ranked:
        return UNRANKED
    first, last = (1, 0) if shape.descending else (0, 1)
    return case((and_(*filters.in_script(shape.terms)), literal_column(str(first))), else_=last).label("rank")


def cut(statement: Select[Any], shape: Shape, *key: ColumnElement[Any]) -> Select[Any]:
    """Limit a statement to one page by comparing ([rank,] position, id), which costs the same at any depth."""
    if shape.continued:
        names = ("last_rank", "last", "last_id")[-len(key) :]
        last = tuple_(*(bindparam(name, type_=column.type) for name, column in zip(names, key, strict=True)))
        statement = statement.where(tuple_(*key) < last if shape.descending else tuple_(*key) > last)
    return statement.order_by(*ordering(shape, *key)).limit(bindparam("rows"))


def ordering(shape: Shape, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [column.desc() for column in columns] if shape.descending else list(columns)

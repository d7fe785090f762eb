"""Rows of all owners in portions, each read in a transaction of its own, by the first key."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select

from project.database.reading import db, end_reading

PORTION = 1_000


def portions(
    query: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The rows of a query by its first column, which is unique, some at a time; the caller may commit in between."""
    key = query.selected_columns[0]
    ordered = chosen = query.order_by(key).limit(PORTION)
    while rows := db.session.execute(chosen, values or {}).all():
        end_reading()
        yield rows
        if len(rows) < PORTION:
            return
        chosen = ordered.where(key > rows[-1][0])
    end_reading()


def owners(query: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None) -> Iterator[UUID]:
    """The same for a query of owners alone."""
    for rows in portions(query.distinct(), values):
        yield from (owner_id for (owner_id,) in rows)

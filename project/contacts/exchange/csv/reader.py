"""CSV read: our own files without loss, Google's and Outlook's, and what people make with a spreadsheet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from re import Pattern
from typing import NamedTuple

from project.contacts.content import display_name
from project.contacts.exchange.card import Broken, Card, Failure, capped
from project.contacts.exchange.csv import cells, columns, headings, own, rows
from project.contacts.exchange.csv.columns import Found
from project.contacts.exchange.csv.headings import Column
from project.contacts.exchange.csv.rows import Row
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.finish import finish
from project.contacts.exchange.values import dates
from project.contacts.exchange.values.emails import Emails
from project.errors import UnreadableImport

MOST_HEADINGS = 1000
SLASHED_DATE = re.compile(rb"\b([0-9]{2})/([0-9]{2})/[0-9]{4}\b")
MONTHS = 12
SAY_NOTHING = frozenset({"unknown", "ignored"})
HANDLERS = {**columns.HANDLERS, **own.HANDLERS}


class Step(NamedTuple):
    """The columns that are one thing, by their parts."""

    kind: str
    label: str
    columns: dict[str, int]


def read(data: bytes) -> Iterator[Card | Failure]:
    """A card for every row, or why it is none; raises UnreadableImport where no heading is one of a contact's.

    The time grows with the length of the file, and what is held in memory is the file and one row.
    """
    found = rows.read(data)
    titles = [title.strip() for title in next(found, Row(0, [])).cells]
    steps = plan(headings.columns(titles)) if len(titles) <= MOST_HEADINGS else []
    if not any(step.kind not in SAY_NOTHING for step in steps):
        raise UnreadableImport("The first line has no heading of a contact's.")
    steps_of_cells = {cell: number for number, step in enumerate(steps) for cell in step.columns.values()}
    reader = Reader(steps, steps_of_cells, len(titles), date_order(data), Emails())
    return capped(reader.read(row) for row in found)


def plan(found: Sequence[Column]) -> list[Step]:
    """What is to be done with the columns, in their order; two columns for the same are two things."""
    steps: dict[tuple[str, str], Step] = {}
    for index, column in enumerate(found):
        step = steps.setdefault((column.kind, column.which), Step(column.kind, column.label, {}))
        if column.part in step.columns:
            step = steps.setdefault((column.kind, f"{column.which} {index}"), Step(column.kind, column.label, {}))
        step.columns[column.part] = index
    return list(steps.values())


class Reader(NamedTuple):
    """What is known of all rows of a file."""

    steps: Sequence[Step]
    steps_of_cells: Mapping[int, int]
    width: int
    order: Pattern[str]
    emails: Emails

    def read(self, row: Row) -> Card | Failure:
        """One row; whatever is wrong with it concerns no other."""
        draft = Draft(self.emails)
        try:
            self.fill(draft, self.values(row))
            return finish(draft, row.line)
        except Broken as problem:
            return Failure(row.line, display_name(draft.contact) or draft.formatted, str(problem))

    def values(self, row: Row) -> list[str]:
        """As many cells as there are headings; a short row has empty ones at its end."""
        if row.error:
            raise Broken(row.error)
        if any(row.cells[self.width :]):
            raise Broken("The row has more cells than there are headings.")
        return [cells.restore(cell) for cell in row.cells[: self.width]] + [""] * (self.width - len(row.cells))

    def fill(self, draft: Draft, values: Sequence[str]) -> None:
        """Every cell where it belongs. Empty ones say nothing and take no time: a row may have a thousand of them."""
        for number in sorted({self.steps_of_cells[index] for index, value in enumerate(values) if value}):
            step = self.steps[number]
            HANDLERS[step.kind](draft, Found(values, step.columns, step.label, self.order))


def date_order(data: bytes) -> Pattern[str]:
    """Which part of dates like 04/05/1815 is the day: the one that is over 12 more often, in the file as a whole."""
    days_first = months_first = 0
    for match in SLASHED_DATE.finditer(data):
        days_first += int(match[1]) > MONTHS
        months_first += int(match[2]) > MONTHS
    return dates.DAY_FIRST if days_first > months_first else dates.MONTH_FIRST

"""Read CSV: our own files without loss, Google's, Outlook's, Thunderbird's, and what people make with a spreadsheet."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from re import Pattern
from typing import NamedTuple

from project.contacts.exchange import digests
from project.contacts.exchange.card import Broken, Card, Failure, Found, UnknownColumns, capped
from project.contacts.exchange.csv import cells, columns, headings, repairs, rows
from project.contacts.exchange.csv.headings import Column
from project.contacts.exchange.csv.rows import Row
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.finishing import finish
from project.contacts.exchange.values import dates
from project.contacts.exchange.values.emails import PLAIN, Emails
from project.contacts.naming import NAMED_BY
from project.errors import UnreadableImport

SLASHED_DATE = re.compile(rb"(?<![0-9/])([0-9]{1,2})/([0-9]{1,2})/(?:[0-9]{4}|[0-9]{2})(?![0-9/])")
MONTHS = 12
MAY_SAY_NOTHING = frozenset({"other", "numbered other", "phone", "email", "url", "im", "date", "birthday"})
NAMES_OR_REACHES = frozenset({"formatted", "email", "phone", "im", "own email", "own phone"})


class Step(NamedTuple):
    """The columns that are one thing, by their parts."""

    kind: str
    which: str
    label: str
    columns: dict[str, int]

    @property
    def is_needed(self) -> bool:
        """Whether it names or reaches a person."""
        return self.kind in NAMES_OR_REACHES or (self.kind == "line" and self.which in NAMED_BY)


def read(data: bytes) -> Iterator[Found]:
    """A card for every row, or why it is none, and at the end the headings whose cells became details of kind `other`.

    Raises UnreadableImport where no heading names or reaches a person. Time is linear, and memory is the file and one
    row.
    """
    found = rows.read(data, headings.known)
    titles, steps = heading_row(found)
    steps_of_cells = {cell: number for number, step in enumerate(steps) for cell in step.columns.values()}
    restored = cells.restore if headings.are_ours(titles) else repairs.repaired
    return capped(Reader(steps, steps_of_cells, titles, date_order(data, titles), Emails(), {}, restored).read(found))


def heading_row(found: Iterator[Row]) -> tuple[list[str], list[Step]]:
    """The headings and what they mean. LinkedIn writes notes before them; then two of them must be known."""
    for number, row in enumerate(islice(found, rows.MOST_BEFORE + 1)):
        titles = [title.strip() for title in row.cells]
        may_be = len(titles) <= headings.MOST_HEADINGS and not any(map(is_value, titles))
        steps = plan(headings.columns(titles)) if may_be else []
        if sum(step.is_needed for step in steps) > min(number, 1):
            return titles, steps
    raise UnreadableImport("No heading in the first line is known to name or to reach a person.")


def is_value(title: str) -> bool:
    """Whether a cell is an e-mail address or a number, as the first row has them of a file without headings."""
    is_short = len(title) <= headings.LONGEST_HEADING
    return is_short and bool(PLAIN.fullmatch(title) or columns.NUMBER.fullmatch(title))


def plan(found: Sequence[Column]) -> list[Step]:
    """What to do with the columns, in their order; where there are two for the same part, there are two things."""
    steps: dict[tuple[str, str, int], Step] = {}
    for index, column in enumerate(found):
        places = (steps.setdefault((column.kind, column.which, number), new_step(column)) for number in count())
        next(step for step in places if column.part not in step.columns).columns[column.part] = index
    return list(steps.values())


def new_step(column: Column) -> Step:
    return Step(column.kind, column.which, column.label, {})


class Reader(NamedTuple):
    """What is known of all rows of a file. `unknown` collects the headings of details of kind `other`."""

    steps: Sequence[Step]
    steps_of_cells: Mapping[int, int]
    titles: Sequence[str]
    order: Pattern[str]
    emails: Emails
    unknown: dict[str, None]
    restored: Callable[[str], str]

    @property
    def width(self) -> int:
        return len(self.titles)

    def read(self, found: Iterator[Row]) -> Iterator[Found]:
        line = 1
        for row in found:
            line = row.line
            if not self.repeats_headings(row):
                yield self.read_one(row)
        if self.unknown:
            yield UnknownColumns(tuple(self.unknown), line)

    def repeats_headings(self, row: Row) -> bool:
        """Whether another file with the same headings begins here."""
        return len(row.cells) == self.width and [cell.strip("\ufeff ") for cell in row.cells] == self.titles

    def read_one(self, row: Row) -> Card | Failure:
        """One row; whatever is wrong with it affects no other."""
        draft = Draft(self.emails, is_exact=headings.are_ours(self.titles))
        try:
            self.fill(draft, self.values(row), len(row.cells))
            card = finish(draft, row.line)
        except Broken as problem:
            return Failure(row.line, draft.name, str(problem))
        if card.uid is not None:
            return card
        return replace(card, text=digests.of_row(map(row.former, self.titles), map(row.former, row.cells)))

    def values(self, row: Row) -> list[str]:
        """As many cells as there are headings; a short row has empty ones at its end."""
        if row.error:
            raise Broken(row.error)
        if any(row.cells[self.width :]):
            raise Broken("The row has more cells than there are headings.")
        return [self.restored(cell) for cell in row.cells[: self.width]] + [""] * (self.width - len(row.cells))

    def fill(self, draft: Draft, values: Sequence[str], written: int) -> None:
        """Every cell where it belongs: of the first `written`, those that are not empty. A row may lack a thousand."""
        filled = (index for index, value in enumerate(islice(values, written)) if value)
        for number in sorted({self.steps_of_cells[index] for index in filled}):
            step = self.steps[number]
            found = columns.Found(values, step.columns, step.which, step.label, self.order)
            if step.kind in MAY_SAY_NOTHING and headings.says_nothing(found.text()):
                continue
            columns.HANDLERS[step.kind](draft, found)
            if step.kind == "other" and found.text():
                self.unknown[step.label] = None


def date_order(data: bytes, titles: Sequence[str]) -> Pattern[str]:
    """Which part of dates such as 04/05/1815 is the day: the one that exceeds 12 more often in the whole file.

    Where neither does, the month comes first beside headings in English, and the day in other languages.
    """
    days_first = months_first = 0
    for match in SLASHED_DATE.finditer(data):
        days_first += int(match[1]) > MONTHS
        months_first += int(match[2]) > MONTHS
    if days_first == months_first:
        return dates.DAY_FIRST if headings.are_foreign(titles) else dates.MONTH_FIRST
    return dates.DAY_FIRST if days_first > months_first else dates.MONTH_FIRST

"""The rows of a CSV file, one by one, with the lines on which they begin. Knows no contact."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from project.contacts.exchange.values import encodings, guessing

LONGEST_CELL = 8 * 2**20  # characters: a picture of 5 MiB has 7 million
MOST_DELIMITERS = 200_000  # in a row, those within texts included
DELIMITERS = ",;\t|"
LOOKED_AT = 2**16  # bytes, for the first line
FORMER = ("cp1252", "cp1250", "cp1251")  # of Western and Central Europe, and of Cyrillic, as 1.0 read them
LEGACY = (*FORMER, "mac_roman", "cp850", "cp852", "koi8-u", "iso8859-2", "iso8859-5", "mac_cyrillic", "mac_latin2")
QUOTED = re.compile('"[^"]*"')
BETWEEN = re.compile("[,;\t|]")
SINGLY = re.compile("(?:'[^']*'[,;\t|])+'[^']*'")  # quoted, all headings of a line
HINT = re.compile(rb'"?sep=."?\r?\n', re.IGNORECASE)  # a first line for spreadsheets
MOST_BEFORE = 3  # rows before the headings

csv.field_size_limit(LONGEST_CELL)  # of the whole process: Python has no other


class Row(NamedTuple):
    """The cells of a row, or why they cannot be read. `former` is how another version has decoded a cell."""

    line: int
    cells: list[str]
    error: str = ""
    former: Callable[[str], str] = str


class Lines:
    """The lines of a file for csv.reader. Raises csv.Error for those that make a row too long, and goes on."""

    def __init__(self, source: bytes, delimiter: str, encoding: str) -> None:
        self.stream = io.TextIOWrapper(io.BytesIO(source), encoding, errors="replace", newline="")
        self.delimiter, self.number, self.delimiters = delimiter, 0, 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = next(self.stream)
        self.number += 1
        self.delimiters += line.count(self.delimiter)
        if self.delimiters > MOST_DELIMITERS:
            raise csv.Error("too many cells in a row")
        return line


def read(data: bytes, known: Callable[[Iterable[str]], int]) -> Iterator[Row]:
    """Every row that is not empty, the headings first; `known` tells how many of some headings are known."""
    source = encodings.to_utf8(data)
    hint = HINT.match(source)
    encoding, before = encodings_of(source, known)
    start = source[hint.end() if hint else 0 :][:LOOKED_AT]
    headings, delimiter = heading_line(start.decode(encoding, "replace"), known)
    lines = Lines(source, delimiter, encoding)
    former = str if encoding == before else partial(recoded, encoding, before)
    if hint:
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter, quotechar="'" if SINGLY.fullmatch(headings) else '"')
    while row := next_row(lines, reader):
        if row.error or any(map(str.strip, row.cells)):
            yield row._replace(former=former)


def next_row(lines: Lines, reader: "Iterator[list[str]]") -> Row | None:
    """The next row; None after the last."""
    line = lines.number + 1
    lines.delimiters = 0
    try:
        return Row(line, next(reader))
    except StopIteration:
        return None
    except csv.Error as problem:
        return Row(line, [], f"Not a row of CSV: {problem}.")


def encodings_of(source: bytes, known: Callable[[Iterable[str]], int]) -> tuple[str, str]:
    """UTF-8 where it is valid, else that in which most headings are known, or the likeliest; and what 1.0 chose."""
    if encodings.is_utf8(source):
        return "utf-8", "utf-8"
    first_line = source[:LOOKED_AT].partition(b"\n")[0]
    found = {
        encoding: known(BETWEEN.split(first_line.decode(encoding, "replace")))
        for encoding in (guessing.guess(encodings.undecodable(source)), *LEGACY)
    }
    return max(found, key=found.__getitem__), max(FORMER, key=found.__getitem__)


def recoded(encoding: str, former: str, cell: str) -> str:
    """A cell as it would be in another encoding."""
    return cell.encode(encoding, "replace").decode(former, "replace")


def heading_line(start: str, known: Callable[[Iterable[str]], int]) -> tuple[str, str]:
    """The first line that has known headings, and what is between them; or else the first line."""
    lines = [line for line in re.split(r"[\r\n]+", start) if line][: MOST_BEFORE + 1] or [""]
    found = [(line, delimiter_of(line, known)) for line in lines]
    return next((each for each in found if known(cells_of(*each))), found[0])


def delimiter_of(line: str, known: Callable[[Iterable[str]], int]) -> str:
    """That which most known headings are between, or the most frequent one, and not within a heading in quotes."""
    bare = QUOTED.sub("", line)
    return max(DELIMITERS, key=lambda delimiter: (known(cells_of(line, delimiter)), bare.count(delimiter)))


def cells_of(line: str, delimiter: str) -> Iterator[str]:
    try:
        return (cell.strip("'") for cell in next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return iter(())

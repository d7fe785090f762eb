"""What one cell of a CSV file may be."""

import json
import re
from contextlib import suppress
from typing import Any

from project.contacts.exchange.card import Broken
from project.contacts.exchange.values import text

# How a formula begins for a spreadsheet, after the apostrophes that were put before it.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
TEXT = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)  # what keeps Excel from reading a number
SEVERAL = ":::"  # between Google's values of one kind
STAR = "*"  # before Google's own groups
LABEL = re.compile(r'"((?:[^"]|"")*)"|[^,;|"\n；，،、]+')


def defuse(cell: str) -> str:
    """Keep a spreadsheet from running a cell: an apostrophe makes it text. `restore` undoes it."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """The cell before `defuse`, `="+44 20 …"` as a text, and any other cell unchanged, `+44 20 …` as `'tis`."""
    if cell.startswith("'") and FORMULA.match(cell):
        return cell[1:]
    quoted = TEXT.fullmatch(cell) if cell.startswith("=") else None
    return quoted[1].replace('""', '"') if quoted else cell


def several(cell: str) -> list[str]:
    """The values of a cell."""
    return [text.one_line(value) for value in cell.split(SEVERAL)]


def several_lines(cell: str) -> list[str]:
    """The values of a cell, each with its lines."""
    values = text.clean(cell).split(SEVERAL)
    return [value if "\n" in value else text.one_line(value) for value in values]


def labels(cell: str) -> list[str]:
    """Labels, which Google separates by three colons, and others by commas, semicolons or bars, in quotes or without.

    They may also be on lines, or a list of texts in JSON.
    """
    if SEVERAL in cell or cell.startswith(STAR):
        return several(cell)
    if cell.startswith("["):
        with suppress(Broken):
            return list(map(text.one_line, load_texts(cell, "")))
    found = ((match[1] or match[0]).replace('""', '"') for match in LABEL.finditer(cell))
    return [text.one_line(label) for label in found]


def dump(value: Any) -> str:
    """A list, as JSON; an empty one is an empty cell."""
    return json.dumps(value, ensure_ascii=False) if value else ""


def load(cell: str, heading: str) -> list[Any]:
    """A list from JSON; raises Broken for anything else."""
    try:
        value = json.loads(cell or "[]")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise Broken(f"{heading}: not a list in JSON.")
    return value


def load_objects(cell: str, heading: str) -> list[dict[str, str]]:
    """A list of objects of texts from JSON; a null is an empty text; raises Broken for anything else."""
    found = load(cell, heading)
    if not all(map(is_object_of_texts, found)):
        raise Broken(f"{heading}: not a list of objects of texts in JSON.")
    return [{key: text.one_line(value or "") for key, value in each.items()} for each in found]


def is_object_of_texts(value: Any) -> bool:
    """Whether it is an object whose values are texts or null."""
    return isinstance(value, dict) and all(isinstance(each, str | None) for each in value.values())


def load_texts(cell: str, heading: str) -> list[str]:
    """A list of texts from JSON; raises Broken for anything else."""
    found = load(cell, heading)
    if not all(isinstance(each, str) for each in found):
        raise Broken(f"{heading}: not a list of texts in JSON.")
    return found

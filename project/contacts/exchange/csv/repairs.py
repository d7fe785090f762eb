"""What spreadsheets and exporters do to cells, undone. Cells of our own files are exact."""

import re
from typing import Final

from project.contacts.exchange.csv import cells
from project.contacts.exchange.values import entities

ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
CARRIAGE_RETURN: Final = "_x000D_"  # as Excel's own format has it
EXPONENT: Final = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
FRACTION: Final = re.compile(r"(\+?[0-9]{5,})[.,]0")
TOO_NARROW: Final = re.compile(r"#{3,}")
AS_TEXT: Final = re.compile(r"'(?=[+0-9(])")


def repaired(cell: str) -> str:
    """A cell as it was meant."""
    cell = cells.restore(cell)
    if cell in ERRORS:
        return ""
    return entities.resolved(cell.replace(CARRIAGE_RETURN, "") if CARRIAGE_RETURN in cell else cell)


def phone_number(value: str) -> str:
    """A number that a spreadsheet has taken for a quantity, where its digits are all there: `4.42079460958E+11`."""
    found, fraction = EXPONENT.fullmatch(value), FRACTION.fullmatch(value)
    if found and len(found[2] or "") == int(found[3]):
        return found[1] + (found[2] or "")
    return fraction[1] if fraction else AS_TEXT.sub("", value, 1)


def is_lost(value: str) -> bool:
    """Whether a number has been rounded, or replaced by signs for one that its column was too narrow for."""
    return bool(EXPONENT.fullmatch(value) or TOO_NARROW.fullmatch(value))

"""What a contact has room for. What is too long or too much becomes a content line of its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from project.contacts.content import (
    ADDRESS_PARTS,
    MOST_ADDRESSES,
    MOST_DETAILS,
    MOST_LABELS,
    NAME_LENGTH,
    NOTES_LENGTH,
    VALUE_LENGTH,
)
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import text

MOST_EXTRA: Final = 2**20  # characters

Each = TypeVar("Each")


def notes(found: Iterable[str]) -> tuple[str | None, list[str]]:
    """The notes that fit, in one text, and lines for the others. A first one that does not fit is cut."""
    fitting, length, over = [], -1, []
    for note in filter(None, map(text.lines, found)):
        if length + 1 + len(note) <= NOTES_LENGTH:
            fitting.append(note)
            length += 1 + len(note)
        else:
            over.append(note)
    if over and not fitting:
        fitting = [over[0][:NOTES_LENGTH].rstrip()]
        over[0] = over[0][len(fitting[0]) :]
    return "\n".join(fitting) or None, [f"NOTE:{text_lines.escape(note)}" for note in over]


def labels(found: Iterable[str]) -> tuple[list[str], list[str]]:
    """The labels that fit, and a line for the others."""
    fitting, over = partition(found, MOST_LABELS, lambda label: len(label) <= NAME_LENGTH)
    return fitting, [f"CATEGORIES:{','.join(map(text_lines.escape, over))}"] if over else []


def addresses(found: Iterable[Each], parts: Callable[[Each], Mapping[str, Any]]) -> tuple[list[Each], list[Each]]:
    """The addresses that fit, and the others."""
    return partition(found, MOST_ADDRESSES, lambda each: address_fits(parts(each)))


def details(found: Iterable[Each], parts: Callable[[Each], Sequence[Any]]) -> tuple[list[Each], list[Each]]:
    """The details that fit, by their kind, label and value, and the others."""
    return partition(found, MOST_DETAILS, lambda each: detail_fits(*parts(each)))


def address_fits(address: Mapping[str, Any]) -> bool:
    values = (address[part] or "" for part in ADDRESS_PARTS)
    return len(address["label"] or "") <= NAME_LENGTH and all(len(value) <= VALUE_LENGTH for value in values)


def detail_fits(label: str | None, value: str) -> bool:
    return len(label or "") <= NAME_LENGTH and len(value) <= VALUE_LENGTH


def partition(found: Iterable[Each], most: int, fits: Callable[[Each], bool]) -> tuple[list[Each], list[Each]]:
    """The first `most` that fit, and all others."""
    fitting: list[Each] = []
    over: list[Each] = []
    for each in found:
        (fitting if len(fitting) < most and fits(each) else over).append(each)
    return fitting, over

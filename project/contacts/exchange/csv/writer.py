"""CSV written: a column for each of a contact's fields, lists as JSON in their cells. Reading it loses nothing."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from project.contacts.content import FIELD_NAMES
from project.contacts.exchange.card import Card
from project.contacts.exchange.csv import cells
from project.contacts.exchange.values import photos

HEADINGS = (*FIELD_NAMES, "uid", "extra", "photo")


def write(cards: Iterable[Card]) -> Iterator[bytes]:
    """The headings, then each card as it is asked for (RFC 4180, UTF-8)."""
    yield row(HEADINGS)
    for card in cards:
        photo = photos.encode(card.photo) if card.photo else ""
        values = [*(card.contact[field] for field in FIELD_NAMES), card.uid, card.extra, photo]
        yield row(map(cell, values))


def row(values: Iterable[str]) -> bytes:
    """One line, or several where a note has them."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(cells.defuse, values))
    return buffer.getvalue().encode()


def cell(value: Any) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return cells.dump(value)
    return value or ""

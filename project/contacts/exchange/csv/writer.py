"""Write CSV: a column for each field of a contact, lists as JSON in their cells. Reading it loses nothing."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from project.contacts.content import FIELD_NAMES
from project.contacts.exchange.card import Card
from project.contacts.exchange.csv import cells
from project.contacts.exchange.values import photos

HEADINGS = (*FIELD_NAMES, "uid", "extra", "photo", "photo_url", "updated_at")


def write(cards: Iterable[Card]) -> Iterator[bytes]:
    """The headings, then each card when it is asked for (RFC 4180, UTF-8)."""
    yield row(HEADINGS)
    for card in cards:
        photo = photos.encode(card.photo) if card.photo else None
        revised = card.revised.isoformat() if card.revised else None
        content: Mapping[str, Any] = card.contact
        values = [*(content[field] for field in FIELD_NAMES), card.uid, card.extra, photo, card.photo_url, revised]
        yield row(map(cell, values))


def row(values: Iterable[str]) -> bytes:
    """One line, or several if a note has them."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(cells.defuse, values))
    return buffer.getvalue().encode()


def cell(value: Any) -> str:
    """The text of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return cells.dump(value)
    return value or ""

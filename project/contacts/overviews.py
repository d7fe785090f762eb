"""Overviews of the whole address book: birthdays and labels."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam

from project.contacts import birthdays, rows
from project.contacts.bounds import fit
from project.contacts.portions import by_ids, by_portions, in_portions
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search.folding import fold
from project.database.reading import fetch
from project.errors import InvalidCursor
from project.web.budgets import ANSWER_KIB
from project.web.cursors import seal, unseal

MOST_LABELS = 20_000  # distinct labels in one answer
LARGER_THAN_ANY = 2**31  # KiB
BIRTHDAYS = owned_by(CONTACT.c.id, CONTACT.c.birthday, CONTACT.c.name_order, CONTACT.c.size).where(
    LIVING, CONTACT.c.birthday_mmdd >= bindparam("first"), CONTACT.c.birthday_mmdd <= bindparam("last")
)
LABELS = in_portions(CONTACT.c.id, CONTACT.c.labels, rows=10_000, kib=ANSWER_KIB)


class Occasion(NamedTuple):
    """A birthday and its place in the list: by day, by name on the same day, and by id."""

    on: date
    name_order: str
    id: UUID
    size: int


def upcoming(owner_id: UUID, start: date, days: int, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """List the birthdays from `start` to `start + days`, both included, and the cursor of the next page, if any.

    Raises InvalidCursor. Only keys are sorted; of contacts no more are read than go into the answer.
    """
    found = sorted(occasions(owner_id, start, days))
    if after is not None:
        found = found[bisect_right(found, occasion_at(after)) :]
    fitting = found[: fit(each.size for each in found)]
    contacts = by_ids(owner_id, [each.id for each in fitting])
    items = [shown(contacts[each.id], each.on, start) for each in fitting if each.id in contacts]
    last = fitting[-1] if len(fitting) < len(found) else None
    return items, last and seal(last.on.isoformat(), last.name_order, str(last.id))


def occasions(owner_id: UUID, start: date, days: int) -> Iterator[Occasion]:
    for first, last in birthdays.ranges(start, days):
        for row in fetch(BIRTHDAYS, {"owner_id": owner_id, "first": first, "last": last}):
            if on := birthdays.date_within(row.birthday, start, days):
                yield Occasion(on, row.name_order, row.id, row.size)


def occasion_at(token: str) -> Occasion:
    try:
        on, name_order, contact_id = unseal(token, str, str, str)
        return Occasion(date.fromisoformat(on), name_order, UUID(contact_id), LARGER_THAN_ANY)
    except ValueError:
        raise InvalidCursor() from None


def shown(contact: dict[str, Any], on: date, start: date) -> dict[str, Any]:
    age = birthdays.age(contact["birthday"], on)
    return {"contact": contact, "date": on, "age": age, "days_until": (on - start).days}


def labels(owner_id: UUID) -> list[dict[str, Any]]:
    """List the labels in use by name, each with the number of contacts that have it: at most MOST_LABELS of them."""
    counts = Counter[str]()
    for row in chain.from_iterable(by_portions(owner_id, LABELS)):
        for label in rows.plain(row.labels):
            if label in counts or len(counts) < MOST_LABELS:
                counts[label] += 1
    return [{"label": label, "count": counts[label]} for label in sorted(counts, key=lambda each: (fold(each), each))]

"""Find contacts that are one person, and merge them in one transaction."""

from dataclasses import replace as altered
from typing import Any, cast
from uuid import UUID

from project.contacts import service
from project.contacts.content import FIELD_NAMES, Content
from project.contacts.duplicates import finding, merging
from project.contacts.duplicates.entries import Candidate
from project.contacts.kept_lines import without_memory
from project.contacts.open_book import Condition, Entry, OpenBook, load
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.errors import NotFound, ValidationFailed
from project.extensions import settings

CANDIDATES = owned_by(
    CONTACT.c.id, CONTACT.c.name_key, CONTACT.c.email_keys, CONTACT.c.phone_keys, CONTACT.c.birthday, CONTACT.c.name
).where(LIVING)


def duplicates_of(owner_id: UUID) -> list[dict[str, Any]]:
    """Return groups of the owner's contacts that may be one person."""
    rows = fetch(CANDIDATES.order_by(CONTACT.c.id), {"owner_id": owner_id})
    groups = finding.find([Candidate(*row) for row in rows])
    shown = {entry.id: entry.show() for entry in load(owner_id, [each for group in groups for each in group.ids])}
    return [
        {"contacts": [shown[each] for each in group.ids], "reasons": group.reasons, "score": round(group.score, 3)}
        for group in groups
    ]


def merge(book: OpenBook, target_id: UUID, other_ids: list[UUID], condition: Condition) -> Entry:
    """Merge the others into the target and put them into the bin, so that one delta shows both.

    A merge that is repeated after a lost answer finds the others in the bin, and changes nothing. Raises NotFound for
    whatever else is in the bin or not there, ValidationFailed, or PreconditionFailed for the target.
    """
    if target_id in other_ids:
        raise ValidationFailed([{"pointer": "/ids", "detail": "A contact cannot be merged with itself."}])
    target, others = book.living_entry(target_id), [book.entries[each] for each in other_ids if each in book.entries]
    if target is None or len(others) < len(other_ids):
        raise NotFound()
    condition.check(target)
    merged = united(target, others)
    if not any(other.is_living for other in others) and merged == target:
        return target
    for each in other_ids:
        service.delete(book, each)
    return book.put(merged)


def united(target: Entry, others: list[Entry]) -> Entry:
    merged = merging.merge(
        {**target.content, "photo": target.photo, "extra": target.extra or []},
        [{**each.content, "photo": each.photo, "extra": without_memory(each.extra)} for each in others],
        region=settings.phone_region,
    )
    content = {name: merged[name] for name in FIELD_NAMES}
    return altered(target, content=cast(Content, content), photo=merged["photo"], extra=merged["extra"] or None)

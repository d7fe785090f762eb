"""Find contacts that are one person, and merge them in one transaction."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace as altered
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple, cast
from uuid import UUID

from project.contacts import aliases, kept_lines, service
from project.contacts.bounds import fit
from project.contacts.content import FIELD_NAMES, Content
from project.contacts.duplicates import finding, merging
from project.contacts.duplicates.finding import Group
from project.contacts.duplicates.profiles import Candidate
from project.contacts.loading import Entry
from project.contacts.open_book import Condition, OpenBook
from project.contacts.portions import by_ids, by_portions, in_portions
from project.contacts.rows import TABLE as CONTACT
from project.errors import InvalidCursor, NotFound, ValidationFailed
from project.extensions import settings
from project.web.budgets import ANSWER_KIB, Work
from project.web.cursors import seal, unseal

COMPARED = ("id", "name_key", "email_keys", "phone_keys", "birthday", "name", "name_prefix", "name_suffix")
CANDIDATES = in_portions(*(CONTACT.c[name] for name in COMPARED), rows=5_000, kib=ANSWER_KIB)
MOST_KEYS = 500_000  # numbers and addresses compared, of some hundred bytes each


class Compared(NamedTuple):
    """The contacts to compare, their sizes, and whether these are all of the owner's."""

    candidates: list[Candidate]
    sizes: dict[UUID, int]
    are_all: bool


def duplicates_of(owner_id: UUID, after: str | None, work: Work) -> dict[str, Any]:
    """Return groups of contacts that may be one person, as many as fit into an answer; raises InvalidCursor."""
    compared = to_compare(owner_id)
    found = finding.find_within(lambda: work.is_spent, compared.candidates)
    groups = sorted(found.groups, key=position)
    if after is not None:
        groups = groups[bisect_right(groups, position_at(after), key=position) :]
    fitting = groups[: fit(sum(map(compared.sizes.__getitem__, group.ids)) for group in groups)]
    return {
        "items": shown(owner_id, fitting),
        "next_cursor": seal(*position(fitting[-1])) if len(fitting) < len(groups) else None,
        "truncated": not (compared.are_all and found.is_whole),
    }


def to_compare(owner_id: UUID) -> Compared:
    """Return the owner's contacts by id, up to MOST_KEYS numbers and addresses."""
    found = Compared([], {}, are_all=True)
    keys = 0
    for portion in by_portions(owner_id, CANDIDATES):
        found.candidates.extend(Candidate(*row[: len(COMPARED)]) for row in portion)
        found.sizes.update((row.id, row.size) for row in portion)
        keys += sum(row.email_keys.count("\n") + row.phone_keys.count("\n") for row in portion)
        if keys > MOST_KEYS:
            return found._replace(are_all=False)
    return found


def shown(owner_id: UUID, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return groups with their contacts, without those deleted meanwhile; groups of less than two are left out."""
    contacts = by_ids(owner_id, list(dict.fromkeys(each for group in groups for each in group.ids)))
    living = [(group, [contacts[each] for each in group.ids if each in contacts]) for group in groups]
    return [
        {"contacts": members, "reasons": group.reasons, "score": round(group.score, 3)}
        for group, members in living
        if len(members) > 1
    ]


def position(group: Group) -> tuple[int, str, str]:
    """Return the sort key of a group: the likeliest first, then by name."""
    members = sha256(b"".join(each.bytes for each in group.ids)).hexdigest()[:16]
    return -round(group.score * 1000), group.name, members


def position_at(token: str) -> tuple[int, str, str]:
    try:
        score, name, members = unseal(token, int, str, str)
    except ValueError:
        raise InvalidCursor() from None
    return score, name, members


def merge(book: OpenBook, target_id: UUID, other_ids: list[UUID], condition: Condition) -> Entry:
    """Merge the others into the target and put them into the bin, so that one delta shows both.

    Those that an earlier merge, whose answer may be lost, has put there are left out; if it was the same merge, nothing
    changes. Raises NotFound for whatever else is in the bin or not there, ValidationFailed, or PreconditionFailed for
    the target.
    """
    if target_id in other_ids:
        raise ValidationFailed([{"pointer": "/ids", "detail": "A contact cannot be merged with itself."}])
    target, others = book.living_entry(target_id), [book.entries[each] for each in other_ids if each in book.entries]
    living = [other for other in others if other.is_living]
    gone = [other for other in others if not other.is_living]
    if target is None or len(others) < len(other_ids) or not are_merged(book.owner_id, gone, target):
        raise NotFound()
    condition.check(target)
    merged = united(target, living or others)
    if not living:
        return repeated(target, merged)
    for other in living:
        service.delete(book, other.id)
        book.aliases |= dict.fromkeys(aliases.of_contact(other.id, other.uid), target_id)
    aliases.move(book.owner_id, [other.id for other in living], target_id)
    return book.put(merged)


def repeated(target: Entry, merged: Entry) -> Entry:
    """Return the target of a merge that came again, if it still has what that made of it; raises NotFound."""
    if merged != target:
        raise NotFound()
    return target


def are_merged(owner_id: UUID, gone: list[Entry], target: Entry) -> bool:
    """Whether these are in the bin since they were merged into the target, not since somebody deleted them.

    Whoever is restored and deleted afterwards has a later revision than the target, unless that was changed again.
    """
    ids = [each.id for each in gone]
    if any(each.revision > target.revision for each in gone):
        return False
    return not ids or aliases.find(owner_id, ids) == dict.fromkeys(ids, target.id)


def united(target: Entry, others: list[Entry]) -> Entry:
    merged = merging.merge(
        {**target.content, "photo": target.photo, "extra": target.extra or []},
        [{**each.content, "photo": each.photo, "extra": kept_lines.load(each.extra).lines} for each in others],
        region=settings.phone_region,
    )
    content = {name: merged[name] for name in FIELD_NAMES}
    memory = chain.from_iterable(kept_lines.load(each.extra).imported for each in [*others, target])
    kept = kept_lines.load(merged["extra"])._replace(imported=tuple(dict.fromkeys(memory)))
    return altered(target, content=cast(Content, content), photo=merged["photo"], extra=kept.dump())

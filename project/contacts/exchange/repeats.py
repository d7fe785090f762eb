"""What a draft says twice, so that a card says each thing once, and the same when it is written and read again.

Only what will be written counts: not a group in which nothing else leaves, nor what a contact has no room for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from project.contacts.exchange import limits
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines.properties import NEVER_PREFERRED
from project.contacts.exchange.lines.remainders import GROUPED
from project.contacts.exchange.origins import Item
from project.contacts.exchange.values import messengers

# The kinds of which details become one where this is equal.
SAME: Mapping[str, Callable[[str], str]] = {"email": str.lower, "phone": str, "im": messengers.account}


def settle(draft: Draft) -> None:
    """Drop what is said twice, and groups that then hold one property; without them, more may be said twice."""
    items, further_items = limits.details(draft.items, lambda item: (item.label, item.value))
    places, further_places = limits.addresses(draft.places, lambda place: place.address)
    draft.items = [*items, *(each.alone() for each in further_items)]
    draft.places = [*places, *(each.alone() for each in further_places)]
    before = None
    while draft.groups != before:
        before = draft.groups
        groups = groups_of(draft)
        draft.items = distinct(draft.items, groups)
        draft.places = list({place.said(groups): place for place in reversed(draft.places)}.values())[::-1]
        if draft.groups:
            draft.groups &= shared_groups(draft)


def distinct(items: list[Item], groups: frozenset[str]) -> list[Item]:
    """Without the addresses, numbers and messengers that say no more than an equal one beside them."""
    found: dict[tuple[str, str], list[Item]] = {}
    preferred = {item.kind for item in items if item.preference < NEVER_PREFERRED}
    for item in items:
        if item.kind in SAME and item.kind in preferred:
            found.setdefault((item.kind, SAME[item.kind](item.value)), []).append(item)
    united: dict[int, Item | None] = {}
    for equal in found.values():
        if len(equal) > 1:
            united |= unite(equal, groups)
    repeats = set(map(id, repeated_whole(items, groups)))
    settled = (united.get(id(item), item) for item in items if id(item) not in repeats)
    return [item for item in settled if item]


def repeated_whole(items: list[Item], groups: frozenset[str]) -> Iterator[Item]:
    """The links, dates, relations and others that are equal to one before in all that they say."""
    seen: set[tuple[str, str | None, str, str]] = set()
    for item in items:
        said = (item.kind, item.label, item.value, item.beside(groups))
        if item.kind not in SAME and said in seen:
            yield item
        seen.add(said)


def unite(equal: list[Item], groups: frozenset[str]) -> dict[int, Item | None]:
    """What becomes of equal items, by their identity; None where others say as much.

    Parameters without a label go to a label without parameters. What is left is preferred as the first of them was.
    """
    said = {id(item): (item.label or "", item.first().beside(groups)) for item in equal}
    gone = set(map(id, repeated(equal, said)))
    left = [item for item in equal if id(item) not in gone]
    bare = [item for item in left if item.label and not said[id(item)][1]]
    nameless = [item for item in left if not (item.label or item.is_other)][: len(bare)]
    origins = {id(item): giver.origin for item, giver in zip(bare, nameless, strict=False)}
    gone |= set(map(id, nameless))
    best = min(item.preference for item in equal)
    return {
        id(item): None
        if id(item) in gone
        else item._replace(preference=best, origin=origins.get(id(item), item.origin))
        for item in equal
    }


def repeated(equal: list[Item], said: Mapping[int, tuple[str, str]]) -> Iterator[Item]:
    """All but the first, preferred one of each label, and those without a label or parameters that another has."""
    labels = {label for label, beside in said.values() if beside}
    parameters = {beside for label, beside in said.values() if label}
    seen = {("", "")} if len(set(said.values())) > 1 else set()
    for item in sorted(equal, key=lambda each: each.preference):
        label, beside = said[id(item)]
        is_less = (label in labels and not beside) or (not label and beside in parameters)
        if is_less or (label, beside) in seen:
            yield item
        seen.add((label, beside))


def shared_groups(draft: Draft) -> frozenset[str]:
    """The groups of several properties that the contact has something of; of others, one alone is written again."""
    origins = [*(each.origin for each in draft.items), *(each.origin for each in draft.places)]
    fields = {(each.found.head.group, each.found.line) for each in chain(*draft.origins.values())}
    found = [*draft.structures.values(), *(origin.found for origin in origins if origin)]
    count = Counter([*(each.head.group for each in found), *(group for group, _ in fields)])
    return frozenset(group for group, number in count.items() if number > 1)


def groups_of(draft: Draft) -> frozenset[str]:
    """The groups of the lines that are kept, and those that several properties are in."""
    return draft.groups.union(match[1].lower() for match in map(GROUPED.match, draft.kept) if match)

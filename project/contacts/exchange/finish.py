"""A draft becomes a card within the contract's limits.

Nothing is lost for being too long or too much: it goes to `extra` as a content line, to be written out as a property of
its own again. Only a name that is too long fails its card, and a card without anything to call it by.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from project.contacts.content import (
    ADDRESS_PARTS,
    MOST_ADDRESSES,
    MOST_DETAILS,
    MOST_LABELS,
    NAME_LENGTH,
    NOTES_LENGTH,
    VALUE_LENGTH,
    display_name,
)
from project.contacts.exchange.card import Broken, Card
from project.contacts.exchange.draft import Draft, Item
from project.contacts.exchange.lines import details, remainders, text_lines
from project.contacts.exchange.lines.properties import NEVER_PREFERRED
from project.contacts.exchange.values import text

MOST_EXTRA = 2**20  # characters
REMAINDERS = ("N", "ORG", "PHOTO")

Found = TypeVar("Found")


def finish(draft: Draft, line: int) -> Card:
    """The card that began at a line; raises Broken for one that cannot be a contact."""
    reached = [*reach(draft, "email"), *reach(draft, "phone")]
    settle_name(draft)
    overflow = [*settle_notes(draft), *settle_labels(draft), *settle_addresses(draft), *settle_details(draft)]
    extra = [*rests(draft), *formatted_name(draft), *reached, *draft.kept, *overflow]
    if sum(map(len, extra)) > MOST_EXTRA:
        raise Broken(f"The card has more than {MOST_EXTRA:,} characters of properties that contacts do not have.")
    return Card(draft.contact, draft.uid, draft.photo, extra, display_name(draft.contact), line)


def reach(draft: Draft, kind: str) -> Iterator[str]:
    """Makes the preferred or else the first detail of a kind the one to reach first; a line keeps its label."""
    found = [
        each
        for each in draft.items
        if each.kind == kind and each.preference < NEVER_PREFERRED and len(each.value) <= VALUE_LENGTH
    ]
    if found:
        first = min(found, key=lambda each: each.preference)
        draft.items.remove(first)
        draft.contact[kind] = first.value
        if first.label:
            yield first._replace(value="").spare


def settle_name(draft: Draft) -> None:
    """Where N is empty the name is FN; where there is none at all, it is what there is to reach."""
    contact = draft.contact
    if not (contact["first_name"] or contact["last_name"]):
        settle_formatted_name(draft)
    if not display_name(contact):
        values = (contact["email"] or "", contact["phone"] or "", *(each.value for each in draft.items))
        contact["nickname"] = next((value for value in values if 0 < len(value) <= NAME_LENGTH), None)
    if not display_name(contact):
        raise Broken("The card has no name, and nothing to call it by.")


def settle_formatted_name(draft: Draft) -> None:
    """FN is not taken apart: which of its words are first names is not known."""
    nickname, company = draft.contact["nickname"], draft.contact["company"]
    if draft.is_organisation:
        draft.name("company", company or (draft.formatted if draft.formatted != nickname else ""))
    elif draft.formatted not in (nickname, company):
        draft.name("first_name", draft.formatted)


def rests(draft: Draft) -> Iterator[str]:
    """What is left of the properties that a contact holds in part."""
    for name in REMAINDERS:
        if name in draft.remainders:
            residue, parts = draft.remainders[name]
            yield f"{name}{residue}:{';'.join(parts)}"


def formatted_name(draft: Draft) -> Iterator[str]:
    """A FN that would not be made from N again."""
    rest = draft.remainders["N"].parts[2:] if "N" in draft.remainders else ()
    made = remainders.formatted_name(draft.contact, rest)
    if draft.formatted and (draft.formatted_residue or draft.formatted != made):
        yield remainders.chosen_name(draft.contact, draft.formatted_residue, draft.formatted)


def settle_notes(draft: Draft) -> list[str]:
    """The notes in one text as long as they fit. A first one that does not is cut."""
    notes = list(filter(None, map(text.lines, draft.notes)))
    fitting, length, over = [], -1, []
    for note in notes:
        if length + 1 + len(note) <= NOTES_LENGTH:
            fitting.append(note)
            length += 1 + len(note)
        else:
            over.append(note)
    if over and not fitting:
        fitting = [over[0][:NOTES_LENGTH].rstrip()]
        over[0] = over[0][len(fitting[0]) :]
    draft.contact["notes"] = "\n".join(fitting) or None
    return [f"NOTE:{text_lines.escape(note)}" for note in over]


def settle_labels(draft: Draft) -> list[str]:
    """As many labels as a contact may have."""
    fitting, over = partition(draft.labels, MOST_LABELS, lambda label: len(label) <= NAME_LENGTH)
    draft.contact["labels"] = fitting
    return [f"CATEGORIES:{','.join(map(text_lines.escape, over))}"] if over else []


def settle_addresses(draft: Draft) -> list[str]:
    """As many addresses as a contact may have."""
    fitting, over = partition(draft.addresses, MOST_ADDRESSES, address_fits)
    draft.contact["addresses"] = fitting
    return [details.spare(details.address_line(each), each["label"]) for each in over]


def settle_details(draft: Draft) -> list[str]:
    """As many details as a contact may have."""
    fitting, over = partition(draft.items, MOST_DETAILS, detail_fits)
    draft.contact["details"] = [{"kind": each.kind, "label": each.label, "value": each.value} for each in fitting]
    return [each.spare for each in over]


def address_fits(address: Mapping[str, Any]) -> bool:
    """Whether every part of an address is short enough."""
    parts = (address[part] or "" for part in ADDRESS_PARTS)
    return len(address["label"] or "") <= NAME_LENGTH and all(len(part) <= VALUE_LENGTH for part in parts)


def detail_fits(item: Item) -> bool:
    """Whether a detail is short enough."""
    return len(item.label or "") <= NAME_LENGTH and len(item.value) <= VALUE_LENGTH


def partition(found: Iterable[Found], most: int, fits: Callable[[Found], bool]) -> tuple[list[Found], list[Found]]:
    """The first `most` that fit, and all others."""
    fitting: list[Found] = []
    over: list[Found] = []
    for each in found:
        (fitting if len(fitting) < most and fits(each) else over).append(each)
    return fitting, over

"""A contact with what a card says: an import adds and changes, but never removes anything."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from project.contacts.content import FIELDS, MOST_ADDRESSES, MOST_DETAILS, MOST_LABELS, Content
from project.contacts.exchange.card import Card
from project.contacts.exchange.lines import details, text_lines

Item = TypeVar("Item", bound=Mapping[str, Any])

PREFERRED = ("email", "phone")


def overlay(content: Content, card: Card, *, only_missing: bool = False) -> tuple[Content, list[str]]:
    """The content with the fields that a card has, and lines for what has no room.

    Single values are those of the card, unless `only_missing`; lists are united.
    """
    known = cast(Mapping[str, Any], content)
    new = card.contact
    found: dict[str, Any] = dict(known)
    for field in FIELDS:
        if field.kind == "flag":
            found[field.name] = new[field.name] if card.mentions_favorite and not only_missing else known[field.name]
        elif field.kind in LISTS:
            found[field.name] = unite(known[field.name], new[field.name], LISTS[field.kind])
        elif new[field.name] and not (only_missing and known[field.name]):
            found[field.name] = new[field.name]
    found["details"] = further(found, known)
    return cast(Content, found), settle(found)


def further(found: Mapping[str, Any], known: Mapping[str, Any]) -> list[Any]:
    """The details without the preferred address and number, unless the contact had them beside each other before."""
    held = {(kind, found[kind]) for kind in PREFERRED}
    twice = [each for each in known["details"] if each["value"] == known.get(each["kind"])]
    return [each for each in found["details"] if each in twice or (each["kind"], each["value"]) not in held]


def unite(known: Sequence[Any], new: Iterable[Any], key: Callable[[Any], Hashable]) -> list[Any]:
    """All that are known, however often, and the new ones; one that differs in its label alone brings that."""
    found = list(known)
    places = {key(each): place for place, each in enumerate(known)}
    for each in new:
        place = places.setdefault(key(each), len(found))
        if place == len(found):
            found.append(each)
        elif each not in found and each["label"]:
            found[place] = {**found[place], "label": each["label"]}
    return found


def detail_key(detail: Mapping[str, Any]) -> Hashable:
    return detail["kind"], detail["value"], detail["label"] if detail["kind"] in ("other", "date", "relation") else None


def address_key(address: Mapping[str, Any]) -> Hashable:
    return tuple(value for part, value in address.items() if part != "label")


LISTS: Mapping[str, Callable[[Any], Hashable]] = {"labels": str, "details": detail_key, "addresses": address_key}


def settle(found: dict[str, Any]) -> list[str]:
    """Cut the lists to what a contact has room for, and return lines for the others."""
    labels, further = found["labels"][:MOST_LABELS], found["labels"][MOST_LABELS:]
    lines = [f"CATEGORIES:{','.join(map(text_lines.escape, further))}"] if further else []
    lines += [
        details.spare(details.line(each["kind"], each["value"]), each["label"])
        for each in found["details"][MOST_DETAILS:]
    ]
    lines += [details.spare(details.address_line(each), each["label"]) for each in found["addresses"][MOST_ADDRESSES:]]
    found |= {
        "labels": labels,
        "details": found["details"][:MOST_DETAILS],
        "addresses": found["addresses"][:MOST_ADDRESSES],
    }
    return lines


def united_lines(known: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    """The lines of a card, and those of a contact whose properties it does not have; another order is no change."""
    before, lines = tuple(known), list(dict.fromkeys(new))
    names = set(map(text_lines.name_of, lines))
    united = (*lines, *(line for line in before if text_lines.name_of(line) not in names))
    return before if set(united) == set(before) else united

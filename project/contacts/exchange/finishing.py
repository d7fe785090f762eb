"""A draft becomes a card within a contact's limits.

Nothing is lost for being too long or too much: it goes to `extra` as a content line, to be written as a property of its
own again. Only a card without anything to call it by fails.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from project.contacts.content import NAME_LENGTH, VALUE_LENGTH
from project.contacts.exchange import limits
from project.contacts.exchange.card import Broken, Card
from project.contacts.exchange.draft import Draft, Item, Origin, Place
from project.contacts.exchange.lines import details, remainders, structured, ties
from project.contacts.exchange.lines.properties import NEVER_PREFERRED
from project.contacts.exchange.lines.remainders import GROUPED
from project.contacts.exchange.values import dates
from project.contacts.naming import display_name, is_named

MOST_PROBLEMS = 20  # of a card that a report names
NO_PROPERTY = "A line was left out, because it is not a property: {:.60}"
NO_UIDS = frozenset({"null", "(null)", "nil", "none", "undefined", "nan"})  # what programs write for none
REACHES = ("email", "phone", "im", "url")  # kinds by which somebody without a name is called
ONCE = ("email", "phone", "im")  # kinds of which equal details become one


def finish(draft: Draft, line: int) -> Card:
    """The card that began at a line; raises Broken for one that cannot be a contact."""
    if not draft.is_exact:
        draft.items = distinct(draft.items, groups_of(draft))
    draft.groups &= shared_groups(draft)
    reached = [item for kind in ("email", "phone") for item in prefer(draft, kind)]
    settle_structures(draft)
    settle_name(draft)
    kept = (*draft.remainders, *chosen_name(draft), *reached_labels(reached), *settle_rest(draft, reached))
    extra = list(dict.fromkeys(kept))
    if sum(map(len, extra)) > limits.MOST_EXTRA:
        raise Broken(
            f"The card has more than {limits.MOST_EXTRA:,} characters of properties that contacts do not have."
        )
    return Card(
        draft.content,
        draft.uid if draft.uid and draft.uid.lower() not in NO_UIDS else None,
        draft.photo,
        extra,
        display_name(draft.content),
        line,
        dates.parse_moment(draft.revised) if draft.revised else None,
        photo_url=draft.photo_url,
        problems=(*draft.problems, *map(NO_PROPERTY.format, draft.left_out))[:MOST_PROBLEMS],
        mentions_favorite=draft.mentions_favorite,
    )


def distinct(items: list[Item], groups: frozenset[str]) -> list[Item]:
    """Without the addresses, numbers and messengers that say no more than an equal one beside them."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if item.kind in ONCE and item.preference < NEVER_PREFERRED:
            key = item.value.lower() if item.kind == "email" else item.value
            found.setdefault((item.kind, key), []).append(item)
    united: dict[int, Item | None] = {}
    for equal in found.values():
        if len(equal) > 1:
            united |= unite(equal, groups)
    repeats = set(map(id, repeated_whole(items, groups)))
    settled = (united.get(id(item), item) for item in items if id(item) not in repeats)
    return [item for item in settled if item]


def repeated_whole(items: list[Item], groups: frozenset[str]) -> Iterator[Item]:
    """The links, dates, relations and others that are equal to one before in all that they say."""
    seen: dict[tuple[str, str | None, str], list[str]] = {}
    for item in items:
        if item.kind not in ONCE:
            said = seen.setdefault((item.kind, item.label, item.value), [])
            if (beside := item.beside(groups)) in said:
                yield item
            said.append(beside)


def unite(equal: list[Item], groups: frozenset[str]) -> dict[int, Item | None]:
    """What becomes of equal items, by their identity; None where others say as much.

    Parameters without a label go to a label without parameters. What is left is preferred as the first of them was.
    """
    said = {id(item): (item.label or "", item.beside(groups)) for item in equal}
    gone = set(map(id, repeated(equal, said)))
    left = [item for item in equal if id(item) not in gone]
    bare = [item for item in left if item.label and not said[id(item)][1]]
    nameless = [item for item in left if not item.label][: len(bare)]
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


def prefer(draft: Draft, kind: str) -> Iterator[Item]:
    """Make the preferred or else the first detail of a kind the contact's own."""
    found = [
        each
        for each in draft.items
        if each.kind == kind and each.preference < NEVER_PREFERRED and len(each.value) <= VALUE_LENGTH
    ]
    if found:
        first = min(found, key=lambda each: each.preference)
        draft.items.remove(first)
        draft.contact[kind] = first.value
        yield first._replace(origin=first.origin and first.origin.first())


def reached_labels(reached: list[Item]) -> Iterator[str]:
    """The labels of the preferred address and number, for which a contact has no field."""
    return (item._replace(value="", origin=None).spare for item in reached if item.label)


def settle_structures(draft: Draft) -> None:
    """The components of N and ORG into their fields."""
    draft.compose()
    for name, fields in structured.COMPONENTS.items():
        if found := draft.structures.get(name):
            components = structured.split(found)
            pairs = zip(fields, components, strict=False)
            draft.contact |= {field.name: structured.read(field, each) for field, each in pairs}
            if rest := structured.remainder(found, groups_of(draft)):
                draft.remainders.append(rest)


def settle_name(draft: Draft) -> None:
    """Where N is empty the name is FN; where there is none at all, it is how to reach somebody."""
    contact = draft.contact
    if not (contact["first_name"] or contact["last_name"]):
        settle_formatted_name(draft)
    if not is_named(contact):
        values = [contact["email"] or "", contact["phone"] or ""]
        values += [each.value for each in draft.items if each.kind in REACHES]
        contact["nickname"] = next((value for value in values if 0 < len(value) <= NAME_LENGTH), None)
    if not is_named(contact):
        raise Broken("The card has no name, and nothing to call it by.")


def settle_formatted_name(draft: Draft) -> None:
    """FN is not taken apart, because which of its words are first names is not known."""
    nickname, company = draft.contact["nickname"], draft.contact["company"]
    formatted = draft.formatted[:NAME_LENGTH].rstrip()
    if draft.is_organisation:
        draft.contact["company"] = company or (formatted if formatted != nickname else None) or None
    elif draft.formatted not in (nickname, company):
        draft.contact["first_name"] = formatted or None


def chosen_name(draft: Draft) -> Iterator[str]:
    """An FN that would not be generated."""
    generated = display_name(draft.content)
    if draft.formatted and (draft.formatted_residue or draft.formatted != generated):
        yield remainders.chosen_name(draft.contact, draft.formatted_residue, draft.formatted)


def settle_rest(draft: Draft, reached: list[Item]) -> list[str]:
    """Notes, labels, addresses and details within their limits, and the lines of what they cannot hold."""
    contact = draft.contact
    contact["notes"], notes = limits.notes(draft.notes)
    contact["labels"], labels = limits.labels(draft.labels)
    if labels:
        draft.origins.pop("labels", None)
    places, further_places = limits.addresses(draft.places, lambda place: place.address)
    items, further_items = limits.details(draft.items, lambda item: (item.label, item.value))
    contact["addresses"] = [place.address for place in places]
    contact["details"] = [{"kind": item.kind, "label": item.label, "value": item.value} for item in items]
    over = [*notes, *labels, *(place.spare for place in further_places), *(item.spare for item in further_items)]
    return [*tied(draft, [*reached, *items], places), *dict.fromkeys(draft.kept), *over]


def tied(draft: Draft, items: list[Item], places: list[Place]) -> Iterator[str]:
    """The lines that are tied to values of the contact."""
    groups = groups_of(draft)
    lines = [item.origin.line(item.kind, item.label, item.value, groups) for item in items if item.origin]
    lines += [place.origin.line("address", None, address_value(place), groups) for place in places if place.origin]
    yield from sorted({line for line in lines if line})
    for field in sorted(draft.origins):
        if draft.contact[field] and is_more(draft.origins[field], groups):
            found = (ties.in_groups(each.found, groups) for each in draft.origins[field])
            yield from (ties.whole(ties.key(field, draft.contact[field]), each) for each in found)


def address_value(place: Place) -> str:
    return details.address_line(place.address).value


def is_more(origins: list[Origin], groups: frozenset[str]) -> bool:
    """Whether the properties of a field say anything that its value does not."""
    return any(each.differs or each.found.head.residue or each.found.head.group in groups for each in origins)


def shared_groups(draft: Draft) -> frozenset[str]:
    """The groups of several properties that the contact has something of; of others, one alone is written again."""
    origins = [each.origin for each in draft.items if limits.detail_fits(each.label, each.value)]
    origins += [each.origin for each in draft.places if limits.address_fits(each.address)]
    origins += chain(*draft.origins.values())
    found = [*draft.structures.values(), *(origin.found for origin in origins if origin)]
    count = Counter(
        group for group, *_ in {(each.head.group, each.head.name, each.value, each.head.residue) for each in found}
    )
    return frozenset(group for group, number in count.items() if number > 1)


def groups_of(draft: Draft) -> frozenset[str]:
    """The groups of the lines that are kept, and those that several properties are in."""
    return draft.groups.union(match[1].lower() for match in map(GROUPED.match, draft.kept) if match)

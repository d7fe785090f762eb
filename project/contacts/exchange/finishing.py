"""A draft becomes a card within a contact's limits.

Nothing is lost for being too long or too much: it goes to `extra` as a content line, to be written as a property of its
own again. Only a card without anything to call it by fails.
"""

from collections.abc import Iterator

from project.contacts.content import NAME_LENGTH, VALUE_LENGTH
from project.contacts.exchange import limits, repeats
from project.contacts.exchange.card import MOST_PROBLEMS, Broken, Card
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import remainders, structured, ties
from project.contacts.exchange.lines.properties import NEVER_PREFERRED
from project.contacts.exchange.origins import Item, Origin, Place
from project.contacts.exchange.values import dates
from project.contacts.naming import display_name, is_named

NO_PROPERTY = "A line was left out, because it is not a property: {:.60}"
NO_UIDS = frozenset({"null", "(null)", "nil", "none", "undefined", "nan"})  # what programs write for none
LABEL = "LABEL"
REACHES = ("email", "phone", "im", "url")  # kinds by which somebody without a name is called


def finish(draft: Draft, line: int) -> Card:
    """The card that began at a line; raises Broken for one that cannot be a contact."""
    if limits.labels(draft.labels)[1]:
        draft.origins.pop("labels", None)
    if not draft.is_exact:
        repeats.settle(draft)
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
        yield first.first()


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
            if rest := structured.remainder(found, repeats.groups_of(draft)):
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
    places, further_places = limits.addresses(draft.places, lambda place: place.address)
    items, further_items = limits.details(draft.items, lambda item: (item.label, item.value))
    contact["addresses"] = [place.address for place in places]
    contact["details"] = [{"kind": item.kind, "label": item.label, "value": item.value} for item in items]
    spare = [place.spare for place in further_places]
    delivery_labels = [line for line in spare if line.startswith(LABEL)]  # which are kept beside an ADR
    spare = [line for line in spare if not line.startswith(LABEL)]
    over = [*notes, *labels, *spare, *(item.spare for item in further_items)]
    return [*tied(draft, [*reached, *items], places), *dict.fromkeys([*draft.kept, *delivery_labels]), *over]


def tied(draft: Draft, items: list[Item], places: list[Place]) -> Iterator[str]:
    """The lines that are tied to values of the contact."""
    groups, numbering = repeats.groups_of(draft), ties.Numbering()
    lines = [item.tied(numbering, groups) for item in items]
    lines += [place.tied(numbering, groups) for place in places]
    yield from sorted(filter(None, lines))
    for field in sorted(draft.origins):
        if draft.contact[field] and is_more(draft.origins[field], groups):
            found = (ties.in_groups(each.found, groups) for each in draft.origins[field])
            yield from (ties.whole(ties.key(field, draft.contact[field]), each) for each in found)


def is_more(origins: list[Origin], groups: frozenset[str]) -> bool:
    """Whether the properties of a field say anything that its value does not."""
    return any(each.differs or each.found.head.residue or each.found.head.group in groups for each in origins)

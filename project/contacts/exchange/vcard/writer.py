"""vCards written: 3.0 and 4.0, valid for strict readers, card by card."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from project.contacts.content import plain_name
from project.contacts.exchange.card import Card
from project.contacts.exchange.lines import details, remainders, text_lines
from project.contacts.exchange.lines.details import Line
from project.contacts.exchange.lines.remainders import Extra
from project.contacts.exchange.values import dates, labels
from project.contacts.exchange.vcard.versions import VERSIONS, Version

Contact = Mapping[str, Any]


def write(cards: Iterable[Card], version: str = "4.0") -> Iterator[bytes]:
    """Each card as it is asked for; the version is `3.0` or `4.0`."""
    chosen = VERSIONS[version]
    return (b"".join(map(text_lines.fold, card_lines(card, chosen))) for card in cards)


def card_lines(card: Card, version: Version) -> Iterator[str]:
    """All lines of a card, unfolded. What a contact has comes first, so that it is first when it is read again."""
    contact, extra = card.contact, remainders.sort(card.extra)
    groups = extra.free_groups()
    yield from ("BEGIN:VCARD", f"VERSION:{version.number}")
    if card.uid is not None:
        yield joined(version.uid(card.uid))
    yield from names(contact, extra)
    yield from reached(contact, extra, version, groups)
    yield from further(contact, version, groups)
    yield from addresses(contact, version, groups)
    yield from facts(contact, version)
    if card.photo:
        line = version.photo(card.photo)
        yield joined(line, extra.rest("PHOTO")[0])
    yield from map(version.kept, extra.lines)
    if card.revised:
        yield joined(version.revised(card.revised))
    yield "END:VCARD"


def joined(line: Line, parameters: str = "") -> str:
    """A content line."""
    return f"{line.name}{parameters}{line.parameters}:{line.value}"


def names(contact: Contact, extra: Extra) -> Iterator[str]:
    """FN, N, NICKNAME, ORG and TITLE. N is required before 4.0, and nobody minds an empty one since."""
    parameters, rest = extra.rest("N", ";;;;")
    last, first = (text_lines.escape(contact[field] or "") for field in ("last_name", "first_name"))
    yield formatted_name(contact, extra, text_lines.split(rest, ";")[2:])
    yield f"N{parameters}:{last};{first}{rest[1:]}"
    if contact["nickname"]:
        yield f"NICKNAME:{text_lines.escape(contact['nickname'])}"
    parameters, departments = extra.rest("ORG")
    if contact["company"] or departments:
        yield f"ORG{parameters}:{text_lines.escape(contact['company'] or '')}{departments}"
    if contact["job_title"]:
        yield f"TITLE:{text_lines.escape(contact['job_title'])}"


def formatted_name(contact: Contact, extra: Extra, rest: list[str]) -> str:
    """FN: the one that was chosen for this very name, or else what N says."""
    chosen = extra.remainders.get("FN")
    if chosen and chosen.head.first("X-NAME") == plain_name(contact):
        return f"FN{chosen.head.residue}:{chosen.value}"
    return f"FN:{text_lines.escape(remainders.formatted_name(contact, rest))}"


def reached(contact: Contact, extra: Extra, version: Version, groups: Iterator[str]) -> Iterator[str]:
    """The address and the number to reach first, marked as that where there are others."""
    for kind in ("email", "phone"):
        if contact[kind]:
            line = version.detail(kind, contact[kind])
            label = extra.label(line.name)
            types = labels.to_types(line.name, label)
            is_one_of_several = any(each["kind"] == kind for each in contact["details"])
            parameters = version.preferred(types) if is_one_of_several else version.types(types)
            yield from labelled(joined(line, parameters), types, label, groups)


def further(contact: Contact, version: Version, groups: Iterator[str]) -> Iterator[str]:
    """The details in their order."""
    found = filter(is_anniversary, contact["details"])
    anniversary = next(found, None) if version.has_anniversary else None
    for each in contact["details"]:
        if anniversary and each is anniversary:
            yield f"ANNIVERSARY:{dates.basic(anniversary['value'])}"
            continue
        line = version.detail(each["kind"], each["value"])
        types = labels.to_types(line.name, each["label"])
        is_second = each["kind"] in ("email", "phone") and not contact[each["kind"]]
        parameters = version.types(types) + (details.SECONDARY if is_second else "")
        yield from labelled(joined(line, parameters), types, each["label"], groups)


def is_anniversary(detail: Mapping[str, Any]) -> bool:
    """Whether 4.0 has a property for a detail, of which a card may have one."""
    return detail["kind"] == "date" and detail["label"] == "anniversary" and dates.is_date(detail["value"])


def addresses(contact: Contact, version: Version, groups: Iterator[str]) -> Iterator[str]:
    """The addresses in their order."""
    for each in contact["addresses"]:
        line = details.address_line(each)
        types = labels.to_types(line.name, each["label"])
        yield from labelled(joined(line, version.types(types)), types, each["label"], groups)


def labelled(line: str, types: list[str], label: str | None, groups: Iterator[str]) -> Iterator[str]:
    """A line, and its label in a group of theirs where its types do not say it."""
    if not label or labels.from_types(types) == label:
        yield line
        return
    group = next(groups)
    yield f"{group}.{line}"
    yield f"{group}.X-ABLabel:{text_lines.escape(labels.to_apple(label))}"


def facts(contact: Contact, version: Version) -> Iterator[str]:
    """Birthday, labels, notes, and whether it is a favourite, which Google says with a label."""
    if contact["birthday"]:
        yield joined(version.birthday(contact["birthday"]))
    if contact["labels"]:
        yield f"CATEGORIES:{','.join(map(text_lines.escape, contact['labels']))}"
    if contact["notes"]:
        yield f"NOTE:{text_lines.escape(contact['notes'])}"
    if contact["favorite"]:
        yield "X-FAVORITE:TRUE"
    elif labels.STARRED in map(str.lower, contact["labels"]):
        yield "X-FAVORITE:FALSE"

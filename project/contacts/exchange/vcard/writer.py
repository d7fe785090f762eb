"""Write vCards of 3.0 and 4.0, valid for strict readers, card by card."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from project.contacts.content import FIELDS
from project.contacts.exchange.card import Card
from project.contacts.exchange.lines import details, remainders, structured, text_lines, ties
from project.contacts.exchange.lines.details import Line
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.lines.remainders import Extra
from project.contacts.exchange.values import dates, labels, photos
from project.contacts.exchange.vcard.versions import VERSIONS, Version, alternative
from project.contacts.naming import display_name, plain_name

LINES = tuple((field.name, field.vcard) for field in FIELDS if field.kind == "line" and field.part is None)
GROUPED = frozenset({"X-ABDATE", "X-SOCIALPROFILE"})  # Apple's, which have their labels in groups
ALTERNATIVES = "ALTID"  # the parameter by which a card may have a property several times


def write(cards: Iterable[Card], version: str = "4.0") -> Iterator[bytes]:
    """Each card when it is asked for; the version is `3.0` or `4.0`."""
    chosen = VERSIONS[version]
    return (b"".join(map(text_lines.fold, card_lines(card, chosen))) for card in cards)


def card_lines(card: Card, version: Version) -> Iterator[str]:
    """All lines of a card, unfolded. What a contact has comes first, so that it is first when it is read again."""
    writer = Writer(card, version)
    yield from ("BEGIN:VCARD", f"VERSION:{version.number}")
    if card.uid is not None:
        yield joined(version.uid(card.uid))
    yield from writer.names()
    yield from writer.preferred()
    yield from writer.details()
    yield from writer.addresses()
    yield from writer.facts()
    yield from writer.photo()
    yield from writer.kept()
    yield from writer.notes()
    if card.revised:
        yield joined(version.revised(card.revised))
    yield "END:VCARD"


def joined(line: Line, parameters: str = "") -> str:
    """A content line."""
    return f"{line.name}{parameters}{line.parameters}:{line.value}"


class Writer:
    """The lines of one card, part by part. `taken` are the names of the properties that are there already."""

    def __init__(self, card: Card, version: Version) -> None:
        self.card, self.version = card, version
        self.contact: Mapping[str, Any] = card.contact
        self.extra: Extra = remainders.sort(card.extra)
        self.numbering = ties.Numbering()
        self.groups, self.shared_groups = self.extra.free_groups(), self.extra.shared_groups()
        self.taken = {"N", "UID", "REV", "VERSION", *(["BDAY"] if self.contact["birthday"] else [])}

    def names(self) -> Iterator[str]:
        """FN, N, ORG and the fields of one line. N is required before 4.0, and an empty one is valid since."""
        rest = self.extra.remainders.get("N")
        yield self.formatted_name()
        yield f"{grouped(rest, 'N')}{rest.head.residue if rest else ''}:{structured.write('N', self.contact, rest)}"
        rest = self.extra.remainders.get("ORG")
        if company := structured.write("ORG", self.contact, rest):
            yield f"{grouped(rest, 'ORG')}{rest.head.residue if rest else ''}:{company}"
        for field, name in LINES:
            yield from self.field(field, Line(name, "", text_lines.escape(self.contact[field] or "")))

    def formatted_name(self) -> str:
        """FN: the one that was chosen for these names, or else the generated one."""
        chosen = self.extra.remainders.get("FN")
        if chosen and chosen.head.first("X-NAME") == plain_name(self.contact):
            return f"FN{chosen.head.residue}:{chosen.value}"
        return f"FN:{text_lines.escape(display_name(self.contact))}"

    def field(self, field: str, line: Line) -> Iterator[str]:
        """A field, or the properties that it was read from."""
        if self.contact[field]:
            tied = self.extra.tied(field, self.contact[field])
            yield from map(self.version.convert, map(ties.untied, tied)) if tied else [joined(line)]

    def preferred(self) -> Iterator[str]:
        """The preferred address and number, marked as that if there are others."""
        for kind in ("email", "phone"):
            if self.contact[kind]:
                line = self.version.detail(kind, self.contact[kind])
                label = self.extra.label(line.name)
                types = labels.to_types(line.name, label)
                is_one_of_several = any(each["kind"] == kind for each in self.contact["details"])
                parameters = self.version.preferred(types) if is_one_of_several else self.version.types(types)
                tied = self.tied_to(kind, self.contact[kind])
                yield from self.tied(line, parameters, types, label, tied)

    def details(self) -> Iterator[str]:
        """The details in their order."""
        for each in self.contact["details"]:
            tied = self.tied_to(each["kind"], each["value"])
            whole = self.tied_to(f"{each['kind']} {each['label']}", each["value"])
            if whole:
                yield from self.whole(whole[0])
                self.taken.add(whole[0].head.name)
            elif self.is_anniversary(each):
                self.taken.add("ANNIVERSARY")
                line = Line("ANNIVERSARY", details.year_parameter(each["value"]), dates.basic(each["value"]))
                yield from self.tied(line, "", [], None, tied)
            else:
                yield from self.detail(each, tied)

    def whole(self, found: Property) -> Iterator[str]:
        """The property that a detail was read from, with the label that its group gave it."""
        line, label = self.version.convert(ties.untied(found)), found.head.first("X-LABEL")
        if not self.is_writable(found):
            yield alternative(line)
        elif label and not found.head.group and found.head.name in GROUPED:
            group = next(self.groups)
            yield f"{group}.{line.replace(f';X-LABEL={text_lines.quote(label)}', '', 1)}"
            yield f"{group}.X-ABLabel:{text_lines.escape(labels.to_apple(label))}"
        else:
            yield line

    def detail(self, each: Mapping[str, Any], tied: list[Property]) -> Iterator[str]:
        line = self.version.detail(each["kind"], each["value"])
        types = labels.to_types(line.name, each["label"])
        is_second = each["kind"] in ("email", "phone") and not self.contact[each["kind"]]
        parameters = self.version.types(types) + (details.SECONDARY if is_second else "")
        yield from self.tied(line, parameters, types, each["label"], tied)

    def is_writable(self, found: Property) -> bool:
        """Whether the version has a property, and the card may have it once more; a second birthday is no first."""
        name = found.head.name
        day = details.date_of(found, found.text) if name == "BDAY" else None
        if day and dates.is_past(day):
            return False
        return name not in self.version.lacks and not (name in self.version.single and name in self.taken)

    def is_anniversary(self, detail: Mapping[str, Any]) -> bool:
        """Whether a detail is the one for which 4.0 has a property."""
        is_one = detail["kind"] == "date" and detail["label"] == "anniversary" and dates.is_date(detail["value"])
        return is_one and self.version.has_anniversary and "ANNIVERSARY" not in self.taken

    def addresses(self) -> Iterator[str]:
        """The addresses in their order."""
        for each in self.contact["addresses"]:
            line = details.address_line(each)
            types = labels.to_types(line.name, each["label"])
            tied = self.tied_to("address", line.value)
            yield from self.tied(line, self.version.types(types), types, each["label"], tied)

    def tied_to(self, kind: str, value: str) -> list[Property]:
        """What is tied to the next value, which may equal one before."""
        return self.extra.tied(kind, self.numbering.next(kind, value))

    def tied(
        self, line: Line, parameters: str, types: list[str], label: str | None, tied: list[Property]
    ) -> Iterator[str]:
        """A line with what is tied to its value, and its label in a group of theirs where its types do not say it."""
        found = next((each for each in tied if not each.value or each.head.name == line.name), None)
        group = found.head.group if found else ""
        if found:
            line = line._replace(value=found.value or line.value)
            parameters += self.version.further(found.head.residue) + (
                ";VALUE=uri" if found.value and line.name == "TEL" else ""
            )
        is_labelled = bool(label) and labels.from_types(types) != label
        if is_labelled and group in self.shared_groups:
            line = line._replace(parameters=f";X-LABEL={text_lines.quote(label or '')}{line.parameters}")
            is_labelled = False
        group = group or (next(self.groups) if is_labelled else "")
        yield f"{group}.{joined(line, parameters)}" if group else joined(line, parameters)
        if is_labelled:
            yield f"{group}.X-ABLabel:{text_lines.escape(labels.to_apple(label or ''))}"

    def facts(self) -> Iterator[str]:
        """Birthday, labels, and whether it is a favourite, which Google says with a label."""
        contact = self.contact
        if contact["birthday"]:
            yield from self.field("birthday", self.version.birthday(contact["birthday"]))
        yield from self.field("labels", Line("CATEGORIES", "", ",".join(map(text_lines.escape, contact["labels"]))))
        if contact["favorite"]:
            yield "X-FAVORITE:TRUE"
        elif labels.STARRED in map(str.lower, contact["labels"]):
            yield "X-FAVORITE:FALSE"

    def photo(self) -> Iterator[str]:
        """The picture itself, or else where it is."""
        rest = self.extra.remainders.get("PHOTO")
        parameters = rest.head.residue if rest else ""
        if self.card.photo:
            url = f";{photos.URL_PARAMETER}={text_lines.quote(self.card.photo_url)}" if self.card.photo_url else ""
            yield joined(self.version.photo(self.card.photo), url + parameters)
        elif self.card.photo_url:
            yield joined(self.version.photo_url(self.card.photo_url), parameters)

    def kept(self) -> Iterator[str]:
        """The lines that are no field's; one that the version does not have, or not so often, under another name."""
        for line in self.extra.lines:
            name = text_lines.name_of(line)
            is_extra = name in self.version.single and name in self.taken and not self.is_alternative(name, line)
            if name != "NOTE":
                yield alternative(line) if name in self.version.lacks or is_extra else self.version.convert(line)
            self.taken.add(name)

    def notes(self) -> Iterator[str]:
        """The notes, behind which the next line may be taken for one more of theirs."""
        yield from self.field("notes", Line("NOTE", "", text_lines.escape(self.contact["notes"] or "")))
        yield from (line for line in self.extra.lines if text_lines.name_of(line) == "NOTE")

    def is_alternative(self, name: str, line: str) -> bool:
        """Whether a second N says that it is another form of the first (RFC 6350 §5.4)."""
        rest = self.extra.remainders.get(name)
        altid = rest.head.first(ALTERNATIVES) if rest else ""
        return bool(altid) and f";{ALTERNATIVES}={altid}" in line and self.version.has_anniversary


def grouped(rest: Property | None, name: str) -> str:
    """The name of a property with the group that it came in."""
    return f"{rest.head.group}.{name}" if rest and rest.head.group else name

"""A card in the making: what has been read of it, from any format. `finishing` brings it within a contact's limits."""

from collections.abc import Iterable
from typing import Any, cast

from project.contacts.content import ADDRESS_PARTS, NAME_LENGTH, Content, blank
from project.contacts.exchange.lines import properties, structured
from project.contacts.exchange.lines.properties import NO_PREFERENCE, Property
from project.contacts.exchange.origins import Item, Origin, Place
from project.contacts.exchange.values import dates, text
from project.contacts.exchange.values.emails import Emails
from project.contacts.naming import display_name


class Draft:
    """Collects a card in the order in which its properties come."""

    def __init__(self, emails: Emails, *, is_exact: bool = False) -> None:
        """`is_exact`: the card is from a file of our own, in which equal details are two."""
        self.emails, self.is_exact = emails, is_exact
        self.content = blank()
        self.contact = cast(dict[str, Any], self.content)
        self.uid: str | None = None
        self.revised: str | None = None
        self.photo: bytes | None = None
        self.photo_url: str | None = None
        self.mentions_favorite = False
        self.formatted, self.formatted_residue = "", ""
        self.is_organisation = False
        self.parts: dict[str, str] = {}
        self.structures: dict[str, Property] = {}
        self.origins: dict[str, list[Origin]] = {}
        self.remainders: list[str] = []
        self.items: list[Item] = []
        self.places: list[Place] = []
        self.delivery_labels: list[Property] = []
        self.labels: dict[str, None] = {}
        self.nicknames: list[str] = []
        self.notes: list[str] = []
        self.kept: list[str] = []
        self.groups: frozenset[str] = frozenset()
        self.left_out: list[str] = []
        self.problems: list[str] = []

    @property
    def name(self) -> str:
        """What the card is called, as far as it has been read."""
        return self.formatted or display_name(cast(Content, {**self.content, **self.parts}))

    def structure(self, found: Property) -> None:
        """N or ORG, whose components are fields."""
        self.structures[found.head.name] = found

    def part(self, field: str, value: str) -> None:
        """A component of N or ORG by itself, from a file that has a column for it."""
        self.parts.setdefault(field, value)

    def compose(self) -> None:
        """N and ORG of the parts, where there are some."""
        for name, fields in structured.COMPONENTS.items():
            if name not in self.structures and any(field.name in self.parts for field in fields):
                components = (structured.generate(field, self.parts.get(field.name)) for field in fields)
                self.structures[name] = cast(Property, properties.parse(f"{name}:{';'.join(components)}"))

    def put(self, field: str, value: str, line: str, origin: Origin | None = None) -> None:
        """The first value of a field, if it fits; else the line is kept, unless it says the same."""
        if self.contact[field] is None and len(value) <= NAME_LENGTH:
            self.contact[field] = value or None
            self.remember(field, value, origin)
        elif not (value == self.contact[field] and self.repeats(field, origin)):
            self.kept.append(line)

    def repeats(self, field: str, origin: Origin | None) -> bool:
        """Whether a property of the value that a field has says no more than the one that it was read from."""
        known = [each.found.head.residue for each in self.origins.get(field, ())] or [""]
        return origin is None or origin.found.head.residue in known

    def nickname(self, names: Iterable[str], line: str, origin: Origin | None = None) -> None:
        """All nicknames that fit, in one field, each once."""
        new = [name for name in dict.fromkeys(names) if name and name not in self.nicknames]
        joined = ", ".join([*self.nicknames, *new])
        if new and len(joined) <= NAME_LENGTH:
            self.nicknames += new
            self.contact["nickname"] = joined
            self.remember("nickname", joined, origin and origin._replace(differs=len(self.nicknames) > 1))
        elif new:
            self.kept.append(line)

    def remember(self, field: str, value: str, origin: Origin | None) -> None:
        """The property that a field has its value from."""
        if origin and value:
            self.origins.setdefault(field, []).append(origin)

    def add(
        self, kind: str, label: str | None, value: str, preference: int = NO_PREFERENCE, origin: Origin | None = None
    ) -> None:
        """A detail, or the preferred address or number; an invalid e-mail address is of kind `other`."""
        label = text.one_line(label or "") or None
        if kind in ("email", "phone"):
            value = text.bare(value, kind)
        if kind == "email" and value:
            address = self.emails.find(value)
            if not address and (several := self.emails.several(value)):
                self.items += [Item(kind, label, each, preference) for each in several]
                return
            kind, label, value = ("email", label, address) if address else ("other", label or "email", value)
        if value:
            self.items.append(Item(kind, label, value, preference, origin))

    def date(self, label: str | None, value: str, found: str | None, origin: Origin | None = None) -> None:
        """A date as it was `found` in a value, or else the value, which is of kind `other`."""
        if found:
            self.add("date", label, found, origin=origin)
        else:
            self.add("other", label or "date", value, origin=origin)

    def birthday(self, value: str, found: str | None, origin: Origin | None = None) -> None:
        """The birthday, if it is a day and not in the future; a second one is a date."""
        if not (found and dates.is_past(found)) or self.contact["birthday"]:
            if not (self.is_birthday(found, origin) and self.repeats("birthday", origin)):
                self.further_birthday(value, found, origin)
        else:
            self.contact["birthday"] = found
            self.remember("birthday", found, origin)

    def is_birthday(self, found: str | None, origin: Origin | None) -> bool:
        """Whether a further birthday is the one that is known, by its property where each has one."""
        known = self.origins.get("birthday", ())
        if origin and known:
            return origin.found.value in {each.found.value for each in known}
        return found is not None and found == self.contact["birthday"]

    def further_birthday(self, value: str, found: str | None, origin: Origin | None) -> None:
        """What is not the birthday, but was meant to be one."""
        is_day = found is not None and dates.is_past(found)
        kind, value = ("date", found or "") if is_day else ("other", value)
        self.add(kind, "birthday", value, origin=origin and origin._replace(is_other=True))

    def address(self, label: str | None, parts: Iterable[str], origin: Origin | None = None) -> None:
        """An address from its street, city, region, postal code and country, if there is any of them."""
        address = {part: value or None for part, value in zip(ADDRESS_PARTS, parts, strict=True)}
        if any(address.values()):
            self.places.append(Place({"label": text.one_line(label or "") or None, **address}, origin))

    def tag(self, labels: Iterable[str]) -> None:
        """Labels, each once."""
        self.labels.update(dict.fromkeys(filter(None, labels)))

    def favorite(self, *, value: bool) -> None:
        self.contact["favorite"], self.mentions_favorite = value, True

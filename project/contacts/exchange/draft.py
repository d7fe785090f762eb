"""A card in the making: what has been read of it so far, from whatever format, before the contract's limits."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from project.contacts.content import ADDRESS_PARTS, NAME_LENGTH, blank
from project.contacts.exchange.card import Broken
from project.contacts.exchange.lines import details
from project.contacts.exchange.lines.properties import NEVER_PREFERRED, NO_PREFERENCE
from project.contacts.exchange.values import dates, text
from project.contacts.exchange.values.emails import Emails


class Item(NamedTuple):
    """A detail; the one with the lowest preference is the first of its kind to be reached."""

    kind: str
    label: str | None
    value: str
    preference: int

    @property
    def spare(self) -> str:
        """As a line, where a contact has no room for it."""
        line = details.line(self.kind, self.value)
        if self.preference == NEVER_PREFERRED and self.kind in ("email", "phone"):
            line = line._replace(parameters=details.SECONDARY)
        return details.spare(line, self.label)


class Remainder(NamedTuple):
    """What is left of a property that a contact holds a part of: parameters, and parts that are blank where it does."""

    residue: str
    parts: list[str]


class Draft:
    """Collects a card in the order in which its properties come; `finish` makes it a contact."""

    def __init__(self, emails: Emails) -> None:
        self.emails = emails
        self.contact: dict[str, Any] = {**blank()}
        self.uid: str | None = None
        self.photo: bytes | None = None
        self.formatted, self.formatted_residue = "", ""
        self.is_organisation = False
        self.remainders: dict[str, Remainder] = {}
        self.items: list[Item] = []
        self.addresses: list[dict[str, str | None]] = []
        self.labels: dict[str, None] = {}
        self.notes: list[str] = []
        self.kept: list[str] = []

    def name(self, field: str, value: str) -> None:
        """A name that cannot go elsewhere when it is too long."""
        if len(value) > NAME_LENGTH:
            raise Broken(f"A name is longer than {NAME_LENGTH} characters.")
        self.contact[field] = value or None

    def put(self, field: str, value: str, line: str) -> None:
        """The first value of a field, if it fits; else the line is kept."""
        if self.contact[field] is None and len(value) <= NAME_LENGTH:
            self.contact[field] = value or None
        else:
            self.kept.append(line)

    def nickname(self, value: str, line: str) -> None:
        """All nicknames that fit, in one field."""
        joined = ", ".join(filter(None, (self.contact["nickname"], value)))
        if len(joined) <= NAME_LENGTH:
            self.contact["nickname"] = joined or None
        else:
            self.kept.append(line)

    def add(self, kind: str, label: str | None, value: str, preference: int = NO_PREFERENCE) -> None:
        """A detail, or the address or number to reach first; an e-mail address that is none is of kind `other`."""
        label = text.one_line(label or "") or None
        if kind == "email" and value:
            address = self.emails.read(value)
            kind, label, value = ("email", label, address) if address else ("other", label or "email", value)
        if value:
            self.items.append(Item(kind, label, value, preference))

    def date(self, label: str | None, value: str, found: str | None) -> None:
        """A date as it was `found` in a value, or else the value, which is of kind `other`."""
        if found:
            self.add("date", label, found)
        else:
            self.add("other", label or "date", value)

    def birthday(self, value: str, found: str | None) -> None:
        """The birthday, if it is a day and not in the future."""
        if found and dates.is_past(found) and not self.contact["birthday"]:
            self.contact["birthday"] = found
        else:
            self.add("other", "birthday", value)

    def address(self, label: str | None, parts: Iterable[str]) -> None:
        """An address from its street, city, region, postal code and country, if there is any of them."""
        address = {part: value or None for part, value in zip(ADDRESS_PARTS, parts, strict=True)}
        if any(address.values()):
            self.addresses.append({"label": text.one_line(label or "") or None, **address})

    def tag(self, labels: Iterable[str]) -> None:
        """Labels, each once."""
        self.labels.update(dict.fromkeys(filter(None, labels)))

"""Values of a draft, and the properties that they were read from."""

from collections.abc import Hashable
from typing import NamedTuple

from project.contacts.exchange.lines import details, ties
from project.contacts.exchange.lines.properties import NEVER_PREFERRED, NO_PREFERENCE, PREFERENCE, Property


class Origin(NamedTuple):
    """The property that a value was read from, and how much of it is to be kept beside the value.

    Its parameters and its group always; its value if it `differs` from the one that would be written; or all of it if
    another property would be written.
    """

    found: Property
    differs: bool = False
    is_other: bool = False

    def line(self, kind: str, value: str, name: str, groups: frozenset[str]) -> str | None:
        """The line to keep, if the property says anything more than the value; `groups` are those of kept lines."""
        found = ties.in_groups(self.found, groups)
        if self.is_other:
            return ties.whole(ties.key(kind, value), found)
        if self.differs or found.head.residue or found.head.group:
            return ties.tie(ties.key(kind, value), name, found, value=found.value if self.differs else "")
        return None

    def alone(self) -> "Origin":
        """Without the group."""
        return self._replace(found=ties.in_groups(self.found, frozenset()))

    def first(self) -> "Origin":
        """Without a preference."""
        residue = PREFERENCE.sub("", self.found.head.residue)
        if residue == self.found.head.residue:
            return self
        return self._replace(found=self.found._replace(head=self.found.head._replace(residue=residue)))


class Item(NamedTuple):
    """A detail; the one with the lowest preference becomes the preferred address or number."""

    kind: str
    label: str | None
    value: str
    preference: int = NO_PREFERENCE
    origin: Origin | None = None

    def beside(self, groups: frozenset[str]) -> str:
        """What its property says beside its label and value; `groups` are those of kept lines."""
        return (self.origin and self.origin.line("", "", "", groups)) or ""

    @property
    def is_other(self) -> bool:
        return self.origin is not None and self.origin.is_other

    def alone(self) -> "Item":
        """As it is kept where a contact has no room for it, without its group."""
        return self._replace(origin=self.origin and self.origin.alone())

    def first(self) -> "Item":
        """As the preferred address or number, whose place among the others is known."""
        return self._replace(origin=self.origin and self.origin.first())

    def tied(self, numbering: ties.Numbering, groups: frozenset[str]) -> str | None:
        """The line that is tied to it; every item is numbered, whether or not it has one."""
        other = f"{self.kind} {self.label}"
        own, whole = numbering.next(self.kind, self.value), numbering.next(other, self.value)
        if self.origin is None:
            return None
        kind, value = (other, whole) if self.is_other else (self.kind, own)
        return self.origin.line(kind, value, details.line(self.kind, self.value).name, groups)

    @property
    def spare(self) -> str:
        """A line, for a contact that has no room for it."""
        if self.origin and self.is_other:
            return ties.spare(self.origin.found)
        line = details.line(self.kind, self.value)
        is_second = self.preference == NEVER_PREFERRED and self.kind in ("email", "phone")
        said = (self.origin.found.head.residue if self.origin else "") + (details.SECONDARY if is_second else "")
        return details.spare(line._replace(parameters=line.parameters + said), self.label)


class Place(NamedTuple):
    """An address."""

    address: dict[str, str | None]
    origin: Origin | None = None

    def alone(self) -> "Place":
        """As it is kept where a contact has no room for it, without its group."""
        return self._replace(origin=self.origin and self.origin.alone())

    def said(self, groups: frozenset[str]) -> Hashable:
        """All that its property says; `groups` are those of kept lines."""
        return (*self.address.values(), self.origin and self.origin.line("", "", "", groups))

    def tied(self, numbering: ties.Numbering, groups: frozenset[str]) -> str | None:
        """The line that is tied to it."""
        value = numbering.next("address", details.address_line(self.address).value)
        return self.origin.line("address", value, self.origin.found.head.name, groups) if self.origin else None

    @property
    def spare(self) -> str:
        """A line, for a contact that has no room for it."""
        if self.origin and (self.origin.differs or self.origin.found.head.residue):
            return ties.spare(self.origin.found)
        return details.spare(details.address_line(self.address), self.address["label"])

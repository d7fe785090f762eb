"""What a card has in `extra`, sorted: remainders of properties that a contact holds in part, and whole properties.

A remainder is blank where the contact has the value: `N:;;Augusta;;` beside a first and a last name, `TEL` without a
number but with the label of the one to reach first.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from project.contacts.exchange.lines import properties
from project.contacts.exchange.lines.properties import Property

GROUPED = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+[;:]")
PARTLY_HELD = re.compile(r"(?:N|FN|ORG|TEL|EMAIL|PHOTO)[;:]")
IS_REMAINDER: Mapping[str, Callable[[Property], bool]] = {
    "N": lambda found: found.value.startswith(";;"),
    "FN": lambda found: "X-NAME" in found.head.parameters,
    "ORG": lambda found: not found.value or found.value.startswith(";"),
    "TEL": lambda found: not found.value,
    "EMAIL": lambda found: not found.value,
    "PHOTO": lambda found: not found.value,
}


class Extra(NamedTuple):
    """Remainders by the names of their properties, and the lines that are written as they are."""

    remainders: dict[str, Property]
    lines: list[str]

    def rest(self, name: str, default: str = "") -> tuple[str, str]:
        """The parameters and the value that are left of a property."""
        found = self.remainders.get(name)
        return (found.head.residue, found.value) if found else ("", default)

    def label(self, name: str) -> str | None:
        """The label of an address or number to reach first."""
        return self.remainders[name].label if name in self.remainders else None

    def free_groups(self) -> Iterator[str]:
        """Names for groups that none of the lines has."""
        used = {match[1].lower() for match in map(GROUPED.match, self.lines) if match}
        return (group for group in map("item{}".format, itertools.count(1)) if group not in used)


def sort(lines: Iterable[str]) -> Extra:
    """The first remainder of each property counts; others, left from contacts that were merged, are dropped."""
    extra = Extra({}, [])
    for line in lines:
        found = properties.parse(line) if PARTLY_HELD.match(line) else None
        if found and IS_REMAINDER[found.head.name](found):
            extra.remainders.setdefault(found.head.name, found)
        else:
            extra.lines.append(line)
    return extra

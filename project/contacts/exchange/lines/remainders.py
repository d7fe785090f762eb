"""The lines in a card's `extra`: remainders of properties that a contact stores in part, and whole properties.

A remainder is blank where the contact has the value: `N:;;Augusta;;` beside a first and a last name, `TEL` without a
number but with the label of the preferred one. FN is generated from the parts of N; another FN is kept for the name
it was chosen for.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from project.contacts.content import display_name, plain_name
from project.contacts.exchange.lines import properties, text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import text

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
    """Remainders by property name, and the lines that are written unchanged."""

    remainders: dict[str, Property]
    lines: list[str]

    def rest(self, name: str, default: str = "") -> tuple[str, str]:
        """The remaining parameters and value of a property."""
        found = self.remainders.get(name)
        return (found.head.residue, found.value) if found else ("", default)

    def label(self, name: str) -> str | None:
        """The label of the preferred address or number."""
        return self.remainders[name].label if name in self.remainders else None

    def free_groups(self) -> Iterator[str]:
        """Group names that none of the lines uses."""
        used = {match[1].lower() for match in map(GROUPED.match, self.lines) if match}
        return (group for group in map("item{}".format, itertools.count(1)) if group not in used)


def sort(lines: Iterable[str]) -> Extra:
    """Use the first remainder of each property; drop the others, which come from merged contacts."""
    extra = Extra({}, [])
    for line in lines:
        found = properties.parse(line) if PARTLY_HELD.match(line) else None
        if found and IS_REMAINDER[found.head.name](found):
            extra.remainders.setdefault(found.head.name, found)
        else:
            extra.lines.append(line)
    return extra


def formatted_name(contact: Mapping[str, Any], rest: Sequence[str]) -> str:
    """The FN generated from N; `rest` are the parts of N after the given name, still escaped."""
    first, last = contact["first_name"], contact["last_name"]
    if not (first or last):
        return display_name(contact)
    additional, prefix, suffix = (text.one_line(text_lines.unescape(part)) for part in [*rest, "", "", ""][:3])
    return " ".join(filter(None, (prefix, first, additional, last, suffix)))


def chosen_name(contact: Mapping[str, Any], residue: str, formatted: str) -> str:
    """An FN that differs from the generated one, tied to the current name so that renaming the contact drops it."""
    return f"FN;X-NAME={text_lines.quote(plain_name(contact))}{residue}:{text_lines.escape(formatted)}"

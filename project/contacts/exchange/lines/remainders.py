"""The lines of a card's `extra`, sorted: what is written with a field or a detail, and properties of their own."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from project.contacts.exchange.lines import properties, structured, text_lines, ties
from project.contacts.exchange.lines.properties import Property
from project.contacts.naming import plain_name

GROUPED = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+[;:]")
DELIVERY_LABEL = re.compile(r"([A-Za-z0-9_-]+)\.LABEL[;:]", re.IGNORECASE)
PARTLY_HELD = re.compile(
    rf"(?:N|FN|ORG|TEL|EMAIL|PHOTO)[;:]|[^:]*{ties.MARK}|[A-Za-z0-9-]+\.(?:N|ORG);{structured.REST}="
)
OF_EXTRA = frozenset({ties.FOR, structured.REST, "X-NAME"})
IS_REMAINDER: Mapping[str, Callable[[Property], bool]] = {
    "N": lambda found: structured.REST in found.head.parameters or found.value.startswith(";;"),
    "FN": lambda found: "X-NAME" in found.head.parameters,
    "ORG": lambda found: structured.REST in found.head.parameters or not found.value or found.value.startswith(";"),
    "TEL": lambda found: not found.value,
    "EMAIL": lambda found: not found.value,
    "PHOTO": lambda found: not found.value,
}


class Extra(NamedTuple):
    """Remainders by property name, ties by their keys, and the lines that are written unchanged."""

    remainders: dict[str, Property]
    ties: dict[str, list[Property]]
    lines: list[str]

    def label(self, name: str) -> str | None:
        """The label of the preferred address or number."""
        return self.remainders[name].label if name in self.remainders else None

    def tied(self, kind: str, value: Any) -> list[Property]:
        """What is tied to a value."""
        return self.ties.get(ties.key(kind, value), []) if self.ties else []

    def shared_groups(self) -> frozenset[str]:
        """The groups of several properties, which one X-ABLabel would label all."""
        found = itertools.chain(*self.ties.values(), self.remainders.values())
        groups = Counter(each.head.group for each in found if each.head.group)
        groups.update(match[1].lower() for match in map(DELIVERY_LABEL.match, self.lines) if match)
        return frozenset(group for group, number in groups.items() if number > 1)

    def free_groups(self) -> Iterator[str]:
        """Group names that none of the lines uses."""
        used = {match[1].lower() for match in map(GROUPED.match, self.lines) if match}
        used |= {each.head.group for each in itertools.chain(*self.ties.values(), self.remainders.values())}
        return (group for group in map("item{}".format, itertools.count(1)) if group not in used)


def sort(lines: Iterable[str]) -> Extra:
    """Use the first remainder of each property; drop the others, which come from merged contacts."""
    extra = Extra({}, {}, [])
    for line in lines:
        found = properties.parse(line) if PARTLY_HELD.match(line) else None
        if found and ties.FOR in found.head.parameters:
            extra.ties.setdefault(found.head.first(ties.FOR), []).append(found)
        elif found and found.head.name in IS_REMAINDER and IS_REMAINDER[found.head.name](found):
            extra.remainders.setdefault(found.head.name, found)
        else:
            extra.lines.append(line)
    return extra


def disowned(found: Property) -> Property:
    """A property of a vCard without what only lines of `extra` have."""
    if OF_EXTRA.isdisjoint(found.head.parameters):
        return found
    name, _, _ = found.head.text.partition(";")
    parameters = properties.PARAMETER.findall(found.head.text)
    text = ";".join([name, *(each for each in parameters if each.partition("=")[0].upper() not in OF_EXTRA)])
    return found._replace(head=found.head._replace(text=text))


def chosen_name(content: Mapping[str, Any], residue: str, formatted: str) -> str:
    """An FN that differs from the generated one, tied to the names, so that renaming the contact drops it."""
    return f"FN;X-NAME={text_lines.quote(plain_name(content))}{residue}:{text_lines.escape(formatted)}"

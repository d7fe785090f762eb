"""What a property says beyond the detail, address or field that it becomes: parameters, its group, its own spelling.

It is kept as a line that is tied to the value by X-FOR, and written as long as the contact has the value:

- `item1.EMAIL;X-FOR=…;PID=1.1:` the group and the parameters, beside which the value is written;
- `ADR;X-FOR=…:;;;Town;;;;3rd floor` the same with the value as it came;
- `BDAY;X-FOR=…;VALUE=text:circa 1800` another property than the one that would be written: the line as it came.
"""

import hashlib
from collections import Counter
from typing import Any

from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property

FOR = "X-FOR"
MARK = f";{FOR}="


class Numbering:
    """Tells equal values of a card apart, in their order, so that each has a key of its own; the first is itself."""

    def __init__(self) -> None:
        self.count: Counter[tuple[str, str]] = Counter()

    def next(self, kind: str, value: str) -> str:
        number = self.count[kind, value]
        self.count[kind, value] += 1
        return f"{value}\0{number}" if number else value


def key(kind: str, value: Any) -> str:
    """What ties a line to a value."""
    return hashlib.blake2b(f"{kind}\0{value}".encode(errors="replace"), digest_size=6).hexdigest()


def tie(key: str, name: str, found: Property, *, value: str = "") -> str:
    """A line with the group and the parameters of a property, and its value if it is to be written as it came."""
    return f"{grouped(found, name)}{MARK}{key}{found.head.residue}:{value}"


def whole(key: str, found: Property) -> str:
    """A line with all of a property, to be written in the place of another."""
    return f"{grouped(found, found.head.name)}{MARK}{key}{said(found)}:{found.value}"


def spare(found: Property) -> str:
    """The line of a property as it came, with the label of its group, and without the group."""
    name = found.head.text.partition(";")[0].rpartition(".")[2]
    return f"{name}{said(found)}:{found.value}"


def labelled(found: Property) -> str:
    """The line of a property as it came, with the label of its group."""
    return f"{grouped(found, found.head.name)}{said(found)}:{found.value}"


def said(found: Property) -> str:
    """The parameters of a property, and the label of its group as one."""
    _, semicolon, parameters = found.head.text.partition(";")
    is_of_group = found.label and found.label != found.head.label
    return (f";X-LABEL={text_lines.quote(found.label or '')}" if is_of_group else "") + semicolon + parameters


def grouped(found: Property, name: str) -> str:
    return f"{found.head.group}.{name}" if found.head.group else name


def in_groups(found: Property, groups: frozenset[str]) -> Property:
    """A property without its group, if that is none of these, so that nothing else is in it."""
    if not found.head.group or found.head.group in groups:
        return found
    return found._replace(head=found.head._replace(group=""))


def untied(found: Property) -> str:
    """The line of `whole` as it came."""
    return found.line.replace(f"{MARK}{found.head.first(FOR)}", "", 1)

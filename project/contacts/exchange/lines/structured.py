"""N and ORG, whose components are fields of a contact; what does not fit a field is kept as a remainder.

A remainder is the property with the components that fields reproduce left blank: `N;X-REST=1:;Jörg,Hans;;;` beside a
first name "Jörg,Hans", which would be written with its comma escaped; `ORG;X-REST=1:;;Section 3`. As long as a field
has the value that its component was read as, the component is written again. Remainders without X-REST come from before
the middle name, prefix, suffix and department were fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from project.contacts.content import FIELDS, NAME_LENGTH, Field
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import text

REST = "X-REST"
LISTS = frozenset({"middle_name", "name_prefix", "name_suffix"})  # read as texts joined by LISTED
LISTED = ", "
NEEDED = frozenset({"first_name", "last_name"})  # cut rather than left out when they are too long


def fields_of(name: str) -> list[Field]:
    """The fields that are components of a property, in their order."""
    return sorted((field for field in FIELDS if field.vcard == name and field.part is not None), key=part_of)


def part_of(field: Field) -> int:
    return field.part or 0


COMPONENTS: Mapping[str, Sequence[Field]] = {name: fields_of(name) for name in ("N", "ORG")}


PROPERTIES: Mapping[str, str] = {field.name: field.vcard for field in FIELDS}


def split(found: Property) -> list[str]:
    """The components of a property, still escaped, at least as many as there are fields."""
    return text_lines.padded(text_lines.split(found.value, ";"), len(COMPONENTS[found.head.name]))


def read(field: Field, component: str) -> str | None:
    """The value of a field; None if there is none that fits."""
    return fitting(field, full(field, component))


def fitting(field: Field, value: str) -> str | None:
    if len(value) > NAME_LENGTH:
        return value[:NAME_LENGTH].rstrip() if field.name in NEEDED else None
    return value or None


def full(field: Field, component: str) -> str:
    """The text of a component, however long; most are empty."""
    if not component:
        return ""
    parts = text_lines.split(component, ",") if field.name in LISTS else [component]
    return LISTED.join(filter(None, (text.one_line(text_lines.unescape(part)) for part in parts)))


def generate(field: Field, value: str | None) -> str:
    """The component for the value of a field."""
    if not value:
        return ""
    parts = value.split(LISTED) if field.name in LISTS else [value]
    return ",".join(map(text_lines.escape, parts))


def remainder(found: Property, groups: frozenset[str]) -> str | None:
    """The line to keep of a property; None if its fields reproduce it whole. `groups` are those of kept lines."""
    name = found.head.name
    components = split(found)
    pairs = zip(COMPONENTS[name], components, strict=False)
    rest = ["" if is_reproduced(field, component) else component for field, component in pairs]
    rest += components[len(rest) :]
    group = f"{found.head.group}." if found.head.group in groups else ""
    if not (any(rest) or found.head.residue or group):
        return None
    return f"{group}{name};{REST}=1{found.head.residue}:{';'.join(rest)}"


def is_reproduced(field: Field, component: str) -> bool:
    """Whether the value of the field is written as the component is; letters and digits always are."""
    if not component or (component.isalnum() and len(component) <= NAME_LENGTH):
        return True
    value = full(field, component)
    return not value or generate(field, fitting(field, value)) == tidied(component)


def tidied(component: str) -> str:
    """A component without the white space and the invisible characters that fields do not have."""
    if not component:
        return ""
    parts = text_lines.split(component, ",")
    return ",".join(text_lines.escape(text.one_line(text_lines.unescape(part))) for part in parts)


def write(name: str, contact: Mapping[str, Any], rest: Property | None) -> str:
    """The value of the property, with what the fields cannot hold."""
    components = split(rest) if rest else []
    written = [write_one(field, contact[field.name], rest, component) for field, component in paired(name, components)]
    further = components[len(written) :]
    while name == "ORG" and written and not (written[-1] or further):
        written.pop()
    return ";".join([*written, *further])


def paired(name: str, components: Sequence[str]) -> Iterator[tuple[Field, str]]:
    fields = COMPONENTS[name]
    return zip(fields, text_lines.padded(list(components), len(fields)), strict=False)


def write_one(field: Field, value: str | None, rest: Property | None, component: str) -> str:
    """The component of a remainder if the field still has what was read of it; else the one for the field's value."""
    if rest is None or not component:
        return generate(field, value)
    is_former = REST not in rest.head.parameters
    is_same = read(field, component) == value and (value or is_former or len(full(field, component)) > NAME_LENGTH)
    return component if is_same or (is_former and not value) else generate(field, value)

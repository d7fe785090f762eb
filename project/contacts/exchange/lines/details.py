"""Details and addresses as content lines that vCard 3.0 and 4.0 both understand."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from project.contacts.content import ADDRESS_PARTS
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import dates
from project.contacts.exchange.values.dates import APPLE_YEAR

URI = re.compile(r'[a-z][a-z0-9+.-]*:[^\s\\"<>^`{|}]+', re.IGNORECASE)
LINK = re.compile(r'[^\s\\"<>]+')
SECONDARY = ";X-SECONDARY=1"  # an address or number of a contact that has no preferred one

SCHEMES = {"email": "mailto:", "phone": "tel:"}  # of URIs that readers strip
NAMES = {"email": "EMAIL", "phone": "TEL", "relation": "X-ABRELATEDNAMES", "other": "X-OTHER"}


class Line(NamedTuple):
    """A property's name, its parameters except for the label, and its escaped value."""

    name: str
    parameters: str
    value: str


def line(kind: str, value: str) -> Line:
    """A detail; what is no URI goes under an extended name, where it may be any text."""
    if kind == "date":
        return date_line("X-ABDATE", value)
    if kind == "url":
        return Line("URL", "", value) if LINK.fullmatch(value) else Line("X-URL", "", text_lines.escape(value))
    if kind == "im":
        return Line("IMPP", "", value) if URI.fullmatch(value) else Line("X-IMPP", "", text_lines.escape(value))
    looks_like_uri = kind in SCHEMES and value.lower().startswith(SCHEMES[kind])
    return Line(NAMES[kind], ";VALUE=text" if looks_like_uri else "", text_lines.escape(value))


def date_line(name: str, value: str) -> Line:
    """A date as in vCard 3.0, which has none without a year; those are written as Apple does."""
    if not dates.is_date(value):
        return Line(name, "", text_lines.escape(value))
    if value.startswith("--"):
        return Line(name, f";X-APPLE-OMIT-YEAR={APPLE_YEAR}", APPLE_YEAR + value[1:])
    return Line(name, year_parameter(value), value)


def year_parameter(date: str) -> str:
    """Say of a date in 1604 that the year is meant."""
    return f";X-YEAR={APPLE_YEAR}" if date.startswith(APPLE_YEAR) else ""


def address_line(address: Mapping[str, Any]) -> Line:
    """An address; its box and its flat are in the street."""
    return Line("ADR", "", ";;" + ";".join(text_lines.escape(address[part] or "") for part in ADDRESS_PARTS))


def date_of(found: Property, value: str) -> str | None:
    """The date that a property's text is, if it is one. 1604 stands for no year unless X-YEAR says that it is one."""
    if found.head.first("CALSCALE").lower() not in ("", "gregorian"):
        return None
    year = found.head.first("X-APPLE-OMIT-YEAR")
    year = year if year.isdecimal() else dates.APPLE_YEAR
    return dates.parse_loose(value, unknown_year="" if found.head.first("X-YEAR").isdecimal() else year)


def spare(found: Line, label: str | None) -> str:
    """A line to keep where the contact has no room for it, with its label."""
    parameter = f";X-LABEL={text_lines.quote(label)}" if label else ""
    return f"{found.name}{parameter}{found.parameters}:{found.value}"

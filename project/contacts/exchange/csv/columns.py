"""How the cells of a row go into a draft. `HANDLERS`, at the end, is the map from the kinds of `headings`."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from project.contacts.content import ADDRESS_PARTS
from project.contacts.exchange.csv import cells, own, repairs
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import structured, text_lines
from project.contacts.exchange.lines.properties import NO_PREFERENCE
from project.contacts.exchange.values import dates, labels, text

STREET = ("box", "flat", "street", "street 2", "street 3")
STAR = "*"  # before the names of Google's own groups, and before the label of what is preferred
EVERYBODY = "myContacts"  # a group of Google's that has all contacts
BREAKS = re.compile(r"(?:\\r)?\\n|<br ?/?>|\n")  # as they are, or spelled
TOWN = re.compile(r"((?:[A-Z]{1,2}-)?[0-9]{4} ?[A-Z]{2}|(?:[A-Z]{1,2}-)?[0-9][0-9 -]*[0-9])[ ,]+(\D.*)")  # D-50667 Köln
LAST_RESORTS = frozenset({"fax", "pager", "telex", "assistant"})
NUMBER = re.compile(r"\+?[0-9][0-9 ()/.-]{3,}[0-9]")
PROTOCOLS = frozenset({"smtp", "ex"})  # what Outlook has for types of e-mail addresses
LOST = "A spreadsheet has spoilt a number, which cannot be recovered: {}"
TRUE = frozenset({"1", "true", "yes"})
JOINED = frozenset(field.name for field in structured.COMPONENTS["N"] if field.name in structured.LISTS)
PROPERTIES = {field.name: field.vcard for fields in structured.COMPONENTS.values() for field in fields}


class Found(NamedTuple):
    """The cells of a row that are one thing, by their parts, and the label that their headings give it."""

    row: Sequence[str]
    columns: Mapping[str, int]
    which: str
    label: str
    order: re.Pattern[str]

    def whole(self, part: str = "value") -> str:
        """A cell unchanged."""
        return self.row[self.columns[part]] if part in self.columns else ""

    def text(self, part: str = "value") -> str:
        """A cell as one line."""
        return text.one_line(self.whole(part))


Handler = Callable[[Draft, Found], None]


def line(draft: Draft, found: Found) -> None:
    """A field of one line, or a component of N or ORG. Last names and prefixes may be in two columns."""
    value = " ".join(filter(None, (found.text(), found.text("2"))))
    field = found.which.partition(" ")[0]
    if field == "nickname":
        draft.nickname([value], f"NICKNAME:{text_lines.escape(value)}")
    elif field not in PROPERTIES:
        draft.put(field, value, f"{structured.PROPERTIES[field]}:{text_lines.escape(value)}")
    elif field in JOINED and field in draft.parts:
        draft.parts[field] += f" {value}"
    elif draft.parts.setdefault(field, value) != value:
        draft.add("other", field.replace("_", " "), value)


def formatted(draft: Draft, found: Found) -> None:
    if draft.formatted and found.text() != draft.formatted:
        draft.add("other", "name", found.text())
    else:
        draft.formatted = found.text()


def birthday(draft: Draft, found: Found) -> None:
    value = found.text()
    if not dates.NOTHING.fullmatch(value):
        draft.birthday(value, dates.parse_local(value, found.order))


def birthday_parts(draft: Draft, found: Found) -> None:
    """A birthday in three columns, the year or the day of which may be unknown."""
    year, month, day = map(found.text, ("year", "month", "day"))
    value = "-".join(filter(None, (year.rjust(4, "0") if year else "-", month.rjust(2, "0"), day.rjust(2, "0"))))
    if year or month or day:
        draft.birthday(
            value, dates.of(dates.known_year(year), month, day) if month.isdecimal() and day.isdecimal() else None
        )


def notes(draft: Draft, found: Found) -> None:
    draft.notes.append(text.composed(found.whole()))


def groups(draft: Draft, found: Found) -> None:
    """Labels; Google's own groups begin with a star."""
    for group in cells.labels(found.whole()):
        name = group.removeprefix(STAR).strip()
        is_system = group.startswith(STAR)
        if is_system and name.lower() == labels.STARRED:
            draft.favorite(value=True)
        elif not (name == EVERYBODY or (is_system and name.lower().replace(" ", "") == EVERYBODY.lower())):
            draft.tag([name])


def favorite(draft: Draft, found: Found) -> None:
    draft.favorite(value=found.text().lower() in TRUE)


def detail(kind: str) -> Handler:
    """The details of a kind that a cell has."""

    def add(draft: Draft, found: Found) -> None:
        written = found.text("label")
        label = found.label if written.lower() in PROTOCOLS else written or found.label
        preference = preference_of(label)
        for value in filter(None, cells.several(found.whole())):
            add_one(draft, labels.lowered(label.removeprefix(STAR).strip()), value, preference)

    def add_one(draft: Draft, label: str, value: str, preference: int) -> None:
        if kind == "phone" and repairs.is_lost(value := repairs.phone_number(value)):
            draft.problems.append(LOST.format(value))
            draft.add("other", label or "phone", value)
        else:
            draft.add(kind, label, value, preference)

    return add


def preference_of(label: str) -> int:
    """A star prefers. Outlook's columns are in alphabetical order; a fax or an assistant is nobody's first number."""
    if label.startswith(STAR):
        return 1
    return NO_PREFERENCE if LAST_RESORTS.intersection(label.lower().split()) else NO_PREFERENCE - 1


def messenger(draft: Draft, found: Found) -> None:
    """User names at services, as IMPP writes them."""
    services = [each.lower().replace(" ", "-") for each in cells.several(found.whole("service") or found.label)]
    label = found.text("label").removeprefix(STAR).strip()
    for service, value in zip_longest(services, cells.several(found.whole()), fillvalue=services[-1]):
        if value:
            draft.add("im", labels.lowered(label), f"{service}:{value}" if service else value)


def date(draft: Draft, found: Found) -> None:
    value, label = found.text(), found.text("label") or found.label
    if not dates.NOTHING.fullmatch(value):
        draft.date(labels.lowered(label.removeprefix(STAR).strip()), value, dates.parse_local(value, found.order))


def address(draft: Draft, found: Found) -> None:
    """An address, or several in the same cells; one written in one piece is all street."""
    label = labels.lowered((found.text("label") or found.label).removeprefix(STAR).strip())
    parts = {part: list(map(in_one_line, cells.several_lines(found.whole(part)))) for part in found.columns}
    for index in range(max(map(len, parts.values()))):
        own_parts = {part: values[index] for part, values in parts.items() if index < len(values)}
        own_parts |= town(own_parts)
        own_parts["street"] = " ".join(filter(None, (own_parts.get("street"), own_parts.get("number"))))
        street = ", ".join(filter(None, (own_parts.get(part) for part in STREET)))
        rest = [own_parts.get(part, "") for part in ADDRESS_PARTS[1:]]
        draft.address(label, [street if street or any(rest) else own_parts.get("formatted", ""), *rest])


def town(parts: Mapping[str, str]) -> dict[str, str]:
    """The postal code and the city that are in one cell."""
    found = TOWN.fullmatch(whole := parts.get("place", ""))
    named = {"postal_code": found[1], "city": found[2]} if found else {"city": whole}
    return {name: value for name, value in named.items() if whole and not parts.get(name)}


def in_one_line(value: str) -> str:
    """A street of several lines, some of which may be blank or end in a comma. Breaks may be spelled as in code."""
    lines = BREAKS.sub("\n", value).split("\n")
    return ", ".join(filter(None, (text.one_line(line).rstrip(", ") for line in lines))) if len(lines) > 1 else value


def other(draft: Draft, found: Found) -> None:
    draft.add("other", found.label, found.text())


def ignored(draft: Draft, found: Found) -> None:
    """What says nothing about a contact, unless it is a number: `Privat` is one in sheets that people make."""
    if NUMBER.fullmatch(found.text()):
        draft.add("phone", None, found.text())


def kept(draft: Draft, found: Found) -> None:
    """What vCard has a property for."""
    if value := found.text():
        draft.kept.append(f"{found.label}:{text_lines.escape(value)}")


def read_own(name: str) -> Handler:
    """A column of our own files."""
    return lambda draft, found: own.READERS[name](draft, found.whole())


HANDLERS: Final[Mapping[str, Handler]] = {
    "line": line,
    "formatted": formatted,
    "email": detail("email"),
    "phone": detail("phone"),
    "url": detail("url"),
    "im": messenger,
    "relation": detail("relation"),
    "other": other,
    "numbered other": detail("other"),
    "date": date,
    "address": address,
    "birthday": birthday,
    "birthday parts": birthday_parts,
    "notes": notes,
    "labels": groups,
    "favorite": favorite,
    "picture": lambda draft, found: own.photo(draft, found.whole()),
    "ignored": ignored,
    "kept": kept,
    **{f"own {name}": read_own(name) for name in own.READERS},
}

"""How the cells of a row go into a draft. `HANDLERS`, at the end, is the map from what `headings` say."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from project.contacts.content import ADDRESS_PARTS
from project.contacts.exchange.csv import cells
from project.contacts.exchange.draft import Draft, Remainder
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import NO_PREFERENCE
from project.contacts.exchange.values import dates, labels, text

STREET = ("box", "flat", "street", "street 2", "street 3")
STAR = "*"  # before the names of Google's own groups, and before the label of what to reach first
EVERYBODY = "mycontacts"  # a group of Google's that has all contacts
MACHINES = frozenset({"fax", "pager", "telex"})
UNSPECIFIED = "Unspecified"
NO_DATE = "0/0/00"
TRUE = frozenset({"1", "true", "yes"})
LINK = re.compile(r"https?://\S+", re.IGNORECASE)


class Found(NamedTuple):
    """The cells of a row that are one thing, by their parts, and the label that their headings give it."""

    row: Sequence[str]
    columns: Mapping[str, int]
    label: str
    order: re.Pattern[str]

    def whole(self, part: str = "value") -> str:
        """A cell as it is."""
        return self.row[self.columns[part]] if part in self.columns else ""

    def text(self, part: str = "value") -> str:
        """A cell as one line."""
        return text.one_line(self.whole(part))


Handler = Callable[[Draft, Found], None]


def name(field: str) -> Handler:
    """First and last name."""
    return lambda draft, found: draft.name(field, found.text())


def single(field: str, property_name: str) -> Handler:
    """A field, and the property to keep it in if it is too long."""
    return lambda draft, found: draft.put(field, found.text(), f"{property_name}:{text_lines.escape(found.text())}")


def formatted(draft: Draft, found: Found) -> None:
    draft.formatted = found.text()


def rest_of_name(draft: Draft, found: Found) -> None:
    """Additional names, prefix and suffix."""
    rest = [text_lines.escape(found.text(part)) for part in ("additional", "prefix", "suffix")]
    if any(rest):
        draft.remainders["N"] = Remainder("", ["", "", *rest])


def department(draft: Draft, found: Found) -> None:
    if value := found.text():
        draft.remainders["ORG"] = Remainder("", ["", text_lines.escape(value)])


def birthday(draft: Draft, found: Found) -> None:
    value = found.text()
    if value and value != NO_DATE:
        draft.birthday(value, dates.parse_local(value, found.order))


def notes(draft: Draft, found: Found) -> None:
    draft.notes.append(text.composed(found.whole()))


def groups(draft: Draft, found: Found) -> None:
    """Google's groups, or Outlook's categories, which are between semicolons."""
    cell = found.whole()
    for group in cells.several(cell if cells.SEVERAL in cell else cell.replace(";", cells.SEVERAL)):
        own_name = group.removeprefix(STAR).strip()
        is_system = group.startswith(STAR)
        if is_system and own_name.lower() == labels.STARRED:
            draft.contact["favorite"] = True
        elif not is_system or own_name.lower() != EVERYBODY:
            draft.tag([own_name])


def favorite(draft: Draft, found: Found) -> None:
    draft.contact["favorite"] = found.text().lower() in TRUE


def detail(kind: str) -> Handler:
    """The details of a kind that a cell has."""

    def add(draft: Draft, found: Found) -> None:
        label = found.text("label") or found.label
        preference = preference_of(label)
        for value in filter(None, cells.several(found.whole())):
            draft.add(kind, labels.lowered(label.removeprefix(STAR).strip()), value, preference)

    return add


def preference_of(label: str) -> int:
    """A star prefers; Outlook's columns are in the order of the alphabet, and a fax is not what to reach first."""
    if label.startswith(STAR):
        return 1
    return NO_PREFERENCE if MACHINES.intersection(label.lower().split()) else NO_PREFERENCE - 1


def messenger(draft: Draft, found: Found) -> None:
    """A name at a service, as IMPP writes it."""
    service = found.text("service").lower().replace(" ", "-")
    for value in filter(None, cells.several(found.whole())):
        draft.add("im", labels.lowered(found.text("label")), f"{service}:{value}" if service else value)


def date(draft: Draft, found: Found) -> None:
    value, label = found.text(), found.text("label") or found.label
    if value and value != NO_DATE:
        draft.date(labels.lowered(label), value, dates.parse_local(value, found.order))


def address(draft: Draft, found: Found) -> None:
    """An address, or several in the same cells; one that is written in one piece only is all street."""
    label = labels.lowered((found.text("label") or found.label).removeprefix(STAR).strip())
    parts = {part: cells.several(found.whole(part).replace("\n", ", ")) for part in found.columns}
    for index in range(max(map(len, parts.values()))):
        own_parts = {part: values[index] for part, values in parts.items() if index < len(values)}
        street = ", ".join(filter(None, (own_parts.get(part) for part in STREET)))
        rest = [own_parts.get(part, "") for part in ADDRESS_PARTS[1:]]
        draft.address(label, [street if street or any(rest) else own_parts.get("formatted", ""), *rest])


def picture(draft: Draft, found: Found) -> None:
    """A picture that is somewhere else is not fetched."""
    if LINK.fullmatch(found.text()):
        draft.kept.append(f"PHOTO;VALUE=uri:{found.text()}")


def unknown(draft: Draft, found: Found) -> None:
    if found.text() != UNSPECIFIED:
        draft.add("other", found.label, found.text())


def ignored(draft: Draft, found: Found) -> None:
    """What says nothing about a contact."""


def kept(draft: Draft, found: Found) -> None:
    """What a vCard has a property for."""
    if value := found.text():
        draft.kept.append(f"{found.label}:{text_lines.escape(value)}")


HANDLERS: Final[Mapping[str, Handler]] = {
    "first_name": name("first_name"),
    "last_name": name("last_name"),
    "name": rest_of_name,
    "formatted": formatted,
    "nickname": single("nickname", "NICKNAME"),
    "company": single("company", "ORG"),
    "department": department,
    "job_title": single("job_title", "TITLE"),
    "email": detail("email"),
    "phone": detail("phone"),
    "url": detail("url"),
    "im": messenger,
    "relation": detail("relation"),
    "other": detail("other"),
    "date": date,
    "address": address,
    "birthday": birthday,
    "notes": notes,
    "groups": groups,
    "favorite": favorite,
    "picture": picture,
    "unknown": unknown,
    "ignored": ignored,
    "kept": kept,
}

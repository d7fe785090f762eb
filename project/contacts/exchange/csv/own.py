"""The columns of our own CSV files that are not a contact's fields, and those with lists as JSON in their cells."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from project.contacts.content import ADDRESS_PARTS, KINDS
from project.contacts.exchange.card import Broken
from project.contacts.exchange.csv import cells
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import properties
from project.contacts.exchange.lines.properties import NEVER_PREFERRED, NO_PREFERENCE
from project.contacts.exchange.values import dates, photos, text

LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def labels(draft: Draft, cell: str) -> None:
    draft.tag(map(text.one_line, cells.load_texts(cell, "labels") if cell.startswith("[") else cells.labels(cell)))


def preferred(kind: str) -> Callable[[Draft, str], None]:
    """The preferred address or number, one in a cell."""
    return lambda draft, cell: draft.add(kind, None, text.one_line(cell), NO_PREFERENCE - 1)


def details(draft: Draft, cell: str) -> None:
    """Details, besides the preferred ones, which have columns of their own."""
    for each in cells.load_objects(cell, "details"):
        if each.get("kind") not in KINDS:
            raise Broken(f"details: kind is none of {', '.join(KINDS)}.")
        draft.add(each["kind"], each.get("label"), each.get("value", ""), NEVER_PREFERRED)


def addresses(draft: Draft, cell: str) -> None:
    for each in cells.load_objects(cell, "addresses"):
        draft.address(each.get("label"), [each.get(part, "") for part in ADDRESS_PARTS])


def birthday(draft: Draft, cell: str) -> None:
    value = text.one_line(cell)
    draft.birthday(value, dates.parse(value))


def uid(draft: Draft, cell: str) -> None:
    draft.uid = text.one_line(cell) or None


def updated_at(draft: Draft, cell: str) -> None:
    draft.revised = text.one_line(cell)


def photo(draft: Draft, cell: str) -> None:
    """A picture, or where it is."""
    if LINK.fullmatch(text.one_line(cell)):
        draft.kept.append(f"PHOTO;VALUE=uri:{text.one_line(cell)}")
    else:
        draft.photo = photos.decode(cell)


def photo_url(draft: Draft, cell: str) -> None:
    """Where the picture is, if the file does not have it itself."""
    draft.photo_url = text.one_line(cell)
    if draft.photo is None:
        draft.kept.append(f"PHOTO;VALUE=uri:{draft.photo_url}")


def extra(draft: Draft, cell: str) -> None:
    """Content lines; whoever made the file, each must be one property."""
    draft.kept += map(checked, cells.load_texts(cell, "extra"))


def checked(line: str) -> str:
    """A content line, as it may be written. Raises Broken for anything else."""
    found = properties.checked(line)
    if found is None:
        raise Broken("extra: not a list of properties.")
    return found


READERS: Final[Mapping[str, Callable[[Draft, str], None]]] = {
    "email": preferred("email"),
    "phone": preferred("phone"),
    "day of birth": birthday,
    "labels": labels,
    "details": details,
    "addresses": addresses,
    "uid": uid,
    "updated_at": updated_at,
    "photo": photo,
    "photo_url": photo_url,
    "extra": extra,
}

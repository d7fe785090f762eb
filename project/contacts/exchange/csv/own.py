"""The columns that only our own CSV files have, with lists as JSON in their cells."""

from collections.abc import Mapping
from typing import Final

from project.contacts.content import ADDRESS_PARTS, KINDS
from project.contacts.exchange.card import Broken
from project.contacts.exchange.csv import cells
from project.contacts.exchange.csv.columns import LINK, Found, Handler, groups, picture
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import properties
from project.contacts.exchange.lines.properties import NEVER_PREFERRED
from project.contacts.exchange.values import photos, text

NOT_KEPT = frozenset({"BEGIN", "END", "VERSION"})


def labels(draft: Draft, found: Found) -> None:
    if found.whole().startswith("["):
        draft.tag(map(text.one_line, cells.load_texts(found.whole(), "labels")))
    else:
        groups(draft, found)


def reached(kind: str) -> Handler:
    """The address or number to reach first, one in a cell."""
    return lambda draft, found: draft.add(kind, None, found.text())


def details(draft: Draft, found: Found) -> None:
    """Details beside those to reach first, which have columns of their own."""
    for each in cells.load_objects(found.whole(), "details"):
        if each.get("kind") not in KINDS:
            raise Broken(f"details: kind is none of {', '.join(KINDS)}.")
        draft.add(each["kind"], each.get("label"), each.get("value", ""), NEVER_PREFERRED)


def addresses(draft: Draft, found: Found) -> None:
    for each in cells.load_objects(found.whole(), "addresses"):
        draft.address(each.get("label"), [each.get(part, "") for part in ADDRESS_PARTS])


def uid(draft: Draft, found: Found) -> None:
    draft.uid = found.text() or None


def photo(draft: Draft, found: Found) -> None:
    if LINK.fullmatch(found.text()):
        picture(draft, found)
    else:
        draft.photo = photos.decode(found.whole())


def extra(draft: Draft, found: Found) -> None:
    """Content lines; whoever made the file, each must be one property."""
    for line in cells.load_texts(found.whole(), "extra"):
        kept = properties.parse(text.clean(line).replace("\n", ""))
        if not kept or kept.head.name in NOT_KEPT:
            raise Broken("extra: not a list of properties.")
        draft.kept.append(kept.line)


HANDLERS: Final[Mapping[str, Handler]] = {
    "own email": reached("email"),
    "own phone": reached("phone"),
    "own labels": labels,
    "own details": details,
    "own addresses": addresses,
    "own uid": uid,
    "own photo": photo,
    "own extra": extra,
}

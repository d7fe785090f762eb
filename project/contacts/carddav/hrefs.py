"""Hrefs: written in one spelling, read in any.

Clients compare hrefs as strings, so every octet but RFC 3986's unreserved ones is percent-encoded, and collections end
with a slash.
"""

from enum import Enum
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes
from uuid import UUID

from project import ids
from project.contacts.arrivals import SUFFIX, own_name

ROOT: Final = "/carddav/"
WAYS_IN: Final = (("",), ("carddav",), ("principals",))
LONGEST_NAME: Final = 255  # octets


class Kind(Enum):
    """What is at an address."""

    ROOT = "root"
    PRINCIPAL = "principal"
    HOME = "home"
    BOOK = "book"
    CARD = "card"


class BadName(Exception):
    """A name in somebody's book that no card can have."""

    def __init__(self, detail: str, owner_id: UUID) -> None:
        super().__init__(detail)
        self.owner_id = owner_id


class Place(NamedTuple):
    """Where an address leads: what is there, whose it is, and the name of a card."""

    kind: Kind
    owner_id: UUID | None = None
    name: str = ""


BELOW: Final = {
    (): Kind.PRINCIPAL,
    ("books",): Kind.HOME,
    ("books", "contacts"): Kind.BOOK,
}


def find(address: str) -> Place | None:
    """The place of a percent-encoded path or URL, whatever its host; None where there is nothing. Raises BadName."""
    first, *steps = path_of(address).removeprefix("/").split("/")
    if steps in ([], [""]) and decoded([first]) in WAYS_IN:
        return Place(Kind.ROOT)
    owner_id = id_of(steps.pop(0)) if decoded([first]) == ("carddav",) else None
    if owner_id is None:
        return None
    if len(steps) == 3 and decoded(steps[:2]) == ("books", "contacts") and steps[2]:
        return Place(Kind.CARD, owner_id, name_of(steps[2], owner_id))
    if steps and not steps[-1]:
        steps.pop()
    kind = BELOW.get(decoded(steps))
    return Place(kind, owner_id) if kind else None


def path_of(address: str) -> str:
    """The path of a URL or of a path, without its query, which means nothing here."""
    scheme, separator, rest = address.partition("://")
    if separator and "/" not in scheme:
        address = "/" + rest.partition("/")[2]
    return address.partition("?")[0].partition("#")[0]


def id_of(step: str) -> UUID | None:
    return ids.find(*decoded([step]))


def decoded(steps: list[str]) -> tuple[str, ...]:
    return tuple(unquote_to_bytes(step).decode(errors="replace") for step in steps)


def name_of(step: str, owner_id: UUID) -> str:
    """The name that a segment spells; raises BadName."""
    octets = unquote_to_bytes(step)
    try:
        name = octets.decode()
    except UnicodeDecodeError:
        raise BadName("The name is not UTF-8.", owner_id) from None
    if len(octets) > LONGEST_NAME or "/" in name or "\0" in name or name in (".", ".."):
        raise BadName(f"A name is 1 to {LONGEST_NAME} octets without / and NUL, and not . or .. itself.", owner_id)
    return name


def principal(owner_id: UUID) -> str:
    return f"{ROOT}{owner_id}/"


def home(owner_id: UUID) -> str:
    return f"{ROOT}{owner_id}/books/"


def book(owner_id: UUID) -> str:
    return f"{ROOT}{owner_id}/books/contacts/"


def card(owner_id: UUID, name: str) -> str:
    return book(owner_id) + quote(name, safe="")


def card_name(contact_id: UUID, href: str | None) -> str:
    """The name of a card: the one that a client chose, else that of its id."""
    return own_name(contact_id) if href is None else href


def default_id(name: str) -> UUID | None:
    """The id that a card has if this is its name by default."""
    contact_id = ids.find(name.removesuffix(SUFFIX))
    return contact_id if f"{contact_id}{SUFFIX}" == name else None


def default_name(name: str) -> str:
    """The name in lower case if it is that of an id; clients that write ids in capitals may mean this one."""
    contact_id = ids.find(name.removesuffix(SUFFIX))
    return f"{contact_id}{SUFFIX}" if contact_id and name.endswith(SUFFIX) else name

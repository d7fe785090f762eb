"""What PROPFIND, PROPPATCH and REPORT ask for, read from their bodies."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from project.contacts.carddav import filters, preconditions, xml
from project.contacts.carddav.filters import Filter
from project.contacts.carddav.properties import ADDRESS_DATA, C, D, Wanted
from project.contacts.exchange import vcards
from project.errors import MalformedRequest
from project.web.budgets import KIB

MOST_RESULTS: Final = 10**9
MOST_NAMES, MOST_CHARACTERS = 100, 8 * KIB  # of properties, which each card answers; the most that clients ask is 40
ALWAYS: Final = frozenset({"VERSION", "UID", "FN", "N"})
INFINITE: Final = ("infinite", "infinity")


class Data(NamedTuple):
    """The least that `address-data` wants of a card: properties, None for all. `without_value`: only their names."""

    names: frozenset[str] | None = None
    without_value: frozenset[str] = frozenset()

    def of(self, text: str) -> str:
        """The card, or that part of it."""
        if self.names is None:
            return text
        return vcards.write(self.line(line) for line in vcards.lines_of(text) if self.wants(vcards.name(line)))

    def wants(self, name: str) -> bool:
        return name in ALWAYS or (self.names is not None and name in self.names)

    def line(self, line: str) -> str:
        return f"{line.partition(':')[0]}:" if vcards.name(line) in self.without_value else line


class Report(NamedTuple):
    """A report: its name, what it wants of each card, and the parts that some reports have."""

    name: str
    wanted: Wanted
    data: Data
    hrefs: list[str]
    filter: Filter = filters.EVERYTHING
    limit: int | None = None
    token: str = ""


def propfind(body: bytes, *, is_brief: bool) -> Wanted:
    """Raises MalformedRequest. No body asks for everything (RFC 4918 §9.1)."""
    if not body.strip():
        return Wanted((), is_all=True, is_brief=is_brief)
    root, children = xml.read(body)
    expect(root, f"{D}propfind")
    found = {child.tag: [each.tag for each in child] for child in children}
    if f"{D}propname" in found:
        return Wanted(None)
    if f"{D}allprop" in found:
        return Wanted(unique(found.get(f"{D}include", [])), is_all=True, is_brief=is_brief)
    if f"{D}prop" not in found:
        raise MalformedRequest("A propfind has one of prop, allprop and propname.")
    return Wanted(unique(found[f"{D}prop"]), is_brief=is_brief)


def proppatch(body: bytes) -> tuple[str, ...]:
    """The properties that it would set or remove. Raises MalformedRequest."""
    root, children = xml.read(body)
    expect(root, f"{D}propertyupdate")
    changes = [child for child in children if child.tag in (f"{D}set", f"{D}remove")]
    return unique([each.tag for change in changes for prop in change.findall(f"{D}prop") for each in prop])


def expect(root: Element, name: str) -> None:
    if root.tag != name:
        raise MalformedRequest(f"The root element is not {name.rpartition('}')[2]}.")


def unique(names: list[str]) -> tuple[str, ...]:
    """Raises MalformedRequest for more names than any client asks for."""
    found = tuple(dict.fromkeys(names))
    if len(found) > MOST_NAMES or sum(map(len, found)) > MOST_CHARACTERS:
        raise MalformedRequest(f"At most {MOST_NAMES} properties, whose names have {MOST_CHARACTERS} characters.")
    return found


def report(body: bytes, supported: tuple[str, ...], *, is_brief: bool) -> Report:
    """Raises MalformedRequest, or Unmet for another report than those that are supported here."""
    root, children = xml.read(body)
    if root.tag not in supported:
        raise preconditions.supported_report()
    draft = Draft(is_brief=is_brief)
    for child in children:
        if read := READERS.get(child.tag):
            read(draft, child)
    return Report(root.tag, draft.wanted, draft.data, draft.hrefs, draft.filter, draft.limit, draft.token)


class Draft:
    """A report as far as it was read."""

    def __init__(self, *, is_brief: bool) -> None:
        self.is_brief = is_brief
        self.wanted, self.data = Wanted((), is_brief=is_brief), Data()
        self.hrefs: list[str] = []
        self.filter, self.token = filters.EVERYTHING, ""
        self.limit: int | None = None

    def read_prop(self, element: Element) -> None:
        self.wanted = Wanted(unique([each.tag for each in element]), is_brief=self.is_brief)
        for each in element.findall(ADDRESS_DATA):
            self.data = read_data(each)

    def read_all(self, _: Element) -> None:
        self.wanted = Wanted((), is_all=True, is_brief=self.is_brief)

    def read_names(self, _: Element) -> None:
        self.wanted = Wanted(None)

    def read_href(self, element: Element) -> None:
        self.hrefs.append((element.text or "").strip())

    def read_filter(self, element: Element) -> None:
        self.filter = filters.read(element)

    def read_token(self, element: Element) -> None:
        self.token = (element.text or "").strip()

    def read_limit(self, element: Element) -> None:
        text = (element.findtext(f"{D}nresults") or element.findtext(f"{C}nresults") or "").strip()
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:10]) <= MOST_RESULTS):
            raise MalformedRequest("nresults is not a positive number.")
        self.limit = int(text[:10])

    def read_level(self, element: Element) -> None:
        level = (element.text or "").strip()
        if level in INFINITE:
            raise preconditions.sync_traversal()
        if level != "1":
            raise MalformedRequest("sync-level is neither 1 nor infinite.")


READERS: Final[dict[str, Callable[[Draft, Element], None]]] = {
    f"{D}prop": Draft.read_prop,
    f"{D}allprop": Draft.read_all,
    f"{D}propname": Draft.read_names,
    f"{D}href": Draft.read_href,
    f"{C}filter": Draft.read_filter,
    f"{D}sync-token": Draft.read_token,
    f"{D}sync-level": Draft.read_level,
    f"{D}limit": Draft.read_limit,
    f"{C}limit": Draft.read_limit,
}


def read_data(element: Element) -> Data:
    """Raises Unmet for another media type or version than cards have."""
    if element.get("content-type", "text/vcard").lower() != "text/vcard" or element.get("version", "3.0") != "3.0":
        raise preconditions.conversion()
    properties = list(named(element))
    if not properties or element.find(f"{C}allprop") is not None:
        return Data()
    without = frozenset(name for name, each in properties if each.get("novalue", "no") == "yes")
    return Data(frozenset(name for name, _ in properties), without)


def named(element: Element) -> Iterator[tuple[str, Element]]:
    for each in element.findall(f"{C}prop"):
        yield each.get("name", "").upper().rpartition(".")[2], each

"""The properties of what is at an address (RFC 4918 §15, 3744, 5397, 6352 §6.2, 6578 §4), as XML."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import format_datetime
from typing import Final, NamedTuple
from uuid import UUID

from project.contacts import changes, etags
from project.contacts.books import State
from project.contacts.carddav import hrefs, preconditions, xml
from project.contacts.carddav.hrefs import Kind
from project.contacts.carddav.reading import Item
from project.contacts.changes import Position
from project.extensions import settings
from project.web.cursors import seal

D: Final = "{DAV:}"
C: Final = "{urn:ietf:params:xml:ns:carddav}"
CS: Final = "{http://calendarserver.org/ns/}"
ADDRESS_DATA: Final = f"{C}address-data"
BOOK_NAME: Final = "Contacts"
CONTENT_TYPE: Final = "text/vcard; charset=utf-8"
TOKEN: Final = "data:,"  # noqa: S105  # a URI, as RFC 6578 §3.3 wants tokens to be
REPORTS: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.BOOK: (f"{D}sync-collection", f"{C}addressbook-multiget", f"{C}addressbook-query"),
    Kind.CARD: (f"{C}addressbook-multiget",),
}
READ: Final = ("read", "read-current-user-privilege-set")
WRITE: Final = ("read", "write", "write-content", "bind", "unbind", "read-current-user-privilege-set")


SUPPORTED_COLLATIONS: Final = "".join(
    f"<C:supported-collation>{name}</C:supported-collation>" for name in ("i;ascii-casemap", "i;unicode-casemap")
)


class Resource(NamedTuple):
    """What is at an address. `state` is there for home and book, `card` for a card, `username` for a principal."""

    kind: Kind
    owner_id: UUID
    state: State = State(0, 0, 0, 0, 0)
    card: Item | None = None
    data: str | None = None
    """What `address-data` says of the card."""
    username: str = ""

    @property
    def href(self) -> str:
        if self.card is not None:
            return hrefs.card(self.owner_id, self.card.name)
        return COLLECTIONS[self.kind](self.owner_id)


COLLECTIONS: Final[Mapping[Kind, Callable[[UUID], str]]] = {
    Kind.ROOT: lambda _: hrefs.ROOT,
    Kind.PRINCIPAL: hrefs.principal,
    Kind.HOME: hrefs.home,
    Kind.BOOK: hrefs.book,
}
Property = Callable[[Resource], str]


def href(path: str) -> str:
    return f"<D:href>{path}</D:href>"


def sync_token(owner_id: UUID, position: Position) -> str:
    """The place in the order of changes, as `/changes` seals it: the same text as long as nothing changes."""
    return TOKEN + seal(str(owner_id), position.revision, str(position.id), position.began)


def current_token(resource: Resource) -> str:
    return sync_token(resource.owner_id, changes.at(resource.state.revision))


def item(resource: Resource) -> Item:
    assert resource.card is not None  # noqa: S101  # by the table below
    return resource.card


def privileges(*names: str) -> Property:
    content = "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in names)
    return lambda _: content


def reports(resource: Resource) -> str:
    names = REPORTS.get(resource.kind, ())
    return "".join(
        f"<D:supported-report><D:report>{xml.element(name)}</D:report></D:supported-report>" for name in names
    )


def available_bytes(resource: Resource) -> str:
    return str(max(0, settings.max_book_bytes - resource.state.card_bytes))


EVERYWHERE: Final[Mapping[str, Property]] = {
    f"{D}current-user-principal": lambda resource: href(hrefs.principal(resource.owner_id)),
    f"{D}principal-collection-set": lambda _: href(hrefs.ROOT),
    f"{D}current-user-privilege-set": privileges(*READ),
}
OWNED: Final[Mapping[str, Property]] = {
    **EVERYWHERE,
    f"{D}owner": lambda resource: href(hrefs.principal(resource.owner_id)),
    f"{D}supported-report-set": reports,
}
WITH_QUOTA: Final[Mapping[str, Property]] = {
    **OWNED,
    f"{D}quota-used-bytes": lambda resource: str(resource.state.card_bytes),
    f"{D}quota-available-bytes": available_bytes,
}
LIVE: Final[Mapping[Kind, Mapping[str, Property]]] = {
    Kind.ROOT: {f"{D}resourcetype": lambda _: "<D:collection/>"},
    Kind.PRINCIPAL: {
        f"{D}resourcetype": lambda _: "<D:collection/><D:principal/>",
        f"{D}displayname": lambda resource: xml.text(resource.username),
    },
    Kind.HOME: {
        f"{D}resourcetype": lambda _: "<D:collection/>",
        f"{D}displayname": lambda _: BOOK_NAME,
    },
    Kind.BOOK: {
        f"{D}resourcetype": lambda _: "<D:collection/><C:addressbook/>",
        f"{D}displayname": lambda _: BOOK_NAME,
    },
    Kind.CARD: {
        f"{D}resourcetype": lambda _: "",
        f"{D}getetag": lambda resource: f'"{etags.tag(resource.owner_id, item(resource).revision)}"',
        f"{D}getcontenttype": lambda _: CONTENT_TYPE,
        f"{D}getcontentlength": lambda resource: str(len((item(resource).text or "").encode())),
        f"{D}getlastmodified": lambda resource: format_datetime(item(resource).updated_at, usegmt=True),
    },
}
"""The properties of RFC 4918, which `allprop` answers."""
FURTHER: Final[Mapping[Kind, Mapping[str, Property]]] = {
    Kind.ROOT: EVERYWHERE,
    Kind.PRINCIPAL: {
        **OWNED,
        f"{D}principal-URL": lambda resource: href(hrefs.principal(resource.owner_id)),
        f"{C}addressbook-home-set": lambda resource: href(hrefs.home(resource.owner_id)),
    },
    Kind.HOME: WITH_QUOTA,
    Kind.BOOK: {
        **WITH_QUOTA,
        f"{D}current-user-privilege-set": privileges(*WRITE),
        f"{D}sync-token": current_token,
        f"{CS}getctag": current_token,
        f"{C}supported-address-data": lambda _: preconditions.SUPPORTED_DATA,
        f"{C}supported-collation-set": lambda _: "".join(
            f"<C:supported-collation>{name}</C:supported-collation>"
            for name in ("i;ascii-casemap", "i;unicode-casemap")
        ),
        f"{C}max-resource-size": lambda _: str(settings.max_card_bytes),
        f"{C}max-image-size": lambda _: str(settings.max_card_bytes * 7 // 10),
    },
    Kind.CARD: OWNED,
}
ALL: Final[Mapping[Kind, Mapping[str, Property]]] = {kind: {**FURTHER[kind], **LIVE[kind]} for kind in Kind}
NEED_TEXT: Final = frozenset({ADDRESS_DATA, f"{D}getcontentlength"})


class Wanted(NamedTuple):
    """The properties that a request asks for; None for all names, without values.

    `is_brief`: leave out those that are not there.
    """

    names: Sequence[str] | None
    is_all: bool = False
    is_brief: bool = False

    @property
    def needs_text(self) -> bool:
        return self.is_all or bool(NEED_TEXT.intersection(self.names or ()))


def propstats(resource: Resource, wanted: Wanted) -> str:
    """Every property that was asked for: with its value, or in a propstat of those that are not there."""
    known = ALL[resource.kind]
    if wanted.names is None:
        return xml.propstat(200, "".join(map(xml.element, known)))
    names = [*LIVE[resource.kind], *wanted.names] if wanted.is_all else wanted.names
    found, missing = "".join(values(resource, known, names)), missing_of(resource, known, names)
    if missing and not wanted.is_brief:
        return (xml.propstat(200, found) if found else "") + xml.propstat(404, "".join(map(xml.element, missing)))
    return xml.propstat(200, found)


def values(resource: Resource, known: Mapping[str, Property], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name in known:
            yield xml.element(name, known[name](resource))
        elif name == ADDRESS_DATA and resource.data is not None:
            yield xml.element(name, xml.text(resource.data))


def missing_of(resource: Resource, known: Mapping[str, Property], names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in known and not (name == ADDRESS_DATA and resource.data is not None)]


def response(resource: Resource, wanted: Wanted) -> str:
    return xml.response(resource.href, propstats(resource, wanted))

"""The reports on an address book: sync-collection (RFC 6578), addressbook-multiget and addressbook-query (RFC 6352 §8).

They answer while they read the cards.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, takewhile
from typing import Final
from uuid import UUID

from project.contacts import books, changes
from project.contacts.carddav import hrefs, preconditions, properties, xml
from project.contacts.carddav.hrefs import BadName, Kind
from project.contacts.carddav.properties import TOKEN, C, D, Resource
from project.contacts.carddav.reading import AT_ONCE, Item, Shelf, kept_names
from project.contacts.carddav.requests import Report
from project.contacts.changes import Position
from project.errors import InvalidSyncToken, SyncTokenExpired
from project.web import budgets

Responses = Iterator[str]
TRUNCATED: Final = f"{xml.status(507)}<D:error><D:number-of-matches-within-limits/></D:error>"


class Viewer:
    """Whose book is read, and how each card of it is answered."""

    def __init__(self, owner_id: UUID, report: Report) -> None:
        self.owner_id, self.report = owner_id, report

    def shelf(self, *, has_text: bool = False) -> Shelf:
        return Shelf(self.owner_id, has_text=has_text or self.report.wanted.needs_text)

    def show(self, item: Item) -> str:
        """A card; one that was deleted, or whose photo cannot be had at present, by its status alone."""
        if not item.is_living:
            return self.missing(item.name)
        needs_text = self.report.wanted.needs_text
        if needs_text and item.text is None:
            return xml.response(hrefs.card(self.owner_id, item.name), xml.status(503))
        data = self.report.data.of(item.text) if needs_text and item.text is not None else None
        resource = Resource(Kind.CARD, self.owner_id, card=item, data=data)
        return properties.response(resource, self.report.wanted)

    def missing(self, name: str) -> str:
        return xml.response(hrefs.card(self.owner_id, name), xml.status(404))

    def truncated(self) -> str:
        return xml.response(hrefs.book(self.owner_id), TRUNCATED)


def sync_collection(viewer: Viewer) -> Responses:
    """What changed since the token, and the next token. Raises Unmet for a token that is not, or no longer, good."""
    book = books.state(viewer.owner_id)
    token, limit = viewer.report.token, viewer.report.limit
    if not token and limit is None:
        return whole_book(viewer, changes.at(book.revision))
    began = Position(0, changes.LAST_ID, book.revision)
    position = read_token(viewer.owner_id, token, book) if token else began
    return pages(viewer, position, book.revision)


def read_token(owner_id: UUID, token: str, book: books.State) -> Position:
    if not token.startswith(TOKEN):
        raise preconditions.valid_token()
    try:
        return changes.unsealed(owner_id, token.removeprefix(TOKEN), book)
    except (InvalidSyncToken, SyncTokenExpired):
        raise preconditions.valid_token() from None


def whole_book(viewer: Viewer, position: Position) -> Responses:
    """All that live, by id: what is written meanwhile is in the next answer again, and nothing is missed."""
    yield from map(viewer.show, viewer.shelf().all())
    yield next_token(viewer, position)


def pages(viewer: Viewer, position: Position, until: int) -> Responses:
    """What changed after a position, up to the limit; then a token from which to go on."""
    changed = viewer.shelf().changed(position, until)
    last: Item | None = None
    for last in islice(changed, viewer.report.limit):
        yield viewer.show(last)
    if last is not None and next(changed, None) is not None:
        yield viewer.truncated()
        yield next_token(viewer, Position(last.revision, last.id, position.began))
    else:
        yield next_token(viewer, changes.at(until) if is_whole(viewer.owner_id, position) else position)


def is_whole(owner_id: UUID, position: Position) -> bool:
    """Whether no tombstones went while the changes were read; else the device's next token is refused as too old."""
    return max(position.revision, position.began) >= books.state(owner_id).purged_revision


def next_token(viewer: Viewer, position: Position) -> str:
    return xml.element(f"{D}sync-token", properties.sync_token(viewer.owner_id, position))


def multiget(viewer: Viewer) -> Responses:
    """Each card that was asked for, once, in the order asked."""
    shelf, asked = viewer.shelf(), iter(dict.fromkeys(viewer.report.hrefs))
    seen: set[str] = set()
    while chunk := list(islice(asked, AT_ONCE)):
        names = {address: name_in(viewer.owner_id, address) for address in chunk}
        kept = kept_names(viewer.owner_id, filter(None, names.values()))
        names = {address: kept.get(name or "", name) for address, name in names.items()}
        wanted = [name for name in dict.fromkeys(names.values()) if name is not None and name not in seen]
        yield from answers(viewer, names, shelf.named(wanted), seen)


def answers(
    viewer: Viewer, names: Mapping[str, str | None], found: Iterator[tuple[str, Item]], seen: set[str]
) -> Iterator[str]:
    """`found` is in the order of `names`."""
    upcoming = next(found, None)
    for address, name in names.items():
        if name is None:
            yield xml.response(xml.text(address), xml.status(404))
        elif upcoming and upcoming[0] == name and name not in seen:
            yield viewer.show(upcoming[1])
            upcoming = next(found, None)
        elif name not in seen:
            yield viewer.missing(name)
        seen.add(name or "")


def name_in(owner_id: UUID, address: str) -> str | None:
    """The name of one of the owner's cards, or None for any other address."""
    try:
        place = hrefs.find(address)
    except BadName:
        return None
    return place.name if place and place.kind is Kind.CARD and place.owner_id == owner_id else None


def query(viewer: Viewer) -> Responses:
    """The cards that the filter accepts, up to the limit, of those that can be looked at in QUERY_SECONDS."""
    condition, work = viewer.report.filter, budgets.Work(budgets.QUERY_SECONDS)
    shelf = viewer.shelf(has_text=bool(condition.properties))
    in_time = takewhile(lambda _: not work.is_over, shelf.all())
    accepted = (item for item in in_time if not condition.properties or condition.accepts(item.text or ""))
    yield from map(viewer.show, islice(accepted, viewer.report.limit))
    if next(accepted, None) is not None or work.is_over:
        yield viewer.truncated()


REPORTS: Final[Mapping[str, Callable[[Viewer], Responses]]] = {
    f"{D}sync-collection": sync_collection,
    f"{C}addressbook-multiget": multiget,
    f"{C}addressbook-query": query,
}


def listing(owner_id: UUID, report: Report) -> Iterable[str]:
    """The cards of the book, as PROPFIND with Depth 1 lists them."""
    viewer = Viewer(owner_id, report)
    return map(viewer.show, viewer.shelf().all())

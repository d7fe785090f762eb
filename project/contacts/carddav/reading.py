"""Cards read from the tables, at most 500 at a time: all of a book, what changed since, or those of some names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, bindparam, select, tuple_, union_all

from project.contacts.carddav import groups, hrefs, keeping, writing
from project.contacts.carddav.writing import Album
from project.contacts.changes import LAST_ID, Position
from project.contacts.content import FIELD_NAMES
from project.contacts.exchange import kept_groups
from project.contacts.followers import CARD
from project.contacts.queries import LIVING, OWNER, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.errors import ServiceUnavailable

AT_ONCE: Final = 500
LARGEST: Final = 16 * 2**20  # bytes of contacts and cards that are in memory together
MADE_AT_ONCE: Final = 50
FIRST_ID: Final = UUID(int=0)


class Item(NamedTuple):
    """A card: its place in the order of changes, its name, and its text if that was asked for.

    Without a text although it was asked for, its photo cannot be had at present.
    """

    revision: int
    id: UUID
    name: str
    updated_at: datetime
    is_living: bool
    text: str | None = None


KEPT: Final = (
    select(
        CARD.c.contact_id,
        CARD.c.body,
        CARD.c.size.label("card_size"),
        CARD.c.revision.label("card_revision"),
        CARD.c.photo.label("card_photo"),
    )
    .where(CARD.c.owner_id == OWNER)
    .subquery("kept")
)
LIGHT: Final = tuple(CONTACT.c[name] for name in ("id", "href", "revision", "updated_at", "deleted_at"))
WHOLE: Final = tuple(
    CONTACT.c[name] for name in (*FIELD_NAMES, "name", "photo", "extra", "uid", "created_at", "purged_at", "size")
)
FULL: Final = (*LIGHT, *WHOLE, *(column for column in KEPT.c if column.name != "contact_id"))
FULL_NAMES: Final = tuple(column.key for column in FULL)


def with_cards(statement: Select[Any]) -> Select[Any]:
    return statement.outerjoin(KEPT, KEPT.c.contact_id == CONTACT.c.id)


def listing(statement: Select[Any]) -> Select[Any]:
    """All that live, by id: a place that no writer changes, so that nobody's card is missed."""
    return statement.where(LIVING, CONTACT.c.id > bindparam("after")).order_by(CONTACT.c.id).limit(AT_ONCE)


def delta(statement: Select[Any]) -> Select[Any]:
    position = tuple_(CONTACT.c.revision, CONTACT.c.id)
    return (
        statement.where(
            tuple_(bindparam("since"), bindparam("since_id", type_=CONTACT.c.id.type)) < position,
            CONTACT.c.revision <= bindparam("until"),
            CONTACT.c.deleted_at.is_(None) | (CONTACT.c.revision > bindparam("began")),
        )
        .order_by(CONTACT.c.revision, CONTACT.c.id)
        .limit(AT_ONCE)
    )


def named(statement: Select[Any]) -> CompoundSelect[Any]:
    """Not with `or_`: without statistics, PostgreSQL then reads the whole book."""
    return union_all(
        statement.where(LIVING, CONTACT.c.href.in_(bindparam("names", expanding=True))),
        statement.where(LIVING, CONTACT.c.href.is_(None), CONTACT.c.id.in_(bindparam("ids", expanding=True))),
    )


Statement = Select[Any] | CompoundSelect[Any]
Make = Callable[[Select[Any]], Statement]
MAKERS: Final[tuple[Make, ...]] = (listing, delta, named)
BARE, MEASURED = owned_by(*LIGHT), with_cards(owned_by(*LIGHT, CONTACT.c.size, KEPT.c.card_size))
STATEMENTS: Final = {
    (make, has_text): make(MEASURED if has_text else BARE) for make in MAKERS for has_text in (False, True)
}
SOME: Final = with_cards(owned_by(*FULL)).where(CONTACT.c.id.in_(bindparam("ids", expanding=True)))
PHOTO: Final = named(owned_by(CONTACT.c.photo))


class Shelf:
    """The cards of one owner, with their texts or without."""

    def __init__(self, owner_id: UUID, *, has_text: bool) -> None:
        self.owner_id, self.has_text, self.album = owner_id, has_text, Album()

    def all(self) -> Iterator[Item]:
        """Every card that lives throughout, once."""
        after = FIRST_ID
        while found := self.rows(listing, after=after):
            yield from (item for item in self.items(found) if item.is_living)
            after = found[-1].id
        yield from self.groups(Position(0, LAST_ID, 0), until=None)

    def changed(self, position: Position, until: int) -> Iterator[Item]:
        """What changed after a position, each card once, in the order of revisions."""
        contacts = self.contacts_changed(position, until)
        yield from merge(contacts, self.groups(position, until), key=lambda item: item[:2])

    def contacts_changed(self, position: Position, until: int) -> Iterator[Item]:
        """What is written meanwhile has a later revision, and is in a later answer."""
        since, since_id, began = position
        while found := self.rows(delta, since=since, since_id=since_id, until=until, began=began):
            yield from (item for item in self.items(found) if item.revision <= until)
            since, since_id = found[-1].revision, found[-1].id

    def named(self, names: Sequence[str]) -> Iterator[tuple[str, Item]]:
        """Those of some names that there are, at most 500, in the order of the names."""
        found = self.rows(named, names=names, ids=default_ids(names))
        rows = {hrefs.card_name(row.id, row.href): row for row in found}
        of_groups = {row.href: row for row in groups.named(self.owner_id, names)}
        items = self.items([rows[name] for name in names if name in rows])
        for name in names:
            if name in rows:
                yield name, next(items)
            elif name in of_groups:
                yield name, self.group_item(of_groups[name])
        self.commit_made()

    def groups(self, position: Position, until: int | None) -> Iterator[Item]:
        for group in groups.changed(self.owner_id, position, until):
            yield self.group_item(group)

    def rows(self, make: Make, **values: Any) -> Sequence[Any]:
        return fetch(STATEMENTS[make, self.has_text], {"owner_id": self.owner_id, **values}).all()

    def items(self, found: Sequence[Any]) -> Iterator[Item]:
        """The cards of these rows; with texts they are read again, so many at a time that they fit into memory."""
        if not self.has_text:
            yield from map(self.item, found)
            return
        for some in affordable(found):
            whole = {row.id: row for row in fetch(SOME, {"owner_id": self.owner_id, "ids": [row.id for row in some]})}
            for row in some:
                item = self.item(whole[row.id]) if row.id in whole else self.gone(row)
                self.commit_made(once=MADE_AT_ONCE)
                yield item
        self.commit_made()

    def commit_made(self, *, once: int = 1) -> None:
        """Keep the cards for which the picture store was asked, once there are so many."""
        if len(self.album.made) >= once:
            keeping.commit(self.owner_id, self.album.made)
            self.album.made.clear()

    def gone(self, row: Any) -> Item:
        """A card that was purged meanwhile."""
        return Item(row.revision, row.id, hrefs.card_name(row.id, row.href), row.updated_at, is_living=False)

    def item(self, row: Any) -> Item:
        name, is_living = hrefs.card_name(row.id, row.href), row.deleted_at is None
        text = self.text(row) if self.has_text and is_living else None
        return Item(row.revision, row.id, name, row.updated_at, is_living, text)

    def text(self, row: Any) -> str | None:
        try:
            return writing.text_of(row, self.album)
        except ServiceUnavailable:
            return None

    def group_item(self, row: Any) -> Item:
        name, is_living = hrefs.card_name(row.id, row.href), row.deleted_at is None
        text = kept_groups.text_of(self.owner_id, row) if self.has_text and is_living else None
        return Item(row.revision, row.id, name, row.updated_at, is_living, text)


def kept_names(owner_id: UUID, names: Iterable[str]) -> dict[str, str]:
    """The names under which cards are kept, by those of `names` that spell the same id in capitals."""
    spelled = {name: kept for name in names if (kept := hrefs.default_name(name)) != name}
    if not spelled:
        return {}
    living = {name for name, _ in Shelf(owner_id, has_text=False).named([*spelled, *spelled.values()])}
    return {name: kept for name, kept in spelled.items() if name not in living and kept in living}


def default_ids(names: Iterable[str]) -> list[UUID]:
    return [contact_id for name in names if (contact_id := hrefs.default_id(name))]


def photo_of(owner_id: UUID, name: str) -> str | None:
    """The picture that the living contact of this name shows."""
    return fetch(PHOTO, {"owner_id": owner_id, "names": [name], "ids": default_ids([name])}).scalar()


def affordable(found: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows, split where their texts would be more than LARGEST together."""
    some: list[Any] = []
    size = 0
    for row in found:
        octets = row.size * 1_024 + (row.card_size or 0)
        if some and size + octets > LARGEST:
            yield some
            some, size = [], 0
        some.append(row)
        size += octets
    if some:
        yield some

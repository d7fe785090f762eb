"""Cards into contacts: those that are new, those that have changed, and those that are there already."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as altered
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from project import pictures, removals
from project.contacts import photos, writing
from project.contacts.exchange.card import Card, Failure, contact_id
from project.contacts.exchange.uids import extra_of
from project.contacts.writing import Entry, OpenBook
from project.errors import QuotaExceeded, ServiceUnavailable, UnusablePicture
from project.extensions import db, store

PHOTO_SECONDS = 15.0  # for all photos of an import; those that are left come with the same file sent again

log = structlog.get_logger()


@dataclass(slots=True)
class Report:
    """What became of the cards: how many made, were the same, or changed a contact; and those that did not come in."""

    created: int = 0
    unchanged: int = 0
    updated: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, line: int, name: str, detail: str) -> None:
        self.failed.append({"line": line, "name": name, "detail": detail})

    def show(self) -> dict[str, Any]:
        failed = sorted(self.failed, key=lambda each: each["line"])
        return {"created": self.created, "unchanged": self.unchanged, "updated": self.updated, "failed": failed}


class Arrival(NamedTuple):
    """A card with the id that it has in the address book of its owner, and its photo once the store has it."""

    id: UUID
    card: Card
    photo: str | None = None


def bring(owner_id: UUID, found: Iterable[Card | Failure]) -> Report:
    """Bring cards into the owner's book, in one transaction that the caller commits; their photos are put before."""
    report = Report()
    arrivals = list(read(owner_id, found, report))
    arrivals = list(with_photos(owner_id, arrivals, report))
    book = OpenBook(owner_id, {arrival.id for arrival in arrivals})
    dropped = [settle(book, arrival, report) for arrival in arrivals]
    if book.write():
        for former in filter(None, dropped):
            photos.release(owner_id, former)
    return report


def read(owner_id: UUID, found: Iterable[Card | Failure], report: Report) -> Iterator[Arrival]:
    for each in found:
        if isinstance(each, Failure):
            report.fail(each.line, each.name, each.detail)
        else:
            yield Arrival(contact_id(each, owner_id), each)


def with_photos(owner_id: UUID, arrivals: list[Arrival], report: Report) -> Iterator[Arrival]:
    """Put the photos that are not there yet, while there is time. A photo that cannot be used costs only itself."""
    wanted = [arrival.id for arrival in arrivals if arrival.card.photo]
    shown = {entry.id: entry.photo for entry in writing.load(owner_id, wanted)}
    db.session.rollback()  # no transaction stays open while pictures are put
    deadline = time.monotonic() + PHOTO_SECONDS
    for arrival in arrivals:
        if arrival.card.photo is None:
            yield arrival
            continue
        try:
            yield arrival._replace(photo=photo(owner_id, arrival.card.photo, shown.get(arrival.id), deadline))
        except (UnusablePicture, ServiceUnavailable) as problem:
            report.fail(arrival.card.line, arrival.card.name, f"The contact came without its photo. {problem}")
            yield arrival


def photo(owner_id: UUID, data: bytes, shown: str | None, deadline: float) -> str:
    """The reference of a photo; the one that is shown where it is the same picture."""
    if store.is_of(shown, data):
        return str(shown)
    if time.monotonic() > deadline:
        raise ServiceUnavailable("There was no time left: send the file again for the other photos.")
    picture = pictures.make_safe(data)
    return str(shown) if store.is_of(shown, picture) else removals.put(owner_id, picture)


def settle(book: OpenBook, arrival: Arrival, report: Report) -> str | None:
    """Make, change or leave the contact of a card; the photo that it showed before, if that was dropped."""
    known = book.entries.get(arrival.id)
    try:
        entry = known_changed(book, known, arrival) if known else made(book, arrival)
    except QuotaExceeded as problem:
        report.fail(arrival.card.line, arrival.card.name, str(problem))
        return None
    if arrival.photo:
        removals.cancel(arrival.photo)
    if known is None or not known.is_living:
        report.created += 1
    elif entry is known:
        report.unchanged += 1
    else:
        report.updated += 1
    return known.photo if known and known.photo != entry.photo else None


def made(book: OpenBook, arrival: Arrival) -> Entry:
    card = arrival.card
    return book.new(arrival.id, card.contact, extra=extra_of(card), photo=arrival.photo)


def known_changed(book: OpenBook, known: Entry, arrival: Arrival) -> Entry:
    """The photo and the unmodelled lines that a card lacks stay; all else is as the card has it."""
    entry = altered(
        known,
        content=arrival.card.contact,
        extra=extra_of(arrival.card) or known.extra,
        photo=arrival.photo or known.photo,
        deleted_at=None,
        wiped_at=None,
    )
    return known if entry == known else book.put(entry)

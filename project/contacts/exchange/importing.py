"""Cards into contacts: those that are new, those that have changed, and those that are there already."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as altered
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from project.contacts import photos
from project.contacts.exchange.card import Card, Failure, contact_id, extra_of
from project.contacts.open_book import Entry, OpenBook
from project.errors import QuotaExceeded, ServiceUnavailable, UnusablePicture
from project.extensions import db, store
from project.pictures import processing, removals

PHOTO_SECONDS = 15.0  # for all photos of an import; those that are left come with the same file sent again

log = structlog.get_logger()


@dataclass(slots=True)
class Report:
    """What became of the cards: how many made, were the same, or changed a contact; and those that did not come in."""

    created: int = 0
    unchanged: int = 0
    updated: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)

    def count(self, known: Entry | None, entry: Entry) -> None:
        """Count a contact by what it was before, and is now."""
        if known is None or not known.is_living:
            self.created += 1
        elif entry is known:
            self.unchanged += 1
        else:
            self.updated += 1

    def fail(self, line: int, name: str, detail: str) -> None:
        self.failed.append({"line": line, "name": name, "detail": detail})

    def __iadd__(self, other: "Report") -> "Report":
        self.created += other.created
        self.unchanged += other.unchanged
        self.updated += other.updated
        self.failed += other.failed
        return self

    def show(self) -> dict[str, Any]:
        failed = sorted(self.failed, key=lambda each: each["line"])
        return {"created": self.created, "unchanged": self.unchanged, "updated": self.updated, "failed": failed}


class Arrival(NamedTuple):
    """A card with the id that it has in the address book of its owner, and its photo once the store has it."""

    id: UUID
    card: Card
    photo: str | None = None


def bring(owner_id: UUID, found: Iterable[Card | Failure]) -> tuple[OpenBook, Report]:
    """Bring cards into the owner's book, in one transaction that the caller commits; their photos are put before."""
    db.session.rollback()  # no transaction stays open while a file is read, and while pictures are put
    report = Report()
    arrivals = list(read(owner_id, found, report))
    arrivals = list(with_photos(owner_id, arrivals, report))
    book = OpenBook(owner_id, {arrival.id for arrival in arrivals})
    dropped = {settle(book, arrival, report) for arrival in arrivals}
    book.write()
    for former in filter(None, dropped):
        photos.release(owner_id, former)
    return book, report


def read(owner_id: UUID, found: Iterable[Card | Failure], report: Report) -> Iterator[Arrival]:
    for each in found:
        if isinstance(each, Failure):
            report.fail(each.line, each.name, each.detail)
        else:
            yield Arrival(contact_id(each, owner_id), each)


def with_photos(owner_id: UUID, arrivals: list[Arrival], report: Report) -> Iterator[Arrival]:
    """Put the photos that are not there yet, while there is time. A photo that cannot be used costs only itself."""
    shown = photos.shown(owner_id, [arrival.id for arrival in arrivals if arrival.card.photo])
    db.session.rollback()
    deadline = time.monotonic() + PHOTO_SECONDS
    for arrival in arrivals:
        if arrival.card.photo is None:
            yield arrival
            continue
        try:
            shown[arrival.id] = photo(owner_id, arrival.card.photo, shown.get(arrival.id), deadline)
        except (UnusablePicture, ServiceUnavailable) as problem:
            report.fail(arrival.card.line, arrival.card.name, f"The contact came without its photo. {problem}")
            yield arrival
        else:
            yield arrival._replace(photo=shown[arrival.id])


def photo(owner_id: UUID, data: bytes, shown: str | None, deadline: float) -> str:
    """The reference of a photo; the one that is shown where it is the same picture, or was made of the same file."""
    if shown and store.is_of(shown, data):
        return shown
    if time.monotonic() > deadline:
        raise ServiceUnavailable("There was no time left: send the file again for the other photos.")
    picture = processing.make_safe(data)
    if shown and store.is_of(shown, picture):
        return shown
    return removals.put(owner_id, picture, source=data)


def settle(book: OpenBook, arrival: Arrival, report: Report) -> str | None:
    """Make, change or leave the contact of a card; the photo that it showed before, if that was dropped."""
    known = book.entries.get(arrival.id)
    try:
        entry = changed(book, known, arrival) if known else made(book, arrival)
    except QuotaExceeded as problem:
        report.fail(arrival.card.line, arrival.card.name, str(problem))
        return None
    report.count(known, entry)
    former = known.photo if known else None
    if former == entry.photo:
        return None
    removals.cancel(str(entry.photo))
    return former


def made(book: OpenBook, arrival: Arrival) -> Entry:
    card = arrival.card
    return book.new(arrival.id, card.contact, extra=extra_of(card), photo=arrival.photo)


def changed(book: OpenBook, known: Entry, arrival: Arrival) -> Entry:
    """The photo and the unmodelled lines stay where a card has none at all; all else is as the card has it."""
    card = arrival.card
    entry = altered(
        known,
        content=card.contact,
        extra=extra_of(card) if card.extra or not known.extra else known.extra,
        photo=arrival.photo or known.photo,
        deleted_at=None,
        wiped_at=None,
    )
    return known if entry == known else book.put(entry)

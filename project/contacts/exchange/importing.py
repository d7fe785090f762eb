"""Cards into contacts: those that are new, those that have changed, and those that are there already."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from dataclasses import replace as altered
from typing import Any, NamedTuple, cast
from uuid import UUID

import structlog

from project.contacts import books, photos
from project.contacts.content import Content
from project.contacts.exchange.card import MOST_CARDS, Card, Failure, contact_id, extra_of
from project.contacts.open_book import Book, Drafted, Entry, OpenBook
from project.errors import QuotaExceeded, ServiceUnavailable, UnusablePicture
from project.extensions import db
from project.pictures import processing, removals
from project.pictures.store import store
from project.web.budgets import Work

PHOTO_SECONDS = 15.0  # for all photos of an import; those that are left come with the same file sent again
PORTION = 500  # cards of one transaction, so that others write in between
MOST_FAILED = 10_000  # cards that a report names

log = structlog.get_logger()


@dataclass(slots=True)
class Report:
    """What became of the cards: how many made, were the same, or changed a contact; and those that did not come in.

    `next_line` is where the first card begins that was not read, for whoever sends the rest; None at the end of a file.
    """

    created: int = 0
    unchanged: int = 0
    updated: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    next_line: int | None = None

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

    def stop(self, line: int) -> None:
        self.next_line = line
        self.fail(line, "", "This was as much as one import takes. Send the file again from this line on.")

    def show(self) -> dict[str, Any]:
        failed = sorted(self.failed, key=lambda each: each["line"])
        counts = {"created": self.created, "unchanged": self.unchanged, "updated": self.updated}
        return {**counts, "failed": failed, "next_line": self.next_line}


class Arrival(NamedTuple):
    """A card with the id that it has in the address book of its owner, and its photo once the store has it."""

    id: UUID
    card: Card
    photo: str | None = None


def portions(found: Iterable[Card | Failure], work: Work, report: Report) -> Iterator[list[Card | Failure]]:
    """The cards of a file, so many at a time, until its end or that of the work, which the report then names."""
    portion: list[Card | Failure] = []
    for number, each in enumerate(found):
        if work.is_spent or number == MOST_CARDS or len(report.failed) >= MOST_FAILED:
            report.stop(each.line)
            break
        portion.append(each)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def bring(
    owner_id: UUID, found: Iterable[Card | Failure], *, photos_until: float | None = None
) -> tuple[OpenBook, Report]:
    """Bring cards into the owner's book, in one transaction that the caller commits; their photos are put before.

    What takes long is derived before the book is taken, too: others' writes wait for it, on SQLite everybody's.
    """
    db.session.rollback()  # no transaction stays open while a file is read, and while pictures are put
    report = Report()
    arrivals = list(read(owner_id, found, report))
    arrivals = list(with_photos(owner_id, arrivals, report, photos_until or time.monotonic() + PHOTO_SECONDS))
    ids = {arrival.id for arrival in arrivals}
    book = OpenBook(owner_id, ids, drafted=draft(owner_id, ids, arrivals))
    dropped = {settle(book, arrival, report) for arrival in arrivals}
    book.write()
    for former in filter(None, dropped):
        photos.release(owner_id, former)
    return book, report


def draft(owner_id: UUID, ids: set[UUID], arrivals: list[Arrival]) -> Drafted:
    """What will most likely be written, by the book as it is now."""
    book = Book(owner_id, books.state(owner_id), ids)
    for arrival in arrivals:
        with suppress(QuotaExceeded):
            bring_one(book, arrival)
    db.session.rollback()
    return book.drafted()


def read(owner_id: UUID, found: Iterable[Card | Failure], report: Report) -> Iterator[Arrival]:
    for each in found:
        if isinstance(each, Failure):
            report.fail(each.line, each.name, each.detail)
        else:
            yield Arrival(contact_id(each, owner_id), each)


def with_photos(owner_id: UUID, arrivals: list[Arrival], report: Report, deadline: float) -> Iterator[Arrival]:
    """Put the photos that are not there yet, while there is time. A photo that cannot be used costs only itself."""
    shown = photos.references(owner_id, [arrival.id for arrival in arrivals if arrival.card.photo])
    db.session.rollback()
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
        entry = bring_one(book, arrival)
    except QuotaExceeded as problem:
        report.fail(arrival.card.line, arrival.card.name, str(problem))
        return None
    report.count(known, entry)
    former = known.photo if known else None
    if former == entry.photo:
        return None
    removals.cancel(str(entry.photo))
    return former


def bring_one(book: Book, arrival: Arrival) -> Entry:
    known = book.entries.get(arrival.id)
    return changed(book, known, arrival) if known else made(book, arrival)


def made(book: Book, arrival: Arrival) -> Entry:
    card = arrival.card
    return book.new(arrival.id, cast(Content, card.contact), extra=extra_of(card), photo=arrival.photo)


def changed(book: Book, known: Entry, arrival: Arrival) -> Entry:
    """The photo and the unmodelled lines stay where a card has none at all; all else is as the card has it."""
    card = arrival.card
    entry = altered(
        known,
        content=cast(Content, card.contact),
        extra=extra_of(card) if card.extra or not known.extra else known.extra,
        photo=arrival.photo or known.photo,
        deleted_at=None,
        purged_at=None,
    )
    return known if entry == known else book.put(entry)

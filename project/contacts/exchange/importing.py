"""Import cards into a book: make contacts, change them, or leave them. An import adds, and never undoes a change."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final
from uuid import UUID

from project.contacts import books, photos
from project.contacts.exchange import group_imports, portraits, settling, storing
from project.contacts.exchange.card import (
    MOST_CARDS,
    Broken,
    Card,
    Failure,
    Found,
    GroupCard,
    UnknownColumns,
    contact_ids,
    digest,
)
from project.contacts.exchange.recognising import Recogniser
from project.contacts.exchange.report import Outcome, Report
from project.contacts.exchange.settling import Arrival
from project.contacts.exchange.storing import Wanted
from project.contacts.loading import MOST_LOADED, Entry, sizes
from project.contacts.open_book import Book, Drafted, OpenBook
from project.database.reading import end_reading
from project.errors import QuotaExceeded
from project.web.budgets import Work

PORTION: Final = 500  # cards of one transaction, so that others write in between
MOST_FAILED: Final = 10_000  # cards that a report names


class Import:
    """The import of one file into one book, portion by portion."""

    def __init__(self, owner_id: UUID, work: Work | None = None) -> None:
        self.owner_id, self.work = owner_id, work
        self.report = Report()
        self.patience = storing.Patience()
        self.recogniser = Recogniser(owner_id)

    def portions(self, found: Iterable[Found]) -> Iterator[list[Found]]:
        """The cards of a file, some at a time, until its end or that of the work, which the report then names."""
        portion: list[Found] = []
        furthest = 0
        for number, each in enumerate(found):
            if each.line > furthest and self.is_over(number):
                self.report.stop(each.line)
                break
            furthest = max(furthest, each.line)
            portion.append(each)
            if len(portion) == PORTION:
                yield from self.affordable(portion)
                portion = []
        if portion:
            yield from self.affordable(portion)

    def affordable(self, portion: list[Found]) -> Iterator[list[Found]]:
        """Split a portion where the contacts that it changes are too large to be loaded together."""
        if books.state(self.owner_id).size <= MOST_LOADED:
            yield portion
            return
        ids = [contact_ids(each, self.owner_id) if isinstance(each, Card) else () for each in portion]
        known = sizes(self.owner_id, list({each for some in ids for each in some}))
        some: list[Found] = []
        size = 0
        for found, named in zip(portion, ids, strict=True):
            size += sum(known.get(each, 0) for each in named)
            if some and size > MOST_LOADED:
                yield some
                some, size = [], 0
            some.append(found)
        yield some

    def is_over(self, number: int) -> bool:
        """Whether an import takes no more than so many cards."""
        is_spent = self.work is not None and self.work.is_spent
        return is_spent or number >= MOST_CARDS or len(self.report.failed) >= MOST_FAILED

    def bring(self, portion: Iterable[Found]) -> OpenBook:
        """Import a portion in one transaction that the caller commits; the photos are stored before.

        What takes long is also derived before the book is locked, because others wait for it, on SQLite all others.
        """
        end_reading()  # so that none is open while a file is read and photos are stored
        cards = list(portion)
        found = self.recogniser.arrivals(list(self.read(cards)))
        end_reading()
        arrivals = self.with_photos(found)
        drafted = self.draft([entry for _, entry in found if entry], arrivals)
        book = OpenBook(self.owner_id, {arrival.id for arrival in arrivals}, drafted=drafted)
        shown = [self.settle(book, arrival) for arrival in arrivals]
        book.write()
        for former, photo in shown:
            photos.replace(self.owner_id, former, photo)
        self.bring_groups(book, (each for each in cards if isinstance(each, GroupCard)))
        return book

    def bring_groups(self, book: OpenBook, found: Iterable[GroupCard]) -> None:
        """After their members, which they find in the tables."""
        before = book.card_bytes
        for each in found:
            try:
                group_imports.bring(book, each)
            except Broken as problem:
                self.report.fail(each.line, each.name, str(problem))
        if book.card_bytes != before:
            book.write_counts()

    def read(self, portion: Iterable[Found]) -> Iterator[Card]:
        """The cards; the report gets the rest."""
        for each in portion:
            if isinstance(each, Card):
                yield each
            elif isinstance(each, Failure):
                self.report.fail(each.line, each.name, each.detail)
            elif isinstance(each, UnknownColumns):
                self.report.unknown_columns = each.headings

    def with_photos(self, found: list[tuple[Arrival, Entry | None]]) -> list[Arrival]:
        """Store the photos that are not in the store yet; the reference of one that is."""
        arrivals = [portraits.recognised(arrival) for arrival, _ in found]
        wanted = [portraits.want(arrival, entry) for arrival, (_, entry) in zip(arrivals, found, strict=True)]
        new = (each for each in wanted if isinstance(each, Wanted))
        stored = storing.commit_all(self.owner_id, new, self.patience)
        return [
            arrival._replace(photo=stored.get(arrival.id) if isinstance(each, Wanted) else each)
            for arrival, each in zip(arrivals, wanted, strict=True)
        ]

    def draft(self, entries: list[Entry], arrivals: list[Arrival]) -> Drafted:
        """What will most likely be written, by these contacts as they were."""
        book = Book(self.owner_id, books.state(self.owner_id), ())
        book.include(entries)
        for arrival in arrivals:
            with suppress(QuotaExceeded):
                settling.bring_one(book, arrival)
        end_reading()
        return book.drafted()

    def settle(self, book: OpenBook, arrival: Arrival) -> tuple[str | None, str | None]:
        """Bring a card into the book; return the photos that its contact showed before and shows now."""
        card, known = arrival.card, book.entries.get(arrival.id)
        try:
            entry = settling.bring_one(book, arrival)
        except QuotaExceeded as problem:
            self.report.fail(card.line, card.name, str(problem))
            return None, None
        outcome = settling.outcome_of(known, entry)
        book.aliases |= dict.fromkeys(settling.aliases_of(arrival, outcome), entry.id)
        is_known = known is not None and known.is_living and settling.is_same(known, arrival)
        self.tell(arrival, outcome, is_known=is_known)
        return known.photo if known else None, entry.photo

    def tell(self, arrival: Arrival, outcome: Outcome, *, is_known: bool) -> None:
        """Count a card, and report what of it is not in the book."""
        card, report = arrival.card, self.report
        report.count(outcome)
        for problem in card.problems:
            report.fail(card.line, card.name, problem, outcome)
        if arrival.photo and arrival.photo.problem:
            report.fail(card.line, card.name, f"The contact came without its photo. {arrival.photo.problem}", outcome)
        report.photos_pending += arrival.photo is not None and arrival.photo.is_pending
        if arrival.earlier and digest(arrival.earlier) != arrival.digest and not is_known:
            detail = f"The card in line {arrival.earlier.line} has the same UID. They became one contact."
            report.fail(card.line, card.name, detail, outcome)

"""What a phone waits for that syncs by CardDAV, alone at a server: milliseconds of each request."""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from flask import Flask

from benchmarks.dav_servers import SERVERS, Book
from benchmarks.results import Results, Row
from benchmarks.stage import Stage
from project.database.base import new_id

SIZES: Final = (1_000, 10_000)
MOST: Final = 25  # samples of what is quick, for each round that was asked for
ENOUGH_SECONDS: Final = 1.0  # for the samples of one round
SLOW_SECONDS: Final = 60.0  # after which no further round is made
MANY: Final = 50
NAMESPACES: Final = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"'
CTAG: Final = f"<propfind {NAMESPACES}><prop><S:getctag/><sync-token/></prop></propfind>"
ETAGS: Final = f"<propfind {NAMESPACES}><prop><getetag/></prop></propfind>"
SYNC: Final = (
    f"<sync-collection {NAMESPACES}><sync-token>{{token}}</sync-token><sync-level>1</sync-level>"
    "<prop><getetag/></prop></sync-collection>"
)
MULTIGET: Final = (
    f"<C:addressbook-multiget {NAMESPACES}><prop><getetag/><C:address-data/></prop>{{hrefs}}</C:addressbook-multiget>"
)
CARD: Final = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\nTEL;TYPE=CELL:+44 20 {number}"
    "\r\nEMAIL;TYPE=HOME:ada@example.org\r\nNOTE:{number}\r\nEND:VCARD\r\n"
)


@dataclass
class Phone:
    """A phone with a connection of its own; `seconds` is what its last request took."""

    book: Book
    seconds: float = 0
    token: str = ""
    written: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.connection = HTTPConnection(urlsplit(self.book.url).netloc, timeout=600)

    def ask(self, method: str, path: str, body: str, expected: tuple[int, ...], depth: str = "0") -> bytes:
        media_type = "text/vcard" if method == "PUT" else "application/xml"
        headers = {**self.book.headers, "Depth": depth, "Content-Type": media_type}
        begun = time.perf_counter()
        self.connection.request(method, path, body.encode(), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.seconds = time.perf_counter() - begun
        if answer.status not in expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content

    def report(self, body: str, depth: str = "1") -> Element:
        root: Element = fromstring(self.ask("REPORT", self.book.path, body, (207,), depth))
        return root

    def put(self, uid: str) -> None:
        self.number += 1
        self.ask("PUT", self.book.href(uid), CARD.format(uid=uid, number=self.number), (200, 201, 204))

    def put_new(self) -> None:
        uid = str(new_id())
        self.written.append(uid)
        self.put(uid)

    def change(self) -> None:
        self.put(self.book.uids[self.number % len(self.book.uids)])

    def delta(self) -> None:
        """One card has changed since."""
        if not self.token:
            self.first()
        self.change()
        root = self.report(SYNC.format(token=self.token))
        self.token = root.findtext("{DAV:}sync-token") or ""
        if len(root.findall("{DAV:}response")) != 1:
            raise RuntimeError("A delta of one change has other changes.")

    def first(self) -> None:
        root = self.report(SYNC.format(token=""))
        self.token = root.findtext("{DAV:}sync-token") or ""
        if len(root.findall("{DAV:}response")) < len(self.book.uids):
            raise RuntimeError("A first sync has not all cards.")

    def ctag(self) -> None:
        self.ask("PROPFIND", self.book.path, CTAG, (207,))

    def listing(self) -> None:
        self.ask("PROPFIND", self.book.path, ETAGS, (207,), "1")

    def multiget(self) -> None:
        start = self.number * MANY % (len(self.book.uids) - MANY)
        self.number += 1
        hrefs = "".join(f"<href>{self.book.href(uid)}</href>" for uid in self.book.uids[start : start + MANY])
        if len(self.report(MULTIGET.format(hrefs=hrefs)).findall("{DAV:}response")) != MANY:
            raise RuntimeError("A multiget has not all cards.")

    def put_back(self) -> None:
        """Delete what is new, so that the book keeps its size."""
        for uid in self.written:
            self.ask("DELETE", self.book.href(uid), "", (200, 204))
        self.written.clear()


TITLES: Final[Mapping[str, str]] = {
    "put": "PUT, new", "change": "PUT, changed", "delta": "delta of one change", "ctag": "ctag, nothing changed",
    "first": "first sync", "listing": "PROPFIND, depth 1", "multiget": f"multiget of {MANY}",
}  # fmt: skip
ACTS: Final[Mapping[str, Callable[[Phone], None]]] = {
    "ctag": Phone.ctag, "first": Phone.first, "listing": Phone.listing, "multiget": Phone.multiget,
    "change": Phone.change, "delta": Phone.delta, "put": Phone.put_new,
}  # fmt: skip
LISTS: Final = frozenset({"first", "listing"})
"""What reads the whole book, and so grows with it."""
LIMITS: Final[Mapping[str, float]] = {"put": 10, "change": 10, "delta": 10, "ctag": 3, "first": 1_000}
NAMES: Final = {"application": "this", "radicale": "Radicale", "xandikos": "Xandikos"}


def measure(stage: Stage, results: Results, app: Flask, options: Namespace) -> None:
    """Each server with each book: rounds of all requests, the sizes by turns. The first round only warms up."""
    for target, serve in SERVERS.items():
        with serve(stage, app, SIZES) as books:
            phones = {size: Phone(book) for size, book in books.items()}
            for number in range(options.rounds + 1):
                begun = time.perf_counter()
                for (size, name), milliseconds in measured(phones):
                    if number:
                        results.add(Row("carddav", name, target, size), {"ms": milliseconds})
                if number and time.perf_counter() - begun > SLOW_SECONDS:
                    break


def measured(phones: Mapping[int, Phone]) -> Iterator[tuple[tuple[int, str], float]]:
    for name, act in ACTS.items():
        for size, phone in phones.items():
            phone.token = ""
            yield (size, name), median(list(samples(phone, act)))
            phone.put_back()


def samples(phone: Phone, act: Callable[[Phone], None]) -> Iterator[float]:
    end = time.perf_counter() + ENOUGH_SECONDS
    for _ in range(MOST):
        act(phone)
        yield phone.seconds * 1_000
        if time.perf_counter() > end:
            return


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]

"""Ten thousand cards of ten megabytes into a server that others use meanwhile; and files made to hurt it."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from tests import applications, concurrency
from tests.accounts import API, Account
from tests.concurrency import Answer
from tests.contacts.calls import changes, page, token
from tests.contacts.exchange.calls import CSV, JSON, PATIENCE, VCARD, send_to
from tests.contacts.exchange.files import vcard
from tests.processes import Worker
from tests.servers import Server, gunicorn

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]

ROOM = 10_000
TOO_MANY = 7
MEGABYTES = 300
# On a machine that does much else; alone, an import takes a tenth of the time and a third of the processor.
PROCESSOR_SECONDS = 15.0
WAIT = 1.0  # seconds in which somebody else is answered meanwhile, at least 95 times of 100
LARGEST = 20 * 2**20


def card(number: int) -> bytes:
    """A card of a kilobyte, as a phone writes it."""
    return vcard(
        "PRODID:-//Apple Inc.//iPhone OS 17.0//EN",
        f"N:Lovelace{number};Ada {number % 97};;Dr.;",
        f"FN:Dr. Ada {number % 97} Lovelace{number}",
        f"ORG:Analytical Engines {number % 311};Research",
        "TITLE:Mathematician",
        f"item1.EMAIL;type=INTERNET;type=pref:ada{number}@example.org",
        "item1.X-ABLabel:_$!<HomePage>!$_",
        f"TEL;type=CELL;type=VOICE;type=pref:+44 20 7946 {number:05}",
        f"TEL;type=HOME;type=VOICE:+1 (202) 555-{number % 10_000:04}",
        f"item2.ADR;type=HOME;type=pref:;;{number} St James's Square;London;;SW1Y 4JH;United Kingdom",
        "item2.X-ABADR:gb",
        f"BDAY:19{10 + number % 90}-{1 + number % 12:02}-{1 + number % 28:02}",
        "CATEGORIES:Friends,Work",
        f"URL;type=WORK:https://example.org/people/{number}",
        "NOTE:" + f"Met {number} at the exhibition\\, spoke of engines. " * 8,
        f"UID:{number:08X}-0000-4000-8000-{number:012X}:ABPerson",
    )


@pytest.fixture(scope="module")
def roomy(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application with one worker, which the import shares with everybody."""
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("roomy")), "MAX_CONTACTS_PER_USER": ROOM}
    with gunicorn(applications.settings_of(served.application) | settings, workers=1) as server:
        yield server


class Cost(NamedTuple):
    """What a file cost: the time that it took, and how much of it a processor was at work."""

    answer: Answer
    seconds: float
    processor_seconds: float


def send(server: Server, account: Account, data: bytes | Iterable[bytes], media_type: str = VCARD) -> Cost:
    worker = Worker(server)
    started, processor = time.monotonic(), worker.processor_seconds()
    answer = send_to(server, account, data, media_type)
    return Cost(answer, time.monotonic() - started, worker.processor_seconds() - processor)


@contextmanager
def somebody_else(server: Server, account: Account) -> Iterator[list[float]]:
    """How many seconds each look at one's own contacts takes meanwhile."""
    done, waits = Event(), []

    def look() -> None:
        while not done.wait(0.1):
            started = time.monotonic()
            answer = concurrency.call(server.url, "GET", f"{API}/contacts", token=account.tokens["access_token"])
            waits.append(time.monotonic() - started)
            assert answer.status == 200

    with ThreadPoolExecutor(1) as others:
        looking = others.submit(look)
        try:
            yield waits
        finally:
            done.set()
        looking.result()


def test_ten_thousand_cards_arrive_while_others_are_served(roomy: Server, ada: Account, ben: Account) -> None:
    data, known = b"".join(map(card, range(ROOM + TOO_MANY))), token(ada)
    assert 10e6 < len(data) < 11e6
    with somebody_else(roomy, ben) as waits:
        cost = send(roomy, ada, data)
    report, delta = cost.answer.json, changes(ada, known, limit=1000)
    assert (report["created"], report["updated"], len(report["failed"])) == (ROOM, 0, TOO_MANY)
    assert report["failed"][0]["line"] == 1 + ROOM * data.count(b"\n") // (ROOM + TOO_MANY)
    assert (page(ada)["total"], len(delta["changed"]), report["next_line"]) == (ROOM, 1_000, None)
    assert cost.seconds < PATIENCE
    assert cost.processor_seconds < PROCESSOR_SECONDS
    assert Worker(roomy).peak_megabytes() < MEGABYTES
    assert len(waits) > 9
    assert sorted(waits)[len(waits) * 95 // 100] < WAIT

    known = token(ada)
    again = send(roomy, ada, data)
    assert (again.answer.json["created"], again.answer.json["unchanged"]) == (0, ROOM)
    assert changes(ada, known)["changed"] == []


def filled(before: str, unit: str, after: str = "") -> Callable[[], bytes]:
    """A file of as many units as may be sent, made when it is needed."""
    return lambda: (before + unit * ((LARGEST - len(before) - len(after)) // len(unit)) + after).encode()


BEGIN, END = "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ada\r\n", "\r\nEND:VCARD\r\n"
HOSTILE: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "an endless line": (VCARD, filled(BEGIN + "NOTE:", "x", END), 201),
    "a million properties": (VCARD, filled(BEGIN, "A:b\r\n", END), 201),
    "cards within cards": (VCARD, filled("BEGIN:VCARD\r\n", "AGENT:\r\nBEGIN:VCARD\r\n", END), 201),
    "a million beginnings": (VCARD, filled("", "BEGIN:VCARD\r\n"), 201),
    "a bomb of quoted-printable": (VCARD, filled(BEGIN + "NOTE;ENCODING=QUOTED-PRINTABLE:", "=\r\n", END), 201),
    "NUL in a card": (VCARD, filled(BEGIN, "\0", END), 201),
    "NUL alone": (VCARD, filled("", "\0"), 422),
    "a zip": (VCARD, filled("PK\3\4", "\0\1\2\3"), 422),
    "a million cells": (CSV, filled("first_name\nAda", ",ab"), 201),
    "a million objects": (JSON, filled("[", "{},", "{}]"), 422),
    "a nest": (JSON, filled("", "["), 400),
}


@pytest.mark.parametrize(("media_type", "data", "status"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_or_reported_soon(
    roomy: Server, ada: Account, media_type: str, data: Callable[[], bytes], status: int
) -> None:
    cost = send(roomy, ada, data(), media_type)
    assert cost.answer.status == status, cost.answer.body[:200]
    assert cost.processor_seconds < PROCESSOR_SECONDS
    if status == 201:
        assert cost.answer.json["created"] <= 1


def test_fifty_megabytes_are_too_large_announced_or_not(roomy: Server, ada: Account) -> None:
    for data in (bytes(50_000_000), (bytes(1_000_000) for _ in range(50))):
        cost = send(roomy, ada, data)
        assert (cost.answer.status, cost.answer.problem) == (413, "too-large")
    assert concurrency.call(roomy.url, "GET", f"{API}/contacts", token=ada.tokens["access_token"]).status == 200

"""What an import may take: it stops in time and says where to go on, and holds up nobody meanwhile."""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from project.contacts import rows
from project.contacts.content import Content
from project.contacts.exchange import importing
from project.database import sqlite
from project.web import budgets
from tests import applications
from tests.accounts import API, Account
from tests.contacts.calls import names
from tests.contacts.exchange.calls import CSV, JSON, VCARD, bring
from tests.contacts.exchange.files import vcard
from tests.processes import Worker
from tests.servers import Server, gunicorn

NAMES = [f"Ada {number:02}" for number in range(9)]
FILES: dict[str, tuple[str, bytes, Callable[[bytes, int], bytes]]] = {
    "vCard": (
        VCARD,
        b"".join(vcard(f"FN:{name}", f"N:;{name};;;") for name in NAMES),
        lambda data, line: b"".join(data.splitlines(keepends=True)[line - 1 :]),
    ),
    "CSV": (
        CSV,
        "\n".join(["first_name", *NAMES]).encode(),
        lambda data, line: b"\n".join([b"first_name", *data.splitlines()[line - 1 :]]),
    ),
    "JSON": (
        JSON,
        ("[" + ",".join(f'{{"first_name":"{name}"}}' for name in NAMES) + "]").encode(),
        lambda data, item: ("[" + ",".join(data.decode()[1:-1].split(",")[item - 1 :]) + "]").encode(),
    ),
}


@pytest.fixture
def enough_for_four(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget of four cards for each import, brought in two by two."""

    def is_spent(work: budgets.Work) -> bool:
        asked[work] += 1
        return asked[work] > 4

    asked: Counter[budgets.Work] = Counter()
    monkeypatch.setattr(budgets.Work, "is_spent", property(is_spent))
    monkeypatch.setattr(importing, "PORTION", 2)


@pytest.mark.parametrize(("media_type", "data", "rest"), FILES.values(), ids=FILES)
def test_what_is_over_the_budget_comes_with_the_rest_of_the_file(
    ada: Account, enough_for_four: None, media_type: str, data: bytes, rest: Callable[[bytes, int], bytes]
) -> None:
    counts = []
    while True:
        report = bring(ada, data, media_type)
        counts.append(report["created"])
        if report["next_line"] is None:
            break
        assert report["failed"] == [
            {"line": report["next_line"], "name": "", "detail": importing_stopped(report), "contact": None}
        ]
        data = rest(data, report["next_line"])
    assert (counts, names(ada)) == ([4, 4, 1], NAMES)


def importing_stopped(report: dict[str, object]) -> str:
    return "This was as much as one import takes. Send the file again from this line on."


def test_a_report_names_ten_thousand_failures_and_goes_on_behind_them(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_FAILED", 3)
    monkeypatch.setattr(importing, "PORTION", 2)
    report = bring(ada, vcard("X-NOTHING:1") * 9)
    assert [failure["line"] for failure in report["failed"]] == [1, 5, 9, 13, 17]
    assert report["next_line"] == 17


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_is_derived_while_others_wait_for_their_turn_to_write(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for what is known already and changes."""
    derived = rows.derived
    waiting: list[object] = []

    def watched(content: Content, name: str) -> dict[str, object]:
        waiting.extend(queue.tickets for queue in sqlite.queues.values() if queue.tickets)
        return derived(content, name)

    monkeypatch.setattr(rows, "derived", watched)
    for notes in ("", "NOTE:Countess"):
        report = bring(ada, b"".join(vcard(f"FN:{name}", f"UID:{name}", *filter(None, [notes])) for name in NAMES))
        assert report["created"] + report["updated"] == len(NAMES)
    assert waiting == []


@pytest.fixture
def single(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("single"))}
    with gunicorn(applications.settings_of(served.application) | settings, workers=1) as server:
        yield server


@pytest.mark.slow
def test_an_import_ends_soon_after_its_client_has_gone(single: Server, ada: Account) -> None:
    """This one would take many seconds of a processor."""
    numbers = [f"TEL:+44 20 {number:08}" for number in range(50)]
    data = b"".join(vcard(f"FN:Ada {number}", *numbers) for number in range(3_000))
    parts, worker = urlsplit(single.url), Worker(single)
    head = f"POST {API}/contacts/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/vcard\r\n"
    head += f"Authorization: {ada.headers['Authorization']}\r\nContent-Length: {len(data)}\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port or 80)) as client:
        client.sendall(head.encode() + data)
        time.sleep(1)
    time.sleep(3)
    before = worker.processor_seconds()
    time.sleep(1)
    assert worker.processor_seconds() - before < 0.3

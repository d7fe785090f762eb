"""Whatever answers in the server's place: what passes is repeated, all else is a plain OSError, and nothing is lost."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import time_machine

from docs.examples import session as example
from docs.examples import sync
from docs.examples.session import Answer, Session, SignedOut, Unfinished
from docs.examples.sync import Book
from project.database.base import new_id, now
from tests.accounts import Account, sign_in
from tests.contacts.calls import listed
from tests.mobile.gateway import Behaviour, Gateway, breaks_off, gateway, loses_the_answer, passes, says

on_one_engine = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # what is tried is the phone

HTML = b"<!DOCTYPE html><title>Welcome</title><p>Please accept our terms."
PORTAL = {
    "a hotel's page": says(200, HTML, Content_Type="text/html"),
    "nothing": says(200),
    "a gateway's JSON": says(200, b'{"message": "ok"}'),
    "another's fields": says(
        200, b'{"changed": null, "deleted": 0, "sync_token": "x", "has_more": false, "results": []}'
    ),
    "results that are none": says(200, b'{"changed": null, "results": 5}'),
    "results of another kind": says(200, b'{"changed": null, "results": [{"id": 1}, {"id": 2}, {"id": 3}]}'),
    "a string": says(200, b'"ok"'),
    "null": says(200, b"null"),
    "a list": says(200, b"[]"),
    "too deep": says(200, b"[" * 100_000),
    "not UTF-8": says(200, b'{"\xff\xfe": 1}'),
    "no content": says(204),
    "a login page": says(302, HTML, Location="/elsewhere"),
    "a proxy's 401": says(401, HTML, WWW_Authenticate="Basic"),
    "a gateway's 401": says(401, b'{"message": "Unauthorized"}'),
    "a gateway's problem": says(403, b'{"type": "about:blank", "title": "Forbidden"}'),
    "a gateway's 404": says(404, b'{"type": 404}'),
    "a gateway's 410": says(410, b'"sync-token-expired"'),
    "a portal's 511": says(511, HTML),
    "an error without a body": says(500),
}
PASSING = {
    "a load balancer's 502": says(502, HTML, Content_Type="text/html"),
    "an empty 504": says(504),
    "a gateway's 429": says(429, b'{"message": "Too many requests"}', Retry_After="7"),
    "half an answer": breaks_off,
    "a lost answer": loses_the_answer(),
}


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the app would have waited."""
    waits: list[float] = []
    monkeypatch.setattr("docs.examples.session.time.sleep", waits.append)
    return waits


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """What a phone has that has never synchronised."""
    book = Book.load(tmp_path / "book.json")
    for name in ("Ada", "Grace", "Mary"):
        book.contacts[str(new_id())] = {"first_name": name}
    book.save()
    return book


def arrived(ada: Account) -> list[str]:
    return sorted(contact["first_name"] for contact in listed(ada))


@on_one_engine
@pytest.mark.parametrize("foreign", PORTAL.values(), ids=PORTAL)
def test_what_is_not_the_apis_answer_is_an_error_and_the_data_are_kept(
    ada: Account, between: Gateway, signed_in: Session, book: Book, foreign: Behaviour
) -> None:
    kept = dict(book.contacts)
    for before in ([], [passes]):  # while pulling, and while pushing
        between.next, between.received = [*before, foreign], []
        with pytest.raises(Unfinished):
            sync.sync(book, signed_in.call)
        assert len(between.received) == len(before) + 1
        assert book.path
        assert Book.load(book.path).contacts == book.contacts == kept
    sync.sync(book, signed_in.call)
    assert arrived(ada) == ["Ada", "Grace", "Mary"]
    assert book.refused == {}


@on_one_engine
@pytest.mark.parametrize("foreign", PASSING.values(), ids=PASSING)
def test_what_passes_is_repeated(
    ada: Account, between: Gateway, signed_in: Session, book: Book, foreign: Behaviour
) -> None:
    between.next = [foreign, passes, foreign]
    sync.sync(book, signed_in.call)
    assert arrived(ada) == ["Ada", "Grace", "Mary"]


def test_what_does_not_pass_is_an_error_that_says_so(between: Gateway, signed_in: Session, book: Book) -> None:
    between.next = [says(502, HTML)] * example.TRIES
    with pytest.raises(OSError, match="502"):
        sync.sync(book, signed_in.call)
    assert len(between.received) == example.TRIES
    between.next = [says(503, json.dumps({"type": "/problems/service-unavailable"}).encode())] * example.TRIES
    with pytest.raises(OSError, match="service-unavailable"):
        sync.sync(book, signed_in.call)


def test_a_proxys_limit_splits_what_is_sent(ada: Account, between: Gateway, signed_in: Session, book: Book) -> None:
    between.next = [passes, says(413, HTML)]
    sync.sync(book, signed_in.call)
    assert arrived(ada) == ["Ada", "Grace", "Mary"]
    assert book.refused == {}


def test_a_redirect_does_not_take_the_token_elsewhere(between: Gateway, signed_in: Session, book: Book) -> None:
    with gateway(between.url) as elsewhere:
        between.next = [says(302, Location=elsewhere.url), says(307, Location=elsewhere.url)]
        for _ in range(2):
            with pytest.raises(Unfinished):
                sync.sync(book, signed_in.call)
        assert elsewhere.received == []


# What a server says of waiting


SERVER_TIME = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)


def date(seconds: float) -> str:
    return format_datetime(SERVER_TIME + timedelta(seconds=seconds), usegmt=True)


@on_one_engine
@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("3", 3),
        (date(20), 20),  # by the server's clock, not the phone's
        (date(-20), None),
        ("0", None),
        ("", None),
        ("-3", None),
        ("1.5", None),
        ("soon", None),
        ("Wed, 99 Oct 99999 99:99:99 GMT", None),
        ("9" * 5000, None),
    ],
)
def test_it_waits_as_long_as_it_is_told(
    between: Gateway, signed_in: Session, waits: list[float], told: str, seconds: float | None
) -> None:
    between.next = [says(503, HTML, Retry_After=told, Date=date(0))]
    assert signed_in.call("GET", "/contacts").status == 200
    (waited,) = waits
    assert waited == seconds or (seconds is None and 0.5 <= waited <= 1.5)


def test_without_the_servers_date_a_date_says_nothing(between: Gateway, signed_in: Session, waits: list[float]) -> None:
    between.next = [says(503, HTML, Retry_After=date(20))]
    assert signed_in.call("GET", "/contacts").status == 200
    assert 0.5 <= waits[0] <= 1.5


def test_nobody_waits_for_an_hour(between: Gateway, signed_in: Session, book: Book, waits: list[float]) -> None:
    between.next = [says(503, HTML, Retry_After="3600")]
    with pytest.raises(Unfinished):
        sync.sync(book, signed_in.call)
    assert waits == []


# New tokens


@pytest.fixture
def expired(between: Gateway, ada: Account, kept: list[object]) -> Session:
    with time_machine.travel(now() - timedelta(hours=1)):
        return Session(between.url, sign_in(ada).tokens, kept.append)


@pytest.fixture
def kept() -> list[object]:
    """The pairs of tokens that the app has saved."""
    return []


@pytest.mark.parametrize(
    "foreign",
    [
        PORTAL["a hotel's page"],
        PORTAL["nothing"],
        PORTAL["a gateway's JSON"],
        PORTAL["a gateway's 401"],
        says(200, b'{"access_token": "and nothing else"}'),
        says(503, b'{"type": "/problems/service-unavailable"}', Retry_After="3600"),
    ],
)
def test_whoever_gets_no_new_tokens_is_not_signed_out(
    between: Gateway, expired: Session, kept: list[object], foreign: Behaviour
) -> None:
    between.next = [passes, foreign]
    pair = dict(expired.pair)
    with pytest.raises(Unfinished):
        expired.call("GET", "/contacts")
    assert (expired.pair, kept) == (pair, [])
    assert expired.call("GET", "/contacts").status == 200
    assert kept == [expired.pair]


def test_only_the_api_signs_out(ada: Account, between: Gateway, signed_in: Session) -> None:
    assert ada.post("/auth/logout").status_code == 204
    with pytest.raises(SignedOut, match="session-revoked"):
        signed_in.call("GET", "/contacts")


def test_an_answer_tells_what_it_lacks() -> None:
    with pytest.raises(Unfinished, match="200 without sync_token"):
        Answer(200, {}).expect("sync_token")

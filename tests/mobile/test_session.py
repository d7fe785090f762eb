"""Staying signed in by the guide's example, on a real connection."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from docs.examples import session as example
from docs.examples import sync
from docs.examples.session import Session, SignedOut
from docs.examples.sync import Book
from project.database.base import new_id, now
from tests import concurrency
from tests.accounts import Account, sign_in, sign_up
from tests.contacts.calls import listed
from tests.faulty_tcp import tcp_proxy
from tests.servers import served

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Patient with a busy machine, but for a profile, which may be read once in two seconds."""
    return make_app(REFRESH_GRACE_SECONDS=600, ME_RATE_LIMIT="1 per 2 seconds")


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def ada(app: Flask) -> Account:
    return sign_up(app.test_client())


@pytest.fixture
def kept() -> list[dict[str, Any]]:
    """The pairs of tokens that the app has saved."""
    return []


@pytest.fixture
def signed_in(url: str, ada: Account, kept: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose access token has expired long ago."""
    monkeypatch.setattr(example, "REFRESH_SECONDS", example.SECONDS)
    with time_machine.travel(now() - timedelta(hours=1)):
        pair = sign_in(ada).tokens
    return Session(url, pair, kept.append)


def test_an_expired_access_token_is_no_trouble(
    ada: Account, signed_in: Session, kept: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = Book.load(tmp_path / "book.json")
    book.contacts[str(new_id())] = {"first_name": "Ada"}
    sync.sync(book, signed_in.call)
    assert [contact["first_name"] for contact in listed(ada)] == ["Ada"]
    assert kept[-1] == signed_in.pair


def test_threads_that_meet_an_expired_token_refresh_it_once(signed_in: Session, kept: list[dict[str, Any]]) -> None:
    answers = concurrency.at_once([lambda: signed_in.call("GET", "/contacts")] * 4)
    assert [answer.status for answer in answers] == [200] * 4
    assert len(kept) == 1


def test_a_refresh_whose_answer_is_lost_is_repeated(url: str, signed_in: Session) -> None:
    token = signed_in.pair["refresh_token"]
    assert concurrency.call(url, "POST", "/api/v1/auth/refresh", token=token).status == 200  # and nobody hears it
    assert signed_in.call("GET", "/contacts").status == 200
    signed_in.refresh(signed_in.pair["access_token"])
    assert signed_in.call("GET", "/contacts").status == 200


def test_a_session_that_was_ended_elsewhere_is_over(ada: Account, signed_in: Session) -> None:
    assert ada.delete("/auth/sessions").status_code == 204
    with pytest.raises(SignedOut, match="session-revoked"):
        signed_in.call("GET", "/contacts")


def test_a_call_waits_as_long_as_the_limit_says(signed_in: Session) -> None:
    assert [signed_in.call("GET", "/users/me").status for _ in range(2)] == [200] * 2


def test_without_a_network_nothing_is_lost(url: str, ada: Account, signed_in: Session, tmp_path: Path) -> None:
    book = Book.load(tmp_path / "book.json")
    book.contacts[str(new_id())] = {"first_name": "Ada"}
    with tcp_proxy(url) as line:
        signed_in.url = line.url
        line.refuse()
        with pytest.raises(OSError, match="refused"):
            sync.sync(book, signed_in.call)
        line.resume()
        sync.sync(book, signed_in.call)
    assert [contact["first_name"] for contact in listed(ada)] == ["Ada"]

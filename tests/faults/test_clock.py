"""A clock that is set back by an hour: what was written before it looks as if it came from the future."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from project.extensions import db
from project.mail import outbox
from project.web import authentication
from tests.accounts import API, Account, mailed, problem, register, sign_up
from tests.contacts.calls import changes, create, names, token

pytestmark = pytest.mark.faults

HOUR = timedelta(hours=1)


def an_hour_ahead() -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + HOUR)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    """Signed in before the clock was set back."""
    with an_hour_ahead():
        return sign_up(client)


def test_whoever_is_signed_in_stays_so(ada: Account) -> None:
    authentication.verified.cache_clear()  # as in a process that has not seen the token before
    assert ada.get("/auth/sessions").status_code == 200
    refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert refreshed.status_code == 200


def test_a_device_that_synchronises_misses_nothing(ada: Account) -> None:
    with an_hour_ahead():
        create(ada, first_name="Before")
        since = token(ada)
    create(ada, first_name="After")
    assert [contact["name"] for contact in changes(ada, since)["changed"]] == ["After"]
    assert names(ada) == ["After", "Before"]
    assert names(ada, sort="created_at") == ["After", "Before"]


def test_mails_that_wait_are_sent_at_once(client: FlaskClient) -> None:
    with an_hour_ahead():
        register(client)
    assert [letter.to for letter in mailed(client.application)] == ["ada@example.org"]


def test_a_mail_that_a_dead_worker_has_taken_is_sent(client: FlaskClient) -> None:
    with an_hour_ahead(), client.application.app_context():
        register(client)
        outbox.lease()
        db.session.commit()
    assert [letter.to for letter in mailed(client.application)] == ["ada@example.org"]


def test_no_password_may_be_tried_more_often(ada: Account) -> None:
    guess = {"username": "ada", "password": "not the one"}
    with an_hour_ahead():
        before = [ada.client.post(f"{API}/auth/login", json=guess).status_code for _ in range(11)]
    assert before == [401] * 10 + [429]
    assert problem(ada.client.post(f"{API}/auth/login", json=guess)) == (429, "rate-limited")

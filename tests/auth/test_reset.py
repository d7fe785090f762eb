"""Forgotten passwords: the mailed link, what it does, and what voids it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, Account, mailed, problem, register, sign_in, sign_up

NEW = "an entirely different sentence"
EXPIRED = (410, "link-expired")


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def forgot(client: FlaskClient, email: str = "ada@example.org") -> TestResponse:
    return client.post(f"{API}/auth/password/forgot", json={"email": email})


def forgotten(client: FlaskClient, email: str = "ada@example.org") -> str:
    """The token that is mailed to somebody who forgot the password."""
    assert forgot(client, email).status_code == 202
    letter = mailed(client.application, to=email)[-1]
    assert letter.subject == "Choose a new password for Contacts"
    return letter.token


def reset(client: FlaskClient, token: str, password: str = NEW) -> TestResponse:
    return client.post(f"{API}/auth/password/reset", json={"token": token, "password": password})


def login(client: FlaskClient, password: str) -> TestResponse:
    return client.post(f"{API}/auth/login", json={"username": "ada", "password": password})


def subjects(client: FlaskClient, to: str = "ada@example.org") -> list[str]:
    return [letter.subject for letter in mailed(client.application, to=to)]


def after(**time: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(**time))


def test_the_mailed_link_sets_a_new_password(ada: Account) -> None:
    answer = reset(ada.client, forgotten(ada.client))
    assert (answer.status_code, answer.data) == (204, b"")
    assert problem(login(ada.client, PASSWORD)) == (401, "invalid-credentials")
    assert login(ada.client, NEW).status_code == 200


def test_a_reset_ends_every_session(ada: Account) -> None:
    tablet = sign_in(ada)
    reset(ada.client, forgotten(ada.client))
    for account in (ada, tablet):
        assert problem(account.get("/auth/sessions")) == (401, "session-revoked")
        refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": account.tokens["refresh_token"]})
        assert problem(refreshed) == (401, "session-revoked")


def test_a_reset_is_told_to_the_owner(ada: Account) -> None:
    reset(ada.client, forgotten(ada.client))
    letter = mailed(ada.client.application)[-1]
    assert (letter.to, letter.subject) == ("ada@example.org", "Your password for Contacts was changed")
    assert NEW not in letter.text + letter.html


def test_a_reset_proves_the_mailbox(client: FlaskClient) -> None:
    register(client)
    mailed(client.application)
    reset(client, forgotten(client))
    assert login(client, NEW).status_code == 200


def test_a_refused_password_does_not_spend_the_link(ada: Account) -> None:
    token = forgotten(ada.client)
    for password in ("short", "password", "ada", "ada@example.org", "", "12345678"):
        assert problem(reset(ada.client, token, password)) == (422, "weak-password"), password
    assert login(ada.client, PASSWORD).status_code == 200
    assert reset(ada.client, token).status_code == 204


def test_a_password_that_is_not_valid_does_not_spend_the_link(ada: Account) -> None:
    token = forgotten(ada.client)
    assert problem(reset(ada.client, token, "x" * 129)) == (422, "validation-failed")
    assert reset(ada.client, token).status_code == 204


def test_a_link_works_once(ada: Account) -> None:
    token = forgotten(ada.client)
    assert reset(ada.client, token).status_code == 204
    assert problem(reset(ada.client, token, "yet another sentence")) == EXPIRED
    assert login(ada.client, NEW).status_code == 200


def test_a_link_expires_after_half_an_hour(ada: Account) -> None:
    token = forgotten(ada.client)
    with after(minutes=30, seconds=1):
        assert problem(reset(ada.client, token)) == EXPIRED
    with after(minutes=29):
        assert reset(ada.client, token).status_code == 204


def test_an_unknown_link_has_expired_whatever_the_password(client: FlaskClient) -> None:
    for password in (NEW, "short"):
        assert problem(reset(client, "x" * 43, password)) == EXPIRED


def test_a_newer_mail_replaces_the_link(ada: Account) -> None:
    first = forgotten(ada.client)
    with after(seconds=61):
        second = forgotten(ada.client)
    assert problem(reset(ada.client, first)) == EXPIRED
    assert reset(ada.client, second).status_code == 204


def test_a_link_to_a_new_password_verifies_no_address(ada: Account) -> None:
    answer = ada.client.post(f"{API}/auth/verify-email", json={"token": forgotten(ada.client)})
    assert problem(answer) == EXPIRED


def test_a_changed_password_voids_the_link(ada: Account) -> None:
    token = forgotten(ada.client)
    change = {"current_password": PASSWORD, "password": NEW}
    assert ada.put("/auth/password", json=change).status_code == 204
    assert problem(reset(ada.client, token, "yet another sentence")) == EXPIRED


def test_a_changed_address_voids_the_link(ada: Account) -> None:
    token = forgotten(ada.client)
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    link = mailed(ada.client.application, to="countess@example.org")[-1].token
    assert ada.client.post(f"{API}/auth/verify-email", json={"token": link}).status_code == 200
    assert problem(reset(ada.client, token)) == EXPIRED


def test_asking_is_answered_alike_whoever_asks(ada: Account) -> None:
    register(ada.client, "eve")
    answers = [forgot(ada.client, f"{name}@example.org") for name in ("ada", "eve", "nobody")]
    assert {(answer.status_code, answer.data) for answer in answers} == {(202, b"")}
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1
    assert mailed(ada.client.application, to="nobody@example.org") == []


@pytest.mark.parametrize("email", ["ADA@example.org", "Ada@Example.ORG"])
def test_a_mail_goes_to_the_address_as_the_account_has_it(ada: Account, email: str) -> None:
    """Another spelling may be another mailbox, and somebody else's."""
    forgot(ada.client, email)
    letter = mailed(ada.client.application)[-1]
    assert (letter.to, letter.subject) == ("ada@example.org", "Choose a new password for Contacts")
    assert reset(ada.client, letter.token).status_code == 204


def test_within_a_minute_only_one_mail_is_sent_and_nobody_is_told(ada: Account) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for seconds, count in [(0, 1), (1, 1), (57, 1), (3, 2), (30, 2)]:
            clock.shift(seconds)
            assert forgot(ada.client).status_code == 202
            assert subjects(ada.client).count("Choose a new password for Contacts") == count


def test_a_password_with_its_spaces_is_what_it_was_typed(ada: Account) -> None:
    reset(ada.client, forgotten(ada.client), f"  {NEW}  ")
    assert problem(login(ada.client, NEW)) == (401, "invalid-credentials")
    assert login(ada.client, f"  {NEW}  ").status_code == 200

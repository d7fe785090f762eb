"""Verifying an address: the mailed link, what it can be used for, and how to get another."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, body, mailed, problem, register, sign_up

EXPIRED = (410, "link-expired")


def verify(client: FlaskClient, token: str) -> TestResponse:
    return client.post(f"{API}/auth/verify-email", json={"token": token})


def resend(client: FlaskClient, email: str = "ada@example.org") -> TestResponse:
    return client.post(f"{API}/auth/verify-email/resend", json={"email": email})


def after(**time: float) -> time_machine.travel:
    """Travel to so much later than the real time; the clock goes on."""
    return time_machine.travel(datetime.now(UTC) + timedelta(**time))


def test_the_mailed_link_verifies(client: FlaskClient) -> None:
    user = body(register(client))
    answer = verify(client, mailed(client.application)[0].token)
    assert answer.status_code == 200
    assert body(answer)["email_verified"] is True
    assert {**body(answer), "email_verified": False, "updated_at": None} == {**user, "updated_at": None}


def test_a_link_sent_twice_by_an_impatient_client_is_no_error(client: FlaskClient) -> None:
    register(client)
    token = mailed(client.application)[0].token
    first = verify(client, token)
    assert verify(client, token).status_code == 200
    assert body(verify(client, token)) == body(first)


def test_a_token_with_white_space_around_it_is_taken(client: FlaskClient) -> None:
    register(client)
    assert verify(client, f"  {mailed(client.application)[0].token}\n").status_code == 200


def test_an_unknown_link_has_expired(client: FlaskClient) -> None:
    for token in ("x" * 43, "unknown", "é", "x" * 500):
        assert problem(verify(client, token)) == EXPIRED, token


def test_what_is_no_token_is_not_valid(client: FlaskClient) -> None:
    tokens: list[object] = [1, None, [], "", "x\x00", "x" * 501]
    for token in tokens:
        answer = client.post(f"{API}/auth/verify-email", json={"token": token})
        assert problem(answer) == (422, "validation-failed"), token


def test_a_link_expires_after_a_day(client: FlaskClient) -> None:
    register(client)
    token = mailed(client.application)[0].token
    with after(hours=24, seconds=1):
        assert problem(verify(client, token)) == EXPIRED
    with after(hours=23, minutes=59):
        assert verify(client, token).status_code == 200


def test_a_newer_mail_replaces_the_link(client: FlaskClient) -> None:
    register(client)
    first = mailed(client.application)[0].token
    assert resend(client).status_code == 202
    second = mailed(client.application)[-1].token
    assert problem(verify(client, first)) == EXPIRED
    assert verify(client, second).status_code == 200


def test_a_link_belongs_to_its_account(client: FlaskClient) -> None:
    register(client)
    register(client, "eve")
    answer = verify(client, mailed(client.application, to="eve@example.org")[0].token)
    assert body(answer)["username"] == "eve"
    login = client.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    assert problem(login) == (403, "email-not-verified")


def test_a_link_to_verify_resets_no_password(client: FlaskClient) -> None:
    register(client)
    reset = {"token": mailed(client.application)[0].token, "password": "an entirely different sentence"}
    assert problem(client.post(f"{API}/auth/password/reset", json=reset)) == EXPIRED


def test_asking_again_is_answered_alike_whoever_asks(client: FlaskClient) -> None:
    register(client)
    sign_up(client, "eve")
    answers = [resend(client, email) for email in ("ada@example.org", "eve@example.org", "nobody@example.org")]
    assert {(answer.status_code, answer.data) for answer in answers} == {(202, b"")}
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1
    assert {answer.headers.get("Content-Type") for answer in answers} == {None}


def test_only_who_is_not_verified_yet_gets_another_mail(client: FlaskClient) -> None:
    register(client)
    sign_up(client, "eve")
    before = mailed(client.application)
    for email in ("ada@example.org", "eve@example.org", "nobody@example.org"):
        resend(client, email)
    assert [letter.to for letter in mailed(client.application)[len(before) :]] == ["ada@example.org"]


@pytest.mark.parametrize("email", ["ADA@example.org", "Ada@EXAMPLE.org", " ada@example.org"])
def test_a_mail_goes_to_the_address_as_the_account_has_it(client: FlaskClient, email: str) -> None:
    """Another spelling may be another mailbox, and somebody else's."""
    register(client)
    mailed(client.application)
    resend(client, email)
    assert [letter.to for letter in mailed(client.application)] == ["ada@example.org"] * 2
    assert verify(client, mailed(client.application)[-1].token).status_code == 200


def test_within_a_minute_only_one_mail_is_sent_again_and_nobody_is_told(client: FlaskClient) -> None:
    register(client)
    mailed(client.application)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for seconds, count in [(0, 2), (1, 2), (57, 2), (3, 3), (30, 3)]:
            clock.shift(seconds)
            assert resend(client).status_code == 202
            assert len(mailed(client.application)) == count
    assert verify(client, mailed(client.application)[-1].token).status_code == 200


def test_mails_asked_for_while_none_are_sent_become_one(client: FlaskClient) -> None:
    register(client)
    mailed(client.application)
    for _ in range(5):
        resend(client)
    assert len(mailed(client.application)) == 2


def test_asking_needs_an_address(client: FlaskClient) -> None:
    for wrong in ({}, {"email": "ada"}, {"email": None}, {"email": "ada@example.org", "x": 1}):
        assert problem(client.post(f"{API}/auth/verify-email/resend", json=wrong)) == (422, "validation-failed")


def test_links_begin_with_the_public_url_whatever_the_request_says(make_app: Callable[..., Flask]) -> None:
    client = make_app(PUBLIC_URL="https://contacts.example.org/").test_client()
    headers = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org", "Origin": "https://evil.example.org"}
    person = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    answer = client.post(f"{API}/auth/register", json=person, headers=headers)
    assert answer.headers["Location"] == "/api/v1/users/me"
    (letter,) = mailed(client.application)
    assert letter.link.startswith("https://contacts.example.org/verify-email?token=")
    assert "evil" not in answer.text + letter.text + letter.html

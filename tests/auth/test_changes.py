"""Changes that need the current password: another password, another address."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, Account, Letter, body, mailed, problem, register, sign_in, sign_up

NEW = "an entirely different sentence"
MOVED = "countess@example.org"
WRONG = (403, "wrong-password")
LIMITED = (429, "rate-limited")
NOTICE = "A new email address for your Contacts account"

MakeApp = Callable[..., Flask]


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def change_password(ada: Account, current: str = PASSWORD, password: str = NEW) -> TestResponse:
    answer: TestResponse = ada.put("/auth/password", json={"current_password": current, "password": password})
    return answer


def change_email(ada: Account, email: str = MOVED, password: str = PASSWORD) -> TestResponse:
    answer: TestResponse = ada.post("/auth/email", json={"email": email, "password": password})
    return answer


def verify(client: FlaskClient, token: str) -> TestResponse:
    return client.post(f"{API}/auth/verify-email", json={"token": token})


def letters(ada: Account, to: str = "ada@example.org") -> list[Letter]:
    return mailed(ada.client.application, to=to)


def status_of(ada: Account, **credentials: Any) -> int:
    return ada.client.post(f"{API}/auth/login", json=credentials).status_code


def test_a_new_password_takes_the_place_of_the_old_one(ada: Account) -> None:
    answer = change_password(ada)
    assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (204, b"", None)
    assert status_of(ada, username="ada", password=PASSWORD) == 401
    assert status_of(ada, username="ada", password=NEW) == 200


def test_a_new_password_ends_every_other_session(ada: Account) -> None:
    tablet = sign_in(ada)
    change_password(ada)
    assert ada.get("/auth/sessions").status_code == 200
    assert problem(tablet.get("/auth/sessions")) == (401, "session-revoked")


def test_a_new_password_is_told_to_the_owner(ada: Account) -> None:
    change_password(ada)
    letter = letters(ada)[-1]
    assert letter.subject == "Your password for Contacts was changed"
    assert f"{datetime.now(UTC):%B %Y}" in letter.text
    assert NEW not in letter.text + letter.html


def test_without_the_current_password_nothing_changes(ada: Account) -> None:
    assert problem(change_password(ada, "a wrong password")) == WRONG
    assert problem(change_email(ada, password="a wrong password")) == WRONG
    assert status_of(ada, username="ada", password=PASSWORD) == 200
    assert len(letters(ada)) == 1
    assert letters(ada, to=MOVED) == []


def test_a_weak_password_is_refused(ada: Account) -> None:
    for password in ("short", "password", "ada", "ADA@example.org"):
        assert problem(change_password(ada, password=password)) == (422, "weak-password"), password
    assert status_of(ada, username="ada", password=PASSWORD) == 200


def test_the_address_changes_when_the_link_is_used(ada: Account) -> None:
    answer = change_email(ada)
    assert (answer.status_code, answer.data) == (202, b"")
    (letter,) = letters(ada, to=MOVED)
    assert letter.subject == "Confirm your new email address for Contacts"
    assert body(ada.get("/users/me"))["email"] == "ada@example.org"
    assert status_of(ada, email=MOVED, password=PASSWORD) == 401
    answer = verify(ada.client, letter.token)
    assert answer.status_code == 200
    assert (body(answer)["email"], body(answer)["email_verified"]) == (MOVED, True)
    assert status_of(ada, email=MOVED, password=PASSWORD) == 200
    assert status_of(ada, email="ada@example.org", password=PASSWORD) == 401


def test_the_link_may_be_used_again(ada: Account) -> None:
    change_email(ada)
    token = letters(ada, to=MOVED)[0].token
    assert body(verify(ada.client, token)) == body(verify(ada.client, token))


def test_the_old_address_is_told_before_and_after(ada: Account) -> None:
    change_email(ada)
    notice = letters(ada)[-1]
    assert notice.subject == NOTICE
    assert "c…@example.org" in notice.text
    verify(ada.client, letters(ada, to=MOVED)[0].token)
    assert letters(ada)[-1].subject == "The email address of your Contacts account was changed"
    assert [letter.subject for letter in letters(ada, to=MOVED)] == ["Confirm your new email address for Contacts"]


def test_a_change_of_address_ends_no_session(ada: Account) -> None:
    tablet = sign_in(ada)
    change_email(ada)
    verify(ada.client, letters(ada, to=MOVED)[0].token)
    assert tablet.get("/auth/sessions").status_code == 200


def test_an_address_that_is_taken_is_refused(ada: Account) -> None:
    register(ada.client, "eve")
    for email in ("eve@example.org", "EVE@Example.org"):
        assert problem(change_email(ada, email)) == (409, "email-taken")
    assert [letter.subject for letter in letters(ada)] == ["Confirm your email address for Contacts"]


def test_an_address_that_was_taken_meanwhile_is_refused(ada: Account) -> None:
    change_email(ada)
    token = letters(ada, to=MOVED)[0].token
    register(ada.client, "eve", email=MOVED)
    assert problem(verify(ada.client, token)) == (409, "email-taken")
    assert body(ada.get("/users/me"))["email"] == "ada@example.org"
    assert "was changed" not in letters(ada)[-1].subject


def test_one_may_respell_ones_own_address(ada: Account) -> None:
    assert change_email(ada, "Ada@example.org").status_code == 202
    answer = verify(ada.client, letters(ada, to="Ada@example.org")[-1].token)
    assert body(answer)["email"] == "Ada@example.org"


def test_a_newer_address_replaces_the_link(ada: Account) -> None:
    change_email(ada)
    first = letters(ada, to=MOVED)[0].token
    change_email(ada, "lovelace@example.org")
    assert problem(verify(ada.client, first)) == (410, "link-expired")
    assert body(verify(ada.client, letters(ada, to="lovelace@example.org")[0].token))["email"] == "lovelace@example.org"


def test_a_newer_address_replaces_a_mail_that_still_waits(ada: Account) -> None:
    change_email(ada)
    change_email(ada, "lovelace@example.org")
    assert letters(ada, to=MOVED) == []


def test_a_link_to_a_new_address_expires_after_a_day(ada: Account) -> None:
    change_email(ada)
    token = letters(ada, to=MOVED)[0].token
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, seconds=1)):
        assert problem(verify(ada.client, token)) == (410, "link-expired")


def reset_password(ada: Account) -> TestResponse:
    ada.client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    return ada.client.post(f"{API}/auth/password/reset", json={"token": letters(ada)[-1].token, "password": NEW})


@pytest.mark.parametrize("change", [change_password, reset_password])
def test_a_new_password_voids_a_pending_change_of_address(ada: Account, change: Any) -> None:
    change_email(ada)
    token = letters(ada, to=MOVED)[0].token
    assert change(ada).status_code == 204
    assert problem(verify(ada.client, token)) == (410, "link-expired")
    assert status_of(ada, email="ada@example.org", password=NEW) == 200


def test_a_new_password_takes_back_a_mail_to_a_new_address_that_still_waits(ada: Account) -> None:
    change_email(ada)
    change_password(ada)
    assert letters(ada, to=MOVED) == []


def test_a_link_to_verify_is_void_at_another_address(ada: Account) -> None:
    """Whoever reads the old mailbox has no part in the new one."""
    old = letters(ada)[0].token
    change_email(ada)
    verify(ada.client, letters(ada, to=MOVED)[0].token)
    assert problem(verify(ada.client, old)) == (410, "link-expired")


def test_bad_values_are_refused_with_a_pointer(ada: Account) -> None:
    refusals: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("PUT", "/auth/password", {}, ["/current_password", "/password"]),
        ("PUT", "/auth/password", {"current_password": 1, "password": None}, ["/current_password", "/password"]),
        ("PUT", "/auth/password", {"current_password": PASSWORD, "password": "x" * 129}, ["/password"]),
        ("POST", "/auth/email", {}, ["/email", "/password"]),
        ("POST", "/auth/email", {"email": "ada", "password": PASSWORD}, ["/email"]),
        ("POST", "/auth/email", {"email": MOVED, "password": PASSWORD, "x": 1}, ["/x"]),
    ]
    for method, path, sent, pointers in refusals:
        answer = ada.call(method, path, json=sent)
        assert problem(answer) == (422, "validation-failed"), sent
        assert sorted(error["pointer"] for error in body(answer)["errors"]) == pointers, sent


def test_a_session_goes_on_after_its_own_change_of_password(ada: Account) -> None:
    change_password(ada)
    refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert change_password(replace(ada, tokens=body(refreshed)), NEW, PASSWORD).status_code == 204


def test_a_mail_to_a_new_address_is_sent_once_a_minute(make_app: MakeApp) -> None:
    ada = sign_up(make_app(REDIS_URL="").test_client())
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for seconds, mails in [(0, 1), (1, 1), (57, 1), (3, 2), (59, 2)]:
            clock.shift(seconds)
            assert change_email(ada).status_code == 202
            assert len(letters(ada, to=MOVED)) == mails
            assert [letter.subject for letter in letters(ada)].count(NOTICE) == mails
        assert body(verify(ada.client, letters(ada, to=MOVED)[-1].token))["email"] == MOVED


def test_the_link_of_a_mail_stays_good_when_it_is_asked_for_again_at_once(ada: Account) -> None:
    change_email(ada)
    token = letters(ada, to=MOVED)[0].token
    assert change_email(ada).status_code == 202
    assert body(verify(ada.client, token))["email"] == MOVED


def test_a_link_that_became_void_is_not_said_to_be_on_its_way(ada: Account) -> None:
    """Within a minute no second mail is sent to an address."""
    change_email(ada)
    change_password(ada)
    answer = change_email(ada, password=NEW)
    assert problem(answer) == LIMITED
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_back_and_forth_within_a_minute_is_refused_rather_than_not_mailed(ada: Account) -> None:
    change_email(ada)
    change_email(ada, "lovelace@example.org")
    answer = change_email(ada)
    assert problem(answer) == LIMITED
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert [len(letters(ada, to=address)) for address in (MOVED, "lovelace@example.org")] == [0, 1]


def test_several_accounts_together_mail_an_address_once_a_minute(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    assert change_email(ada, "victim@example.org").status_code == 202
    for spelling in ("victim@example.org", "VICTIM@Example.org", "victim@example。org"):
        assert problem(change_email(eve, spelling)) == LIMITED
    assert len(letters(ada, to="victim@example.org")) == 1


def test_five_different_strangers_a_day_are_mailed_for_an_account(make_app: MakeApp) -> None:
    ada = sign_up(make_app(REDIS_URL="", MAIL_RATE_LIMIT="100 per hour").test_client())
    strangers = [f"stranger{number}@example.org" for number in range(7)]
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        assert [change_email(ada, email).status_code for email in strangers] == [202] * 5 + [429] * 2
        assert problem(change_email(ada, strangers[5])) == LIMITED
        clock.shift(61)
        assert [change_email(ada, email).status_code for email in (strangers[4], "ada@example.org")] == [202] * 2
        clock.shift(24 * 3600)
        assert change_email(replace(ada, tokens=sign_in(ada).tokens), strangers[6]).status_code == 202
    assert letters(ada, to=strangers[5]) == []


def test_a_move_is_a_mail_and_counts_as_one(make_app: MakeApp) -> None:
    ada = sign_up(make_app(MAIL_RATE_LIMIT="3 per hour").test_client())
    assert ada.client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"}).status_code == 202
    assert [change_email(ada).status_code for _ in range(3)] == [202, 202, 429]


def test_whether_an_address_is_taken_is_found_out_five_times_a_day(ada: Account) -> None:
    answers = [change_email(ada, f"nobody{number}@example.org") for number in range(3)]
    for name in ("eve", "grace"):
        register(ada.client, name)
        answers.append(change_email(ada, f"{name}@example.org"))
    answers.append(change_email(ada, "eve@example.org"))
    assert [answer.status_code for answer in answers] == [202, 202, 202, 409, 409, 409]
    assert problem(change_email(ada, "mary@example.org")) == LIMITED


def test_a_wrong_password_tells_nothing_and_costs_no_stranger(ada: Account) -> None:
    register(ada.client, "eve")
    for number in range(6):
        assert problem(change_email(ada, f"nobody{number}@example.org", "a wrong password")) == WRONG
    assert problem(change_email(ada, "eve@example.org", "a wrong password")) == WRONG
    assert change_email(ada).status_code == 202

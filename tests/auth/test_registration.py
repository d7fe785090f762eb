"""Registration: what is taken, what is refused and why, and what is kept."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from project.extensions import db
from project.mail.outbox import Mail
from project.users.models import User
from tests.accounts import API, PASSWORD, body, mailed, problem, register, sign_in, sign_up

PERSON = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}

GOOD_NAMES = ["abc", "a" * 32, "Ада", "प्रिया", "อารีย์", "山田太郎", "ada.l_1815-x", "ЁЛКА", "נֹעַם", "عائشة"]
GOOD_PASSWORDS = ["grüße aus köln", "пароль для Ады", "数学的な美しさの夢", "  spaces around  ", "x" * 128, "🧮" * 8]
WEAK = [
    "", "short", "1234567", "password", "12345678", "qwertyuiop", "PASSWORD1", "iloveyou",
    "ada.lovelace", "ADA.Lovelace", "Countess@example.org", "countess",
]  # fmt: skip
NOT_TEXT: list[object] = [1, 1.5, True, None, [], {}, ["ada"]]
BAD: dict[str, list[Any]] = {
    "username": [
        *NOT_TEXT, "", "  ", "ab", "a" * 33, "ada lovelace", "ada@example.org", "ada/..", "ada\x00", "a\nda", "a\tda",
        "ada\u200b", "ada\u202e", "<ada>", "ada😀", "½½½", "ﷺﷺﷺ", "\u3164" * 3, "\u034f" * 3, "ada\ufe0f", "\u0301" * 3,
    ],
    "email": [
        *NOT_TEXT, "", " ", "ada", "ada@", "@example.org", "ada@example", "ada@@example.org", "a da@example.org",
        "ada@exa mple.org", "ada@example.org\r\nBcc: eve@example.org", "ada@example.org\x00", "Ada <ada@example.org>",
        "ada@[127.0.0.1]", "ada@-example.org", "ada..l@example.org", "a" * 243 + "@example.org", "ada,eve@example.org",
    ],
    "password": [*NOT_TEXT, "a" * 129, "a password\x00"],
}  # fmt: skip


@pytest.fixture
def unlimited(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client without rate limits."""
    return make_app(RATE_LIMITS=False).test_client()


def post(client: FlaskClient, **changes: Any) -> Any:
    """Register Ada, changed; fields that are None are left out."""
    person = {name: value for name, value in {**PERSON, **changes}.items() if value is not None}
    return client.post(f"{API}/auth/register", json=person)


def pointers(answer: Any) -> list[str]:
    assert problem(answer) == (422, "validation-failed")
    return [error["pointer"] for error in body(answer)["errors"]]


def rows(app: Flask, model: type[User] | type[Mail]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_registering_makes_a_user_who_is_not_verified_yet(client: FlaskClient) -> None:
    answer = register(client)
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/users/me"
    assert answer.headers["Cache-Control"] == "no-store"
    user = body(answer)
    assert UUID(user.pop("id")).version == 7
    assert user.pop("avatar_url").startswith("http://127.0.0.1:8000/")
    for time in (user.pop("created_at"), user.pop("updated_at")):
        assert time.endswith("Z")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds() < 60
    assert user == {"username": "ada", "email": "ada@example.org", "email_verified": False, "contacts_count": 0}


def test_nothing_of_the_password_is_answered(client: FlaskClient) -> None:
    assert "password" not in register(client).text


def test_registering_mails_a_link_for_the_address(client: FlaskClient) -> None:
    register(client)
    (letter,) = mailed(client.application)
    assert letter.to == "ada@example.org"
    assert letter.subject == "Confirm your email address for Contacts"
    assert letter.link.startswith("http://127.0.0.1:8000/verify-email?token=")
    assert len(letter.token) == 43  # 256 bits


def test_an_address_is_taken_in_every_spelling(client: FlaskClient) -> None:
    register(client)
    for email in ("ada@example.org", "ADA@Example.ORG", " ada@example.org\n"):
        assert problem(post(client, username="countess", email=email)) == (409, "email-taken"), email


def test_a_name_is_taken_in_every_spelling(unlimited: FlaskClient) -> None:
    names = [("ada", "ADA"), ("Straße", "STRASSE"), ("Åsa", "A\u030asa"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
    for number, (first, second) in enumerate(names):
        assert post(unlimited, username=first, email=f"{number}@example.org").status_code == 201
        assert problem(post(unlimited, username=second, email="other@example.org")) == (409, "username-taken"), second


def test_an_address_beyond_ascii_is_compared_as_unicode_is_composed(client: FlaskClient) -> None:
    assert post(client, email="zoë@example.org").status_code == 201
    decomposed = unicodedata.normalize("NFD", "ZOË@example.org")
    assert problem(post(client, username="zoe", email=decomposed)) == (409, "email-taken")


def test_when_both_are_taken_the_address_is_named(client: FlaskClient) -> None:
    register(client)
    assert problem(register(client)) == (409, "email-taken")


def test_a_refused_registration_leaves_neither_user_nor_mail(client: FlaskClient) -> None:
    register(client)
    post(client, username="countess")
    post(client, email="other@example.org")
    post(client, username="x", email="other@example.org")
    assert (rows(client.application, User), rows(client.application, Mail)) == (1, 1)


def test_a_name_may_be_of_any_script(unlimited: FlaskClient) -> None:
    answers = [post(unlimited, username=name, email=f"{number}@example.org") for number, name in enumerate(GOOD_NAMES)]
    assert [body(answer).get("username") for answer in answers] == GOOD_NAMES


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_with_a_pointer(unlimited: FlaskClient, field: str) -> None:
    for value in BAD[field]:
        answer = unlimited.post(f"{API}/auth/register", json={**PERSON, field: value})
        assert pointers(answer) == [f"/{field}"], value


def test_every_field_is_needed(client: FlaskClient) -> None:
    for missing in PERSON:
        assert pointers(post(client, **{missing: None})) == [f"/{missing}"]


def test_all_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    answer = client.post(f"{API}/auth/register", json={"username": "a", "email": "b", "admin": True})
    assert sorted(pointers(answer)) == ["/admin", "/email", "/password", "/username"]
    assert body(answer)["detail"] == "4 fields are not valid."


def test_a_weak_password_is_refused(unlimited: FlaskClient) -> None:
    for password in WEAK:
        answer = post(unlimited, username="ada.lovelace", email="countess@example.org", password=password)
        assert problem(answer) == (422, "weak-password"), password


def test_a_password_may_be_of_any_script_and_is_kept_whole(unlimited: FlaskClient) -> None:
    for number, password in enumerate(GOOD_PASSWORDS):
        sign_up(unlimited, f"ada{number}", password=password)
        for other in {password.strip(), password[:-1], password + "x"} - {password}:
            answer = unlimited.post(f"{API}/auth/login", json={"username": f"ada{number}", "password": other})
            assert problem(answer) == (401, "invalid-credentials"), other


@pytest.mark.parametrize("password", ["é" * 40 + "a", "a" * 72 + "b"])
def test_what_follows_72_bytes_of_a_password_counts(client: FlaskClient, password: str) -> None:
    sign_up(client, password=password)
    other = {"username": "ada", "password": password[:-1] + "x"}
    assert problem(client.post(f"{API}/auth/login", json=other)) == (401, "invalid-credentials")


@pytest.mark.parametrize("taken", [{"username": "countess"}, {"email": "countess@example.org"}, {}])
def test_a_week_later_an_account_that_nobody_verified_makes_room(unlimited: FlaskClient, taken: dict[str, str]) -> None:
    """Even before the purge."""
    first = body(post(unlimited))
    for days, status in ((6.99, 409), (7.01, 201)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            answer = post(unlimited, **taken)
        assert answer.status_code == status, answer.text
    assert rows(unlimited.application, User) == 1
    assert body(answer)["id"] != first["id"]


def test_a_verified_account_makes_no_room(unlimited: FlaskClient) -> None:
    sign_up(unlimited)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1000)):
        assert problem(post(unlimited)) == (409, "email-taken")


def test_an_account_moves_and_renames_itself_into_the_place_of_one_that_nobody_verified(unlimited: FlaskClient) -> None:
    post(unlimited)
    grace = sign_up(unlimited, "grace")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        grace = sign_in(grace)
        assert body(grace.patch("/users/me", json={"username": "ADA"}))["username"] == "ADA"
    register(unlimited, "mallory", email="ada@example.org")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=16)):
        grace = sign_in(replace(grace, user={"username": "ADA"}))
        assert grace.post("/auth/email", json={"email": "ada@example.org", "password": PASSWORD}).status_code == 202
        link = {"token": mailed(unlimited.application, to="ada@example.org")[-1].token}
        moved = unlimited.post(f"{API}/auth/verify-email", json=link)
        assert body(moved)["email"] == "ada@example.org"


def test_who_finds_an_address_taken_is_told_how_its_owner_gets_the_account(unlimited: FlaskClient) -> None:
    answer = unlimited.get("/problems/email-taken")
    assert "/api/v1/auth/password/forgot" in answer.text


def test_a_squatters_password_opens_nothing_that_a_reset_verified(unlimited: FlaskClient) -> None:
    register(unlimited, "mallory", email="ada@example.org", password="the password of the squatter")
    unlimited.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    reset = {"token": mailed(unlimited.application)[-1].token, "password": PASSWORD}
    assert unlimited.post(f"{API}/auth/password/reset", json=reset).status_code == 204
    for password, status in ((PASSWORD, 200), ("the password of the squatter", 401)):
        login = {"email": "ada@example.org", "password": password}
        assert unlimited.post(f"{API}/auth/login", json=login).status_code == status

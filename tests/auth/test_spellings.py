"""An e-mail address has one normal form on every route, however it is spelled."""

import unicodedata
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, Account, body, mailed, problem, register, sign_in

SPELLINGS = [
    ["ada@münchen.example.org", "ada@xn--mnchen-3ya.example.org", "ADA@MÜNCHEN.EXAMPLE.ORG"],
    ["ada@example.org", "ada@ｅｘａｍｐｌｅ.org", "ada@example。org", "ada@EXAMPLE｡ORG", " ada@example.org "],
    ["ada@例え.example.org", "ada@例え。example。org", "ada@xn--r8jz45g.example.org"],
    ["ẖanna@example.org", "H\u0331anna@example.org"],
    ["zoë@example.org", unicodedata.normalize("NFD", "zoë@example.org"), "ZOË@EXAMPLE.ORG"],
    ["ada@faß.example.org", "ada@xn--fa-hia.example.org"],
    ["ada@éclair.example.org", unicodedata.normalize("NFD", "ada@éclair.example.org"), "ada@xn--clair-9ra.example.org"],
]  # fmt: skip
PAIRS = [(first, second) for spellings in SPELLINGS for first in spellings for second in spellings]
NONE_AT_ALL = [
    "ada@example",
    "ada@xn--ls8h.example.org",
    "ada＠example.org",
    "ada@@example.org",
    "@example.org",
    "ada@",
]


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client without rate limits."""
    return make_app(RATE_LIMITS=False, MAIL_PAUSE_SECONDS=0).test_client()


def login(client: FlaskClient, name: str) -> TestResponse:
    return client.post(f"{API}/auth/login", json={"username": name, "password": PASSWORD})


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_whatever_was_registered_signs_in_in_every_spelling(client: FlaskClient, spellings: list[str]) -> None:
    for number, written in enumerate(spellings):
        name = f"ada{number}"
        user = body(register(client, name, email=written))
        letter = mailed(client.application)[-1]
        assert client.post(f"{API}/auth/verify-email", json={"token": letter.token}).status_code == 200
        for spelt in spellings:
            for field in ("username", "email"):
                answer = client.post(f"{API}/auth/login", json={field: spelt, "password": PASSWORD})
                assert answer.status_code == 200, (written, spelt)
            assert problem(register(client, "eve", email=spelt)) == (409, "email-taken"), (written, spelt)
        ada = sign_in(Account(client, user, {}, PASSWORD))
        assert ada.delete("/users/me", json={"password": PASSWORD}).status_code == 204


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_forgot_and_resend_find_the_account_in_every_spelling(client: FlaskClient, spellings: list[str]) -> None:
    register(client, "ada", email=spellings[0])
    before = len(mailed(client.application))
    for spelt in spellings:
        for path in ("verify-email/resend", "password/forgot"):
            assert client.post(f"{API}/auth/{path}", json={"email": spelt}).status_code == 202
            before += 1
            assert len(mailed(client.application)) == before, (path, spelt)


@pytest.mark.slow
@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_an_account_moves_to_an_address_in_every_spelling(client: FlaskClient, spellings: list[str]) -> None:
    user = body(register(client, "grace"))
    client.post(f"{API}/auth/verify-email", json={"token": mailed(client.application)[-1].token})
    grace = sign_in(Account(client, user, {}, PASSWORD))
    for spelt in spellings:
        assert grace.post("/auth/email", json={"email": spelt, "password": PASSWORD}).status_code == 202
        letter = next(letter for letter in reversed(mailed(client.application)) if "token=" in letter.text)
        assert client.post(f"{API}/auth/verify-email", json={"token": letter.token}).status_code == 200
        assert [login(client, other).status_code for other in spellings] == [200] * len(spellings)
    assert problem(register(client, "eve", email=spellings[-1])) == (409, "email-taken")


def test_what_is_no_address_is_nobodys_at_every_door(client: FlaskClient) -> None:
    register(client)
    for written in NONE_AT_ALL:
        assert problem(register(client, "eve", email=written)) == (422, "validation-failed"), written
        assert problem(login(client, written)) == (401, "invalid-credentials"), written
        answer = client.post(f"{API}/auth/password/forgot", json={"email": written})
        assert problem(answer) == (422, "validation-failed"), written


@pytest.mark.parametrize(
    ("email", "hint"),
    [
        ("a" * 65 + "@example.org", "The part before the @ is longer than 64 characters."),
        ("ada@firma.local", "No mail reaches .local"),
        ("ada@example.test", "No mail reaches .test"),
        ("ada@LOCALHOST", "No mail reaches .localhost"),
        ("ada@example", "Not an e-mail address."),
        ("İ" * 30 + "@" + "a" * 60 + "." + "b" * 60 + "." + "c" * 60 + ".example.org", "Not an e-mail address."),
    ],
)
def test_a_refused_address_is_told_why(client: FlaskClient, email: str, hint: str) -> None:
    answer = register(client, email=email)
    assert problem(answer) == (422, "validation-failed")
    (error,) = body(answer)["errors"]
    assert error["pointer"] == "/email"
    assert error["detail"].startswith(hint)


def test_a_name_of_64_letters_before_the_at_is_taken(client: FlaskClient) -> None:
    email = "a" * 64 + "@example.org"
    assert register(client, email=email).status_code == 201
    assert problem(login(client, email.upper())) == (403, "email-not-verified")

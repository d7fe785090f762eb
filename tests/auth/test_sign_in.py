"""Signing in by name or address, and that a refusal tells strangers nothing."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, body, problem, register, sign_up

WRONG = "not the password at all"


def login(client: FlaskClient, **credentials: Any) -> TestResponse:
    return client.post(f"{API}/auth/login", json={"password": PASSWORD, **credentials})


def test_signing_in_gives_a_pair_of_tokens(client: FlaskClient) -> None:
    sign_up(client)
    answer = login(client, username="ada")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    pair = body(answer)
    assert {name: pair[name] for name in ("token_type", "expires_in")} == {"token_type": "Bearer", "expires_in": 900}
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in", "session_id"}


def test_one_signs_in_by_name_or_address_in_any_spelling(client: FlaskClient) -> None:
    ada = sign_up(client)
    names = [
        {"username": "ada"},
        {"username": "ADA"},
        {"username": " ada "},
        {"username": "ada@example.org"},
        {"username": "Ada@Example.ORG"},
        {"email": "ada@example.org"},
        {"email": "ADA@EXAMPLE.ORG"},
        {"email": "ada"},
    ]
    for name in names:
        answer = login(client, **name)
        assert answer.status_code == 200, name
        headers = {"Authorization": f"Bearer {body(answer)['access_token']}"}
        assert body(client.get(f"{API}/users/me", headers=headers))["id"] == ada.user["id"]


def test_an_unknown_user_and_a_wrong_password_are_answered_alike(client: FlaskClient) -> None:
    sign_up(client)
    answers = [
        login(client, username="ada", password=WRONG),
        login(client, username="eve", password=WRONG),
        login(client, username="eve@example.org", password=WRONG),
        login(client, email="ada@example.org", password=WRONG),
    ]
    assert {problem(answer) for answer in answers} == {(401, "invalid-credentials")}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    bodies = [{**body(answer), "request_id": None} for answer in answers]
    assert all(other == bodies[0] for other in bodies)
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1


def test_what_is_left_of_the_limit_does_not_tell_who_exists(client: FlaskClient) -> None:
    sign_up(client)
    left = {
        name: login(client, username=name, password=WRONG).headers["X-RateLimit-Remaining"] for name in ("ada", "eve")
    }
    assert left["ada"] == left["eve"]


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ("ada", "eve"), (" ada", " eve"), ("ADA", "EVE"), ("ada@example.org", "eve@example.org"), ("ａda", "ｅve"),
        ("ADA@Example.org", "EVE@Example.org"), ("ada@ｅxample.org", "eve@ｅxample.org"),
        ("ada@example。org", "eve@example。org"),
    ],
)  # fmt: skip
def test_no_header_tells_who_exists_in_any_spelling(client: FlaskClient, known: str, unknown: str) -> None:
    """Asked twice, first as it is registered: the second one shows whether the two share a count."""
    sign_up(client)
    seen = []
    for plain, spelt in (("ada", known), ("eve", unknown)):
        for name in (plain, spelt):
            headers = dict(login(client, username=name, password=WRONG).headers)
            seen.append({**headers, "X-Request-ID": None, "X-RateLimit-Reset": None, "Content-Length": None})
    assert seen[:2] == seen[2:]


def test_a_name_and_its_address_show_no_common_count(client: FlaskClient) -> None:
    sign_up(client)
    names = ("ada", "ada@example.org", "eve", "eve@example.org")
    answers = [login(client, username=name, password=WRONG) for name in names]
    assert {answer.headers["X-RateLimit-Remaining"] for answer in answers} == {"9"}


@pytest.mark.parametrize("name", ["Zoë’s iPhone", "遠傳電信", "x" * 200, "👩🏽‍🚀 phone"])
def test_an_app_names_its_device(client: FlaskClient, name: str) -> None:
    sign_up(client)
    sent = {"username": "ada", "password": PASSWORD, "device": name}
    pair = body(client.post(f"{API}/auth/login", json=sent, headers={"User-Agent": "Dart/3.5"}))
    assert devices(client, pair)[pair["session_id"]] == name


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb", 1, []])
def test_a_device_has_a_name_of_one_to_200_characters(client: FlaskClient, name: object) -> None:
    answer = login(client, username="ada", device=name)
    assert problem(answer) == (422, "validation-failed")
    assert [error["pointer"] for error in body(answer)["errors"]] == ["/device"]


@pytest.mark.parametrize("name", ["Zoë’s iPhone", "遠傳電信", "Ångström/1.0"])
def test_a_user_agent_may_be_utf_8(client: FlaskClient, name: str) -> None:
    sign_up(client)
    for encoding in ("utf-8", "latin-1"):
        with suppress(UnicodeEncodeError):
            headers = {"User-Agent": name.encode(encoding).decode("latin-1")}
            sent = {"username": "ada", "password": PASSWORD}
            pair = body(client.post(f"{API}/auth/login", json=sent, headers=headers))
            assert devices(client, pair)[pair["session_id"]] == name


def devices(client: FlaskClient, pair: dict[str, str]) -> dict[str, str]:
    """The names of the devices that are signed in, by session."""
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    items = body(client.get(f"{API}/auth/sessions", headers=headers))["items"]
    return {item["id"]: item["device"] for item in items}


def test_a_right_password_is_not_enough_before_the_address_is_verified(client: FlaskClient) -> None:
    register(client)
    assert problem(login(client, username="ada")) == (403, "email-not-verified")
    assert problem(login(client, username="ada", password=WRONG)) == (401, "invalid-credentials")


def test_signing_in_needs_a_name_and_a_password(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATE_LIMITS=False).test_client()
    refusals: list[tuple[object, list[str]]] = [
        ({}, ["/username"]),
        ({"password": PASSWORD}, ["/username"]),
        ({"username": "ada"}, ["/password"]),
        ({"username": "ada", "email": "ada@example.org", "password": PASSWORD}, ["/username"]),
        ({"username": 1, "password": PASSWORD}, ["/username"]),
        ({"username": None, "password": PASSWORD}, ["/username"]),
        ({"username": "", "password": PASSWORD}, ["/username"]),
        ({"username": "ada\x00", "password": PASSWORD}, ["/username"]),
        ({"email": "ada\n@example.org", "password": PASSWORD}, ["/email"]),
        ({"username": "ada", "password": 1}, ["/password"]),
        ({"username": "ada", "password": PASSWORD, "remember": True}, ["/remember"]),
    ]
    for credentials, pointers in refusals:
        answer = client.post(f"{API}/auth/login", json=credentials)
        assert problem(answer) == (422, "validation-failed"), credentials
        assert [error["pointer"] for error in body(answer)["errors"]] == pointers, credentials


def test_neither_cookies_nor_urls_carry_tokens(client: FlaskClient) -> None:
    ada = sign_up(client)
    token = ada.tokens["access_token"]
    client.set_cookie("access_token_cookie", token)
    answer = client.get(f"{API}/users/me?jwt={token}&access_token={token}")
    assert problem(answer) == (401, "authentication-required")
    assert "Set-Cookie" not in login(client, username="ada").headers

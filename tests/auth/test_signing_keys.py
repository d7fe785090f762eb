"""Changing the signing key signs nobody out: the first key signs, all verify."""

import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from project.web.signing_keys import key_id
from tests.accounts import API, Account, body, problem, sign_up
from tests.auth.authenticator import encode
from tests.auth.test_app_passwords import make
from tests.conftest import JWT_SECRET_KEY

NEW = secrets.token_urlsafe(48)
OTHER = secrets.token_urlsafe(48)

MakeApp = Callable[..., Flask]


def at(ada: Account, app: Flask) -> Account:
    """The same session on another application."""
    return Account(app.test_client(), ada.user, ada.tokens, ada.password)


def refresh(ada: Account) -> dict[str, Any]:
    answer = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert answer.status_code == 200, answer.text
    return dict(body(answer))


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def test_a_token_names_its_key_and_tells_nothing_of_it(ada: Account) -> None:
    for kind in ("access_token", "refresh_token"):
        assert jwt.get_unverified_header(ada.tokens[kind])["kid"] == key_id(JWT_SECRET_KEY)
    assert key_id(JWT_SECRET_KEY) not in JWT_SECRET_KEY


def test_a_new_key_signs_and_the_old_one_verifies(ada: Account, make_app: MakeApp) -> None:
    app = make_app(JWT_SECRET_KEYS=f"{NEW},{JWT_SECRET_KEY}")
    moved = at(ada, app)
    assert moved.get("/users/me").status_code == 200
    moved.tokens = refresh(moved)
    assert jwt.get_unverified_header(moved.tokens["access_token"])["kid"] == key_id(NEW)
    assert moved.get("/users/me").status_code == 200
    alone = at(moved, make_app(JWT_SECRET_KEYS=NEW))
    assert alone.get("/users/me").status_code == 200
    assert problem(at(ada, alone.client.application).get("/users/me")) == (401, "invalid-token")


def test_a_key_that_is_gone_verifies_nothing_though_it_is_set_alone(ada: Account, make_app: MakeApp) -> None:
    """JWT_SECRET_KEYS replaces JWT_SECRET_KEY."""
    app = make_app(JWT_SECRET_KEY=JWT_SECRET_KEY, JWT_SECRET_KEYS=f"{NEW},{OTHER}")
    assert problem(at(ada, app).get("/users/me")) == (401, "invalid-token")


def test_a_token_from_before_keys_had_names_is_verified_by_any(ada: Account, make_app: MakeApp) -> None:
    claims = jwt.decode(ada.tokens["access_token"], options={"verify_signature": False})
    ada.tokens["access_token"] = jwt.encode(claims, JWT_SECRET_KEY, "HS256")
    moved = at(ada, make_app(JWT_SECRET_KEYS=f"{NEW},{JWT_SECRET_KEY}"))
    assert moved.get("/users/me").status_code == 200


@pytest.mark.parametrize("kid", ["", "nonsense", "../../etc/passwd", "x" * 1000, 1, None, ["a"], {}])
def test_a_token_that_names_another_key_is_invalid(ada: Account, kid: object) -> None:
    payload = ada.tokens["access_token"].split(".")[1]
    head = encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode())
    signature = encode(hmac.digest(JWT_SECRET_KEY.encode(), f"{head}.{payload}".encode(), "sha256"))
    ada.tokens["access_token"] = f"{head}.{payload}.{signature}"
    assert problem(ada.get("/users/me")) == (401, "invalid-token")


def test_a_key_named_by_another_signs_nothing(ada: Account, make_app: MakeApp) -> None:
    payload = jwt.decode(ada.tokens["access_token"], options={"verify_signature": False})
    ada.tokens["access_token"] = jwt.encode(payload, OTHER, "HS256", headers={"kid": key_id(NEW)})
    moved = at(ada, make_app(JWT_SECRET_KEYS=f"{NEW},{JWT_SECRET_KEY}"))
    assert problem(moved.get("/users/me")) == (401, "invalid-token")


def test_a_page_that_sets_up_a_device_outlives_a_change_of_the_key(ada: Account, make_app: MakeApp) -> None:
    made = make(ada)
    path = made["setup_url"].partition("8000")[2]
    moved = make_app(JWT_SECRET_KEYS=f"{NEW},{JWT_SECRET_KEY}").test_client()
    assert made["password"] in moved.get(path).text


def test_the_command_shows_which_keys_are_in_use(make_app: MakeApp) -> None:
    runner = make_app(JWT_SECRET_KEYS=f"{NEW},{JWT_SECRET_KEY}").test_cli_runner()
    shown = runner.invoke(args=["keys"]).output.splitlines()
    assert shown[0] == f"signing key     {key_id(NEW)}  signs and verifies"
    assert shown[1] == f"signing key     {key_id(JWT_SECRET_KEY)}  verifies"
    assert [key for key in (NEW, JWT_SECRET_KEY) if key in "".join(shown)] == []

"""The pages behind mailed links, by HTTP; tests/browser opens them in a browser."""

import unicodedata
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, PASSWORD, Account, body, mailed, problem, register, sign_up

NEW = "an entirely different sentence"
POLICY = {"default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'", "frame-ancestors 'none'"}


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def registered(client: FlaskClient) -> str:
    register(client)
    return mailed(client.application)[-1].token


def forgotten(client: FlaskClient) -> str:
    client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    return mailed(client.application)[-1].token


def look(client: FlaskClient, page: str, token: str) -> TestResponse:
    return client.get(f"/{page}", query_string={"token": token})


def press(client: FlaskClient, page: str, **form: Any) -> TestResponse:
    return client.post(f"/{page}", data=form)


def words(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "text/html; charset=utf-8"
    return unescape(answer.text)


def login(client: FlaskClient, password: str) -> TestResponse:
    return client.post(f"{API}/auth/login", json={"username": "ada", "password": password})


def test_a_link_to_verify_opens_a_page_with_one_button(client: FlaskClient) -> None:
    token = registered(client)
    text = words(look(client, "verify-email", token))
    assert "Confirm your email address" in text
    assert text.count("<button") == 1
    assert f'value="{token}"' in text


def test_the_page_says_whose_account_it_verifies_and_what_to_do_about_a_squatter(client: FlaskClient) -> None:
    register(client, "mallory.www-evil.com", email="ada@example.org")
    token = mailed(client.application)[-1].token
    text = words(look(client, "verify-email", token))
    assert "<strong>mallory.www-evil.com</strong>" in text
    assert "forgot the password" in text
    assert "mallory.www-evil.com" in words(press(client, "verify-email", token=token))


def test_the_page_of_a_move_says_whose_account_it_moves(ada: Account) -> None:
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    token = mailed(ada.client.application, to="countess@example.org")[-1].token
    assert "<strong>ada</strong>" in words(look(ada.client, "verify-email", token))


def test_looking_at_a_link_changes_nothing(client: FlaskClient) -> None:
    """Mail scanners follow links."""
    token = registered(client)
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = client.open("/verify-email", method=method, query_string={"token": token})
        assert answer.status_code == 200
    assert problem(login(client, PASSWORD)) == (403, "email-not-verified")
    reset = forgotten(client)
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open("/reset-password", method=method, query_string={"token": reset, "password": NEW})
    assert problem(login(client, NEW)) == (401, "invalid-credentials")
    assert "Thank you" in words(press(client, "verify-email", token=token))


def test_the_button_verifies_and_may_be_pressed_twice(client: FlaskClient) -> None:
    token = registered(client)
    for _ in range(2):
        assert "Your address is confirmed" in words(press(client, "verify-email", token=token))
    assert login(client, PASSWORD).status_code == 200


def test_the_button_moves_an_account_to_its_new_address(ada: Account) -> None:
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    token = mailed(ada.client.application, to="countess@example.org")[-1].token
    assert "Confirm your email address" in words(look(ada.client, "verify-email", token))
    words(press(ada.client, "verify-email", token=token))
    assert body(ada.get("/users/me"))["email"] == "countess@example.org"


def test_an_address_that_was_taken_meanwhile_is_said_in_words(ada: Account) -> None:
    ada.post("/auth/email", json={"email": "eve@example.org", "password": PASSWORD})
    token = mailed(ada.client.application, to="eve@example.org")[-1].token
    register(ada.client, "eve")
    assert "Another account has this address by now." in words(press(ada.client, "verify-email", token=token), 409)


@pytest.mark.parametrize("page", ["verify-email", "reset-password"])
def test_a_link_that_is_none_of_ours_is_a_page_that_says_so(client: FlaskClient, page: str) -> None:
    for token in ("", "x" * 43, "x" * 5000, "\x00", "é", '"><script>alert(1)</script>'):
        for answer in (look(client, page, token), press(client, page, token=token, password=NEW)):
            assert "This link no longer works" in words(answer, 410)
            assert "alert(1)" not in answer.text
    assert "This link no longer works" in words(client.get(f"/{page}"), 410)
    assert "This link no longer works" in words(client.post(f"/{page}"), 410)


def test_a_link_opens_its_own_page_only(ada: Account) -> None:
    words(look(ada.client, "verify-email", forgotten(ada.client)), 410)
    register(ada.client, "eve")
    words(look(ada.client, "reset-password", mailed(ada.client.application, to="eve@example.org")[0].token), 410)


def test_a_new_password_is_chosen_once(ada: Account) -> None:
    token = forgotten(ada.client)
    assert "Choose a new password" in words(look(ada.client, "reset-password", token))
    assert "Your password is saved" in words(press(ada.client, "reset-password", token=token, password=NEW))
    words(press(ada.client, "reset-password", token=token, password="yet another sentence"), 410)
    words(look(ada.client, "reset-password", token), 410)
    assert login(ada.client, NEW).status_code == 200
    assert problem(ada.get("/users/me")) == (401, "session-revoked")


def test_a_refused_password_is_explained_and_may_be_typed_again(ada: Account) -> None:
    token = forgotten(ada.client)
    reasons = {
        "": "Shorter than 8 characters.",
        "password": "among the most common ones",
        "ada@example.org": "own name or address",
        "x" * 129: "At most 128 characters.",
        "a password\x00": "Control characters",
    }
    for password, reason in reasons.items():
        text = words(press(ada.client, "reset-password", token=token, password=password), 422)
        assert reason in text
        assert f'value="{token}"' in text
        assert not password or f'value="{password}"' not in text
    words(press(ada.client, "reset-password", token=token, password=NEW))


@pytest.mark.parametrize(
    "password", ["  spaces around it  ", unicodedata.normalize("NFD", "grüße aus köln"), "x" * 128]
)
def test_what_is_typed_here_is_what_the_app_takes(ada: Account, password: str) -> None:
    words(press(ada.client, "reset-password", token=forgotten(ada.client), password=password))
    for spelled in (password, unicodedata.normalize("NFC", password)):
        assert login(ada.client, spelled).status_code == 200


def test_pages_let_nothing_in_and_nothing_out(client: FlaskClient) -> None:
    token = registered(client)
    answers = [
        look(client, "verify-email", token),
        press(client, "verify-email", token=token),
        look(client, "verify-email", "unknown"),
        look(client, "reset-password", forgotten(client)),
    ]
    for answer in answers:
        assert set(answer.headers["Content-Security-Policy"].split("; ")) >= POLICY
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text


def test_pages_take_no_other_method(client: FlaskClient) -> None:
    for page in ("verify-email", "reset-password"):
        answer = client.put(f"/{page}")
        assert problem(answer) == (405, "method-not-allowed")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_page_is_not_of_the_api(client: FlaskClient) -> None:
    """Scripts of other sites may not read the answer."""
    answer = client.get("/verify-email", headers={"Origin": "https://elsewhere.example.org"})
    assert "Access-Control-Allow-Origin" not in answer.headers

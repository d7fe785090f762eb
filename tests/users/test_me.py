"""One's own profile: shown, changed, and deleted with all that belongs to it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from project.database.base import Base
from project.extensions import db
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, register, sign_in, sign_up


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def rename(ada: Account, username: object) -> TestResponse:
    answer: TestResponse = ada.patch("/users/me", json={"username": username})
    return answer


def delete(ada: Account, password: str = PASSWORD) -> TestResponse:
    answer: TestResponse = ada.delete("/users/me", json={"password": password})
    return answer


def delete_by_post(ada: Account, password: str = PASSWORD) -> TestResponse:
    answer: TestResponse = ada.post("/users/me/delete", json={"password": password})
    return answer


def counts(app: Flask) -> dict[str, int]:
    """The number of rows in each table, except those of an empty migrated database."""
    with app.app_context():
        tables = Base.metadata.sorted_tables
        return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_a_user_sees_herself(ada: Account) -> None:
    answer = ada.get("/users/me")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert body(answer) == ada.user
    assert set(ada.user) == {
        "id", "username", "email", "email_verified", "avatar_url", "contacts_count", "created_at", "updated_at",
    }  # fmt: skip


def test_a_user_counts_her_contacts(ada: Account) -> None:
    for name in ("Charles Babbage", "Mary Somerville"):
        assert ada.post("/contacts", json={"first_name": name}).status_code == 201
    assert body(ada.get("/users/me"))["contacts_count"] == 2


def test_a_user_name_can_be_changed(ada: Account) -> None:
    answer = rename(ada, "countess")
    assert answer.status_code == 200
    user = body(answer)
    assert user["username"] == "countess"
    assert user["updated_at"] > ada.user["updated_at"]
    assert {
        **user,
        "username": "ada",
        "updated_at": ada.user["updated_at"],
        "avatar_url": ada.user["avatar_url"],
    } == ada.user
    login = [("ada", 401), ("countess", 200), ("COUNTESS", 200), ("ada@example.org", 200)]
    for name, status in login:
        answer = ada.client.post(f"{API}/auth/login", json={"username": name, "password": PASSWORD})
        assert answer.status_code == status, name


def test_one_may_respell_ones_own_name(ada: Account) -> None:
    assert body(rename(ada, "ADA"))["username"] == "ADA"
    assert body(rename(ada, "ADA"))["username"] == "ADA"


def test_a_name_that_is_taken_is_refused(ada: Account) -> None:
    register(ada.client, "eve")
    for name in ("eve", "EVE"):
        assert problem(rename(ada, name)) == (409, "username-taken"), name
    assert body(ada.get("/users/me")) == ada.user


def test_whether_names_are_taken_is_found_out_as_often_as_by_registering(ada: Account) -> None:
    """Ten times an hour from an address; a change that keeps the name does not count."""
    for name in ("eve", "grace"):
        register(ada.client, name)
    names = ["eve", "grace", "mary", "eve", "joan", "grace", "hedy", "eve", "anita", "grace"]
    assert [rename(ada, name).status_code for name in names] == [409, 409, 200, 409, 200, 409, 200, 409, 200, 409]
    for name in ("eve", "nobody"):
        answer = rename(ada, name)
        assert problem(answer) == (429, "rate-limited")
        assert int(answer.headers["Retry-After"]) > 0
    assert rename(ada, "anita").status_code == 200
    assert ada.patch("/users/me", json={}).status_code == 200


@pytest.mark.parametrize("change", [{}, {"email": "eve@example.org"}, {"username": "ada"}, {"username": ""}])
def test_changes_are_limited_too_whatever_they_change(ada: Account, change: dict[str, str]) -> None:
    """Twice as many a minute as reads."""
    statuses = [ada.patch("/users/me", json=change).status_code for _ in range(25)]
    assert statuses[20:] == [429] * 5
    assert 429 not in statuses[:20]
    assert ada.get("/users/me").status_code == 200


def test_a_bad_name_is_refused_with_a_pointer(ada: Account) -> None:
    for name in ("", "ab", "a b c", "ada@example.org", 1, "a" * 33, "ada\x00"):
        answer = rename(ada, name)
        assert problem(answer) == (422, "validation-failed"), name
        assert [error["pointer"] for error in body(answer)["errors"]] == ["/username"], name


def test_what_was_read_can_be_written(ada: Account) -> None:
    sent = {**ada.user, "username": "countess"}
    answer = ada.patch("/users/me", json=sent)
    assert answer.status_code == 200
    assert {**body(answer), "updated_at": None, "avatar_url": None} == {**sent, "updated_at": None, "avatar_url": None}


def test_fields_that_the_server_makes_are_ignored(ada: Account) -> None:
    sent = {
        "id": 1, "email": "eve@example.org", "email_verified": "no", "avatar_url": [], "contacts_count": -1,
        "created_at": "never", "updated_at": None,
    }  # fmt: skip
    assert body(ada.patch("/users/me", json=sent)) == ada.user
    assert body(ada.patch("/users/me", json={})) == ada.user


def test_unknown_fields_are_refused(ada: Account) -> None:
    for field in ("password", "is_admin", "email_key", ""):
        answer = ada.patch("/users/me", json={"username": "countess", field: "x"})
        assert problem(answer) == (422, "validation-failed")
        assert [error["pointer"] for error in body(answer)["errors"]] == [f"/{field}"]
    assert body(ada.get("/users/me")) == ada.user


@pytest.mark.parametrize("delete", [delete, delete_by_post])
def test_a_deleted_account_is_gone_at_once(ada: Account, delete: Callable[[Account], TestResponse]) -> None:
    tablet = sign_in(ada)
    answer = delete(ada)
    assert (answer.status_code, answer.data) == (204, b"")
    for account in (ada, tablet):
        assert problem(account.get("/users/me")) == (401, "session-revoked")
        refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": account.tokens["refresh_token"]})
        assert problem(refreshed) == (401, "session-revoked")
    login = ada.client.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    assert problem(login) == (401, "invalid-credentials")


def test_without_the_right_password_nothing_is_deleted(ada: Account) -> None:
    for password in ("a wrong password", "", PASSWORD + " "):
        assert problem(delete(ada, password)) == (403, "wrong-password"), password
        assert problem(delete_by_post(ada, password)) == (403, "wrong-password"), password
    assert body(ada.get("/users/me")) == ada.user


def test_deleting_needs_a_password(ada: Account) -> None:
    wrong: list[Any] = [{}, {"password": None}, {"password": 1}, {"password": PASSWORD, "sure": True}]
    for sent in wrong:
        assert problem(ada.delete("/users/me", json=sent)) == (422, "validation-failed")
        assert problem(ada.post("/users/me/delete", json=sent)) == (422, "validation-failed")
    assert problem(ada.delete("/users/me")) == (415, "unsupported-media-type")


def test_nothing_of_a_deleted_account_is_left(ada: Account) -> None:
    """Waiting mails by the account or by its address, links, sessions, contacts; a stranger keeps all of theirs."""
    app = ada.client.application
    eve = sign_up(ada.client, "eve")
    eve.post("/contacts", json={"first_name": "Mary Somerville"})
    left = counts(app)
    left |= {"users": 1, "sessions": 1, "one_time_tokens": 1, "known_networks": 1}
    ada.post("/contacts", json={"first_name": "Charles Babbage"})
    sign_in(ada)
    for path in ("password/forgot", "verify-email/resend"):
        ada.client.post(f"{API}/auth/{path}", json={"email": "ADA@Example.org"})
    mailed(app)
    ada.client.post(f"{API}/auth/password/forgot", json={"email": "Ada@example.org"})
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    delete(ada)
    assert counts(app) == left
    assert eve.get("/users/me").status_code == 200


def test_a_mailed_link_of_a_deleted_account_has_expired(ada: Account) -> None:
    ada.client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    tokens = [letter.token for letter in mailed(ada.client.application)]
    delete(ada)
    for token in tokens:
        assert problem(ada.client.post(f"{API}/auth/verify-email", json={"token": token})) == (410, "link-expired")
        reset = {"token": token, "password": "an entirely different sentence"}
        assert problem(ada.client.post(f"{API}/auth/password/reset", json=reset)) == (410, "link-expired")


def test_name_and_address_of_a_deleted_account_are_free(ada: Account) -> None:
    delete(ada)
    assert sign_up(ada.client).user["id"] != ada.user["id"]

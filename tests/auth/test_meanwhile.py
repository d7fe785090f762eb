"""Changes to an account between two statements of one request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from project.auth.models import Session
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_in, sign_up
from tests.auth.factors import enrol
from tests.concurrency import meanwhile, wait_until_somebody_waits

NEW = "an entirely different sentence"
EXPIRED = (410, "link-expired")
POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
"""SQLite allows no other writes during a transaction that writes."""


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def elsewhere(account: Account) -> Account:
    return replace(account, client=account.client.application.test_client())


def post(client: FlaskClient, path: str, **sent: Any) -> Any:
    return client.post(f"{API}/auth/{path}", json=sent)


def test_a_factor_that_is_removed_while_it_is_renamed_is_not_found(ada: Account) -> None:
    _, codes = enrol(ada)
    (factor,) = body(ada.get("/auth/second-factors"))["items"]
    path, proof = f"/auth/second-factors/{factor['id']}", {"password": PASSWORD, "code": codes[0]}
    with meanwhile("UPDATE second_factors SET name", partial(elsewhere(ada).delete, path, json=proof)):
        assert problem(ada.patch(path, json={"name": "Old phone"})) == (404, "not-found")


@POSTGRESQL
@pytest.mark.parametrize(("hours", "address"), [(1, "127.0.0.1"), (0, "203.0.113.7")])
def test_a_session_that_ends_while_its_refresh_is_repeated_is_no_defect(
    ada: Account, migrated: Engine, hours: int, address: str
) -> None:
    """Repeated late or from elsewhere, both of which update the session."""
    sent, overrides = {"refresh_token": ada.tokens["refresh_token"]}, {"REMOTE_ADDR": address}
    assert post(ada.client, "refresh", **sent).status_code == 200
    with ThreadPoolExecutor(1) as thread, time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=False):
        with migrated.begin() as signing_out:
            signing_out.execute(delete(Session))
            again = thread.submit(ada.client.post, f"{API}/auth/refresh", json=sent, environ_overrides=overrides)
            wait_until_somebody_waits(migrated, "sessions")
        assert problem(again.result()) == (401, "session-revoked")


@POSTGRESQL
def test_a_link_to_a_new_password_that_is_mailed_while_the_account_moves_is_void(ada: Account) -> None:
    """Whoever reads the old mailbox has no part in the new one."""
    moved = "countess@example.org"
    ada.post("/auth/email", json={"email": moved, "password": PASSWORD})
    link = mailed(ada.client.application, to=moved)[0].token
    post(ada.client, "password/forgot", email="ada@example.org")
    with meanwhile("INSERT INTO one_time_tokens", partial(post, elsewhere(ada).client, "verify-email", token=link)):
        letters = {letter.subject: letter for letter in mailed(ada.client.application, to="ada@example.org")}
    token = letters["Choose a new password for Contacts"].token
    assert problem(post(ada.client, "password/reset", token=token, password=NEW)) == EXPIRED
    assert post(ada.client, "login", username=moved, password=PASSWORD).status_code == 200


@pytest.mark.parametrize("path", ["verify-email", "password/reset"])
def test_a_link_of_an_account_that_is_deleted_while_it_is_used_has_expired(ada: Account, path: str) -> None:
    post(ada.client, "password/forgot", email="ada@example.org")
    token = mailed(ada.client.application, to="ada@example.org")[-1 if "reset" in path else 0].token
    sent = {"token": token} | ({"password": NEW} if "reset" in path else {})
    with meanwhile("SELECT users.id", partial(elsewhere(ada).delete, "/users/me", json={"password": PASSWORD})):
        assert problem(post(ada.client, path, **sent)) == EXPIRED


@pytest.mark.parametrize(("path", "kind"), [("login", "invalid-credentials"), ("email", "session-revoked")])
def test_a_right_password_of_an_account_that_is_deleted_meanwhile_opens_nothing(
    ada: Account, path: str, kind: str
) -> None:
    sent = {"username": "ada"} if path == "login" else {"email": "countess@example.org"}
    leave = partial(elsewhere(ada).delete, "/users/me", json={"password": PASSWORD})
    with meanwhile("UPDATE users SET updated_at", leave):
        assert problem(ada.post(f"/auth/{path}", json={**sent, "password": PASSWORD})) == (401, kind)


@pytest.mark.parametrize("path", ["login", "email"])
def test_a_right_password_is_right_although_a_sign_in_hashes_it_anew_meanwhile(
    make_app: Callable[..., Flask], path: str
) -> None:
    ada = sign_up(make_app(BCRYPT_LOG_ROUNDS=4).test_client())
    app = make_app(BCRYPT_LOG_ROUNDS=5)
    sent = {"username": "ada"} if path == "login" else {"email": "countess@example.org"}
    renew = partial(sign_in, replace(ada, client=app.test_client()))
    with meanwhile("UPDATE users SET updated_at", renew):
        answer = replace(ada, client=app.test_client()).post(f"/auth/{path}", json={**sent, "password": PASSWORD})
    assert answer.status_code in (200, 202), answer.text

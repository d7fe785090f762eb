"""Concurrent requests to a real server with two processes: exactly as many succeed as should."""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from project.auth.models import Session
from project.database.base import now
from project.extensions import db
from tests.accounts import API, PASSWORD, Account, body, mailed, register, sign_in, sign_up
from tests.concurrency import Answer, at_once, call, call_patiently
from tests.conftest import WORKER
from tests.servers import Server, gunicorn

JWT_SECRET_KEY = secrets.token_urlsafe(48)
NEW_PASSWORD = "an entirely different sentence"


@pytest.fixture(scope="module")
def server(migrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here. They share nothing: its database and its Redis are emptied before each."""
    settings = {
        "INSTANCE_FOLDER": str(tmp_path_factory.mktemp("live")),
        "DATABASE_URL": migrated.url.render_as_string(hide_password=False),
        "REDIS_URL": urlsplit(os.environ["TEST_REDIS_URL"])._replace(path=f"/{WORKER}").geturl(),
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
        "BCRYPT_LOG_ROUNDS": 4,
        "REGISTER_RATE_LIMIT": "100 per hour",
        "MAIL_WORKER": "none",
    }
    with gunicorn(settings, workers=2) as server:
        yield server


@pytest.fixture
def settings(settings: dict[str, object]) -> dict[str, object]:
    """The application of this process has the server's key: who signs up here is signed in there."""
    return settings | {"JWT_SECRET_KEY": JWT_SECRET_KEY}


@pytest.fixture(autouse=True)
def empty(database_url: str, redis_url: str) -> None:
    """Begin with an empty database and an empty Redis."""


@pytest.fixture
def ada(client: FlaskClient, server: Server) -> Account:
    return sign_up(client)


def all_at_once(server: Server, count: int, method: str, path: str, **request: Any) -> Counter[int]:
    """Send the same request so many times at once, and count the statuses."""
    answers = at_once([lambda: call_patiently(server.url, method, f"{API}{path}", **request)] * count)
    return Counter(answer.status for answer in answers)


def refresh(server: Server, token: str) -> Answer:
    return call(server.url, "POST", f"{API}/auth/refresh", token=token)


def asked_to_move(ada: Account, email: str) -> str:
    """The token that was mailed to the new address."""
    asked = ada.post("/auth/email", json={"email": email, "password": PASSWORD})
    assert asked.status_code == 202
    return mailed(ada.client.application, to=email)[-1].token


def forgotten(ada: Account) -> str:
    """The token that was mailed to somebody who forgot the password."""
    email = ada.user["email"]
    assert ada.client.post(f"{API}/auth/password/forgot", json={"email": email}).status_code == 202
    return mailed(ada.client.application, to=email)[-1].token


@pytest.mark.slow
def test_of_twenty_identical_registrations_one_succeeds(server: Server, app: Flask) -> None:
    person = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    assert all_at_once(server, 20, "POST", "/auth/register", body=person) == {201: 1, 409: 19}
    assert len(mailed(app)) == 1


def test_of_twenty_registrations_with_one_name_one_succeeds(server: Server) -> None:
    people = [{"username": "ada", "email": f"ada{number}@example.org", "password": PASSWORD} for number in range(20)]
    answers = at_once(
        [partial(call_patiently, server.url, "POST", f"{API}/auth/register", body=person) for person in people]
    )
    assert Counter(answer.problem for answer in answers) == {"": 1, "username-taken": 19}


def test_a_verification_link_used_32_times_at_once_verifies(server: Server, client: FlaskClient) -> None:
    register(client)
    token = mailed(client.application)[0].token
    assert all_at_once(server, 32, "POST", "/auth/verify-email", body={"token": token}) == {200: 32}


def test_a_link_to_a_new_address_used_32_times_at_once_moves_once(server: Server, ada: Account) -> None:
    token = asked_to_move(ada, "countess@example.org")
    before = len(mailed(ada.client.application, to="ada@example.org"))
    assert all_at_once(server, 32, "POST", "/auth/verify-email", body={"token": token}) == {200: 32}
    assert len(mailed(ada.client.application, to="ada@example.org")) == before + 1


def test_of_32_uses_of_one_reset_link_one_succeeds(server: Server, ada: Account) -> None:
    token = forgotten(ada)
    bodies = [{"token": token, "password": f"{NEW_PASSWORD} {number}"} for number in range(32)]
    answers = at_once(
        [partial(call_patiently, server.url, "POST", f"{API}/auth/password/reset", body=body) for body in bodies]
    )
    assert Counter(answer.problem for answer in answers) == {"": 1, "link-expired": 31}
    (password,) = (body["password"] for body, answer in zip(bodies, answers, strict=True) if answer.status == 204)
    assert sign_in(replace(ada, password=password)).get("/users/me").status_code == 200


def test_fifty_refreshes_at_once_leave_one_living_chain(server: Server, ada: Account) -> None:
    answers = at_once([lambda: refresh(server, ada.tokens["refresh_token"])] * 50)
    assert Counter(answer.status for answer in answers) == {200: 50}
    (successor,) = {answer.json["refresh_token"] for answer in answers}
    assert refresh(server, successor).status == 200
    assert len(body(ada.get("/auth/sessions"))["items"]) == 1


def test_concurrent_guesses_cannot_outrun_the_count(server: Server, ada: Account) -> None:
    guess = {"username": "ada", "password": "a wrong password"}
    assert all_at_once(server, 40, "POST", "/auth/login", body=guess) == {401: 10, 429: 30}


def test_one_count_of_looking_at_oneself_holds_for_all_processes(server: Server, ada: Account) -> None:
    token = ada.tokens["access_token"]
    assert all_at_once(server, 40, "GET", "/users/me", token=token) == {200: 10, 429: 30}


def test_signing_out_many_times_at_once_is_no_error(server: Server, ada: Account) -> None:
    statuses = all_at_once(server, 12, "POST", "/auth/logout", token=ada.tokens["access_token"])
    assert statuses[204] >= 1
    assert set(statuses) <= {204, 401}


def test_a_session_that_ends_here_has_ended_in_every_process(server: Server, ada: Account) -> None:
    assert ada.post("/auth/logout").status_code == 204
    assert all_at_once(server, 8, "GET", "/auth/sessions", token=ada.tokens["access_token"]) == {401: 8}


def test_of_six_deletions_of_one_account_one_succeeds_and_the_others_are_signed_out(
    server: Server, ada: Account
) -> None:
    def delete() -> str:
        """Repeat while it is 503: only a few threads hash passwords."""
        while True:
            answer = call(server.url, "DELETE", f"{API}/users/me", body={"password": PASSWORD}, token=token)
            if answer.status != 503:
                return answer.problem

    token = ada.tokens["access_token"]
    assert Counter(at_once([delete] * 6)) == {"": 1, "session-revoked": 5}


def test_of_twenty_renamings_to_one_name_one_succeeds(server: Server, ada: Account) -> None:
    people = [ada, *(sign_up(ada.client, f"ada{number}") for number in range(5))]
    calls = [
        partial(
            call,
            server.url,
            "PATCH",
            f"{API}/users/me",
            body={"username": "Countess"},
            token=person.tokens["access_token"],
        )
        for person in people
    ]
    assert Counter(answer.problem for answer in at_once(calls)) == {"": 1, "username-taken": 5}


def test_fifty_refreshes_at_once_an_hour_after_a_lost_answer_leave_one_living_chain(
    server: Server, ada: Account
) -> None:
    token = ada.tokens["refresh_token"]
    lost = refresh(server, token).json["refresh_token"]
    with ada.client.application.app_context():
        db.session.execute(
            update(Session).values(rotated_at=Session.rotated_at, last_used_at=now() - timedelta(hours=1))
        )
        db.session.commit()
    answers = at_once([lambda: refresh(server, token)] * 50)
    assert Counter(answer.status for answer in answers) == {200: 50}
    assert {answer.json["refresh_token"] for answer in answers} == {lost}
    access = answers[0].json["access_token"]
    assert call(server.url, "GET", f"{API}/auth/sessions", token=access).status == 200
    assert refresh(server, token).status == 200
    assert refresh(server, lost).status == 200
    assert refresh(server, token).problem == "session-revoked"


@pytest.mark.parametrize("repetition", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_whatever_is_asked_while_an_account_is_deleted_is_no_defect(
    server: Server, ada: Account, repetition: int
) -> None:
    """Requests after the deletion are a stranger's; the account is never half there."""
    token = ada.tokens["access_token"]
    requests: list[tuple[str, str, object]] = [
        ("DELETE", "/users/me", {"password": PASSWORD}),
        ("GET", "/users/me", None),
        ("PATCH", "/users/me", {"username": "countess"}),
        ("PUT", "/auth/password", {"current_password": PASSWORD, "password": NEW_PASSWORD}),
        ("POST", "/auth/email", {"email": "countess@example.org", "password": PASSWORD}),
        ("POST", "/auth/login", {"username": "ada", "password": PASSWORD}),
        ("GET", "/auth/sessions", None),
    ]
    calls = [
        partial(call_patiently, server.url, method, f"{API}{path}", body=body, token=token)
        for method, path, body in requests * 2
    ]
    answers = at_once(calls)
    assert {answer.status for answer in answers} <= {200, 202, 204, 401, 403}, server.output
    deleted = 204 in {answers[0].status, answers[len(requests)].status}  # unless the password was changed before
    assert (refresh(server, ada.tokens["refresh_token"]).problem == "session-revoked") == deleted

"""Logs: one line for each event, with the request's id, and never a password or a token."""

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from project.extensions import db
from tests.accounts import PASSWORD, mailed, sign_up

SECRET = "hunter2"

broken = Blueprint("broken_logs", __name__, url_prefix="/api/v1/broken")


@broken.get("/defect")
def raise_defect() -> str:
    raise RuntimeError("the engine\nhas stopped")


@broken.get("/statement")
def run_broken_statement() -> str:
    return str(db.session.execute(text("SELECT :password FROM nowhere"), {"password": SECRET}))


@broken.get("/library")
def let_a_library_speak() -> str:
    logging.getLogger("some.library").warning("careful with %s", "gears")
    logging.getLogger("some.library").debug("chatter")
    return ""


@pytest.fixture
def make_client(capfd: pytest.CaptureFixture[str], make_app: Callable[..., Flask]) -> Callable[..., FlaskClient]:
    """Makes clients of applications that log to what this test has captured, and have not said anything yet."""

    def make(log_format: str = "json") -> FlaskClient:
        app = make_app(LOG_FORMAT=log_format)
        app.register_blueprint(broken)
        capfd.readouterr()
        return app.test_client()

    return make


def events(output: str) -> list[dict[str, Any]]:
    """The lines, each of which must be a JSON object."""
    return [json.loads(line) for line in output.splitlines()]


def walk(client: FlaskClient) -> list[str]:
    """Go through everything that has to do with passwords and tokens; all of these that were seen."""
    ada = sign_up(client)
    seen = [PASSWORD, ada.tokens["access_token"], ada.tokens["refresh_token"]]
    second = refresh(client, ada.tokens["refresh_token"]).get_json()["refresh_token"]
    third = refresh(client, second).get_json()["refresh_token"]
    assert refresh(client, ada.tokens["refresh_token"]).status_code == 401
    client.post("/api/v1/auth/login", json={"username": "ada", "password": SECRET})
    client.post("/api/v1/auth/login", json={"username": SECRET, "password": "wrong"}, query_string={"token": SECRET})
    client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {SECRET}"})
    client.post("/api/v1/auth/password/forgot", json={"email": "ada@example.org"})
    links = [letter.token for letter in mailed(client.application) if "token=" in letter.text]
    client.get("/reset-password", query_string={"token": links[-1]})
    new = "a few unrelated words"
    client.post("/api/v1/auth/password/reset", json={"token": links[-1], "password": new})
    client.post("/api/v1/auth/password/reset", json={"token": links[-1], "password": new})
    client.post("/api/v1/auth/register", data=f'{{"password": "{SECRET}"', content_type="application/json")
    return [*seen, second, third, *links, new, SECRET]


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {token}"})


def test_every_line_is_json_with_a_time_a_level_and_the_request_that_caused_it(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    answer = client.get("/api/v1/broken/library", headers={"X-Request-ID": "weaving-1804"})
    assert answer.status_code == 200
    (event,) = events(capfd.readouterr().err)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", event.pop("timestamp"))
    assert event == {
        "event": "careful with gears",
        "level": "warning",
        "logger": "some.library",
        "request_id": "weaving-1804",
    }


def test_a_defect_is_one_line_with_its_traceback(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    answer = client.get("/api/v1/broken/defect")
    (event,) = events(capfd.readouterr().err)
    assert (event["event"], event["level"]) == ("request_failed", "error")
    assert event["request_id"] == answer.headers["X-Request-ID"]
    assert "Traceback" in event["exception"]
    assert "the engine\nhas stopped" in event["exception"]


def test_a_defect_is_readable_on_the_console(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    answer = make_client("console").get("/api/v1/broken/defect")
    output = capfd.readouterr().err
    assert "Logging error" not in output
    first, *others = output.splitlines()
    assert re.search(r"\[error +\] request_failed", first)
    assert f"request_id={answer.headers['X-Request-ID']}" in first
    assert "Traceback (most recent call last):" in others
    assert "RuntimeError: the engine" in others


def test_nothing_is_said_of_a_request_that_went_well(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    client.get("/healthz")
    client.get("/nothing")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_password_and_no_token_is_ever_logged(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    client = make_client(log_format)
    secrets = walk(client)
    output = capfd.readouterr().err
    assert len(output.splitlines()) > 8
    assert "refresh_replayed" in output
    assert [secret for secret in secrets if secret in output] == []
    assert "$2b$" not in output


def test_each_security_event_has_its_line(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    walk(client)
    found = {event["event"]: event for event in events(capfd.readouterr().err)}
    expected = {
        "registered",
        "signed_in",
        "sign_in_refused",
        "mail_requested",
        "mail_sent",
        "password_reset",
        "refresh_replayed",
    }
    assert expected <= found.keys()
    assert found["sign_in_refused"]["level"] == "warning"
    assert found["signed_in"]["ip"] == "127.0.0.1"


def test_the_values_in_a_broken_statement_are_not_logged(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    assert client.get("/api/v1/broken/statement").status_code == 500
    (event,) = events(capfd.readouterr().err)
    assert "nowhere" in event["cause"]
    assert "FROM nowhere" in event["statement"]
    assert "run_broken_statement" in event["stack"]
    assert SECRET not in str(event)


def test_what_one_request_said_is_not_said_of_the_next(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_client()
    ids = [client.get("/api/v1/broken/library").headers["X-Request-ID"] for _ in range(2)]
    assert [event["request_id"] for event in events(capfd.readouterr().err)] == ids
    assert structlog.contextvars.get_contextvars() == {}


def test_a_line_break_in_a_value_does_not_make_a_line(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str]
) -> None:
    for log_format in ("json", "console"):
        make_client(log_format)
        structlog.get_logger().warning("refused", device="phone\n2026-11-22 [info] signed_in")
        assert len(capfd.readouterr().err.splitlines()) == 1


def test_refused_access_has_a_line_with_who_and_where(
    capfd: pytest.CaptureFixture[str], make_app: Callable[..., Flask]
) -> None:
    client = make_app(LOG_FORMAT="json").test_client()
    ada = sign_up(client)
    capfd.readouterr()
    client.get("/api/v1/users/me")
    client.get("/api/v1/users/me", headers={"Authorization": "Bearer junk"})
    ada.put("/auth/password", json={"current_password": SECRET, "password": PASSWORD})
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    refused = [line for line in lines if line["event"] == "access_refused"]
    assert [(line["problem"], line["endpoint"], line["user"]) for line in refused] == [
        ("authentication-required", "users.show", None),
        ("invalid-token", "users.show", None),
        ("wrong-password", "auth.change_password", ada.user["id"]),
    ]
    assert {line["ip"] for line in refused} == {"127.0.0.1"}
    assert SECRET not in str(lines)


TRACE = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", TRACE),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", TRACE),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", TRACE),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", {}),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", {}),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", {}),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", {}),
        ("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", {}),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", {}),
        ("junk", {}),
        ("", {}),
    ],
)
def test_a_trace_that_the_client_names_is_in_the_log(
    make_client: Callable[..., FlaskClient], capfd: pytest.CaptureFixture[str], sent: str, logged: dict[str, str]
) -> None:
    make_client().get("/api/v1/broken/defect", headers={"traceparent": sent})
    (event,) = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "request_failed" in line]
    assert {name: event[name] for name in ("trace_id", "span_id") if name in event} == logged

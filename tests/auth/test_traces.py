"""The log has a line for each event of an account, and no secret is stored or logged."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from project.database.base import Base
from project.extensions import db
from project.mail import worker
from tests.accounts import API, PASSWORD, Account, body, mailed, register, sign_in, sign_up
from tests.smtp import SmtpSink

MakeApp = Callable[..., Flask]

NEW = "an entirely different sentence"
WRONG = "a canary that sings the wrong song"
MISPLACED = "canary.in.the.wrong.field"


def dump(app: Flask) -> str:
    """The whole content of the database."""
    with app.app_context():
        tables = Base.metadata.sorted_tables
        return repr({table.name: db.session.execute(select(table)).all() for table in tables})


def post(client: FlaskClient, path: str, **sent: object) -> Any:
    return body(client.post(f"{API}/auth/{path}", json=sent))


def token_in(sink: SmtpSink, app: Flask) -> str:
    """The token in the mail that is sent now."""
    before = len(sink.messages)
    with app.app_context():
        worker.send_due()
    texts = [str(message.get_body(["plain"])) for message in sink.messages[before:]]
    (token,) = re.findall(r"token=(\S+)", "".join(texts))
    return str(token)


def live(client: FlaskClient, sink: SmtpSink) -> list[str]:
    """Go through the life of an account with all mistakes; return its secrets."""
    app = client.application
    register(client)
    links = [token_in(sink, app)]
    for junk in (f"{links[0]}x", f"{links[0]}\0", 1):
        post(client, "verify-email", token=junk)
    post(client, "verify-email", token=links[0])
    client.get("/verify-email", query_string={"token": links[0]})
    post(client, "login", username="ada", password=WRONG)
    post(client, "login", username=MISPLACED, password="ada")
    post(client, "login", username=WRONG, password="ada", unknown=WRONG)
    tokens = post(client, "login", username="ada", password=PASSWORD)
    ada = Account(client, {}, tokens, PASSWORD)
    ada.put("/auth/password", json={"current_password": WRONG, "password": NEW})
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    links.append(token_in(sink, app))
    post(client, "verify-email", token=links[-1])
    pairs = [tokens, post(client, "refresh", refresh_token=tokens["refresh_token"])]
    pairs.append(post(client, "refresh", refresh_token=pairs[-1]["refresh_token"]))
    post(client, "refresh", refresh_token=tokens["refresh_token"])
    post(client, "refresh", refresh_token=f"{tokens['refresh_token']}x")
    post(client, "password/forgot", email="countess@example.org")
    links.append(token_in(sink, app))
    client.post("/reset-password", data={"token": links[-1], "password": "password"})
    client.post("/reset-password", data={"token": links[-1], "password": NEW})
    post(client, "password/reset", token=links[-1], password=WRONG)
    post(client, "password/forgot", email="countess@example.org")
    links.append(token_in(sink, app))
    pairs.append(post(client, "login", email="countess@example.org", password=NEW))
    signatures = [pair[kind].rpartition(".")[2] for pair in pairs for kind in ("access_token", "refresh_token")]
    return [PASSWORD, NEW, WRONG, MISPLACED, *links, *signatures]


def test_no_secret_is_in_any_log_or_store(
    capfd: pytest.CaptureFixture[str], make_app: MakeApp, sink: SmtpSink, redis_url: str
) -> None:
    app = make_app(MAIL_SERVER=sink.host, MAIL_PORT=sink.port)
    secrets = live(app.test_client(), sink)
    assert len(set(secrets)) == len(secrets) == 4 + 4 + 8
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        store = "\n".join(redis.keys())
    logs = capfd.readouterr()
    places = {"log": logs.err, "output": logs.out, "database": dump(app), "redis": store}
    assert "sign_in_refused" in places["log"]
    assert "countess@example.org" in places["database"]
    assert places["redis"]
    found = [(place, secret) for place, text in places.items() for secret in secrets if secret in text]
    assert found == []


def test_every_event_has_a_line(capfd: pytest.CaptureFixture[str], make_app: MakeApp) -> None:
    client = make_app(LOG_FORMAT="json", REGISTER_RATE_LIMIT="1 per hour").test_client()
    register(client)
    post(client, "login", username="ada", password=PASSWORD)
    post(client, "verify-email", token=mailed(client.application)[0].token)
    ada = sign_in(Account(client, {"username": "ada"}, {}, PASSWORD))
    post(client, "login", username="ada", password=WRONG)
    post(client, "login", username="nobody", password=WRONG)
    register(client, "eve")
    pair = post(client, "refresh", refresh_token=ada.tokens["refresh_token"])
    post(client, "refresh", refresh_token=pair["refresh_token"])
    post(client, "refresh", refresh_token=ada.tokens["refresh_token"])
    post(client, "password/forgot", email="ada@example.org")
    post(client, "password/reset", token=mailed(client.application)[-1].token, password=NEW)
    ada = sign_in(Account(client, {"username": "ada"}, {}, NEW))
    ada.put("/auth/password", json={"current_password": WRONG, "password": PASSWORD})
    ada.put("/auth/password", json={"current_password": NEW, "password": PASSWORD})
    ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD})
    post(client, "verify-email", token=mailed(client.application, to="countess@example.org")[0].token)
    ada.post("/auth/logout")
    ada = sign_in(Account(client, {"username": "ada"}, {}, PASSWORD))
    ada.delete("/users/me", json={"password": PASSWORD})
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    events = {line["event"] for line in lines}
    assert events >= {
        "registered", "sign_in_unverified", "email_verified", "signed_in", "sign_in_refused", "rate_limited",
        "refresh_replayed", "mail_requested", "password_reset", "wrong_password", "password_changed",
        "email_change_requested", "email_changed", "session_ended", "sessions_ended", "user_deleted", "mail_sent",
    }  # fmt: skip
    requested = [line for line in lines if line["event"] != "mail_sent" and line["logger"].startswith("project.")]
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["request_id"]) for line in requested)


def test_a_request_id_of_the_client_is_in_the_log(capfd: pytest.CaptureFixture[str], make_app: MakeApp) -> None:
    client = make_app().test_client()
    credentials = {"username": "nobody", "password": PASSWORD}
    client.post(f"{API}/auth/login", json=credentials, headers={"X-Request-ID": "from-the-phone-1"})
    assert "request_id=from-the-phone-1" in capfd.readouterr().err


def test_what_a_client_sends_cannot_forge_a_line(capfd: pytest.CaptureFixture[str], make_app: MakeApp) -> None:
    client = make_app().test_client()
    sign_up(client)
    headers = {"User-Agent": "phone\x1b[2K signed_in", "X-Request-ID": "a b\tsigned_in"}
    credentials = {"username": "ada\u2028signed_in user=eve", "password": WRONG}
    capfd.readouterr()
    client.post(f"{API}/auth/login", json=credentials, headers=headers)
    assert "signed_in" not in capfd.readouterr().err

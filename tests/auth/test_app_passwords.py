"""App passwords: created with the account's password, shown once, valid for CardDAV only, and revoked like sessions."""

import hashlib
import plistlib
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from project.database.base import now
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_in, sign_up
from tests.applications import change_settings

FORM = re.compile(r"[a-z2-7]{6}(-[a-z2-7]{6}){3}")
PROPFIND = '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>'


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def make(account: Account, device: str = "Ada's iPhone") -> dict[str, Any]:
    answer = account.post("/auth/app-passwords", json={"device": device, "password": account.password})
    assert answer.status_code == 201, answer.text
    return dict(body(answer))


def ask(client: FlaskClient, password: str, *, username: str = "ada", **options: Any) -> TestResponse:
    """The first request of a device."""
    token = b64encode(f"{username}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Depth": "0", **options.pop("headers", {})}
    return client.open("/carddav/", method="PROPFIND", data=PROPFIND, headers=headers, **options)


def works(client: FlaskClient, password: str) -> bool:
    answer = ask(client, password)
    assert answer.status_code in (207, 401)
    return answer.status_code == 207


def test_a_password_is_shown_once_with_all_that_a_device_needs(ada: Account) -> None:
    made = make(ada)
    assert FORM.fullmatch(made["password"])
    assert (made["device"], made["last_used_at"], made["ip"]) == ("Ada's iPhone", None, None)
    assert made["username"] == "ada"
    assert made["server_url"] == "http://127.0.0.1:8000/carddav/"
    assert made["addressbook_url"] == f"http://127.0.0.1:8000/carddav/{ada.user['id']}/books/contacts/"
    assert made["setup_url"].startswith("http://127.0.0.1:8000/carddav/setup/")
    (listed,) = body(ada.get("/auth/app-passwords"))["items"]
    assert listed == {name: made[name] for name in ("id", "device", "created_at", "last_used_at", "ip")}


def test_what_is_stored_opens_nothing(ada: Account, migrated: Engine) -> None:
    made = make(ada)
    with migrated.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM app_passwords")).all()
    secret, plain = made["setup_url"].rpartition("/")[2], made["password"].replace("-", "")
    stored = " ".join(map(str, row))
    assert plain not in stored
    assert secret not in stored
    assert hashlib.sha256(plain.encode()).hexdigest() in stored


def test_the_accounts_password_is_needed(ada: Account) -> None:
    answer = ada.post("/auth/app-passwords", json={"device": "Phone", "password": "not my password"})
    assert problem(answer) == (403, "wrong-password")
    assert body(ada.get("/auth/app-passwords"))["items"] == []


def test_guesses_count_against_the_limit_of_sign_in(ada: Account) -> None:
    for _ in range(10):
        ada.post("/auth/app-passwords", json={"device": "Phone", "password": "not my password"})
    answer = ada.post("/auth/app-passwords", json={"device": "Phone", "password": PASSWORD})
    assert problem(answer) == (429, "rate-limited")


def test_there_are_twenty_at_most(ada: Account) -> None:
    for number in range(20):
        make(ada, f"Device {number}")
    answer = ada.post("/auth/app-passwords", json={"device": "One more", "password": PASSWORD})
    assert problem(answer) == (409, "quota-exceeded")
    assert [each["device"] for each in body(ada.get("/auth/app-passwords"))["items"]][:2] == ["Device 19", "Device 18"]


def test_the_owner_is_told_by_mail(app: Flask, ada: Account) -> None:
    made = make(ada, "Ben's <b>phone</b>")
    letter = mailed(app, to="ada@example.org")[-1]
    assert "Ben's <b>phone</b>" in letter.text
    assert "<b>phone</b>" not in letter.html
    assert made["password"] not in letter.text + letter.html


def test_case_spaces_and_hyphens_do_not_matter(client: FlaskClient, ada: Account) -> None:
    """Phones replace hyphens, and copying adds invisible marks."""
    password = make(ada)["password"]
    for typed in (password.upper(), *(password.replace("-", sign) for sign in ("", " ", "\u2011", "–", "\u200b"))):
        assert works(client, typed), ascii(typed)


def test_the_user_name_is_not_looked_at(client: FlaskClient, ada: Account) -> None:
    password = make(ada)["password"]
    ada.patch("/users/me", json={"username": "countess"})
    for username in ("ada", "countess", "", "somebody else", "ada:lovelace"[:3]):
        assert ask(client, password, username=username).status_code == 207


def test_nothing_else_opens_carddav(client: FlaskClient, ada: Account) -> None:
    for secret in (PASSWORD, ada.tokens["access_token"], "", "a" * 24, "é" * 24, "x" * 10_000):
        answer = ask(client, secret)
        assert problem(answer) == (401, "authentication-required")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Contacts", charset="UTF-8"'
    for header in (f"Bearer {ada.tokens['access_token']}", "Basic", "Basic !!!", "Basic YQ==", "Digest x"):
        answer = client.open("/carddav/", method="PROPFIND", headers={"Authorization": header, "Depth": "0"})
        assert problem(answer) == (401, "authentication-required")


def test_an_app_password_opens_nothing_else(client: FlaskClient, ada: Account) -> None:
    password = make(ada)["password"]
    answer = client.post(f"{API}/auth/login", json={"username": "ada", "password": password})
    assert problem(answer) == (401, "invalid-credentials")
    for header in (f"Bearer {password}", "Basic " + b64encode(f"ada:{password}".encode()).decode()):
        answer = client.get(f"{API}/contacts", headers={"Authorization": header})
        assert answer.status_code == 401


def test_a_device_without_a_password_is_not_counted_and_a_wrong_one_is(
    make_app: Callable[..., Flask], ada: Account
) -> None:
    client = make_app(CARDDAV_RATE_LIMIT="3 per hour").test_client()
    password = make(ada)["password"]
    for _ in range(5):
        assert client.open("/carddav/", method="PROPFIND").status_code == 401
    assert [ask(client, "a" * 24).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert "Retry-After" in ask(client, "a" * 24).headers
    assert ask(client, password).status_code == 207


def test_devices_are_among_the_sessions(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    found = {each["id"]: each for each in body(ada.get("/auth/sessions"))["items"]}
    assert found[made["id"]]["kind"] == "carddav"
    assert found[made["id"]]["current"] is False
    assert found[ada.tokens["session_id"]]["kind"] == "app"
    assert set(found[made["id"]]) == set(found[ada.tokens["session_id"]])
    assert ada.delete(f"/auth/sessions/{made['id']}").status_code == 204
    assert not works(client, made["password"])


def test_its_use_is_noted_once_an_hour(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    assert works(client, made["password"])
    (listed,) = body(ada.get("/auth/app-passwords"))["items"]
    assert listed["ip"] == "127.0.0.1"
    first = listed["last_used_at"]
    assert works(client, made["password"])
    assert body(ada.get("/auth/app-passwords"))["items"][0]["last_used_at"] == first
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert works(client, made["password"])
    assert body(ada.get("/auth/app-passwords"))["items"][0]["last_used_at"] > first


def test_ending_one_ends_it_at_once_and_no_other(ada: Account, client: FlaskClient) -> None:
    one, other = make(ada, "One"), make(ada, "Other")
    assert ada.delete(f"/auth/app-passwords/{one['id']}").status_code == 204
    assert not works(client, one["password"])
    assert works(client, other["password"])
    assert problem(ada.delete(f"/auth/app-passwords/{one['id']}")) == (404, "not-found")


def test_somebody_elses_cannot_be_ended(ada: Account, client: FlaskClient) -> None:
    made, ben = make(ada), sign_up(client, "ben")
    for path in (f"/auth/app-passwords/{made['id']}", f"/auth/sessions/{made['id']}"):
        assert problem(ben.delete(path)) == (404, "not-found")
    assert works(client, made["password"])


def test_what_ends_sessions_ends_them(ada: Account, client: FlaskClient) -> None:
    new = "an entirely different sentence"
    made = make(ada)
    assert ada.delete("/auth/sessions").status_code == 204
    assert not works(client, made["password"])
    made = make(ada)
    change = {"current_password": PASSWORD, "password": new}
    assert ada.call("PUT", "/auth/password", json=change).status_code == 204
    assert not works(client, made["password"])
    ada.password = new
    made = make(ada)
    assert ada.post("/users/me/delete", json={"password": new}).status_code == 204
    assert not works(client, made["password"])


def test_signing_out_ends_no_device(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    sign_in(ada).post("/auth/logout")
    assert works(client, made["password"])


def test_production_refuses_passwords_in_the_clear(
    ada: Account, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = make(ada)["password"]
    change_settings(monkeypatch, app, app_env="production")
    assert problem(ask(client, password)) == (403, "forbidden")
    assert ask(client, password, base_url="https://contacts.example.org").status_code == 207


def page_of(client: FlaskClient, made: dict[str, Any], rest: str = "") -> TestResponse:
    return client.get(urlsplit(made["setup_url"]).path + rest)


def test_the_setup_page_shows_what_to_type(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    for _ in range(2):
        page = page_of(client, made)
        assert page.status_code == 200
        for shown in (made["password"], made["server_url"], "Ada&#39;s iPhone"):
            assert shown in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "script" not in page.text
    link = re.search(r'href="(davx5://[^"]+)"', page.text)
    assert link
    parts = urlsplit(link[1])
    assert (parts.username, unquote(parts.password or ""), parts.hostname) == ("ada", made["password"], "127.0.0.1")
    assert (parts.port, parts.path) == (8000, "/carddav/")
    assert "<svg" in page.text


def test_the_profile_is_a_property_list_with_one_carddav_account(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    answer = page_of(client, made, "/contacts.mobileconfig")
    assert answer.content_type == "application/x-apple-aspen-config"
    assert answer.headers["Cache-Control"] == "no-store"
    profile = plistlib.loads(answer.data)
    (account,) = profile["PayloadContent"]
    assert (profile["PayloadType"], profile["PayloadVersion"]) == ("Configuration", 1)
    assert account["PayloadType"] == "com.apple.carddav.account"
    assert {name: value for name, value in account.items() if name.startswith("CardDAV")} == {
        "CardDAVAccountDescription": "Contacts",
        "CardDAVHostName": "127.0.0.1",
        "CardDAVPort": 8000,
        "CardDAVUseSSL": False,
        "CardDAVUsername": "ada",
        "CardDAVPassword": made["password"],
        "CardDAVPrincipalURL": f"/carddav/{ada.user['id']}/",
    }
    identifiers = [each[name] for each in (profile, account) for name in ("PayloadIdentifier", "PayloadUUID")]
    assert len(set(identifiers)) == 4
    assert plistlib.loads(page_of(client, made, "/contacts.mobileconfig").data) == profile


def test_the_link_works_until_the_device_has_connected(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    assert works(client, made["password"])
    for rest in ("", "/contacts.mobileconfig"):
        page = page_of(client, made, rest)
        assert page.status_code == 410
        assert made["password"] not in page.text


def test_the_link_works_for_ten_minutes(ada: Account, client: FlaskClient) -> None:
    made = make(ada)
    with time_machine.travel(now() + timedelta(minutes=9)):
        assert page_of(client, made).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert page_of(client, made).status_code == 410
        assert works(client, made["password"])


def test_an_unknown_link_is_gone(client: FlaskClient) -> None:
    assert client.get("/carddav/setup/nobody-has-this").status_code == 410


def test_no_log_has_a_secret(ada: Account, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    made = make(ada)
    works(client, made["password"])
    ask(client, "z" * 24)
    page_of(client, made)
    ada.delete(f"/auth/app-passwords/{made['id']}")
    said = " ".join(str(record.msg) for record in caplog.records)
    for event in ("app_password_created", "carddav_refused", "app_password_ended"):
        assert event in said
    for secret in (made["password"], made["password"].replace("-", ""), made["setup_url"].rpartition("/")[2], "z" * 24):
        assert secret not in said

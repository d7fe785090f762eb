"""Sessions: a user's devices, and how they are signed out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts import API, PASSWORD, Account, body, problem, sign_in, sign_up
from tests.auth.factors import enrol
from tests.auth.test_app_passwords import make


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def sessions(account: Account) -> list[dict[str, Any]]:
    answer = account.get("/auth/sessions")
    assert answer.status_code == 200
    assert set(body(answer)) == {"items"}
    return list(body(answer)["items"])


def is_signed_in(account: Account) -> bool:
    answer = account.get("/auth/sessions")
    assert answer.status_code == 200 or problem(answer) == (401, "session-revoked")
    return bool(answer.status_code == 200)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_signing_out_ends_the_session_at_once(ada: Account, kind: str) -> None:
    headers = {"Authorization": f"Bearer {ada.tokens[kind]}"}
    answer = ada.client.post(f"{API}/auth/logout", headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert not is_signed_in(ada)
    assert problem(ada.client.post(f"{API}/auth/logout", headers=headers)) == (401, "session-revoked")


def test_signing_out_ends_no_other_session(ada: Account) -> None:
    tablet = sign_in(ada)
    ada.post("/auth/logout")
    assert is_signed_in(tablet)


def test_a_device_is_listed_as_it_signed_in(ada: Account) -> None:
    tablet = sign_in(ada, device="Analytical Engine/1.0 (brass)")
    found = {session["id"]: session for session in sessions(tablet)}
    assert set(found) == {ada.tokens["session_id"], tablet.tokens["session_id"]}
    session = found[tablet.tokens["session_id"]]
    assert set(session) == {
        "id", "kind", "device", "ip", "created_at", "last_used_at", "current", "reused_elsewhere", "authenticated_by",
    }  # fmt: skip
    assert (session["device"], session["ip"]) == ("Analytical Engine/1.0 (brass)", "127.0.0.1")
    for time in (session["created_at"], session["last_used_at"]):
        assert time.endswith("Z")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds() < 60


def test_the_session_that_asks_is_the_current_one(ada: Account) -> None:
    tablet = sign_in(ada)
    for account in (ada, tablet):
        assert [session["id"] for session in sessions(account) if session["current"]] == [account.tokens["session_id"]]


def test_refreshing_is_use_and_puts_a_device_first(ada: Account) -> None:
    tablet = sign_in(ada)
    assert sessions(ada)[0]["id"] == tablet.tokens["session_id"]
    refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert refreshed.status_code == 200
    first = sessions(tablet)[0]
    assert first["id"] == ada.tokens["session_id"]
    assert first["last_used_at"] > first["created_at"]


def test_the_name_of_a_device_is_kept_short_and_printable(ada: Account) -> None:
    sign_in(ada, device="x" * 5000)
    assert {session["device"] for session in sessions(ada)} == {"Test phone", "x" * 200}


def test_no_device_is_too_odd(ada: Account) -> None:
    for device in ("", "\x1b[2J evil \x7f", "Ångström/1 \xa0\x85"):
        sign_in(ada, device=device)
    assert len(sessions(ada)) == 4
    assert all(session["device"].isprintable() for session in sessions(ada))


def test_a_user_has_fifty_sessions_the_ones_used_last(ada: Account) -> None:
    others = [sign_in(ada, device=f"phone {number}") for number in range(49)]
    assert len(sessions(ada)) == 50
    refreshed = ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert refreshed.status_code == 200
    eve = sign_up(ada.client, "eve")
    newest = [sign_in(ada), sign_in(ada)]
    assert [is_signed_in(account) for account in (others[0], others[1], *newest, ada, eve, others[2])] == [
        False, False, True, True, True, True, True,
    ]  # fmt: skip
    assert len(sessions(ada)) == 50


def test_one_device_can_be_signed_out_from_another(ada: Account) -> None:
    tablet = sign_in(ada)
    assert ada.delete(f"/auth/sessions/{tablet.tokens['session_id']}").status_code == 204
    assert not is_signed_in(tablet)
    assert is_signed_in(ada)
    assert problem(ada.delete(f"/auth/sessions/{tablet.tokens['session_id']}")) == (404, "not-found")


def test_a_device_can_sign_itself_out_by_its_id(ada: Account) -> None:
    assert ada.delete(f"/auth/sessions/{ada.tokens['session_id']}").status_code == 204
    assert not is_signed_in(ada)


def test_all_other_devices_can_be_signed_out_at_once(ada: Account) -> None:
    others = [sign_in(ada), sign_in(ada)]
    eve = sign_up(ada.client, "eve")
    assert ada.delete("/auth/sessions").status_code == 204
    assert [is_signed_in(other) for other in others] == [False, False]
    assert is_signed_in(ada)
    assert is_signed_in(eve)
    assert [session["id"] for session in sessions(ada)] == [ada.tokens["session_id"]]


def test_another_users_session_is_not_found(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    assert problem(eve.delete(f"/auth/sessions/{ada.tokens['session_id']}")) == (404, "not-found")
    assert problem(eve.delete(f"/auth/sessions/{uuid4()}")) == (404, "not-found")
    assert is_signed_in(ada)
    assert [session["id"] for session in sessions(eve)] == [eve.tokens["session_id"]]


def test_an_id_in_another_spelling_is_not_found(ada: Account) -> None:
    own = ada.tokens["session_id"]
    for spelled in (f"{{{own}}}", f"urn:uuid:{own}", own.replace("-", ""), f"{own} ", "1"):
        assert problem(ada.delete(f"/auth/sessions/{spelled}")) == (404, "not-found"), spelled
    assert is_signed_in(ada)


def test_an_id_in_capitals_is_the_same_id(ada: Account) -> None:
    assert ada.delete(f"/auth/sessions/{ada.tokens['session_id'].upper()}").status_code == 204
    assert not is_signed_in(ada)


@pytest.fixture
def careful(make_app: Callable[..., Flask]) -> Account:
    return sign_up(make_app(CONFIRM_SIGN_OUT="on").test_client())


def test_where_it_is_asked_for_other_devices_are_signed_out_by_the_password_only(careful: Account) -> None:
    other, phone = sign_in(careful), make(careful)
    path = f"/auth/sessions/{other.tokens['session_id']}"
    for refused in (
        careful.delete(f"/auth/app-passwords/{phone['id']}"),
        careful.delete(path),
        careful.delete("/auth/sessions"),
        careful.delete(path, json={"code": "000000"}),
    ):
        assert refused.status_code == 403
    assert problem(careful.delete(path, json={"password": "not the password"})) == (403, "wrong-password")
    assert other.get("/users/me").status_code == 200
    assert careful.delete(path, json={"password": PASSWORD}).status_code == 204
    assert problem(other.get("/users/me")) == (401, "session-revoked")
    assert careful.delete(f"/auth/app-passwords/{phone['id']}", json={"password": PASSWORD}).status_code == 204
    assert careful.delete("/auth/sessions", json={"password": PASSWORD}).status_code == 204
    assert careful.delete(f"/auth/sessions/{careful.tokens['session_id']}").status_code == 204


def test_or_by_a_second_factor_alone(careful: Account) -> None:
    _, codes = enrol(careful)
    required = careful.delete("/auth/sessions")
    assert problem(required) == (403, "second-factor-required")
    assert body(required)["methods"] == ["totp", "recovery_code"]
    assert problem(careful.delete("/auth/sessions", json={"code": "aaaaa-aaaaa"})) == (403, "wrong-code")
    assert careful.delete("/auth/sessions", json={"code": codes[0]}).status_code == 204
    assert careful.delete("/auth/sessions", json={"password": PASSWORD}).status_code == 204


def test_what_is_sent_is_checked_although_nobody_asks(ada: Account) -> None:
    assert problem(ada.delete("/auth/sessions", json={"password": "not the password"})) == (403, "wrong-password")
    assert ada.delete("/auth/sessions").status_code == 204

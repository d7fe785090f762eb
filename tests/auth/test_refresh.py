"""Refresh tokens: each is valid once, and again while its answer may be lost; a replay ends the session."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, Account, body, problem, sign_in, sign_up
from tests.contacts.statements import listening

DAYS = timedelta(days=1)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def refresh(ada: Account, tokens: dict[str, Any]) -> TestResponse:
    return ada.client.post(f"{API}/auth/refresh", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})


def works(ada: Account, tokens: dict[str, Any]) -> bool:
    """Whether the access token is accepted."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return ada.client.get(f"{API}/auth/sessions", headers=headers).status_code == 200


def listed(ada: Account, tokens: dict[str, Any], **time: float) -> list[dict[str, Any]]:
    """Her sessions."""
    with after(**time):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return list(body(ada.client.get(f"{API}/auth/sessions", headers=headers))["items"])


def after(**time: float) -> time_machine.travel:
    """Travel to so much later than the real time."""
    return time_machine.travel(datetime.now(UTC) + timedelta(**time), tick=False)


def test_refreshing_gives_a_new_pair_of_the_same_session(ada: Account) -> None:
    answer = refresh(ada, ada.tokens)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    pair = body(answer)
    assert set(pair) == set(ada.tokens)
    assert pair["session_id"] == ada.tokens["session_id"]
    assert pair["refresh_token"] != ada.tokens["refresh_token"]
    assert works(ada, pair)
    assert works(ada, ada.tokens)


def test_the_refresh_token_may_be_in_the_body(ada: Account) -> None:
    sent = {"refresh_token": ada.tokens["refresh_token"]}
    for content_type in ("application/json", "application/json; charset=utf-8"):
        answer = ada.client.post(f"{API}/auth/refresh", json=sent, content_type=content_type)
        assert answer.status_code == 200
        sent = {"refresh_token": body(answer)["refresh_token"]}


def test_without_a_refresh_token_nothing_is_refreshed(client: FlaskClient) -> None:
    assert problem(client.post(f"{API}/auth/refresh")) == (401, "authentication-required")
    assert problem(client.post(f"{API}/auth/refresh", json={})) == (401, "authentication-required")
    for junk in ("junk", "a.b.c"):
        assert problem(client.post(f"{API}/auth/refresh", json={"refresh_token": junk})) == (401, "invalid-token")
    for wrong in ({"refresh_token": 1}, {"token": "junk"}):
        assert problem(client.post(f"{API}/auth/refresh", json=wrong)) == (422, "validation-failed")


@pytest.mark.parametrize("seconds", [0, 9, 11, 3600, 29 * 86400])
def test_a_lost_answer_is_given_again_however_late(ada: Account, seconds: int) -> None:
    """As long as no request with the new pair has shown that it arrived."""
    successor = body(refresh(ada, ada.tokens))["refresh_token"]
    with after(seconds=seconds):
        for _ in range(3):
            again = refresh(ada, ada.tokens)
            assert again.status_code == 200
            assert body(again)["refresh_token"] == successor
        assert works(ada, body(again))
        assert refresh(ada, body(again)).status_code == 200


def test_answers_that_are_lost_one_after_another_end_no_session(ada: Account) -> None:
    tokens = ada.tokens
    for hour in range(1, 6):
        with after(hours=hour):
            refresh(ada, tokens)
        with after(hours=hour, minutes=30):
            tokens = body(refresh(ada, tokens))
            assert works(ada, tokens)
    assert [item["reused_elsewhere"] for item in listed(ada, tokens, hours=5.5)] == [False]


def test_once_the_pair_has_arrived_the_token_before_is_good_for_ten_seconds(ada: Account) -> None:
    successor = body(refresh(ada, ada.tokens))
    assert works(ada, successor)
    with after(seconds=9):
        assert body(refresh(ada, ada.tokens))["refresh_token"] == successor["refresh_token"]
    with after(seconds=11):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")
        assert problem(refresh(ada, successor)) == (401, "session-revoked")
        assert not works(ada, successor)


def test_repeating_within_the_grace_does_not_prolong_it(ada: Account) -> None:
    assert works(ada, body(refresh(ada, ada.tokens)))
    for seconds in (4, 8):
        with after(seconds=seconds):
            assert refresh(ada, ada.tokens).status_code == 200
    with after(seconds=12):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")


def test_of_two_that_ask_again_late_the_slower_one_is_no_thief(ada: Account) -> None:
    refresh(ada, ada.tokens)
    with after(hours=1):
        successor = body(refresh(ada, ada.tokens))
        assert works(ada, successor)
        assert body(refresh(ada, ada.tokens))["refresh_token"] == successor["refresh_token"]
    with after(hours=1, seconds=11):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")


@pytest.mark.parametrize("use", ["access_token", "refresh_token"])
def test_either_token_of_the_new_pair_shows_that_it_arrived(ada: Account, use: str) -> None:
    successor = body(refresh(ada, ada.tokens))
    with after(minutes=1):
        assert works(ada, successor) if use == "access_token" else refresh(ada, successor).status_code == 200
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")


def test_the_old_access_token_does_not_show_that_the_new_pair_arrived(ada: Account) -> None:
    refresh(ada, ada.tokens)
    assert works(ada, ada.tokens)
    with after(seconds=11):
        assert works(ada, ada.tokens)
        assert refresh(ada, ada.tokens).status_code == 200


def test_a_thief_who_comes_first_ends_the_session_when_the_owner_comes(ada: Account) -> None:
    stolen = body(refresh(ada, ada.tokens))
    assert works(ada, stolen)
    with after(minutes=15):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")
        assert not works(ada, stolen)


def test_a_thief_who_comes_later_ends_the_session(ada: Account) -> None:
    own = body(refresh(ada, ada.tokens))
    assert works(ada, own)
    with after(minutes=15):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")
        assert not works(ada, own)


def test_a_thief_who_waits_with_the_common_pair_is_found_out_at_the_next_refresh(ada: Account) -> None:
    stolen = body(refresh(ada, ada.tokens))
    with after(minutes=1):
        own = body(refresh(ada, ada.tokens))
        assert works(ada, own)
    with after(minutes=16):
        third = body(refresh(ada, own))
        assert works(ada, third)
    with after(minutes=17):
        assert problem(refresh(ada, stolen)) == (401, "session-revoked")
        assert not works(ada, third)


@pytest.mark.parametrize(
    ("address", "is_elsewhere"),
    [("127.0.0.1", False), ("203.0.113.7", True), ("2001:db8::1", True), ("::ffff:127.0.0.1", False)],
)
def test_a_refresh_repeated_from_another_network_is_logged_and_shown(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str], address: str, *, is_elsewhere: bool
) -> None:
    ada = sign_up(make_app().test_client())
    other = sign_in(ada)
    successor = body(refresh(ada, ada.tokens))
    capfd.readouterr()
    overrides = {"REMOTE_ADDR": address}
    sent = {"refresh_token": ada.tokens["refresh_token"]}
    again = ada.client.post(f"{API}/auth/refresh", json=sent, environ_overrides=overrides)
    assert body(again)["refresh_token"] == successor["refresh_token"]
    assert ("refresh_repeated_elsewhere" in capfd.readouterr().err) == is_elsewhere
    shown = {item["id"]: item["reused_elsewhere"] for item in listed(ada, successor)}
    assert shown == {ada.tokens["session_id"]: is_elsewhere, other.tokens["session_id"]: False}


def test_a_refresh_from_another_network_is_no_repetition(ada: Account) -> None:
    """A phone on the move refreshes here and there; only the same token twice is suspicious."""
    tokens = ada.tokens
    for address in ("203.0.113.7", "2001:db8::1", "127.0.0.1"):
        sent, overrides = {"refresh_token": tokens["refresh_token"]}, {"REMOTE_ADDR": address}
        tokens = body(ada.client.post(f"{API}/auth/refresh", json=sent, environ_overrides=overrides))
    assert [item["reused_elsewhere"] for item in listed(ada, tokens)] == [False]


def test_only_the_first_request_with_a_new_pair_writes(ada: Account) -> None:
    def writes(tokens: dict[str, Any]) -> int:
        with listening() as statements:
            assert works(ada, tokens)
        return sum(not statement.text.lstrip().startswith("SELECT") for statement in statements)

    assert [writes(ada.tokens) for _ in range(2)] == [0, 0]
    successor = body(refresh(ada, ada.tokens))
    assert [writes(ada.tokens), *(writes(successor) for _ in range(3))] == [0, 1, 0, 0]


BAD_BEARERS = ["expired", "living", "Bearer null", "Bearer undefined", "Bearer junk", "Bearer", "Basic YWRhOmFkYQ=="]


@pytest.mark.parametrize("bearer", BAD_BEARERS)
@pytest.mark.parametrize("path", ["refresh", "logout"])
def test_a_token_in_the_body_comes_before_whatever_the_header_has(ada: Account, path: str, bearer: str) -> None:
    """HTTP layers of apps put their access token on every request."""
    header = {"living": ada.headers["Authorization"], "expired": ada.headers["Authorization"]}.get(bearer, bearer)
    sent = {"refresh_token": ada.tokens["refresh_token"]}
    with after(hours=1 if bearer == "expired" else 0):
        answer = ada.client.post(f"{API}/auth/{path}", json=sent, headers={"Authorization": header})
        assert answer.status_code == (200 if path == "refresh" else 204)
        again = {"refresh_token": body(answer)["refresh_token"]} if path == "refresh" else sent
        signed_out = ada.client.post(f"{API}/auth/refresh", json=again).status_code == 401
        assert signed_out == (path == "logout")


@pytest.mark.parametrize("path", ["refresh", "logout"])
def test_a_bad_token_in_the_body_is_not_mended_by_the_header(ada: Account, path: str) -> None:
    headers = {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}
    for token, kind in (("junk", "invalid-token"), (ada.tokens["access_token"], "invalid-token")):
        answer = ada.client.post(f"{API}/auth/{path}", json={"refresh_token": token}, headers=headers)
        assert problem(answer) == (401, kind)
    for wrong in ({"refresh_token": 1}, {"token": "junk"}):
        answer = ada.client.post(f"{API}/auth/{path}", json=wrong, headers=headers)
        assert problem(answer) == (422, "validation-failed")
    assert works(ada, ada.tokens)


def test_an_older_token_is_a_replay_at_once(ada: Account) -> None:
    second = body(refresh(ada, ada.tokens))
    third = body(refresh(ada, second))
    assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")
    assert problem(refresh(ada, third)) == (401, "session-revoked")
    assert not works(ada, ada.tokens)


def test_a_replay_ends_no_other_session(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    second = body(refresh(ada, ada.tokens))
    refresh(ada, second)
    refresh(ada, ada.tokens)
    assert refresh(eve, eve.tokens).status_code == 200


def test_a_session_ends_thirty_days_after_its_last_use(ada: Account) -> None:
    with after(days=29):
        second = body(refresh(ada, ada.tokens))
    with after(days=29 + 29):
        third = body(refresh(ada, second))
    with after(days=29 + 29 + 30, minutes=1):
        assert problem(refresh(ada, third)) == (401, "token-expired")


def test_a_session_ends_after_180_days_however_much_it_is_used(ada: Account) -> None:
    tokens = ada.tokens
    for day in range(25, 180, 25):
        with after(days=day):
            tokens = body(refresh(ada, tokens))
    with after(days=179, hours=23, minutes=58):
        tokens = body(refresh(ada, tokens))
        assert tokens["expires_in"] <= 120
    with after(days=180, seconds=1):
        assert problem(refresh(ada, tokens)) == (401, "token-expired")
        assert not works(ada, tokens)


def test_a_session_that_would_be_too_old_by_now_is_not_refreshed(ada: Account, make_app: Callable[..., Flask]) -> None:
    """The setting was lowered after its token was made."""
    client = make_app(SESSION_SECONDS=3600).test_client()
    with after(minutes=59):
        pair = body(refresh(replace(ada, client=client), ada.tokens))
        assert 0 < pair["expires_in"] <= 60
    with after(minutes=61):
        assert problem(refresh(replace(ada, client=client), ada.tokens)) == (401, "session-revoked")
    other = sign_in(ada)
    with after(minutes=61):
        assert problem(refresh(replace(ada, client=client), other.tokens)) == (401, "session-revoked")


def test_a_refresh_token_survives_its_access_token(ada: Account) -> None:
    with after(hours=1):
        assert not works(ada, ada.tokens)
        assert works(ada, body(refresh(ada, ada.tokens)))


def test_of_an_ended_session_nothing_is_refreshed(ada: Account) -> None:
    ada.post("/auth/logout")
    assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")

"""Refresh tokens: each is good once, and the one before for a moment longer; a replay ends the session."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import API, Account, body, problem, sign_up

DAYS = timedelta(days=1)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def refresh(ada: Account, tokens: dict[str, Any]) -> TestResponse:
    return ada.client.post(f"{API}/auth/refresh", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})


def works(ada: Account, tokens: dict[str, Any]) -> bool:
    """Whether the access token is taken."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return ada.client.get(f"{API}/auth/sessions", headers=headers).status_code == 200


def after(**time: float) -> time_machine.travel:
    """So much later than the real now."""
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
    for wrong in ({"refresh_token": 1}, {"refresh_token": None}, {"token": "junk"}):
        assert problem(client.post(f"{API}/auth/refresh", json=wrong)) == (422, "validation-failed")


def test_the_token_before_yields_the_same_successor_for_ten_seconds(ada: Account) -> None:
    """For a phone that lost the answer."""
    successor = body(refresh(ada, ada.tokens))["refresh_token"]
    with after(seconds=9):
        again = refresh(ada, ada.tokens)
        assert again.status_code == 200
        assert body(again)["refresh_token"] == successor
        assert works(ada, body(again))
        assert refresh(ada, body(again)).status_code == 200


def test_the_token_before_is_a_replay_after_ten_seconds(ada: Account) -> None:
    successor = body(refresh(ada, ada.tokens))
    with after(seconds=11):
        assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")
        assert problem(refresh(ada, successor)) == (401, "session-revoked")
        assert not works(ada, successor)


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


def test_a_refresh_token_survives_its_access_token(ada: Account) -> None:
    with after(hours=1):
        assert not works(ada, ada.tokens)
        assert works(ada, body(refresh(ada, ada.tokens)))


def test_of_an_ended_session_nothing_is_refreshed(ada: Account) -> None:
    ada.post("/auth/logout")
    assert problem(refresh(ada, ada.tokens)) == (401, "session-revoked")

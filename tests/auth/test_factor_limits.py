"""How many codes may be tried: at a login token, at an account, and in a session."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from project.database.base import now
from tests.accounts import PASSWORD, Account, problem, sign_in, sign_up
from tests.auth.factors import App, begin, enrol, login, login_token, second_step

WRONG = "000-000"
LIMITED = (429, "rate-limited")
REFUSED = (401, "invalid-code")


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def test_a_login_token_is_good_for_five_guesses_also_without_limits(make_app: Callable[..., Flask]) -> None:
    ada = sign_up(make_app(RATE_LIMITS="off").test_client())
    app, _ = enrol(ada)
    token = login_token(ada)
    for _ in range(4):
        assert problem(second_step(ada.client, token, recovery_code="aaaaa-aaaaa")) == REFUSED
    other = login_token(ada)
    for _ in range(5):
        assert problem(second_step(ada.client, other, code="12345")) == REFUSED
    assert problem(second_step(ada.client, other, code=app.later())) == REFUSED
    assert second_step(ada.client, token, code=app.later()).status_code == 200
    assert problem(second_step(ada.client, token, code=app.later())) == REFUSED


def test_a_login_token_lasts_five_minutes(ada: Account) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app, _ = enrol(ada)
        token, late = login_token(ada), login_token(ada)
        clock.shift(timedelta(seconds=299))
        assert second_step(ada.client, token, code=app.code()).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert problem(second_step(ada.client, late, code=app.code(steps=1))) == REFUSED


def test_an_unknown_login_token_is_refused_like_a_wrong_code(ada: Account) -> None:
    _, codes = enrol(ada)
    for token in ("x", "A" * 43, login_token(ada) + "x"):
        assert problem(second_step(ada.client, token, recovery_code=codes[0])) == REFUSED


def guess_ten_times(ada: Account) -> None:
    for _ in range(5):
        token = login_token(ada)
        for proof in ({"code": WRONG}, {"recovery_code": "aaaaa-aaaaa"}):
            assert problem(second_step(ada.client, token, **proof)) == REFUSED


def test_an_account_takes_ten_wrong_codes_in_a_quarter_of_an_hour_at_all_doors(ada: Account) -> None:
    app, _ = enrol(ada)
    guess_ten_times(ada)
    refused = second_step(ada.client, login_token(ada), code=app.later())
    assert problem(refused) == LIMITED
    assert 1 <= int(refused.headers["Retry-After"]) <= 15 * 60


def elsewhere(account: Account, address: str) -> Account:
    """The same account, used from another network."""
    client = account.client.application.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return replace(account, client=client)


def test_who_knows_the_password_holds_up_no_network_from_which_its_owner_has_signed_in(ada: Account) -> None:
    app, _ = enrol(ada)
    guess_ten_times(elsewhere(ada, "203.0.113.7"))
    for address in ("203.0.113.7", "203.0.113.8", "2001:db8::1"):
        stranger = elsewhere(ada, address)
        assert problem(second_step(stranger.client, login_token(stranger), code=app.later())) == LIMITED, address
    assert second_step(ada.client, login_token(ada), code=app.later()).status_code == 200


def test_a_network_that_the_password_alone_has_opened_is_a_strangers(ada: Account) -> None:
    """Whoever knew the password before there was a factor may have signed in from anywhere."""
    networks = ["203.0.113.7", "203.0.113.8"]
    for address in networks:
        sign_in(elsewhere(ada, address))
    app, _ = enrol(ada)
    guess_ten_times(elsewhere(ada, networks[0]))
    other = elsewhere(ada, networks[1])
    assert problem(second_step(other.client, login_token(other), code=WRONG)) == LIMITED
    assert second_step(ada.client, login_token(ada), code=app.later()).status_code == 200


def test_what_strangers_guess_does_not_hold_up_the_owners_session(ada: Account) -> None:
    _, codes = enrol(ada)
    guess_ten_times(ada)
    confirmed = ada.post("/auth/recovery-codes", json={"password": PASSWORD, "code": codes[0]})
    assert confirmed.status_code == 201


def test_a_right_code_gives_its_guess_back(ada: Account) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app, _ = enrol(ada)
        for _ in range(12):
            clock.shift(timedelta(seconds=30))
            assert second_step(ada.client, login_token(ada), code=app.code()).status_code == 200


def test_asking_for_the_factor_is_no_failure_at_login(ada: Account) -> None:
    enrol(ada)
    for _ in range(15):
        assert problem(login(ada)) == (403, "second-factor-required")


@pytest.mark.parametrize("wrong", [{"password": PASSWORD, "code": WRONG}, {"password": "wrong", "code": WRONG}])
def test_a_session_takes_ten_wrong_codes_and_passwords_together(ada: Account, wrong: dict[str, str]) -> None:
    enrol(ada)
    for _ in range(10):
        assert ada.post("/auth/recovery-codes", json=wrong).status_code == 403
    assert problem(ada.post("/auth/recovery-codes", json=wrong)) == LIMITED
    assert ada.get("/users/me").status_code == 200


def test_first_codes_are_limited_too(ada: Account) -> None:
    app: App = begin(ada)
    path = f"/auth/second-factors/totp/{app.id}/confirm"
    for _ in range(10):
        assert problem(ada.post(path, json={"code": "12345"})) == (403, "wrong-code")
    assert problem(ada.post(path, json={"code": app.code()})) == LIMITED


def test_what_waits_in_vain_is_purged(ada: Account) -> None:
    begin(ada)
    runner = ada.client.application.test_cli_runner()
    assert "0 unconfirmed factors removed" in runner.invoke(args=["purge"]).output
    with time_machine.travel(now() + timedelta(hours=2)):
        assert "1 unconfirmed factors removed" in runner.invoke(args=["purge"]).output
    enrol(ada)
    login_token(ada)
    assert "0 challenges removed" in runner.invoke(args=["purge"]).output
    with time_machine.travel(now() + timedelta(minutes=6)):
        output = runner.invoke(args=["purge"]).output
        assert "1 challenges removed" in output
        assert "0 unconfirmed factors removed" in output

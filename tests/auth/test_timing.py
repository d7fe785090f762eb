"""Response times do not tell strangers whether an account exists."""

import time
from collections.abc import Callable
from itertools import count
from statistics import median
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts import API, register, sign_up
from tests.auth.factors import enrol

SAME_TIME = 0.1  # of the longer one
ROUNDS, MOST_ROUNDS = 10, 240
ACCOUNTS = ("ada", "grace", "nobody", "nobody.else")  # one that is verified, one that is not, and two that are none

MakeApp = Callable[..., Flask]

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]


def seconds(client: FlaskClient, path: str, sent: dict[str, Any]) -> float:
    """Processor time, which other processes on this machine do not change."""
    start = time.process_time()
    answer = client.post(f"{API}/auth/{path}", json=sent)
    assert answer.status_code in (202, 401)
    return time.process_time() - start


def spread(took: dict[str, list[float]]) -> float:
    medians = sorted(median(times) for times in took.values())
    return 1 - medians[0] / medians[-1]


def assert_alike(client: FlaskClient, path: str, ask: Callable[[str], dict[str, Any]]) -> None:
    """Ask for all accounts in turn until their times agree; fail if they never do."""
    took: dict[str, list[float]] = {name: [] for name in ACCOUNTS}
    for rounds in count(1):
        for name in ACCOUNTS:
            took[name].append(seconds(client, path, ask(name)))
        if rounds >= ROUNDS and spread(took) < SAME_TIME:
            return
        assert rounds < MOST_ROUNDS, f"{path}: {spread(took):.0%}"


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    client = make_app(RATE_LIMITS="off", BCRYPT_LOG_ROUNDS=8).test_client()
    sign_up(client)
    register(client, "grace")
    return client


def test_a_wrong_password_takes_as_long_whoever_it_is_for(client: FlaskClient) -> None:
    for suffix in ("", "@example.org"):
        assert_alike(client, "login", lambda name: {"username": name + suffix, "password": "not the password"})  # noqa: B023


def test_a_wrong_password_takes_as_long_with_a_second_factor_as_without(client: FlaskClient) -> None:
    """Until the password is right, nothing tells that a factor is on: `hedy` has one, `ada` has none."""
    enrol(sign_up(client, "hedy"))
    took: dict[str, list[float]] = {"ada": [], "hedy": []}
    for rounds in count(1):
        for name, times in took.items():
            times.append(seconds(client, "login", {"username": name, "password": "not the password"}))
        if rounds >= ROUNDS and spread(took) < SAME_TIME:
            return
        assert rounds < MOST_ROUNDS


@pytest.mark.parametrize("path", ["password/forgot", "verify-email/resend"])
def test_asking_for_a_mail_takes_as_long_whoever_asks(client: FlaskClient, path: str) -> None:
    assert_alike(client, path, lambda name: {"email": f"{name}@example.org"})

"""More passwords than a process can check: it checks one at a time, and whoever waits too long is told so."""

import time

import pytest

from project.users import passwords
from tests.accounts import Account, problem
from tests.faults.ledger import LONGEST_SECONDS, RETURN_SECONDS

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def test_whoever_waits_too_long_for_a_turn_is_told_to_come_again_and_others_do_not_wait(
    people: list[Account],
) -> None:
    ada, ben = people
    change = {"current_password": ada.password, "password": "an entirely different sentence"}
    with passwords.turn():
        start = time.monotonic()
        assert ben.get("/contacts").status_code == 200
        assert time.monotonic() - start < RETURN_SECONDS
        refused = ada.put("/auth/password", json=change)
    assert problem(refused) == (503, "service-unavailable")
    assert refused.headers["Retry-After"]
    assert passwords.QUEUE_SECONDS <= time.monotonic() - start < LONGEST_SECONDS
    assert ada.put("/auth/password", json=change).status_code == 204

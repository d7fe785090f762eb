"""A request twice as large costs twice as much at most: in work, in statements and in bytes of its answer."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.contacts import statements
from tests.hostile.attacks import ATTACKS, Sent
from tests.hostile.conftest import Attacker

pytestmark = pytest.mark.hostile

TWICE = 2.3  # and a little more, for what grows by the logarithm
CALLS, STATEMENTS, BYTES = 30_000, 20, 128 * 1024  # that do not matter
SECONDS, FACTOR = 1.0, 3.0  # processor seconds are measured, so they may vary more; a square makes four times as many
ERROR = 64 * 1024  # bytes of a refusal


@dataclass(frozen=True)
class Cost:
    """What a request cost: statements, processor seconds, and the bytes of its answer."""

    statements: int
    seconds: float
    bytes: int
    status: int


@pytest.fixture(scope="module", autouse=True)
def only_new_garbage() -> Iterator[None]:
    """Leave what was there before to itself: to look through it took four fifths of the time of these tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", ATTACKS)
def test_twice_as_large_a_request_costs_twice_as_much_at_most(
    attacker: Attacker, name: str, record_property: Callable[[str, object], None]
) -> None:
    attack = ATTACKS[name]
    few, many = (calls(attacker, name, size) for size in (attack.most // 8, attack.most // 4))
    assert many < TWICE * few + CALLS
    half, whole = (cost(attacker, name, size) for size in (attack.most // 2, attack.most))
    assert whole.status < 500
    assert whole.status < 400 or whole.bytes < ERROR
    assert whole.statements < TWICE * half.statements + STATEMENTS
    assert whole.bytes < TWICE * half.bytes + BYTES
    assert whole.seconds < FACTOR * half.seconds + SECONDS
    milliseconds = round(whole.seconds * 1000)
    record_property("cost", (milliseconds, f"{milliseconds} ms, {whole.statements} statements, {whole.bytes} bytes"))


def cost(attacker: Attacker, name: str, size: int) -> Cost:
    sent = attacker.sent(ATTACKS[name], size)
    gc.collect()
    with statements.listening() as heard:
        started = time.process_time()
        status, received = answered(attacker, sent)
        seconds = time.process_time() - started
    return Cost(len(heard), seconds, received, status)


def answered(attacker: Attacker, sent: Sent) -> tuple[int, int]:
    """The status, and how many bytes the answer has."""
    as_sent = {"RAW_URI": sent.path}
    with attacker.account.client.open(
        sent.path, method=sent.method, headers=dict(sent.headers), data=sent.body, environ_overrides=as_sent
    ) as answer:
        return answer.status_code, len(answer.data)


def calls(attacker: Attacker, name: str, size: int) -> int:
    """How many functions it calls, of Python and of C."""
    sent, count = attacker.sent(ATTACKS[name], size), 0

    def called(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event.endswith("call")

    sys.setprofile(called)
    try:
        answered(attacker, sent)
    finally:
        sys.setprofile(None)
    return count

"""Processes of ours that are killed or told to stop while phones write; on both databases."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.faults.ledger import NOT_LET_IN, UNANSWERED, Ledger
from tests.faults.outages import children
from tests.servers import Server, gunicorn

pytestmark = pytest.mark.faults

STOP_SECONDS = 20


def test_a_process_that_is_killed_takes_no_acknowledged_write_with_it(
    live_server: Callable[..., Server], open_ledger: Callable[..., Ledger]
) -> None:
    server = live_server(workers=2)
    ledger = open_ledger(server)
    with ledger.writing():
        kills = 0
        while kills < 5 or (not ledger.refused and kills < 50):  # until one had something in its hands
            os.kill(children(server.process.pid)[0], signal.SIGKILL)
            time.sleep(0.3)
            kills += 1
        ledger.wait_until_acknowledged()
    ledger.check(UNANSWERED)
    assert ledger.refused > 0


@pytest.mark.slow
def test_processes_that_are_replaced_one_by_one_drop_no_request(
    live_server: Callable[..., Server], open_ledger: Callable[..., Ledger]
) -> None:
    server = live_server(workers=2)
    ledger = open_ledger(server)
    with ledger.writing():
        for _ in range(3):
            server.process.send_signal(signal.SIGHUP)
            time.sleep(2)
    ledger.check()
    assert ledger.refused == 0


@pytest.mark.slow
def test_a_server_that_is_told_to_stop_answers_whomever_it_has_let_in(
    settings: dict[str, object], open_ledger: Callable[..., Ledger]
) -> None:
    with gunicorn(settings) as server, ExitStack() as later:
        ledger = open_ledger(server)
        with ledger.writing():
            server.process.terminate()
            assert server.process.wait(STOP_SECONDS) == 0
            later.enter_context(gunicorn(settings, port=urlsplit(server.url).port))
        ledger.check(NOT_LET_IN)

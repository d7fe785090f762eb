"""The ledger itself: it must notice what the faults may do."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.faults.ledger import Ledger
from tests.servers import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]


def test_a_ledger_notices_what_is_there_and_was_not_written_what_was_half_written_and_what_is_lost(
    live_server: Callable[..., Server], open_ledger: Callable[..., Ledger]
) -> None:
    ledger = open_ledger(live_server(workers=1))
    with ledger.writing():
        pass
    ledger.check()
    writer, stray = ledger.writers[0], str(uuid4())
    call, path, number = writer.device.call, f"/contacts/{writer.changing}", writer.held[writer.changing]
    assert call("PUT", f"/contacts/{stray}", {"first_name": "Stray"}).status == 201
    check_fails(ledger)
    assert call("DELETE", f"/contacts/{stray}").status == 204
    ledger.check()
    assert call("PATCH", path, {"nickname": "another"}).status == 200
    check_fails(ledger)
    assert call("PATCH", path, {"nickname": number}).status == 200
    ledger.check()
    assert call("DELETE", path).status == 204
    check_fails(ledger)


def check_fails(ledger: Ledger) -> None:
    with pytest.raises(AssertionError):
        ledger.check()

"""People whose apps write while something breaks."""

from collections.abc import Callable
from functools import partial
from secrets import token_hex

import pytest
from flask import Flask

from tests.accounts import Account, sign_up
from tests.faults.ledger import Ledger
from tests.servers import Server


@pytest.fixture
def people(make_app: Callable[..., Flask]) -> list[Account]:
    """New people, signed in by an application in this process, and so at every server on the same database."""
    client = make_app().test_client()
    return [sign_up(client, f"{name}-{token_hex(4)}") for name in ("ada", "ben")]


@pytest.fixture
def open_ledger(people: list[Account], record_property: Callable[[str, object], None]) -> Callable[..., Ledger]:
    """Opens a ledger of a server; its figures are shown when the test has passed."""

    def open_ledger(server: Server, **options: int) -> Ledger:
        return Ledger(server, people, report=partial(record_property, "figures"), **options)

    return open_ledger

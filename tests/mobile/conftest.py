"""One user with two phones, and a contact that both have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from docs.examples.session import Session
from tests.accounts import Account, sign_in, sign_up
from tests.contacts.calls import create
from tests.mobile.gateway import Gateway, gateway
from tests.mobile.network import Phone, agree
from tests.servers import served


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def one(ada: Account, tmp_path: Path) -> Phone:
    return Phone(ada, tmp_path / "one.json")


@pytest.fixture
def other(ada: Account, tmp_path: Path) -> Phone:
    return Phone(sign_in(ada, device="Other phone"), tmp_path / "other.json")


@pytest.fixture
def shared(ada: Account, one: Phone, other: Phone) -> str:
    """A contact that both phones have."""
    contact = create(ada, first_name="Ada", phone="1", labels=["Poets", "Work"])
    agree(ada, one, other)
    return str(contact["id"])


@pytest.fixture
def between(app: Flask) -> Iterator[Gateway]:
    """What stands between a phone and a server on a real socket."""
    with served(app) as url, gateway(url) as between:
        yield between


@pytest.fixture
def signed_in(between: Gateway, ada: Account) -> Session:
    """A session by way of the gateway."""
    return Session(between.url, ada.tokens, lambda pair: None)


@pytest.fixture
def third(ada: Account, tmp_path: Path, shared: str) -> Phone:
    phone = Phone(sign_in(ada, device="Tablet"), tmp_path / "third.json")
    phone.sync()
    return phone

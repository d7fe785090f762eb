"""Somebody with an app and a device, whose address book has some contacts at the beginning of each test."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from project.contacts.models import AddressBook
from project.database.base import new_id
from tests import applications
from tests.accounts import PASSWORD, Account, body, sign_up
from tests.contacts.calls import batch
from tests.contacts.carddav.calls import basic
from tests.hostile.attacks import Attack, Sent

CONTACTS = 100


@dataclass(frozen=True)
class Attacker:
    """Somebody who may do all that people may, and means harm."""

    account: Account
    device_password: str

    def sent(self, attack: Attack, size: int) -> Sent:
        """A request of this size, as it is sent."""
        method, path, headers, content = attack.make(size)
        path = path.replace("{user}", self.account.user["id"])
        return Sent(method, path, {**self.credentials(attack.sender), **headers}, content)

    def credentials(self, sender: str) -> Mapping[str, str]:
        if sender == "device":
            return basic("ada", self.device_password)
        return self.account.headers if sender == "app" else {}


@pytest.fixture(scope="module")
def served(migrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of one application, whose limits are off: what lies behind them is tried."""
    settings = {
        "INSTANCE_FOLDER": str(tmp_path_factory.mktemp("served")),
        "TRUSTED_PROXY_HOPS": 1,
        "ACCESS_TOKEN_SECONDS": 24 * 3600,  # all attacks may take longer than a token is good for
    }
    with applications.served(migrated, settings) as client:
        yield client


@pytest.fixture(scope="module")
def account(served: FlaskClient) -> Account:
    return sign_up(served)


@pytest.fixture(scope="module")
def device_password(account: Account) -> str:
    made = account.post("/auth/app-passwords", json={"device": "Test phone", "password": PASSWORD})
    return str(body(made)["password"])


def created(contacts: Iterable[object]) -> list[dict[str, object]]:
    """The operations of a batch that make these contacts."""
    return [{"op": "create", "id": str(new_id()), "contact": contact} for contact in contacts]


@pytest.fixture
def attacker(account: Account, device_password: str, migrated: Engine) -> Attacker:
    with migrated.begin() as connection:
        connection.execute(delete(AddressBook))
    contacts = [
        {"first_name": f"Ada {number}", "notes": "n" * 500, "phone": f"+44 20 7946 {number:04}"}
        for number in range(CONTACTS)
    ]
    assert {result["status"] for result in batch(account, created(contacts))} == {201}
    return Attacker(account, device_password)

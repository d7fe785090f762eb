"""A device of Ada's; each test begins without app passwords."""

import pytest
from sqlalchemy import Engine, delete

from project.auth.models import AppPassword
from tests.accounts import Account
from tests.contacts.carddav.calls import Device, device


@pytest.fixture
def no_app_passwords(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(delete(AppPassword))


@pytest.fixture
def ada(people: dict[str, Account], empty_books: None, no_app_passwords: None) -> Account:
    """Somebody with an empty address book and no devices but the one that is signed in."""
    return people["ada"]


@pytest.fixture
def phone(ada: Account) -> Device:
    return device(ada)

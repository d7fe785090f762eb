"""An application and two people for all tests of a module; each test begins with empty address books."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from project.contacts.models import AddressBook
from tests import applications
from tests.accounts import Account, sign_up
from tests.servers import Server, gunicorn

ROOM = 60


@pytest.fixture(scope="module")
def served(migrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of one application, whose limits are off, with a database that nobody else empties meanwhile."""
    with applications.served(migrated, {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("served"))}) as client:
        yield client


@pytest.fixture(scope="module")
def people(served: FlaskClient) -> dict[str, Account]:
    return {name: sign_up(served, name) for name in ("ada", "ben")}


@pytest.fixture(scope="module")
def server(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same application under gunicorn, with room for sixty contacts in an address book."""
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("server")), "MAX_CONTACTS_PER_USER": ROOM}
    with gunicorn(applications.settings_of(served.application) | settings, workers=2) as server:
        yield server


@pytest.fixture
def empty_books(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(delete(AddressBook))


@pytest.fixture
def ada(people: dict[str, Account], empty_books: None) -> Account:
    """Somebody with an empty address book."""
    return people["ada"]


@pytest.fixture
def ben(people: dict[str, Account], empty_books: None) -> Account:
    """Somebody else with an empty address book."""
    return people["ben"]

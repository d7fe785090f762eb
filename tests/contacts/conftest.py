"""An application and two people for all tests of a module; each test begins with empty address books."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from project import create_app
from project.contacts.models import AddressBook
from project.database import Base
from project.extensions import db
from tests.accounts import Account, sign_up
from tests.servers import Server, gunicorn

ROOM = 60


@pytest.fixture(scope="module")
def served(migrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of one application, whose limits are off, with a database that nobody else empties meanwhile."""
    with migrated.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    app = create_app(
        {
            "INSTANCE_FOLDER": str(tmp_path_factory.mktemp("served")),
            "DATABASE_URL": migrated.url.render_as_string(hide_password=False),
            "BCRYPT_LOG_ROUNDS": 4,
            "MAIL_WORKER": "none",
            "RATE_LIMITS": False,
        }
    )
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def people(served: FlaskClient) -> dict[str, Account]:
    return {name: sign_up(served, name) for name in ("ada", "ben")}


@pytest.fixture(scope="module")
def server(served: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same application under gunicorn, with room for sixty contacts in an address book."""
    shared = ("DATABASE_URL", "JWT_SECRET_KEY", "BCRYPT_LOG_ROUNDS", "MAIL_WORKER")
    settings = {name: served.application.config[name] for name in shared}
    folder = str(tmp_path_factory.mktemp("server"))
    with gunicorn({**settings, "INSTANCE_FOLDER": folder, "MAX_CONTACTS_PER_USER": ROOM}, workers=2) as server:
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

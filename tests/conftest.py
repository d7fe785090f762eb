"""What tests are given: real servers, empty databases on both engines, the application, and clients of it."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import flask_migrate
import hypothesis
import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from redis import Redis
from sqlalchemy import Engine, create_engine, make_url

from project import create_app
from project.config import NAMES
from project.database.base import driver_url
from project.users.factors import recovery_codes
from tests.applications import Applications, empty, release
from tests.contacts import statements
from tests.servers import ROOT, Server, gunicorn, postgresql, valkey
from tests.smtp import SmtpSink, smtp_sink

ENGINES = ("sqlite", "postgresql")
SERVERS = {"TEST_DATABASE_URL": postgresql, "TEST_REDIS_URL": valkey}
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
JWT_SECRET_KEY = secrets.token_urlsafe(48)
MEMORY = Path("/dev/shm")  # noqa: S108  # of Linux

recovery_codes.COST["n"] = 2**4  # as BCRYPT_LOG_ROUNDS is 4 below

# A machine that is busy is no defect of ours. `make coverage` asks for all examples, `make test` for some, the same
# each time: a change must not fail for a draw that it has nothing to do with. `make search` draws others.
EXAMPLES = int(os.environ.get("EXAMPLES") or 100)
hypothesis.settings.register_profile("search", deadline=None, max_examples=EXAMPLES, print_blob=True)
hypothesis.settings.register_profile("ours", deadline=None, max_examples=EXAMPLES, derandomize=True)
hypothesis.settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, help="only tests on this engine; with sqlite, start no servers")


def without_servers(config: pytest.Config) -> bool:
    return bool(config.option.engine == "sqlite")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers that the environment does not name, before xdist's workers, which inherit the environment.

    Settings in the environment or in `.env` do not reach the tests, nor constants of the code the examples of CI.
    """
    if hypothesis.settings.get_current_profile_name() == "ours":
        providers._get_local_constants = Constants  # they would draw others after any commit
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who is told to stop stops the servers, as at ctrl-C
    running = ExitStack()
    session.config.add_cleanup(running.close)
    environment = running.enter_context(pytest.MonkeyPatch.context())
    for name in NAMES:
        environment.setenv(name, "")
    if session.config.option.collectonly or without_servers(session.config):
        return
    for name, server in SERVERS.items():
        if not os.environ.get(name):
            environment.setenv(name, running.enter_context(server()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what does not run on the engine that was asked for, or needs a server where none is started."""
    if chosen := config.option.engine:
        other = [item for item in items if not runs_on(chosen, item)]
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if item not in set(other)]


def runs_on(chosen: str, item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    engine = item.callspec.params.get("engine", chosen) if hasattr(item, "callspec") else chosen
    return engine == chosen and not (chosen == "sqlite" and "redis_url" in item.fixturenames)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values for their parameter: they are no names, and random ones would differ between xdist's workers."""
    return argname if isinstance(val, str | bytes) and len(val) > 20 else None


@pytest.fixture(autouse=True)
def rules_of_sharding() -> Iterator[None]:
    """Whichever test makes requests, they say nothing of contacts that owners on shards could not bear."""
    yield
    assert statements.broken() == {}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """What needs a database, directly or not, is tested on both engines."""
    return str(request.param)


@pytest.fixture(scope="session")
def migrated_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    """Makes this worker's own database on an engine when it is first asked for; xdist may come back to it."""
    with ExitStack() as made:
        yield cache(lambda engine: made.enter_context(migrated_database(engine, tmp_path_factory.mktemp(engine))))


@contextmanager
def migrated_database(engine: str, folder: Path) -> Iterator[Engine]:
    with postgresql_database() if engine == "postgresql" else sqlite_database() as url:
        app = create_app({"DATABASE_URL": url, "INSTANCE_FOLDER": str(folder), "MAIL_WORKER": "none"})
        with app.app_context():
            flask_migrate.upgrade(str(ROOT / "migrations"))
        release(app)
        own = create_engine(driver_url(url))
        yield own
        own.dispose()


@pytest.fixture(scope="session")
def migrated(engine: str, migrated_databases: Callable[[str], Engine]) -> Engine:
    """This worker's own database, as the migrations make it."""
    return migrated_databases(engine)


@contextmanager
def sqlite_database() -> Iterator[str]:
    """In memory if there is a GiB of it: what a power cut would lose need not be on a disk."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**30
    with tempfile.TemporaryDirectory(prefix="contacts-", dir=MEMORY if is_roomy else None) as folder:
        yield f"sqlite:///{folder}/contacts.db"


@contextmanager
def postgresql_database() -> Iterator[str]:
    server = os.environ["TEST_DATABASE_URL"]
    name = f"contacts_test_{secrets.token_hex(8)}"
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        # WITH (FORCE) may not end autovacuum, which a superuser runs; without it, autovacuum gives way.
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND datname = %s"
        connection.cursor().execute(mine, [name])
        connection.cursor().execute(f"DROP DATABASE {name}")


@pytest.fixture
def database_url(migrated: Engine) -> str:
    """A migrated database with empty tables."""
    empty(migrated)
    return migrated.url.render_as_string(hide_password=False)


@pytest.fixture
def redis_url() -> str:
    """An empty database of this worker's own on the Redis server."""
    url = urlsplit(os.environ["TEST_REDIS_URL"])._replace(path=f"/{WORKER}").geturl()
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("application") / "instance"


@pytest.fixture
def instance_folder(folder: Path) -> Path:
    """An empty folder for what the application keeps in files: mails that were not sent, and pictures."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return folder


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, instance_folder: Path) -> dict[str, object]:
    """What the application is started with, unless a test says otherwise. Nobody sends mails.

    Limits are counted in Redis, or in memory where no servers are started.
    """
    return {
        "INSTANCE_FOLDER": str(instance_folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": "" if without_servers(request.config) else request.getfixturevalue("redis_url"),
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
        "BCRYPT_LOG_ROUNDS": 4,
        "MAIL_WORKER": "none",
    }


@pytest.fixture
def make_app(settings: dict[str, object]) -> Iterator[Callable[..., Flask]]:
    """Makes an application with other settings. The extensions' state follows the application that was made last."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(create_app({**settings, **changes}))
        return made[-1]

    yield make
    for app in made:
        release(app)


@pytest.fixture(scope="session")
def applications() -> Iterator[Applications]:
    applications = Applications()
    yield applications
    applications.close()


@pytest.fixture
def app(settings: dict[str, object], applications: Applications) -> Flask:
    """The application, perhaps after other tests. A test that adds routes or hooks to it makes its own."""
    return applications.take(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Calls the application as a phone does: no application context is open before, between and after the calls."""
    return app.test_client()


@pytest.fixture
def live_server(settings: dict[str, object]) -> Iterator[Callable[..., Server]]:
    """Starts gunicorn with other settings, for tests that need real sockets or several processes."""
    with ExitStack() as running:

        def start(*, workers: int = 2, **changes: object) -> Server:
            server = running.enter_context(gunicorn({**settings, **changes}, workers=workers))
            running.callback(lambda: sys.stderr.write(server.output))  # pytest shows it when the test fails
            return server

        yield start

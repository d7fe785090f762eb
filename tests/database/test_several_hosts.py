"""Several servers in DATABASE_URL: a primary and a standby that follows it, of which one is away."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

import psycopg2
import pytest
from flask import Flask

from tests.accounts import Account, body, problem, sign_up
from tests.contacts.calls import create, names
from tests.faults.outages import frozen, stopped
from tests.servers import Cluster, cluster, standby

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
pytestmark = [pytest.mark.slow, pytest.mark.faults, POSTGRESQL]
SECONDS = 120


class Pair(NamedTuple):
    primary: Cluster
    standby: Cluster

    @property
    def url(self) -> str:
        """Both servers, as libpq writes them."""
        first, second = self.primary.url.rsplit("/", 1)[0], self.standby.url.split("@")[1]
        return f"{first},{second}"

    def follow(self) -> None:
        """Return when the standby has all that the primary has."""
        with closing(psycopg2.connect(self.primary.superuser)) as first:
            cursor = first.cursor()
            cursor.execute("SELECT pg_current_wal_lsn()")
            (position,) = cursor.fetchone() or ()
        with closing(psycopg2.connect(self.standby.superuser)) as second:
            second.autocommit = True
            cursor = second.cursor()
            for _ in range(SECONDS * 10):
                cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn OR pg_sleep(0.1) IS NULL", [position])
                if cursor.fetchone() == (True,):
                    return
        raise AssertionError("The standby does not follow.")


@pytest.fixture(scope="module")
def servers() -> Iterator[Cluster]:
    with cluster() as primary:
        yield primary


@pytest.fixture
def pair(servers: Cluster) -> Iterator[Pair]:
    with standby(servers) as second:
        yield Pair(servers, second)


@pytest.fixture
def ada(make_app: Callable[..., Flask], pair: Pair, request: pytest.FixtureRequest) -> Account:
    """Somebody with a contact, on both servers; the schema was made through the primary alone."""
    options = getattr(request, "param", "")
    app = make_app(DATABASE_URL=f"{pair.url}{options}", MIGRATIONS_DATABASE_URL=pair.primary.url)
    assert app.test_cli_runner().invoke(args=["upgrade"]).exit_code == 0
    ada = sign_up(app.test_client(), f"ada{pair.standby.port}")
    create(ada, first_name="Ada")
    pair.follow()
    return ada


def test_reads_go_on_at_the_standby_and_writes_once_the_primary_is_back(ada: Account, pair: Pair) -> None:
    with stopped(pair.primary, signal.SIGINT):
        assert names(ada) == ["Ada"]
        assert problem(ada.post("/contacts", json={"first_name": "Grace"})) == (503, "service-unavailable")
        assert names(ada) == ["Ada"]
    assert problem(ada.post("/contacts", json={"first_name": "Grace"})) == (503, "service-unavailable")
    create(ada, first_name="Grace")  # the connection to the standby was given up
    assert names(ada) == ["Ada", "Grace"]


def test_a_session_is_good_at_a_standby_that_cannot_note_its_use(ada: Account, pair: Pair) -> None:
    refreshed = ada.client.post("/api/v1/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    newer = replace(ada, tokens=body(refreshed))
    pair.follow()
    with stopped(pair.primary, signal.SIGINT):
        assert names(newer) == ["Ada"]


def test_a_server_that_hangs_is_avoided(ada: Account, pair: Pair) -> None:
    with frozen(pair.primary):
        assert ada.get("/contacts").status_code == 503  # who finds out waits for the deadline
        assert names(ada) == ["Ada"]


@pytest.mark.parametrize("ada", ["?target_session_attrs=read-write"], indirect=True)
def test_a_standby_that_was_promoted_takes_writes(ada: Account, pair: Pair) -> None:
    with stopped(pair.primary, signal.SIGINT):
        assert ada.get("/contacts").status_code == 503
        with closing(psycopg2.connect(pair.standby.superuser)) as connection:
            connection.autocommit = True
            connection.cursor().execute("SELECT pg_promote()")
        create(ada, first_name="Grace")
        assert names(ada) == ["Ada", "Grace"]

"""A PostgreSQL that ends, hangs, refuses, or forgets to answer while phones write."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Literal

import pytest

from project.database.base import IDLE_MILLISECONDS
from tests.accounts import API, Account, body
from tests.commands import flask
from tests.concurrency import call
from tests.conftest import JWT_SECRET_KEY
from tests.faults import outages
from tests.faults.commits import forgetful
from tests.faults.ledger import RETURN_SECONDS, Ledger
from tests.servers import Cluster, Server, cluster, gunicorn

pytestmark = pytest.mark.faults

Outage = Callable[[Cluster], AbstractContextManager[None]]

NOTICED_SECONDS = 1  # of outage, or more, which somebody must have noticed
CROWD = 8  # writers for each of two people: twice as many as the server has threads
OUTAGES: dict[str, tuple[Outage, float]] = {
    "restarted at once": (partial(outages.stopped, how=signal.SIGQUIT), 0),
    "away": (partial(outages.stopped, how=signal.SIGINT), 3),
    "disconnected": (outages.disconnected, 0),
    "frozen for a moment": (outages.frozen, 1),
    "frozen": (outages.frozen, 14),
    "out of connections": (outages.crowded, 3),
    "read only": (outages.read_only, 3),
    "locked": (outages.locked, 9),
}


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL to be broken. What it acknowledged it keeps as long as the machine runs, which it does."""
    with cluster({"fsync": "off"}) as running:
        settings = {"DATABASE_URL": running.url, "INSTANCE_FOLDER": tmp_path_factory.mktemp("migration")}
        upgraded = flask("db", "upgrade", settings=settings)
        assert upgraded.returncode == 0, upgraded.stderr
        yield running


@pytest.fixture
def database_url(postgresql: Cluster) -> str:
    return postgresql.url


@pytest.fixture(scope="module")
def server(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all outages, for it must outlive each of them."""
    settings = {
        "DATABASE_URL": postgresql.url,
        "INSTANCE_FOLDER": tmp_path_factory.mktemp("server"),
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
        "MAIL_WORKER": "none",
    }
    with gunicorn(settings, workers=2) as server:
        yield server


def endure(ledger: Ledger, outage: AbstractContextManager[None], seconds: float) -> None:
    """Nothing is lost in an outage, nobody waits too long, and all are served as soon as it is over."""
    with ledger.writing():
        with outage:
            time.sleep(seconds)
        back = time.monotonic()
        ledger.wait_until_acknowledged()
    ledger.check()
    ledger.check_return(back)


def test_a_restart_loses_nothing_and_is_over_when_it_is_over(
    postgresql: Cluster, server: Server, open_ledger: Callable[..., Ledger]
) -> None:
    endure(open_ledger(server), outages.stopped(postgresql, how=signal.SIGINT), 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTAGES)
def test_an_outage_loses_nothing_and_is_over_when_it_is_over(
    postgresql: Cluster, server: Server, open_ledger: Callable[..., Ledger], name: str
) -> None:
    outage, seconds = OUTAGES[name]
    ledger = open_ledger(server, writers=CROWD)
    endure(ledger, outage(postgresql), seconds)
    assert ledger.refused > 0 or seconds <= NOTICED_SECONDS


@pytest.mark.slow
def test_a_connection_that_the_server_has_ended_is_not_used(postgresql: Cluster, people: list[Account]) -> None:
    """The first request after an outage is served as well."""
    with outages.disconnected(postgresql):
        assert people[0].get("/contacts").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("what", ["commit", "answer"])
def test_a_commit_that_is_lost_or_whose_answer_is_lost_is_made_up_for(
    postgresql: Cluster,
    live_server: Callable[..., Server],
    open_ledger: Callable[..., Ledger],
    what: Literal["commit", "answer"],
) -> None:
    """A transaction that nobody ends any more holds its address book until the server ends it."""
    with forgetful(postgresql.url, what) as line:
        ledger = open_ledger(live_server(DATABASE_URL=line.url))
        with ledger.writing():
            line.forgets.set()
            time.sleep(3)
            line.forgets.clear()
            healed = time.monotonic()
            ledger.wait_until_acknowledged()
        ledger.check()
    assert line.lost > 0
    held = IDLE_MILLISECONDS / 1000 if what == "commit" else 0
    ledger.check_return(healed, within=held + RETURN_SECONDS)


@pytest.mark.slow
def test_a_refresh_whose_answer_is_lost_leaves_the_phone_signed_in(
    postgresql: Cluster, live_server: Callable[..., Server], people: list[Account]
) -> None:
    with forgetful(postgresql.url, "answer", every=3) as line:
        server, token = live_server(DATABASE_URL=line.url), people[0].tokens["refresh_token"]
        line.forgets.set()
        for _ in range(6):
            answers = [call(server.url, "POST", f"{API}/auth/refresh", token=token) for _ in range(2)]
            assert sorted(answer.status for answer in answers) in ([200, 200], [200, 503])
            token = next(answer.json["refresh_token"] for answer in answers if answer.status == 200)
    assert line.lost > 1
    assert len(body(people[0].get("/auth/sessions"))["items"]) == 1

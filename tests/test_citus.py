"""`flask scale-out` on a real engine, and the whole service on what it made: run by `make citus` where there is one."""

import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from tests import walk
from tests.accounts import Account, problem, sign_in, sign_up
from tests.citus_nodes import Node, nodes
from tests.concurrency import until_taken
from tests.contacts.calls import create, delete, listed, names

pytestmark = [
    pytest.mark.citus,
    pytest.mark.skipif(
        "CITUS_BIN" not in os.environ, reason="no Citus here: CITUS_BIN names its PostgreSQL's programs"
    ),
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]
NAMES = ("ada", "grace", "emmy", "mary", "hedy", "joan", "karen", "lise")  # on two nodes, some here and some there
ONE_TASK = "ALTER ROLE contacts SET citus.multi_task_query_log_level = {}"
"""With 'error', a statement that asks more than one shard is refused."""


@pytest.fixture
def node() -> Iterator[Node]:
    with nodes(1) as (node,):
        yield node


@pytest.fixture
def cluster() -> Iterator[list[Node]]:
    """A coordinator, two workers, and a node that is to be the third."""
    with nodes(4) as made:
        yield made


@pytest.fixture
def make(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    return lambda node, **changes: make_app(DATABASE_URL=node.url, **{**walk.SETTINGS, **changes})


def scale_out(runner: FlaskCliRunner, coordinator: Node, *workers: Node, shards: int = 8) -> None:
    options = [f"--worker={worker.address}" for worker in workers]
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    placed = runner.invoke(args=["scale-out", f"--coordinator={coordinator.address}", *options, f"--shards={shards}"])
    assert (placed.exit_code, placed.stdout) == (0, "scaled out\n"), placed.output
    assert "create_distributed_table('sessions'" in placed.stderr


def test_tables_are_placed_once_and_serve(make: Callable[..., Flask], node: Node) -> None:
    app = make(node, SCALE_OUT="on")
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["upgrade"])
    assert (refused.exit_code, "No node may hold shards" in refused.output) == (1, True)
    scale_out(runner, node, shards=32)
    assert runner.invoke(args=["upgrade"]).stdout == "already scaled out\n"
    assert runner.invoke(args=["scale-out", "--dry-run"]).stdout == "-- nothing\n"
    status = runner.invoke(args=["scale-out", "--status"]).stdout
    for table in ("contacts", "sessions", "app_passwords"):
        assert f"{table}: distributed, 32 shards" in status
    ada = sign_up(app.test_client())
    grace = create(ada, first_name="Grace")
    create(ada, first_name="Ada")
    delete(ada, grace["id"])
    node.run("UPDATE contacts SET deleted_at = now() - interval '40 days' WHERE deleted_at < now()")
    node.run(f"UPDATE sessions SET expires_at = now() WHERE id = '{sign_in(ada).tokens['session_id']}'")  # noqa: S608
    purged = runner.invoke(args=["purge"]).stdout
    assert "1 sessions removed" in purged
    assert "1 contacts purged from bins" in purged
    assert runner.invoke(args=["resync"]).stdout == "1 address books\n"
    assert names(ada) == ["Ada"]


def test_tables_that_were_local_are_distributed_later(make: Callable[..., Flask], node: Node) -> None:
    """As on a cluster of the version before: sessions were found by their id, and lay on the coordinator."""
    app = make(node)
    runner = app.test_cli_runner()
    scale_out(runner, node)
    ada = sign_up(app.test_client())
    create(ada, first_name="Ada")
    assert runner.invoke(args=["db", "downgrade", "0011"]).exit_code == 0
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    assert "'sessions', 'owner_id'" in runner.invoke(args=["scale-out", "--dry-run"]).stdout
    assert runner.invoke(args=["scale-out"]).stdout == "scaled out\n"
    assert names(ada) == ["Ada"]


def test_every_route_asks_one_shard_and_every_command_ends(
    make: Callable[..., Flask], cluster: list[Node], tmp_path: Path
) -> None:
    """Connected to the coordinator, and to a worker."""
    coordinator, worker, other, _ = cluster
    scale_out(make(coordinator).test_cli_runner(), coordinator, worker, other)
    for node in (coordinator, worker):
        node.run(ONE_TASK.format("error"))
        settings = {"MIGRATIONS_DATABASE_URL": coordinator.url, "INSTANCE_FOLDER": str(tmp_path / node.address)}
        app = make(node, **settings)
        with walk.asking(app) as asked:
            walk.everything(app)
        assert walk.routes(app) - asked == set()
        node.run(ONE_TASK.format("off"))
        results = dict(walk.run_all(make(node, **settings), tmp_path))
        assert {name: result.output for name, result in results.items() if result.exit_code} == {}
        for table in ("users", "sessions", "app_passwords", "address_books"):
            coordinator.run(f"DELETE FROM {table}")  # noqa: S608


def test_a_worker_is_added_under_phones_that_write(make: Callable[..., Flask], cluster: list[Node]) -> None:
    coordinator, *workers, third = cluster
    app = make(coordinator)
    runner = app.test_cli_runner()
    scale_out(runner, coordinator, *workers)
    phones = [sign_up(app.test_client(), name) for name in ("ada", "grace", "emmy", "mary")]
    over = Event()
    with ThreadPoolExecutor(len(phones)) as threads:
        writing = [threads.submit(write_on, phone, over) for phone in phones]
        moved = runner.invoke(args=["scale-out", f"--worker={third.address}", "--rebalance"])
        over.set()
        written = [each.result() for each in writing]
    assert (moved.exit_code, moved.stdout.splitlines()[-1:]) == (0, ["rebalanced"]), moved.output
    assert "shards moved" in moved.stderr
    assert f"{third.address}: " in runner.invoke(args=["scale-out", "--status"]).stdout
    for phone, ids in zip(phones, written, strict=True):
        assert {contact["id"] for contact in listed(phone)} == ids


def write_on(phone: Account, over: Event) -> set[str]:
    """The ids of contacts that were acknowledged; none may be refused."""
    ids: set[str] = set()
    while not over.is_set() or len(ids) < 10:
        ids.add(create(phone, first_name=secrets.token_hex(4))["id"])
    return ids


def test_a_worker_that_dies_stops_its_owners_alone(make: Callable[..., Flask], cluster: list[Node]) -> None:
    coordinator, worker, other, _ = cluster
    app = make(coordinator)
    scale_out(app.test_cli_runner(), coordinator, worker, other)
    phones = {port_of(coordinator, phone): phone for phone in map(partial(sign_up, app.test_client()), NAMES)}
    here, elsewhere = phones[worker.port], phones[other.port]
    written = [create(phone, first_name="Ada")["id"] for phone in (here, elsewhere)]
    worker.server.kill()
    for _ in range(3):
        for refused in (
            here.get("/contacts"),
            here.post("/contacts", json={"first_name": "Lost"}),
            here.get("/users/me"),
        ):
            assert problem(refused) == (503, "service-unavailable")
        assert create(elsewhere)["id"]
    worker.start()
    assert until_taken(lambda: here.get("/contacts").status_code, lambda status: status == 503) == 200
    assert [contact["id"] for contact in listed(here)] == written[:1]
    assert len(listed(elsewhere)) == 4


def port_of(coordinator: Node, account: Account) -> int:
    """That of the node where an account's rows lie."""
    shard = f"get_shard_id_for_distribution_column('contacts', '{account.user['id']}'::uuid)"
    ((port,),) = coordinator.run(f"SELECT nodeport FROM citus_shards WHERE shardid = {shard}")  # noqa: S608
    return int(port)


def test_contacts_go_on_without_the_coordinator(make: Callable[..., Flask], cluster: list[Node]) -> None:
    """Through a worker: the session lies with them. Accounts are away until it is back."""
    coordinator, worker, other, _ = cluster
    scale_out(make(coordinator).test_cli_runner(), coordinator, worker, other)
    ada = sign_up(make(worker, MIGRATIONS_DATABASE_URL=coordinator.url).test_client())
    create(ada, first_name="Ada")
    coordinator.stop()
    assert names(ada) == ["Ada"]
    create(ada, first_name="Grace")
    assert ada.get("/auth/sessions").status_code == 200
    assert ada.get("/users/me").status_code == 503
    assert ada.client.get("/readyz").status_code == 503
    coordinator.start()
    assert ada.client.get("/readyz").status_code == 200
    assert ada.get("/users/me").status_code == 200
    assert names(ada) == ["Ada", "Grace"]


def test_a_table_goes_back_to_one_machine(make: Callable[..., Flask], cluster: list[Node]) -> None:
    """As docs/operating.md says it."""
    coordinator, worker, other, _ = cluster
    app = make(coordinator)
    scale_out(app.test_cli_runner(), coordinator, worker, other)
    ada = sign_up(app.test_client())
    create(ada, first_name="Ada")
    for table in ("contacts", "sessions", "app_passwords", "users", "removals"):
        coordinator.run(f"SELECT undistribute_table('{table}', cascade_via_foreign_keys => true)")
    assert coordinator.run("SELECT logicalrelid::text FROM pg_dist_partition") == []
    assert names(ada) == ["Ada"]

"""`flask scale-out` on a real engine, one node that is its own worker: run by `make citus` where there is one."""

import os
import pwd
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from project.database.base import driver_url
from tests.accounts import sign_up
from tests.contacts.calls import create, delete, names
from tests.faulty_tcp import HOST, free_port
from tests.servers import Cluster, new_home

pytestmark = [
    pytest.mark.citus,
    pytest.mark.skipif(
        "CITUS_BIN" not in os.environ, reason="no Citus here: CITUS_BIN names its PostgreSQL's programs"
    ),
]
SERVER = {"listen_addresses": HOST, "unix_socket_directories": "", "shared_preload_libraries": "citus"}
LOGICAL = {
    "citus.node_conninfo": "sslmode=prefer",
    "wal_level": "logical",
    "max_prepared_transactions": 200,
    "fsync": "off",
}
EXTENSIONS = "CREATE EXTENSION citus; CREATE EXTENSION btree_gin; CREATE EXTENSION pg_trgm"


class Node(Cluster):
    """A PostgreSQL with the engine, whose superuser needs no password and may name nodes."""

    def __init__(self, home: Path) -> None:
        self.home, self.programs, self.port = home, Path(os.environ["CITUS_BIN"]), free_port()
        self.owner = self.as_nobody(home) if os.geteuid() == 0 else {"cwd": home}
        initialise: list[str | Path] = [
            self.programs / "initdb",
            f"--pgdata={home}/data",
            "--username=contacts",
            "--auth=trust",
        ]
        subprocess.run([*initialise, "--encoding=UTF8", "--locale=C.UTF-8"], check=True, **self.owner)  # noqa: S603
        self.flags = [f"--{name}={value}" for name, value in {**SERVER, **LOGICAL, "port": self.port}.items()]
        self.superuser = self.url = f"postgresql://contacts:{secrets.token_hex(16)}@{HOST}:{self.port}/postgres"

    def as_nobody(self, home: Path) -> dict[str, Any]:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        return {"cwd": home, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@pytest.fixture
def node() -> Iterator[Node]:
    with new_home() as home:
        node = Node(home)
        try:
            node.start()
            yield node
        finally:
            node.server.stop()


@pytest.fixture
def database(node: Node) -> Iterator[Engine]:
    engine = create_engine(driver_url(node.url))
    with engine.begin() as connection:
        connection.execute(text(EXTENSIONS))
    yield engine
    engine.dispose()


@pytest.fixture
def make(make_app: Callable[..., Flask], node: Node) -> Callable[..., Flask]:
    return lambda **changes: make_app(DATABASE_URL=node.url, **changes)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_tables_are_placed_once_and_serve(make: Callable[..., Flask], node: Node, database: Engine) -> None:
    app = make(SCALE_OUT="on")
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["upgrade"])
    assert (refused.exit_code, "No node may hold shards" in refused.output) == (1, True)
    placed = runner.invoke(args=["scale-out", "--coordinator", f"{HOST}:{node.port}"])
    assert (placed.exit_code, placed.stdout) == (0, "scaled out\n"), placed.output
    assert runner.invoke(args=["upgrade"]).stdout == "already scaled out\n"
    assert runner.invoke(args=["scale-out", "--dry-run"]).stdout == "-- nothing\n"
    assert "contacts: distributed, 32 shards" in runner.invoke(args=["scale-out", "--status"]).stdout
    for revision in ("downgrade", "upgrade"):
        assert runner.invoke(args=["db", revision]).exit_code == 0
    ada = sign_up(app.test_client())
    grace = create(ada, first_name="Grace")
    create(ada, first_name="Ada")
    delete(ada, grace["id"])
    with database.begin() as connection:
        connection.execute(text("UPDATE contacts SET deleted_at = now() - interval '40 days' WHERE deleted_at < now()"))
    assert "1 contacts purged from bins" in runner.invoke(args=["purge"]).stdout
    assert runner.invoke(args=["resync"]).stdout == "1 address books\n"
    assert names(ada) == ["Ada"]

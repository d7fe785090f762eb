"""PostgreSQL with Citus, from the programs that CITUS_BIN names: nodes on loopback that know each other."""

import os
import pwd
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from project.database.base import driver_url
from tests.faulty_tcp import HOST, free_port
from tests.servers import Cluster, new_home

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_preload_libraries": "citus",
    "citus.node_conninfo": "sslmode=prefer",
    "wal_level": "logical",
    "max_prepared_transactions": 200,
    "max_worker_processes": 32,
    "fsync": "off",
}
EXTENSIONS = "CREATE EXTENSION citus; CREATE EXTENSION btree_gin; CREATE EXTENSION pg_trgm"


class Node(Cluster):
    """One whose superuser needs no password and may name nodes."""

    def __init__(self, home: Path) -> None:
        self.home, self.programs, self.port = home, Path(os.environ["CITUS_BIN"]), free_port()
        self.owner = self.as_nobody(home) if os.geteuid() == 0 else {"cwd": home}
        initialise: list[str | Path] = [self.programs / "initdb", f"--pgdata={home}/data", "--username=contacts"]
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*initialise, *options], check=True, **self.owner)  # noqa: S603
        self.flags = [f"--{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items()]
        self.superuser = self.url = f"postgresql://contacts:{secrets.token_hex(16)}@{HOST}:{self.port}/postgres"

    def as_nobody(self, home: Path) -> dict[str, Any]:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        return {"cwd": home, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def stop(self) -> None:
        self.server.stop()

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def run(self, statement: str) -> list[Any]:
        """What a statement answers, sent past the application."""
        engine = create_engine(driver_url(self.url), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                found = connection.execute(text(statement))
                return list(found.all()) if found.returns_rows else []
        finally:
            engine.dispose()


@contextmanager
def nodes(number: int) -> Iterator[list[Node]]:
    """The first is to be the coordinator."""
    with ExitStack() as running:
        made = []
        for _ in range(number):
            node = Node(running.enter_context(new_home()))
            node.start()
            running.callback(node.stop)
            node.run(EXTENSIONS)
            made.append(node)
        yield made

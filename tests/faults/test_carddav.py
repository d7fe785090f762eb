"""Phones that sync while the database goes, the picture store hangs, or their own connection breaks."""

import signal
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from threading import Event, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests import images
from tests.accounts import Account
from tests.cloudinary_server import CloudinaryServer, hang
from tests.commands import flask
from tests.conftest import JWT_SECRET_KEY
from tests.contacts.carddav.calls import Device, basic, card, device
from tests.faults import outages
from tests.faults.ledger import BUSY, LONGEST_SECONDS
from tests.servers import Cluster, Server, cluster, gunicorn

pytestmark = pytest.mark.faults

AWAY_SECONDS = 2.0
PHOTO = f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(images.jpeg(64, 64)).decode()}"


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster({"fsync": "off"}) as running:
        settings = {"DATABASE_URL": running.url, "INSTANCE_FOLDER": tmp_path_factory.mktemp("migration")}
        assert flask("db", "upgrade", settings=settings).returncode == 0
        yield running


@pytest.fixture
def database_url(postgresql: Cluster) -> str:
    return postgresql.url


@pytest.fixture
def cloudinary() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as cloudinary:
        yield cloudinary


@pytest.fixture
def server(
    postgresql: Cluster, cloudinary: CloudinaryServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    settings = {
        "DATABASE_URL": postgresql.url,
        "INSTANCE_FOLDER": tmp_path_factory.mktemp("server"),
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
        "MAIL_WORKER": "none",
        "CLOUDINARY_URL": cloudinary.url,
    }
    with gunicorn(settings, workers=2) as server:
        yield server


@pytest.fixture
def phone(people: list[Account]) -> Device:
    return device(people[0])


class Line(NamedTuple):
    """A phone that is connected to a server, anew for each request."""

    server: Server
    phone: Device

    def ask(self, method: str, name: str, body: str = "", **headers: str) -> tuple[int, bytes]:
        signed = {**basic("ada", self.phone.password), "Content-Type": "text/vcard", "Connection": "close", **headers}
        with closing(HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)) as connection:
            connection.request(method, self.phone.href(name), body.encode(), signed)
            answer = connection.getresponse()
            return answer.status, answer.read()


class Writer(Thread):
    """Puts card after card until it is stopped; notes what was acknowledged and what was refused."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line, self.stop = line, Event()
        self.kept: dict[str, str] = {}
        self.refused: list[str] = []
        self.unexpected: list[int] = []

    def run(self) -> None:
        for number in count():
            if self.stop.is_set():
                return
            self.write(f"{number}.vcf", card(f"uid {number}", f"NOTE:{number}"))

    def write(self, name: str, text: str) -> None:
        status, _ = self.line.ask("PUT", name, text)
        if status == 201:
            self.kept[name] = text
        elif status == 503:
            self.refused.append(name)
        else:
            self.unexpected.append(status)


@pytest.fixture
def line(server: Server, phone: Device) -> Line:
    return Line(server, phone)


def test_what_was_acknowledged_is_there_after_an_outage(line: Line, postgresql: Cluster) -> None:
    """A phone is told 503 meanwhile, and each card is wholly there or not at all."""
    writer = Writer(line)
    writer.start()
    wait_until(lambda: len(writer.kept) > 5)
    with outages.stopped(postgresql, how=signal.SIGINT):
        wait_until(lambda: bool(writer.refused))
        assert line.ask("PROPFIND", "0.vcf", Depth="0")[0] == 503
        time.sleep(AWAY_SECONDS)
    before = len(writer.kept)
    wait_until(lambda: len(writer.kept) > before + 5)
    writer.stop.set()
    writer.join()
    assert writer.unexpected == []
    assert {name: line.ask("GET", name) for name in writer.kept} == {
        name: (200, text.encode()) for name, text in writer.kept.items()
    }
    assert {line.ask("GET", name)[0] for name in writer.refused} <= {200, 404}


def wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_a_store_that_hangs_costs_only_the_photo(line: Line, cloudinary: CloudinaryServer) -> None:
    text = card("with photo", PHOTO)
    with cloudinary.failing(hang):
        begun = time.monotonic()
        assert line.ask("PUT", "a.vcf", text)[0] == 201
        assert time.monotonic() - begun < LONGEST_SECONDS + BUSY
        assert line.ask("GET", "a.vcf") == (200, text.encode())


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_breaks_off_changes_nothing(line: Line, framing: str) -> None:
    text = card("whole", "NOTE:whole")
    assert line.ask("PUT", "a.vcf", text)[0] == 201
    part = card("whole", "NOTE:broken").encode()
    size = f"Content-Length: {len(part) + 10}" if framing == "length" else "Transfer-Encoding: chunked"
    sent = part if framing == "length" else f"{len(part):x}\r\n".encode() + part + b"\r\n"
    head = (
        f"PUT {line.phone.href('a.vcf')} HTTP/1.1\r\nHost: x\r\nContent-Type: text/vcard\r\n{size}\r\n"
        f"Authorization: {basic('ada', line.phone.password)['Authorization']}\r\n\r\n"
    )
    address = urlsplit(line.server.url)
    with socket.create_connection((address.hostname, address.port or 80), timeout=60) as connection:
        connection.sendall(head.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        answered = connection.makefile("rb").readline()
    assert answered.split()[1:2] in ([], [b"400"]), answered
    assert line.ask("GET", "a.vcf") == (200, text.encode())

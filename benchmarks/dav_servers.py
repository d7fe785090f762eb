"""The CardDAV servers that are compared, each with books of some sizes: this one, Radicale and Xandikos.

The peers get their books as files, in the form in which they keep them, because filling them by requests takes hours.
"""

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Flask

from benchmarks import people
from benchmarks.stage import Stage, serving
from project.auth import app_passwords
from project.contacts.exchange import vcards
from project.contacts.exchange.card import Card
from project.contacts.naming import display_name
from project.database.base import new_id
from project.extensions import db
from project.users import service as users
from tests.faulty_tcp import HOST, free_port
from tests.servers import Server

SHELF = "/user/contacts/addressbook/"  # of Xandikos, by default


class Book(NamedTuple):
    """An address book at a server, and what a phone sends with each request to it."""

    url: str
    path: str
    headers: Mapping[str, str]
    uids: Sequence[str]

    def href(self, uid: str) -> str:
        return f"{self.path}{uid}.vcf"


def cards(count: int) -> dict[str, str]:
    """Cards by UID, the same people each time."""
    found = {}
    for content in people.contacts(count):
        uid = str(new_id())
        found[uid] = vcards.write(vcards.compose(Card(content, uid, None, [], display_name(content))))
    return found


@contextmanager
def application(stage: Stage, app: Flask, sizes: Sequence[int]) -> Iterator[dict[int, Book]]:
    """Ours, behind a proxy that says https; its cards are put by a phone."""
    with serving(stage, "application", TRUSTED_PROXY_HOPS="1"):
        url = stage.servers["application"].url
        books = {size: filled(app, url, size) for size in sizes}
        people.tidy(stage.engine)
        yield books


def filled(app: Flask, url: str, size: int) -> Book:
    with app.app_context():
        user_id = people.create(f"phone{size}", "-")
        password = app_passwords.create(users.get(user_id), "Benchmark").password
        db.session.commit()
    headers = {**basic("phone", password), "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    texts = cards(size)
    book = Book(url, f"/carddav/{user_id}/books/contacts/", headers, list(texts))
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    for uid, text in texts.items():
        connection.request("PUT", book.href(uid), text.encode(), {**headers, "Content-Type": "text/vcard"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise RuntimeError(f"PUT: {answer.status}")
    connection.close()
    return book


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


@contextmanager
def radicale(stage: Stage, _: Flask, sizes: Sequence[int]) -> Iterator[dict[int, Book]]:
    """Radicale, with its own storage, without passwords."""
    folder, texts = stage.folder / "radicale", {size: cards(size) for size in sizes}
    for size, some in texts.items():
        shelf = folder / "collection-root" / f"phone{size}" / "contacts"
        write(shelf, some)
        (shelf / ".Radicale.props").write_text(json.dumps({"tag": "VADDRESSBOOK"}))
    port = free_port()
    options = {
        "hosts": f"{HOST}:{port}", "auth-type": "none", "storage-filesystem-folder": folder, "logging-level": "error",
    }  # fmt: skip
    command = [sys.executable, "-m", "radicale", *(f"--{name}={value}" for name, value in options.items())]
    with running(stage, "radicale", port, command) as url:
        yield {
            size: Book(url, f"/phone{size}/contacts/", basic(f"phone{size}", "-"), list(some))
            for size, some in texts.items()
        }


@contextmanager
def xandikos(stage: Stage, _: Flask, sizes: Sequence[int]) -> Iterator[dict[int, Book]]:
    """Xandikos, with a server for each size: it has one user, whose book is a Git repository."""
    (size, *others) = sizes
    folder, texts = stage.folder / f"xandikos{size}", cards(size)
    serve = [str(Path(sys.executable).with_name("xandikos")), "serve", "--directory", str(folder), "--defaults"]
    port = free_port()
    command = [*serve, "--listen-address", HOST, "--port", str(port)]
    with running(stage, f"xandikos{size}", port, command):
        time.sleep(1)  # until its collections are made
    shelf = folder / SHELF.strip("/")
    write(shelf, texts)
    for git in (["add", "."], ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "Cards"]):
        subprocess.run(["git", "-C", str(shelf), *git], check=True)
    with running(stage, f"xandikos{size}", port, command) as url:
        book = {size: Book(url, SHELF, {}, list(texts))}
        if not others:
            yield book
            return
        with xandikos(stage, _, others) as further:
            yield {**book, **further}


def write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for uid, text in texts.items():
        (folder / f"{uid}.vcf").write_text(text, newline="")


@contextmanager
def running(stage: Stage, name: str, port: int, command: Sequence[str]) -> Iterator[str]:
    server = Server(f"http://{HOST}:{port}", command, stage.folder / f"{name}.log")
    try:
        server.wait_until(answers)
        yield server.url
    finally:
        server.stop()


def answers(url: str) -> bool:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("OPTIONS", "/")
        connection.getresponse().read()
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()
    return True


SERVERS = {"application": application, "radicale": radicale, "xandikos": xandikos}

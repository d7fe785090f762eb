"""Where an application keeps its pictures: on disk, or at the stand-in for Cloudinary; and how a phone sends some."""

import io
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from project.config import Settings
from project.pictures.store import Store, open_store
from tests.accounts import API, Account
from tests.cloudinary_server import CloudinaryServer
from tests.concurrency import until_taken

BOUNDARY = "a-boundary-that-is-in-no-picture"
SECONDS = 30


class Place(Protocol):
    """The settings that make an application use it, and what is there."""

    settings: dict[str, object]

    def kept(self) -> dict[str, bytes]:
        """Everything, by its name."""

    def fetch(self, client: FlaskClient, url: str) -> bytes | None:
        """What anybody gets at the address of a picture; None where there is nothing."""


class OnDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "pictures"
        self.settings: dict[str, object] = {"INSTANCE_FOLDER": str(folder)}

    def kept(self) -> dict[str, bytes]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def fetch(self, client: FlaskClient, url: str) -> bytes | None:
        with client.get(urlsplit(url).path) as answer:
            assert answer.status_code in (200, 404)
            return answer.data if answer.status_code == 200 else None


class AtCloudinary:
    def __init__(self, folder: Path, server: CloudinaryServer) -> None:
        self.server = server
        self.settings: dict[str, object] = {"INSTANCE_FOLDER": str(folder), "CLOUDINARY_URL": server.url}

    def kept(self) -> dict[str, bytes]:
        return {public_id: stored.data for public_id, stored in self.server.pictures.items()}

    def fetch(self, client: FlaskClient, url: str) -> bytes | None:
        assert url.startswith("https://res.cloudinary.com/")
        try:
            with urlopen(self.server.address + urlsplit(url).path) as answer:  # noqa: S310  # our own server
                content: bytes = answer.read()
        except HTTPError as error:
            error.close()
            return None
        return content


def store_of(app: Flask) -> Store:
    """Where this application keeps its pictures."""
    settings: Settings = app.extensions["settings"]
    return open_store(settings.instance_folder, settings.public_url, settings.cloudinary_url, *settings.jwt_secret_keys)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Place]:
    """A place of this kind, `disk` or `cloudinary`, with nothing in it."""
    if kind == "disk":
        yield OnDisk(folder)
        return
    with CloudinaryServer() as server:
        yield AtCloudinary(folder, server)


def file(content: bytes, name: str = "photo.jpg", media_type: str = "image/jpeg") -> FileStorage:
    """A part of a form that is a file."""
    return FileStorage(io.BytesIO(content), filename=name, content_type=media_type)


def put(account: Account, path: str, picture: bytes, **request: Any) -> TestResponse:
    """Send a picture as a phone does."""
    return send(account, path, {"file": file(picture)}, **request)


def send(account: Account, path: str, form: dict[str, Any], **request: Any) -> TestResponse:
    """Send a form, encoded in memory: Werkzeug's client leaves a large one open in a file."""
    boundary, content = encode_multipart(form)
    content_type = f"multipart/form-data; boundary={boundary}"
    answer: TestResponse = account.put(path, data=content, content_type=content_type, **request)
    return answer


def put_to(url: str, token: str, path: str, body: bytes | Iterable[bytes]) -> int:
    """Send a form to a live server as a phone does, in chunks where it comes in pieces; the status of the answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # a server need not read what it refuses
            connection.request("PUT", f"{API}{path}", body, headers)
        return connection.getresponse().status


def put_patiently(url: str, token: str, path: str, body: bytes) -> int:
    """The same, repeated while the user has no place for it."""
    return until_taken(lambda: put_to(url, token, path, body), lambda status: status in (429, 503))


def form(picture: bytes) -> bytes:
    """A form of this one picture, for `put_to`."""
    return encode_multipart({"file": file(picture)}, BOUNDARY)[1]


def look(picture: bytes | None) -> Image.Image:
    assert picture is not None
    return Image.open(io.BytesIO(picture))

"""Stores of pictures: on disk, and at a server that plays Cloudinary."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project.pictures.store import Store, open_store
from tests.cloudinary_server import (
    CloudinaryServer,
)
from tests.pictures.stored import KEY, PUBLIC_URL, read


@pytest.fixture
def server() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def on_disk(folder: Path) -> Store:
    return open_store(folder.parent, PUBLIC_URL, None, KEY)


@pytest.fixture
def at_cloudinary(folder: Path, server: CloudinaryServer) -> Store:
    return open_store(folder.parent, PUBLIC_URL, server.url, KEY)


@pytest.fixture(params=["disk", "cloudinary"])
def store(request: pytest.FixtureRequest, on_disk: Store, at_cloudinary: Store) -> Store:
    return on_disk if request.param == "disk" else at_cloudinary


@pytest.fixture
def fetch(on_disk: Store, server: CloudinaryServer) -> Callable[[str | None], bytes | None]:
    """What a client gets at a picture's address: from the application's folder, or from Cloudinary's delivery."""

    def fetch(url: str | None) -> bytes | None:
        assert url
        if url.startswith(PUBLIC_URL):
            return read(on_disk, url)
        assert url.startswith("https://res.cloudinary.com/")
        stored = server.pictures.get(url.partition("/upload/")[2].partition("/")[2].removesuffix(".webp"))
        return None if stored is None else stored.data

    return fetch

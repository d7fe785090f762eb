"""Pictures on this server's disk."""

import os
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

from project.errors import NotFound
from project.pictures.references import KEY


class Disk:
    """Files in one folder for each owner, served by this application under `/pictures/`."""

    outages = OSError

    def __init__(self, folder: Path, public_url: str) -> None:
        self.folder = folder
        self.public_url = public_url.rstrip("/")

    def put(self, key: str, data: bytes) -> str:
        """Write all of it or nothing, also if the power fails in between."""
        path, unfinished = self.paths(key)
        with self.opened(unfinished) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return key

    def opened(self, path: Path) -> IO[bytes]:
        """A new file. Its folder is made again if it vanishes, for deleting the last picture in it removes it."""
        while True:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                return path.open("wb")

    def url(self, key: str) -> str:
        return f"{self.public_url}/pictures/{key}.webp"

    def key_at(self, url: str) -> str | None:
        """The key of the picture at a URL of ours."""
        key = url.removeprefix(f"{self.public_url}/pictures/").removesuffix(".webp")
        return key if KEY.fullmatch(key) and url == self.url(key) else None

    def delete(self, key: str, *, seconds: float) -> None:
        """Delete the file, what an interrupted `put` has left, and the folder if it was the last."""
        for path in self.paths(key):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # it is not empty, or was never made
            path.parent.rmdir()

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        folder = self.folder / str(owner_id)
        if folder.exists():
            for path in folder.iterdir():
                path.unlink(missing_ok=True)
            folder.rmdir()

    def read(self, key: str) -> bytes:
        return self.find(key).read_bytes()

    def find(self, key: str) -> Path:
        """Raises NotFound, also for anything that is not a key: no path leads out of the folder."""
        path, _ = self.paths(key)
        if not KEY.fullmatch(key) or not path.is_file():
            raise NotFound
        return path

    def paths(self, key: str) -> tuple[Path, Path]:
        return self.folder / f"{key}.webp", self.folder / f"{key}.part"

"""Pictures on this server's disk."""

import os
from pathlib import Path
from uuid import UUID

from project.errors import NotFound
from project.pictures.outages import unavailable_on
from project.pictures.references import KEY


class Disk:
    """Files in one folder for each owner, served by this application under `/pictures/`."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder = folder
        self._public_url = public_url.rstrip("/")

    def put(self, key: str, data: bytes) -> str:
        """All of it or nothing, also when the power fails in between."""
        path, unfinished = self._paths(key)
        with unavailable_on(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        return key

    def url(self, key: str) -> str:
        return f"{self._public_url}/pictures/{key}.webp"

    def key_at(self, url: str) -> str | None:
        """The key of the picture at a URL of ours."""
        key = url.removeprefix(f"{self._public_url}/pictures/").removesuffix(".webp")
        return key if KEY.fullmatch(key) and url == self.url(key) else None

    def delete(self, key: str, *, seconds: float) -> None:
        """What a broken `put` has left goes too."""
        with unavailable_on(OSError):
            for path in self._paths(key):
                path.unlink(missing_ok=True)

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        folder = self._folder / str(owner_id)
        with unavailable_on(OSError):
            if folder.exists():
                for path in folder.iterdir():
                    path.unlink(missing_ok=True)
                folder.rmdir()

    def read(self, key: str) -> bytes:
        with unavailable_on(OSError):
            return self.find(key).read_bytes()

    def find(self, key: str) -> Path:
        """Raises NotFound, also for what is no key of ours: no path leads out of the folder."""
        path, _ = self._paths(key)
        if not KEY.fullmatch(key) or not path.is_file():
            raise NotFound
        return path

    def _paths(self, key: str) -> tuple[Path, Path]:
        return self._folder / f"{key}.webp", self._folder / f"{key}.part"

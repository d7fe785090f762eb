"""Where pictures live: at Cloudinary, or on this server's disk.

A picture is known by a reference, `<place>:<owner>/<name>`, at Cloudinary with `@<version>` behind it. It names its
place, so pictures from before a server moved to Cloudinary keep their address and can be removed.

Who stores a picture takes a new reference and commits a note to remove it, puts the picture outside any transaction,
and commits what `put` returned together with the note's end. Whatever fails in between, the note removes.
"""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import cast
from uuid import UUID

from werkzeug.local import LocalProxy

from project.errors import ServiceUnavailable
from project.extensions import settings
from project.pictures.cloudinary import DEADLINE_SECONDS, Cloudinary
from project.pictures.disk import Disk
from project.pictures.processing import digest, picture_of
from project.pictures.references import checked


class Store:
    """New pictures go to Cloudinary where there is an account, else to the disk; older ones stay where they are."""

    def __init__(self, disk: Disk, cloudinary: Cloudinary | None = None) -> None:
        self._disk = disk
        self._places: dict[str, Disk | Cloudinary] = {"disk": disk}
        if cloudinary is not None:
            self._places["cloudinary"] = cloudinary
        self._newest = list(self._places)[-1]

    def new_reference(self, owner_id: UUID, picture: bytes = b"", *, source: bytes = b"") -> str:
        """For a picture yet to be put: 64 random bits, for whoever knows it sees the picture; and two digests.

        They tell the picture, and the file that it was made of, from any other without a look at them.
        """
        return f"{self._newest}:{owner_id}/{secrets.token_hex(8)}{digest(picture)}{digest(source or picture)}"

    def is_of(self, reference: str | None, file: bytes) -> bool:
        """Whether a reference is that of this very picture, of one made of this file, or of one that the file was."""
        name = (reference or "").rpartition("/")[2].partition("@")[0]
        return bool(name) and (digest(file) in (name[16:32], name[32:]) or picture_of(file) == name[16:32])

    def reference_at(self, url: str) -> str | None:
        """The reference of the picture at one of our own URLs."""
        for name, place in self._places.items():
            key = place.key_at(url)
            if key is not None:
                return f"{name}:{key}"
        return None

    def read(self, reference: str) -> bytes:
        """The picture itself. Raises NotFound or ServiceUnavailable."""
        place, _, key = reference.partition(":")
        return self._place(place).read(checked(key))

    def put(self, reference: str, data: bytes) -> str:
        """The reference to keep, of at most 200 characters. Raises ServiceUnavailable, within 6 seconds."""
        place, _, key = reference.partition(":")
        return f"{place}:{self._place(place).put(checked(key), data)}"

    def url(self, reference: str) -> str | None:
        """Where everybody may get the picture, the same for ever; None where the account for it was taken away."""
        place, _, key = reference.partition(":")
        return self._places[place].url(key) if place in self._places else None

    def delete(self, reference: str, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Takes what `new_reference` or `put` returned, whether anything is there or not. Raises ServiceUnavailable."""
        place, _, key = reference.partition(":")
        self._place(place).delete(checked(key), seconds=seconds)

    def delete_owner(self, owner_id: UUID, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Every picture of a user, in every place. Raises ServiceUnavailable; may be repeated."""
        for place in self._places.values():
            place.delete_owner(owner_id, seconds=seconds)

    def find(self, owner_id: UUID, name: str) -> Path:
        """The file to serve at `/pictures/<owner_id>/<name>.webp`. Raises NotFound."""
        return self._disk.find(f"{owner_id}/{name}")

    def _place(self, name: str) -> Disk | Cloudinary:
        if name not in self._places:
            raise ServiceUnavailable("The place where this picture is kept is not configured.")
        return self._places[name]


def digest_of(reference: str) -> str:
    """The digest of the picture that a reference is of."""
    return reference.rpartition("/")[2][16:32]


@lru_cache
def open_store(instance_folder: Path, public_url: str, cloudinary_url: str | None) -> Store:
    """The pictures of one application; their folder is made with the first picture on disk."""
    disk = Disk(instance_folder / "pictures", public_url)
    return Store(disk, Cloudinary(cloudinary_url) if cloudinary_url else None)


def current() -> Store:
    """The store of the current application itself, for threads, which have no application context."""
    return open_store(settings.instance_folder, settings.public_url, settings.cloudinary_url)


store: Store = cast(Store, LocalProxy(current))
"""That of the current application."""

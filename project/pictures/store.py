"""Where pictures are kept: at Cloudinary, or on this server's disk.

A picture is known by a reference, `<place>:<owner>/<name>`, at Cloudinary with `@<version>` at its end. It names its
place, so pictures from before a server moved to Cloudinary keep their address and can be deleted. `removals` uploads
pictures so that a crash leaves no orphans.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import cast
from uuid import UUID

import structlog
from werkzeug.local import LocalProxy

from project.errors import NotFound, ServiceUnavailable
from project.extensions import settings
from project.pictures import references
from project.pictures.cloudinary import DEADLINE_SECONDS, Cloudinary
from project.pictures.disk import Disk
from project.pictures.processing import digest, picture_of
from project.pictures.references import checked

log = structlog.get_logger()


class Store:
    """New pictures go to Cloudinary if there is an account, else to the disk. Older ones stay where they are."""

    def __init__(self, disk: Disk, cloudinary: Cloudinary | None = None, *, keys: Sequence[str]) -> None:
        """`keys` are the server's secrets, the newest first."""
        self.disk, self.keys = disk, keys
        self.places: dict[str, Disk | Cloudinary] = {"disk": disk}
        if cloudinary is not None:
            self.places["cloudinary"] = cloudinary
        self.newest = list(self.places)[-1]

    def new_reference(self, owner_id: UUID, picture: bytes = b"", *, source: bytes = b"") -> str:
        """A reference for a new picture, which `is_of` recognises without reading it."""
        name = references.new_name(self.keys[0], digest(picture), digest(source or picture))
        return f"{self.newest}:{owner_id}/{name}"

    def is_of(self, reference: str | None, file: bytes) -> bool:
        """Whether a reference is of this picture, of one made of this file, or of one that this file was made of."""
        if not reference:
            return False
        random, of_picture, of_source = references.digests(reference)
        is_one = partial(references.is_sealed, self.keys, random)
        return is_one(of_picture, digest(file)) or is_one(of_source, digest(file)) or self.shows(reference, file)

    def shows(self, reference: str, file: bytes) -> bool:
        """Whether a file is a JPEG that was made of this picture."""
        random, of_picture, _ = references.digests(reference)
        shown = picture_of(file)
        return shown is not None and references.is_sealed(self.keys, random, of_picture, shown)

    def reference_at(self, url: str) -> str | None:
        """The reference of the picture at one of our own URLs."""
        for name, place in self.places.items():
            key = place.key_at(url)
            if key is not None:
                return f"{name}:{key}"
        return None

    def read(self, reference: str) -> bytes:
        """The picture itself; raises NotFound or ServiceUnavailable."""
        with self.place_of(reference) as (place, key):
            return place.read(key)

    def put(self, reference: str, data: bytes) -> str:
        """The reference to keep, of at most 200 characters; raises ServiceUnavailable, within 5 seconds."""
        with self.place_of(reference) as (place, key):
            return f"{reference.partition(':')[0]}:{place.put(key, data)}"

    def url(self, reference: str) -> str | None:
        """The public address of the picture, which never changes; None if its account is no longer configured."""
        place, _, key = reference.partition(":")
        return self.places[place].url(key) if place in self.places else None

    def delete(self, reference: str, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Delete what `new_reference` or `put` returned, whether it is there or not; raises ServiceUnavailable."""
        with self.place_of(reference) as (place, key):
            place.delete(key, seconds=seconds)

    def delete_owner(self, owner_id: UUID, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Delete every picture of a user, in every place; raises ServiceUnavailable, and may be repeated."""
        for place in self.places.values():
            with available(place):
                place.delete_owner(owner_id, seconds=seconds)

    def find(self, owner_id: UUID, name: str) -> Path:
        """The file to serve at `/pictures/<owner_id>/<name>.webp`; raises NotFound."""
        return self.disk.find(f"{owner_id}/{name}")

    @contextmanager
    def place_of(self, reference: str) -> Iterator[tuple[Disk | Cloudinary, str]]:
        """The place of a picture, to be used at once, and its key there; raises ServiceUnavailable."""
        name, _, key = reference.partition(":")
        if name not in self.places:
            raise ServiceUnavailable("The place where this picture is kept is not configured.")
        checked(key)
        with available(self.places[name]):
            yield self.places[name], key


@contextmanager
def available(place: Disk | Cloudinary) -> Iterator[None]:
    """Raise ServiceUnavailable if the place fails."""
    try:
        yield
    except NotFound:
        raise
    except place.outages as error:
        log.warning("pictures_unavailable", error=type(error).__name__, cause=str(error)[:500])
        raise ServiceUnavailable("The picture store is unavailable.") from error


@lru_cache
def open_store(instance_folder: Path, public_url: str, cloudinary_url: str | None, *keys: str) -> Store:
    """The pictures of one application; their folder is made with the first picture on disk."""
    disk = Disk(instance_folder / "pictures", public_url)
    return Store(disk, Cloudinary(cloudinary_url) if cloudinary_url else None, keys=keys)


def current() -> Store:
    """The store of the current application itself, for threads, which have no application context."""
    return open_store(settings.instance_folder, settings.public_url, settings.cloudinary_url, *settings.jwt_secret_keys)


store: Store = cast(Store, LocalProxy(current))
"""That of the current application."""

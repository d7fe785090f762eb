"""Pictures to store, their owners, and what everybody gets at a picture's address."""

from collections.abc import Callable
from uuid import UUID

import pytest

from project.errors import NotFound
from project.pictures.store import Store
from tests import images

PUBLIC_URL, KEY = "https://contacts.example.org", "a secret of this server"
ADA, GRACE = UUID("01920000-0000-7000-8000-00000000000a"), UUID("01920000-0000-7000-8000-00000000000b")
PICTURE, OTHER_PICTURE = images.webp(), images.encode(images.quarters(32, 32), "WEBP")


def read(store: Store, url: str) -> bytes | None:
    owner, name = url.removeprefix(f"{PUBLIC_URL}/pictures/").removesuffix(".webp").split("/")
    try:
        return store.find(UUID(owner), name).read_bytes()
    except NotFound:
        return None


def put(store: Store, data: bytes = PICTURE, owner: UUID = ADA) -> str:
    return store.put(store.new_reference(owner), data)


def read_nothing(store: Store) -> None:
    with pytest.raises(NotFound):
        store.read(store.new_reference(ADA))


ACTIONS: dict[str, Callable[[Store], object]] = {
    "put": put,
    "read": read_nothing,
    "delete": lambda store: store.delete(store.new_reference(ADA)),
    "delete_owner": lambda store: store.delete_owner(ADA),
}

"""The photo of a card that a device puts, in the picture store for `photo_url`. The card itself keeps its own bytes."""

from collections.abc import Iterable
from uuid import UUID

from project.contacts.carddav import mending
from project.contacts.carddav.mending import Arrived
from project.contacts.carddav.reading import photo_of
from project.contacts.exchange import vcards
from project.contacts.models import PENDING
from project.errors import ServiceUnavailable, UnusablePicture
from project.pictures import processing, removals
from project.pictures.store import store


def commit(owner_id: UUID, name: str, arrived: Arrived) -> str | None:
    """The reference of a card's photo, PENDING if the store does not take it now, None if there is none to show.

    Commits, so that its removal is queued before the upload, and no transaction is open meanwhile.
    """
    data = picture_of(arrived.lines)
    if data is None:
        return None
    shown = photo_of(owner_id, name)
    try:
        return shown if shown and store.is_of(shown, data) else commit_picture(owner_id, data, shown)
    except UnusablePicture:
        return None
    except ServiceUnavailable:
        return PENDING


def commit_picture(owner_id: UUID, data: bytes, shown: str | None) -> str:
    picture = processing.make_safe(data)
    return shown if shown and store.is_of(shown, picture) else removals.commit_upload(owner_id, picture, source=data)


def picture_of(lines: Iterable[str]) -> bytes | None:
    """The data of the first PHOTO that has some."""
    found = [line for line in lines if vcards.name(line) == "PHOTO"]
    return mending.read([*found, mending.NAMELESS]).photo if found else None

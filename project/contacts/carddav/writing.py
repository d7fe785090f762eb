"""What a card says: the bytes that a device has written while they are the contact, else written anew from it."""

from typing import Any
from uuid import UUID

from project.contacts import kept_lines, rows
from project.contacts.carddav import restoring
from project.contacts.carddav.keeping import Made
from project.contacts.exchange import vcards
from project.contacts.exchange.card import Card
from project.contacts.models import PENDING
from project.errors import NotFound, ServiceUnavailable
from project.pictures import processing
from project.pictures.store import store


class Album:
    """The photos of one answer, and the cards made with them. A place that does not answer is not asked again."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.made: list[Made] = []

    def photo(self, reference: str) -> bytes | None:
        """The picture, or None where it is gone. Raises ServiceUnavailable."""
        place = reference.partition(":")[0]
        if place in self.silent:
            raise ServiceUnavailable()
        try:
            found = processing.as_jpeg(store.read(reference))
        except NotFound:
            return None
        except ServiceUnavailable:
            self.silent.add(place)
            raise
        return found


class NoAlbum(Album):
    """For cards whose photos do not matter."""

    def photo(self, reference: str) -> bytes | None:
        return None


def text_of(row: Any, album: Album) -> str:
    """The card of a row with all that `reading.FULL` names. Raises ServiceUnavailable for a photo out of reach."""
    if row.body is not None and row.card_revision == row.revision:
        return str(row.body)
    return written_anew(row, album)


def written_anew(row: Any, album: Album) -> str:
    """The contact and its unmodelled lines; of an outdated card what no contact holds, and its PHOTO if still shown."""
    is_own_photo = row.body is not None and row.photo == shown_by(row.card_photo)
    photo = album.photo(row.photo) if row.photo and not is_own_photo else None
    lines = vcards.compose(card_of(row, photo))
    text = restoring.restored(row.body, lines, has_own_photo=is_own_photo) if row.body else vcards.write(lines)
    if photo:
        album.made.append(Made(row.id, row.revision, row.photo, text))
    return text


def shown_by(reference: str | None) -> str | None:
    """The photo that a contact shows because of its card."""
    return None if reference == PENDING else reference


def card_of(row: Any, photo: bytes | None) -> Card:
    content = rows.content_of(row._mapping)
    extra = list(kept_lines.load(rows.plain(row.extra)).lines)
    return Card(content, uid_of(row.id, row.uid), photo, extra, row.name, revised=row.updated_at)


def uid_of(contact_id: UUID, uid: str | None) -> str:
    return str(contact_id) if uid is None else uid

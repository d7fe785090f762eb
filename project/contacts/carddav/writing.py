"""What a card says: the bytes that a device has written while they are the contact, else written anew from it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from project.contacts import kept_lines, rows
from project.contacts.carddav import mending, vcards
from project.contacts.exchange.card import Card
from project.contacts.models import PENDING
from project.errors import NotFound, ServiceUnavailable
from project.pictures import processing
from project.pictures.store import store

CUT: Final = ("NOTE",)


class Album:
    """The photos of one answer. A place that does not answer is not asked again."""

    def __init__(self) -> None:
        self.silent: set[str] = set()

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
    outdated = vcards.lines_of(row.body) if row.body else []
    is_own_photo = row.body is not None and row.photo == shown_by(row.card_photo)
    photo = album.photo(row.photo) if row.photo and not is_own_photo else None
    lines = vcards.compose(card_of(row, photo))
    if is_own_photo:
        lines = [line for line in lines if vcards.name(line) != "PHOTO"]
        lines += [line for line in outdated if vcards.name(line) == "PHOTO"]
    return vcards.write(restored(lines, outdated) if outdated else lines)


def shown_by(reference: str | None) -> str | None:
    """The photo that a contact shows because of its card."""
    return None if reference == PENDING else reference


def card_of(row: Any, photo: bytes | None) -> Card:
    content = rows.content_of(row._mapping)
    extra = list(kept_lines.load(rows.plain(row.extra)).lines)
    return Card(content, uid_of(row.id, row.uid), photo, extra, row.name, revised=row.updated_at)


def uid_of(contact_id: UUID, uid: str | None) -> str:
    return str(contact_id) if uid is None else uid


def restored(lines: list[str], outdated: list[str]) -> list[str]:
    """The lines with what was cut for the contact, where the contact still has the beginning of it."""
    _, rest = mending.readable(outdated)
    if not rest:
        return lines
    before = by_name(vcards.compose(mending.contact_of(outdated)))
    now = by_name(lines)
    whole = {vcards.name(line): line for line in rest}
    replaced = {name: whole[name] for name in CUT if name in whole and before.get(name) == now.get(name)}
    kept = [line for line in lines if vcards.name(line) not in replaced]
    return [*kept, *replaced.values(), *(line for line in rest if vcards.name(line) not in CUT)]


def by_name(lines: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(vcards.name(line), []).append(line)
    return found

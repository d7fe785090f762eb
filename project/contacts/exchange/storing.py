"""Store the photos of an import, several side by side, while there is time."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from project.errors import NotFound, ServiceUnavailable, UnusablePicture
from project.pictures import processing, removals
from project.pictures.store import Store, current, store

SECONDS: Final = 15.0  # for the photos of one import
SIDE_BY_SIDE: Final = 2  # the store takes three calls at once, and others call it too
BATCH: Final = 16  # photos that are noted in one transaction
MOST_SILENCES: Final = 3  # of the store, after which it is not asked again


class Wanted(NamedTuple):
    """A photo to store, by the id of its contact: the file itself, and a picture of our own that it was made of."""

    id: UUID
    file: bytes | None = None
    reference: str | None = None


class Stored(NamedTuple):
    """The reference of a stored photo; or why there is none. It is pending if the store took none or had no time."""

    reference: str | None = None
    problem: str = ""

    @property
    def is_pending(self) -> bool:
        return not (self.reference or self.problem)


class Picture(NamedTuple):
    """A picture that is safe to store, and the file that it was made of."""

    id: UUID
    data: bytes
    file: bytes


class Patience:
    """How long the store is asked to take the photos of one import."""

    def __init__(self) -> None:
        self.until = time.monotonic() + SECONDS
        self.silences = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until or self.silences >= MOST_SILENCES


def commit_all(owner_id: UUID, wanted: Iterable[Wanted], patience: Patience) -> dict[UUID, Stored]:
    """Store photos, each for the contact of its id. What there is no patience for is pending.

    Commits the references of the photos first; raises PendingChanges if the caller has changed anything.
    """
    found: dict[UUID, Stored] = {}
    pictures = prepared(wanted, found, patience)
    place: Store = current()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while batch := list(islice(pictures, BATCH)):
            references = removals.commit_references(owner_id, [(picture.data, picture.file) for picture in batch])
            results = pool.map(partial(put, place, patience), references, batch)
            found |= zip((picture.id for picture in batch), results, strict=True)
            removals.withdraw_if_gone(owner_id, references)
    return found


def prepared(wanted: Iterable[Wanted], found: dict[UUID, Stored], patience: Patience) -> Iterator[Picture]:
    """The pictures made safe, in their order; `found` gets the others."""
    for each in wanted:
        if patience.is_over:
            found[each.id] = Stored()
            continue
        try:
            yield picture(each)
        except ServiceUnavailable:
            patience.silences += 1
            found[each.id] = Stored()
        except (UnusablePicture, NotFound) as problem:
            found[each.id] = Stored(problem=str(problem))


def picture(wanted: Wanted) -> Picture:
    """The picture that is in the store already, or else one made of the file."""
    try:
        data = store.read(wanted.reference) if wanted.reference else None
    except (NotFound, ServiceUnavailable):
        if wanted.file is None:
            raise
        data = None
    return Picture(wanted.id, data or processing.make_safe(wanted.file or b""), wanted.file or data or b"")


def put(place: Store, patience: Patience, reference: str, picture: Picture) -> Stored:
    try:
        return Stored() if patience.is_over else Stored(place.put(reference, picture.data))
    except ServiceUnavailable:
        patience.silences += 1
        return Stored()

"""The photos of an export, fetched side by side, a few contacts ahead of where they are written."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from project.errors import NotFound, ServiceUnavailable
from project.pictures import processing
from project.pictures.store import Store, current

SECONDS: Final = 120.0  # for the photos of one export; later cards have URLs
SIDE_BY_SIDE: Final = 2  # the store takes three calls at once, and others call it too
AHEAD: Final = 16  # contacts whose photos are fetched before they are written


class Album:
    """The photos of one export. A place that does not answer is not asked again."""

    def __init__(self) -> None:
        self.store: Store = current()
        self.until = time.monotonic() + SECONDS
        self.silent: set[str] = set()

    def beside(self, rows: Iterable[Any]) -> Iterator[tuple[Any, bytes | None]]:
        """Each row, and the photo of its `reference`; None if there is none, or it cannot be had now."""
        waiting: deque[tuple[Any, Future[bytes | None] | None]] = deque()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for row in rows:
                waiting.append((row, pool.submit(self.read, row.reference) if row.reference else None))
                if len(waiting) > AHEAD:
                    yield taken(*waiting.popleft())
            while waiting:
                yield taken(*waiting.popleft())

    def read(self, reference: str) -> bytes | None:
        """A photo as a JPEG, which every address book can show."""
        place = reference.partition(":")[0]
        if place in self.silent or time.monotonic() > self.until:
            return None
        try:
            return processing.as_jpeg(self.store.read(reference))
        except NotFound:
            return None
        except ServiceUnavailable:
            self.silent.add(place)
            return None


def taken(row: Any, photo: Future[bytes | None] | None) -> tuple[Any, bytes | None]:
    return row, photo.result() if photo else None

"""What a client may demand of the contact that it writes to: the revision it knows, or that there is none yet."""

from dataclasses import dataclass

from project.contacts.open_book import Entry
from project.errors import NotFound, PreconditionFailed


@dataclass(frozen=True, slots=True)
class Condition:
    """The revisions one of which is expected (None: any at all), and whether the contact must not exist yet."""

    revisions: frozenset[int] | None = None
    must_exist: bool = False
    must_not_exist: bool = False

    def check(self, entry: Entry | None) -> None:
        """Raises NotFound, or PreconditionFailed with the contact as it is."""
        if entry is None:
            if self.must_exist or self.revisions is not None:
                raise NotFound()
            return
        stale = self.revisions is not None and entry.revision not in self.revisions
        if stale or self.must_not_exist:
            raise PreconditionFailed(current=entry.show())


ANY = Condition()
EXISTING = Condition(must_exist=True)

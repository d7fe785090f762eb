"""The lines in a contact's `extra`: properties without a field, and before them what the import itself remembers.

`UID:` is the UID that the card came with, unless it is the contact's id. `X-IMPORTED:` lists digests of the cards and
photos that were imported into the contact, so that one that comes again is recognised and undoes nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

UID: Final = "UID:"
IMPORTED: Final = "X-IMPORTED:"
MOST_IMPORTED: Final = 20  # digests, the latest ones


class Kept(NamedTuple):
    """The parts of `extra`."""

    uid: str | None = None
    imported: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def dump(self) -> list[str] | None:
        """As it is stored."""
        uid = [] if self.uid is None else [UID + self.uid]
        imported = [IMPORTED + ",".join(self.imported[-MOST_IMPORTED:])] if self.imported else []
        return [*uid, *imported, *self.lines] or None


def load(extra: Iterable[str] | None) -> Kept:
    """The parts of what is stored; the first UID counts."""
    uids, imported, lines = [], [], []
    for line in extra or ():
        if line.startswith(UID):
            uids.append(line.removeprefix(UID))
        elif line.startswith(IMPORTED):
            imported += line.removeprefix(IMPORTED).split(",")
        else:
            lines.append(line)
    return Kept(uids[0] if uids else None, tuple(dict.fromkeys(imported)), tuple(lines))


def without_memory(extra: Sequence[str] | None) -> list[str]:
    """The properties alone, for a contact that is merged into another."""
    return list(load(extra).lines)

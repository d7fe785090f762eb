"""The lines in a contact's `extra`: properties without a field, and before them what the import itself remembers.

`X-IMPORTED:` lists digests of the cards and photos that were imported into the contact, so that one that comes again is
recognised and undoes nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

IMPORTED: Final = "X-IMPORTED:"
MOST_IMPORTED: Final = 20  # digests, the latest ones


class Kept(NamedTuple):
    """The parts of `extra`."""

    imported: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def dump(self) -> list[str] | None:
        """As it is stored."""
        imported = [IMPORTED + ",".join(self.imported[-MOST_IMPORTED:])] if self.imported else []
        return [*imported, *self.lines] or None


def load(extra: Iterable[str] | None) -> Kept:
    """The parts of what is stored."""
    imported, lines = [], []
    for line in extra or ():
        if line.startswith(IMPORTED):
            imported += line.removeprefix(IMPORTED).split(",")
        else:
            lines.append(line)
    return Kept(tuple(dict.fromkeys(imported)), tuple(lines))


def note(text: str) -> str:
    """A note for which a contact has no room, as a line (RFC 6350 §3.4)."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
    return f"NOTE:{escaped}"

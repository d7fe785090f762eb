"""What became of an imported file."""

from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["created", "unchanged", "updated"]


@dataclass(slots=True)
class Report:
    """How many cards made contacts, were in the book already, or changed one; and what failed, wholly or in part.

    `next_line` is where the first card begins that was not read; None at the end of a file. `photos_pending` are those
    that the picture store did not take in time, and which come with the same file again.
    """

    created: int = 0
    unchanged: int = 0
    updated: int = 0
    photos_pending: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()
    next_line: int | None = None

    def count(self, outcome: Outcome) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)

    def fail(self, line: int, name: str, detail: str, outcome: Outcome | None = None) -> None:
        """Note what is not in the book of a card, and what became of the rest of it."""
        self.failed.append({"line": line, "name": name, "detail": detail, "contact": outcome})

    def stop(self, line: int) -> None:
        self.next_line = line
        self.fail(line, "", "This was as much as one import takes. Send the file again from this line on.")

    def show(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "unchanged": self.unchanged,
            "updated": self.updated,
            "photos_pending": self.photos_pending,
            "failed": sorted(self.failed, key=lambda each: each["line"]),
            "unknown_columns": list(self.unknown_columns),
            "next_line": self.next_line,
        }

"""Ids as clients write them: UUIDs in canonical form, in either case (RFC 9562 §4). Answers have lower case."""

import re
from typing import Final
from uuid import UUID

PATTERN: Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
CANONICAL: Final = re.compile(PATTERN)


def parse(text: str) -> UUID:
    """Raises ValueError for every other spelling, such as a URN, braces, or no hyphens, which `UUID` accepts."""
    if not CANONICAL.fullmatch(text):
        raise ValueError("not a UUID in canonical form")
    return UUID(text)


def find(value: object) -> UUID | None:
    """The id that a value is, or None."""
    return UUID(value) if isinstance(value, str) and CANONICAL.fullmatch(value) else None

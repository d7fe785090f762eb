"""Digests of cards as their files have them, by which a card without a UID is the same whatever a later version reads.

Never change what these return, because contacts keep them; therefore none of our readers is used here. What differs
from one export of a card to the next does not count: the order of lines, where they are folded, the software, the time,
the version, and the addresses of pictures.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from project import unicode

NAME = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)[;:]")
VOLATILE = frozenset({"VERSION", "PRODID", "REV", "UID"})
PICTURES = frozenset({"PHOTO", "LOGO", "SOUND"})
LINKED = re.compile(r"[^:]*:(?:\"?[a-z]+:)?\s*(?:https?|ftp|file|content):", re.IGNORECASE)


def of_lines(content: bytes) -> str:
    """That of a vCard, without BEGIN and END."""
    whole = content.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")
    lines = unicode.nfc(whole.decode(errors="surrogateescape")).split("\n")
    return digest(sorted(line for line in logical(lines) if counts(line)))


def logical(lines: Iterable[str]) -> Iterator[str]:
    """Join lines that are no properties, such as those of Base64, with the one before."""
    parts: list[str] = []
    for line in lines:
        if NAME.match(line) and parts:
            yield "".join(parts)
            parts = []
        parts.append(line.strip())
    yield "".join(parts)


def counts(line: str) -> bool:
    found = NAME.match(line)
    name = found[1].upper() if found else ""
    is_blank = not line.partition(":")[2].strip("; ")
    return not (is_blank or name in VOLATILE or (name in PICTURES and LINKED.match(line)))


def of_row(titles: Iterable[str], cells: Iterable[str]) -> str:
    """That of a row of CSV, whatever the order of its columns."""
    pairs = zip(titles, cells, strict=False)
    return digest(sorted([title.strip(), cell.strip()] for title, cell in pairs if cell.strip()))


def of_item(item: Mapping[str, Any]) -> str:
    """That of an object of JSON."""
    return digest({name: value for name, value in item.items() if value})


def digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()

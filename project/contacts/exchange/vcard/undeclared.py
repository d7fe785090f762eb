"""The encoding of the lines of a vCard file that do not say theirs, by all of them together."""

import binascii
import io
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from project.contacts.exchange.values import encodings, guessing

CHARSET: Final = re.compile(rb"[^:]{,1000};CHARSET=\"?([A-Z0-9_-]+)", re.IGNORECASE)
QUOTED: Final = re.compile(rb"[^:]{,200};(?:ENCODING=)?QUOTED-PRINTABLE[^:]{,200}:(.*=[89A-F].*)", re.IGNORECASE)
LONGEST: Final = 1_000  # bytes of a value that count


class Undeclared:
    """That of one file, found when the first such line is read."""

    def __init__(self, source: bytes) -> None:
        self.source = source

    def __call__(self) -> str:
        return self.encoding

    @cached_property
    def encoding(self) -> str:
        return guessing.guess(values(self.source))


def values(source: bytes) -> Iterator[bytes]:
    """The values that are neither UTF-8 nor say what they are."""
    for line in io.BytesIO(source):
        quoted = QUOTED.match(line) if line.isascii() else None
        value = binascii.a2b_qp(quoted[1]) if quoted else line.partition(b":")[2]
        if not (value.isascii() or encodings.is_utf8(value) or charset(line)):
            yield value[:LONGEST]


def charset(line: bytes) -> str:
    """The charset that a line declares, as vCard 2.1 lets it."""
    found = CHARSET.match(line)
    return found[1].decode() if found else ""

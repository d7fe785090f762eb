"""Where cards begin and end in a file of vCards. Works on bytes, so that the file is not decoded as a whole."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from project.contacts.exchange.card import Failure
from project.contacts.exchange.values import encodings, text

BOM = codecs.BOM_UTF8
MARK = re.compile(rb"\n(?i:(BEGIN)|END)[ \t]*:[ \t]*(?i:VCARD)[ \t]*(?=\n|\Z)")
# A card follows on the line on which another ends, where files were put together.
GLUED = b"END:VCARDBEGIN:VCARD"
GLUED_MARK = re.compile(rb"(?:\n|(?<=END:VCARD))(?i:(BEGIN)|END)[ \t]*:[ \t]*(?i:VCARD)[ \t]*(?=\n|\Z|BEGIN:VCARD\n)")
INDENTED = re.compile(rb"(\n(?:[ \t]{1,20}|> ?))BEGIN:VCARD[ \t]*\n", re.IGNORECASE)  # as texts are quoted
# The end of a card that has no other: behind a space, which makes it part of the line before, or behind a value.
SPOILT_END = re.compile(rb"(?i:END[ \t]*:[ \t]*VCARD)[ \t;,\"']*(?=\n|\Z)")
NAME = re.compile(rb"\nFN[^:\n]*:([^\n]{,400})", re.IGNORECASE)
SHOWN = 100  # characters of a broken card's name


class Envelope(NamedTuple):
    """What stands between BEGIN and END, and the line of BEGIN."""

    line: int
    content: bytes


def lined(data: bytes) -> bytes:
    """A file as UTF-8, all its lines, the first included, behind line feeds; none has a byte order mark any more."""
    lines = b"\n" + encodings.to_utf8(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = lines.replace(b"\n" + BOM, b"\n").replace(b"END:VCARD" + BOM, b"END:VCARD")
    indented = None if holds_card(lines) else INDENTED.search(lines)
    return lines.replace(indented[1], b"\n") if indented else lines


def holds_card(source: bytes) -> bool:
    """Whether any card begins or ends in it."""
    return MARK.search(source) is not None


def split(source: bytes) -> Iterator[Envelope | Failure]:
    """The cards in their order. One without any end fails, and ends where the next begins."""
    opened: tuple[int, int] | None = None
    for line, mark in outer_marks(source):
        if opened and mark[1]:
            yield unended(opened[0], source[opened[1] : mark.start()])
        elif opened:
            yield Envelope(opened[0], source[opened[1] : mark.start()])
        elif not mark[1]:
            yield Failure(line, "", "END:VCARD without BEGIN:VCARD.")
        opened = (line, mark.end()) if mark[1] else None
    if opened:
        yield unended(opened[0], source[opened[1] :])


def unended(line: int, content: bytes) -> Envelope | Failure:
    """A card that does not end on a line of its own; one whose end is spoilt is whole all the same."""
    ends = list(SPOILT_END.finditer(content))
    if ends:
        return Envelope(line, content[: ends[-1].start()].rstrip(b" \t"))
    return Failure(line, name(content), "The card has no END:VCARD.")


def outer_marks(source: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The marks but those of cards within cards, which vCard 2.1 allows below AGENT."""
    depth = 0
    for line, mark in marks(source):
        if mark[1] and is_agent(source, mark.start()):
            depth += 1
        elif depth and not mark[1]:
            depth -= 1
        else:
            depth = 0
            yield line, mark


def marks(source: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Every BEGIN and END with its line."""
    line, counted = 1, 0
    for mark in (GLUED_MARK if GLUED in source else MARK).finditer(source):
        line += source.count(b"\n", counted, mark.start())
        counted = mark.start()
        yield line, mark


def is_agent(source: bytes, end: int) -> bool:
    """Whether the line that ends there says that a card follows."""
    return source[source.rfind(b"\n", 0, end) + 1 : end].upper().startswith(b"AGENT")


def name(content: bytes) -> str:
    """What a card that cannot be read calls itself."""
    found = NAME.search(content)
    return text.one_line(encodings.decode(found[1], ""))[:SHOWN] if found else ""

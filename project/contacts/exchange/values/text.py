"""Text as the contract keeps it: NFC, trimmed, without control characters. Here it is mended; schemas refuse."""

import re

from project import unicode
from project.unicode import is_visible

BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
LINE_ENDS = "\v\f\r\x85\u2028\u2029"
FORBIDDEN = [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]  # control characters, and halves of others
# Tables rather than expressions: these keep no list of what they find.
WITHOUT_CONTROLS: dict[int, str | None] = dict.fromkeys(FORBIDDEN)
WITH_LINES = WITHOUT_CONTROLS | dict.fromkeys(map(ord, LINE_ENDS), "\n") | {ord("\n"): "\n", ord("\t"): "\t"}


def one_line(text: str) -> str:
    """A value of one line: a line break or tab in it becomes a space; what shows nothing is empty."""
    if text.isprintable():
        if text.isascii():
            return text.strip()
    else:
        text = BREAKS.sub(" ", text).translate(WITHOUT_CONTROLS)
    return visible(unicode.nfc(text.strip()))


def lines(text: str) -> str:
    """A note, with line feeds and tabs."""
    return visible(composed(text).strip())


def composed(text: str) -> str:
    """Text in NFC, not trimmed."""
    return unicode.nfc(clean(text))


def clean(text: str) -> str:
    """Nothing but characters, tabs and line feeds, of which every kind of line break is one."""
    if text.replace("\n", "").isprintable():
        return text
    return text.replace("\r\n", "\n").translate(WITH_LINES)


def visible(text: str) -> str:
    """The text, or nothing if none of it can be seen."""
    return text if is_visible(text) else ""

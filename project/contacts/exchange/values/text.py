"""Text as contacts have it: NFC, trimmed, without control characters. Imports repair what the API refuses."""

import re

from project import unicode
from project.unicode import is_visible

BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write (§2.2)."""
LINE_ENDS = "\v\f\r\x85\u2028\u2029"
FORBIDDEN = [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]  # control characters, and lone surrogates
# Tables rather than expressions: these keep no list of what they find.
WITHOUT_CONTROLS: dict[int, str | None] = dict.fromkeys(FORBIDDEN)
WITH_LINES = WITHOUT_CONTROLS | dict.fromkeys(map(ord, LINE_ENDS), "\n") | {ord("\n"): "\n", ord("\t"): "\t"}
# Zero-width characters, byte order marks and directional marks mean nothing at the ends of a text, where they come in
# with what was copied. Joiners (U+200C, U+200D) stay: Malayalam ends words in one.
SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
RANGES = (
    range(0x202A, 0x202F), range(0x2060, 0x2065), range(0x2066, 0x2070), range(0xFFF9, 0xFFFD), range(0x1D173, 0x1D17B),
)  # fmt: skip
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2800\u3164\ufeff\uffa0\U000e0001"
    + "".join(chr(number) for each in RANGES for number in each)
)
ENDS = SPACES + INVISIBLE
REACHED = {"phone": re.compile(r"[\d\s+()./*#-]{5,}"), "email": re.compile(r"[^@\s]+@[^@\s]+")}
WITHOUT_INVISIBLE: dict[int, str | None] = dict.fromkeys(map(ord, INVISIBLE + "\u200c\u200d\ufe0e\ufe0f"))


def one_line(text: str) -> str:
    """A value of one line: line breaks and tabs become spaces; invisible characters at the ends go."""
    if text.isprintable():
        if text.isascii():
            return text.strip()
    else:
        text = BREAKS.sub(" ", text).translate(WITHOUT_CONTROLS)
    return visible(unicode.nfc(text.strip(ENDS)))


def lines(text: str) -> str:
    """A note, with line feeds and tabs."""
    return visible(composed(text).strip(ENDS))


def bare(value: str, kind: str) -> str:
    """A number or an address without the invisible characters that it was copied with; any other text as it is."""
    plain = value if value.isascii() else value.translate(WITHOUT_INVISIBLE)
    return plain if REACHED[kind].fullmatch(plain) else value


def composed(text: str) -> str:
    """Text in NFC, not trimmed."""
    return unicode.nfc(clean(text))


def clean(text: str) -> str:
    """Text with line feeds for all kinds of line breaks, and no other control characters but tabs."""
    if text.replace("\n", "").isprintable():
        return text
    return text.replace("\r\n", "\n").translate(WITH_LINES)


def visible(text: str) -> str:
    """The text, or an empty one if none of it can be seen."""
    return text if is_visible(text) else ""

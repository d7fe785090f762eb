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
BREAK = "\u2028"  # within a line of a vCard
WITH_BREAKS = WITH_LINES | dict.fromkeys(map(ord, LINE_ENDS), BREAK)
REACHED = {"phone": re.compile(r"[\d\s+()./*#-]{5,}"), "email": re.compile(r"[^@\s]+@[^@\s]+")}
PLAINLY: dict[int, str | None] = {
    **dict.fromkeys(map(ord, unicode.SPACES), " "),
    **dict.fromkeys(map(ord, unicode.INVISIBLE + unicode.JOINERS)),
}


def one_line(text: str) -> str:
    """A value of one line: line breaks and tabs become spaces; invisible characters at the ends go."""
    if text.isprintable():
        if text.isascii():
            return text.strip()
    else:
        text = BREAKS.sub(" ", text).translate(WITHOUT_CONTROLS)
    return visible(unicode.nfc(unicode.trimmed(text)))


def lines(text: str) -> str:
    """A note, with line feeds and tabs."""
    return visible(unicode.trimmed(composed(text)))


def bare(value: str, kind: str) -> str:
    """A number or an address without the invisible characters and the spaces of a layout; any other text as it is."""
    plain = value if value.isascii() else value.translate(PLAINLY)
    return plain if REACHED[kind].fullmatch(plain) else value


def composed(text: str) -> str:
    """Text in NFC, not trimmed."""
    return unicode.nfc(clean(text))


def clean(text: str) -> str:
    """Text with line feeds for all kinds of line breaks, and no other control characters but tabs."""
    if text.replace("\n", "").isprintable():
        return text
    return text.replace("\r\n", "\n").translate(WITH_LINES)


def clean_lines(text: str) -> str:
    """Lines of a vCard, in which other line breaks than a line feed end no line, without other control characters."""
    return text if text.replace("\n", "").isprintable() else text.translate(WITH_BREAKS)


def visible(text: str) -> str:
    """The text, or an empty one if none of it can be seen."""
    return text if is_visible(text) else ""

"""Text as the contract keeps it: NFC, trimmed, without control characters. Here it is mended; schemas refuse."""

import re
import unicodedata

BREAK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
INVISIBLE = ("C", "Z", "M")  # the Unicode categories of characters that show nothing of their own


def one_line(text: str) -> str:
    """A value of one line: a line break or tab in it becomes a space; what shows nothing is empty."""
    if text.isprintable():
        if text.isascii():
            return text.strip()
    else:
        text = CONTROL.sub("", BREAK.sub(" ", text))
    return visible(unicodedata.normalize("NFC", text.strip()))


def lines(text: str) -> str:
    """A note, with line feeds and tabs."""
    return visible(composed(text).strip())


def composed(text: str) -> str:
    """Text in NFC, not trimmed."""
    return unicodedata.normalize("NFC", clean(text))


def clean(text: str) -> str:
    """Nothing but characters, tabs and line feeds, of which every kind of line break is one."""
    if text.replace("\n", "").isprintable():
        return text
    return CONTROL_BUT_LINES.sub("", LINE_END.sub("\n", text))


def visible(text: str) -> str:
    """The text, or nothing if none of it can be seen."""
    if text.isascii() or any(not unicodedata.category(character).startswith(INVISIBLE) for character in text):
        return text
    return ""

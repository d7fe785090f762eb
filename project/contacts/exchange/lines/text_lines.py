"""Content lines as text: escaped, split, joined, folded (RFC 6350 §3, RFC 2425 §5.8, RFC 6868). Knows no property."""

import re
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 75  # octets, without the line break
QUOTED = b"QUOTED-PRINTABLE"
FOLD_BUT_SOFT = re.compile(rb"(?<!=)\n[ \t]")
FOLDED = (" ", "\t")
IS_QUOTED = re.compile(r';(?:ENCODING=)?"?QUOTED-PRINTABLE"?(?:;|$)')  # by a parameter, not within one
STARTS = re.compile(r"(?:[A-Za-z0-9_-]+\.)?[A-Za-z0-9_-]+[;:]")
GOES_ON = re.compile(r"\n(?![A-Za-z0-9_.-]+[;:])")
HEAD_LENGTH = 1000  # characters in which a line says how it is encoded
SHOWN = 60  # characters of a line that is none

# Two characters that no text holds stand for an escaped backslash and an escaped separator while a value is split.
BACKSLASH, SEPARATOR = "\0", "\1"


def escape(text: str) -> str:
    """A text that cannot end its value, nor be taken for several (RFC 6350 §3.4)."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def unescape(value: str) -> str:
    """The text of a value. A backslash that escapes nothing is one."""
    if "\\" not in value:
        return value
    value = value.replace("\\\\", BACKSLASH).replace("\\n", "\n").replace("\\N", "\n")
    return value.replace("\\,", ",").replace("\\;", ";").replace("\\:", ":").replace(BACKSLASH, "\\")


def split(value: str, separator: str) -> list[str]:
    """The parts between separators that are not escaped; they stay escaped themselves, and can be joined again."""
    if "\\" not in value:
        return value.split(separator)
    value = value.replace("\\\\", BACKSLASH).replace(f"\\{separator}", SEPARATOR)
    parts = (part + "\\" if part.endswith("\\") else part for part in value.split(separator))
    return [part.replace(SEPARATOR, f"\\{separator}").replace(BACKSLASH, "\\\\") for part in parts]


def padded(parts: list[str], count: int) -> list[str]:
    """At least this many parts, blank ones at the end."""
    return parts + [""] * (count - len(parts))


def quote(text: str) -> str:
    """A parameter's value (RFC 6868)."""
    return '"{}"'.format(text.replace("^", "^^").replace("\n", "^n").replace('"', "^'"))


def unquote(value: str) -> str:
    """The text of a parameter's value, in quotes or not."""
    text = value.strip('"')
    if "^" not in text:
        return text
    return text.replace("^^", BACKSLASH).replace("^n", "\n").replace("^'", '"').replace(BACKSLASH, "^")


def unfold(content: bytes) -> bytes:
    """Each line whole, before it is decoded: a fold may be inside of a character.

    A quoted-printable value goes on below a `=`, and a space at the start of the next line is then its own.
    """
    if QUOTED in content.upper():
        return FOLD_BUT_SOFT.sub(b"", content)
    return content.replace(b"\n ", b"").replace(b"\n\t", b"")


def join(written: str) -> Iterable[str]:
    """The lines of a card, those in one that go on without being folded: quoted-printable, Base64, bare notes.

    Raises ValueError for a line that is none and goes on none.
    """
    written = written.strip("\n")
    physical = written.split("\n")
    has_more = GOES_ON.search(written) or ("=\n" in written and "QUOTED-PRINTABLE" in written.upper())
    return join_each(physical) if has_more else physical


def join_each(physical: Iterable[str]) -> Iterator[str]:
    """See `join`."""
    parts: list[str] = []
    for line in physical:
        if parts and goes_on(parts, line):
            parts.append(line)
        else:
            yield glue(parts)
            parts = [line]
    yield glue(parts)


def goes_on(parts: Sequence[str], line: str) -> bool:
    """Whether a line belongs to those before it."""
    return not STARTS.match(line) or (parts[-1].endswith("=") and bool(IS_QUOTED.search(head(parts))))


def glue(parts: Sequence[str]) -> str:
    """The lines as the one that they are."""
    if len(parts) <= 1:
        return "".join(parts)
    if IS_QUOTED.search(head(parts)):
        return "".join(part.removesuffix("=") for part in parts)
    if "BASE64" in head(parts) or "ENCODING=B" in head(parts):
        return "".join(parts)
    is_note = head(parts).startswith("NOTE")
    bare = next((part for part in parts[1:] if part and not part.startswith(FOLDED)), None)
    if bare and not is_note:
        raise ValueError(f"A line is no property: {bare[:SHOWN]}")
    line_break = "\n" if is_note else ""
    return parts[0] + "".join(part[1:] if part.startswith(FOLDED) else line_break + part for part in parts[1:])


def head(parts: Sequence[str]) -> str:
    """What stands before the value, which tells what the lines are."""
    return parts[0][:HEAD_LENGTH].partition(":")[0].upper()


def fold(line: str) -> bytes:
    """The line with its break, in pieces of at most 75 octets that end between characters.

    A line break in it could start another property, and is left out whatever comes.
    """
    octets = line.replace("\r", "").replace("\n", "").encode()
    if len(octets) <= WIDTH:
        return octets + b"\r\n"
    return b"\r\n ".join(pieces(octets)) + b"\r\n"


def pieces(octets: bytes) -> Iterator[bytes]:
    """The first piece has room for one octet more: the others follow a space."""
    start, end = 0, WIDTH
    while end < len(octets):
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        yield octets[start:end]
        start, end = end, end + WIDTH - 1
    yield octets[start:]

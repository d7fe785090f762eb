"""Content lines as text: escaped, split, joined, folded (RFC 6350 §3, RFC 2425 §5.8, RFC 6868). Knows no property."""

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 75  # octets, without the line break
FOLD_BUT_SOFT = re.compile(rb"(?<!=)\n[ \t]")
FOLDED = (" ", "\t")
EQUALS = ord("=")
IS_QUOTED = re.compile(r';(?:ENCODING=)?"?QUOTED(?:-PRINTABLE)?"?(?:;|$)')  # by a parameter, not within one
STARTS = re.compile(r"""(?:[A-Za-z0-9_-]+\.)?(?:[A-Za-z0-9_-]+|[Xx]-[^\s:;"=,]+)[;:]""")
SPACED = re.compile(r"([A-Za-z-]+)[ \t]+[;:]")  # some put a space before the colon
GOES_ON = re.compile(r"\n(?![A-Za-z0-9_./-]+[;:])")
PROSE = re.compile(
    r"(?:\d[\w-]*:|((?![Xx]-)[A-Za-z][\w-]*):(?:[ \t]|//))"
)  # in a note: `12:30`, `Remember: milk`, `http://…`
HAS_PROSE = re.compile(rf"\n{PROSE.pattern}")
STRAY = re.compile(r"\d[\w-]*:|[A-Za-z]+://")  # a time or a link on a line of its own, behind whatever was broken there
IN_CAPITALS = frozenset({
    "ADR", "AGENT", "ANNIVERSARY", "BDAY", "CATEGORIES", "CLASS", "EMAIL", "FN", "GENDER", "GEO", "IMPP", "KEY", "KIND",
    "LABEL", "LANG", "LOGO", "MAILER", "MEMBER", "N", "NICKNAME", "NOTE", "ORG", "PHOTO", "PRODID", "RELATED", "REV",
    "ROLE", "SORT-STRING", "SOUND", "TEL", "TITLE", "TZ", "UID", "URL", "VERSION",
})  # fmt: skip
NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
HEAD_LENGTH = 1000  # characters in which a line says how it is encoded
SHOWN = 60  # characters of a line that is left out

# Stand for an escaped backslash and an escaped separator while a value is split; no text has them.
BACKSLASH, SEPARATOR = "\0", "\1"


def escape(text: str) -> str:
    """Escape what would end the value or split it (RFC 6350 §3.4)."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def unescape(value: str) -> str:
    """The text of a value. A backslash that escapes nothing is literal."""
    if "\\" not in value:
        return value
    value = value.replace("\\\\", BACKSLASH).replace("\\n", "\n").replace("\\N", "\n")
    return value.replace("\\,", ",").replace("\\;", ";").replace("\\:", ":").replace(BACKSLASH, "\\")


def split(value: str, separator: str) -> list[str]:
    """The parts between unescaped separators; they stay escaped, so that they can be joined again."""
    if "\\" not in value:
        return value.split(separator)
    value = value.replace("\\\\", BACKSLASH).replace(f"\\{separator}", SEPARATOR)
    parts = (part + "\\" if part.endswith("\\") else part for part in value.split(separator))
    return [part.replace(SEPARATOR, f"\\{separator}").replace(BACKSLASH, "\\\\") for part in parts]


def padded(parts: list[str], count: int) -> list[str]:
    """At least this many parts, blank ones at the end."""
    return parts + [""] * (count - len(parts))


def name_of(line: str) -> str:
    """The property of a content line, in upper case."""
    match = NAME.match(line)
    return match[1].upper() if match else ""


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
    """Join folded lines before anything is decoded, because a fold may be inside of a character.

    A quoted-printable value goes on below a `=`, and a space at the start of the next line is then its own.
    """
    if b"QUOTED" in content.upper():
        return FOLD_BUT_SOFT.sub(b"", content)
    return content.replace(b"\n ", b"").replace(b"\n\t", b"")


def join(written: str, left_out: list[str]) -> Iterable[str]:
    """The logical lines of a card; quoted-printable, Base64 and notes may go on without being folded.

    A line that is no property and continues none is left out.
    """
    written = written.strip("\n")
    physical = written.split("\n")
    has_more = (
        GOES_ON.search(written) or HAS_PROSE.search(written) or ("=\n" in written and "QUOTED" in written.upper())
    )
    return join_each(physical, left_out) if has_more else physical


def join_each(physical: Iterable[str], left_out: list[str]) -> Iterator[str]:
    """See `join`."""
    parts: list[str] = []
    for line in physical:
        if parts and goes_on(parts, line):
            parts.append(line)
        elif STRAY.match(line):
            left_out.append(line)
        else:
            yield glue(parts, left_out)
            parts = [line]
    yield glue(parts, left_out)


def goes_on(parts: Sequence[str], line: str) -> bool:
    """Whether a line continues those before it."""
    if not (STARTS.match(line) or is_spaced(line)):
        return True
    before = head(parts)
    if before.startswith("NOTE"):
        return is_prose(line) or (parts[-1].endswith("=") and bool(IS_QUOTED.search(before)))
    return parts[-1].endswith("=") and bool(IS_QUOTED.search(before))


def is_spaced(line: str) -> bool:
    """Whether a line is a known property with a space behind its name."""
    match = SPACED.match(line)
    return match is not None and match[1].upper() in IN_CAPITALS


def is_prose(line: str) -> bool:
    """Whether a line below a note is text that only looks like a property."""
    match = PROSE.match(line)
    return match is not None and match[1] not in IN_CAPITALS


def glue(parts: Sequence[str], left_out: list[str]) -> str:
    """One logical line of its physical ones."""
    if len(parts) <= 1:
        return "".join(parts)
    before = head(parts)
    if IS_QUOTED.search(before):
        return glue_quoted(parts)
    if "BASE64" in before or "ENCODING=B" in before:
        return "".join(parts)
    if before.startswith("NOTE"):
        return parts[0] + "".join(part[1:] if part.startswith(FOLDED) else f"\n{part}" for part in parts[1:])
    left_out += [part for part in parts[1:] if part.strip() and not part.startswith(FOLDED)]
    return parts[0] + "".join(part[1:] for part in parts[1:] if part.startswith(FOLDED))


def glue_quoted(parts: Sequence[str]) -> str:
    """Quoted-printable below soft line breaks. Some software folds such lines besides, inside of characters."""
    whole = "".join(part.removesuffix("=") for part in parts)
    if not all(part.startswith(FOLDED) for part in parts[1:]) or is_utf8(whole):
        return whole
    return "".join([parts[0].removesuffix("="), *(part[1:].removesuffix("=") for part in parts[1:])])


def is_utf8(quoted: str) -> bool:
    """Whether quoted-printable is UTF-8."""
    try:
        binascii.a2b_qp(quoted.encode()).decode()
    except UnicodeDecodeError:
        return False
    return True


def head(parts: Sequence[str]) -> str:
    """What comes before the value, in upper case."""
    return parts[0][:HEAD_LENGTH].partition(":")[0].upper()


def fold(line: str) -> bytes:
    """The line with its break, in pieces of at most 75 octets that end between characters.

    A line break inside could start another property, and is removed.
    """
    octets = line.replace("\r", "").replace("\n", "").encode()
    if len(octets) <= WIDTH:
        return octets + b"\r\n"
    return b"\r\n ".join(pieces(octets)) + b"\r\n"


def pieces(octets: bytes) -> Iterator[bytes]:
    """The first piece may be one octet longer, because the others follow a space.

    None ends in `=`, which would look like a line break of quoted-printable, unless it is long.
    """
    start, end = 0, WIDTH
    while end < len(octets):
        while octets[end] & 0xC0 == 0x80 or (octets[end - 1] == EQUALS and end > start + WIDTH // 2):
            end -= 1
        yield octets[start:end]
        start, end = end, end + WIDTH - 1
    yield octets[start:]

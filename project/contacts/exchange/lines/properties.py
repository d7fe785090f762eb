"""Properties of a card of any version: each line parsed, its value escaped as in 3.0 and 4.0.

What only 2.1 has ends here: parameters without names, quoted-printable, charsets, literal backslashes.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import encodings, labels, text

ALTERNATIVE = "X-ALTERNATIVE-"
"""Begins the name of a property that a version does not have, or not so often. Reading restores the name."""

NO_PREFERENCE = 101  # RFC 6350 goes from 1 to 100
NEVER_PREFERRED = 102
CACHED_HEAD = 200  # characters: heads repeat from card to card, and the long ones do not
LONGEST_HEAD = 50_000  # characters; its parameters take seventy times the room

HEAD = re.compile(r'(?:[^":]++|"[^"]*+")*+')
PARAMETER = re.compile(r';((?:[^";]++|"[^"]*+"?)*+)')
NAME = re.compile(r"(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+|[Xx]-[^\s:;\"=,]+)")
VALUES = re.compile(r'(?:[^",]++|"[^"]*+"?)++')
CUSTOM_TYPE = re.compile(r"X-CUSTOM\(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,([^)]{,500})\)", re.IGNORECASE)
WELL_WRITTEN = re.compile(r'[A-Za-z0-9-]+=(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*')
LITERAL_BACKSLASH = re.compile(r"\\(?![;,:])")
NO_TOKEN = re.compile(r"[^A-Za-z0-9-]")
BARE_SEMICOLON = re.compile(r"(?<!\\);")

PREFERENCE = re.compile(r";PREF=([0-9]+)$")  # of a residue

ENVELOPE = frozenset({"BEGIN", "END", "VERSION"})
PREFERRED = frozenset({"TEL", "EMAIL"})  # the properties of which contacts have a preferred one
BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
TEXTS = frozenset({"FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "ADR", "LABEL", "TEL", "EMAIL", "URL", "NOTE"})
BASE64 = frozenset({"B", "BASE64"})
QUOTED = frozenset({"QUOTED-PRINTABLE", "QUOTED"})
ENCODINGS = BASE64 | QUOTED | {"8BIT", "7BIT"}
LEGACY = frozenset({"CHARSET", "ENCODING"})
UNDERSTOOD = LEGACY | {
    "TYPE", "PREF", "VALUE", "MEDIATYPE", "X-LABEL", "X-NAME", "X-SECONDARY", "X-PREF", "X-APPLE-OMIT-YEAR", "X-YEAR",
    "X-FOR", "X-REST", "X-PICTURE",
}  # fmt: skip


class Head(NamedTuple):
    """What comes before a value; names are in upper case."""

    group: str
    name: str
    encoding: str
    parameters: Mapping[str, list[str]]
    text: str
    """As it may be written in 3.0 and 4.0."""
    residue: str
    """The parameters without a meaning here, as they were written."""
    label: str | None
    preference: int

    def first(self, name: str) -> str:
        """The first value of a parameter, or nothing."""
        return next(iter(self.parameters.get(name, ())), "")


class Property(NamedTuple):
    """One property of a card."""

    head: Head
    value: str
    label: str | None

    @property
    def text(self) -> str:
        """The value where it is one text."""
        return text.one_line(text_lines.unescape(self.value))

    @property
    def line(self) -> str:
        """The content line, as it may be written in 3.0 and 4.0."""
        return f"{self.head.text}:{self.value}"


def parse(
    line: str, *, modernise: Callable[[str], str] = str, undeclared: Callable[[], str] = encodings.western
) -> Property | None:
    """The property of a logical line, or None. `undeclared` is the charset of quoted bytes that have none."""
    before, colon, value = line.partition(":")
    if '"' in before:
        before, colon, value = partition_quoted(line)
    head = parse_head(before) if colon and len(before) <= LONGEST_HEAD else None
    if not head:
        return None
    if head.encoding in QUOTED:
        value = from_quoted(
            value, modernise, partial(encodings.decode, declared=head.first("CHARSET"), otherwise=undeclared)
        )
    elif head.encoding in BASE64:
        value = "".join(value.split())
        if head.name.removeprefix(ALTERNATIVE) in TEXTS and (decoded := from_base64(value, head.first("CHARSET"))):
            head, value = head._replace(encoding="", text=head.text.removesuffix(";ENCODING=b")), decoded
    else:
        value = modernise(value)
    return Property(head, value.replace(text.BREAK, "\\n") if text.BREAK in value else value, head.label)


def checked(line: str) -> str | None:
    """A line from a file, as it may be written; None if it is no property of a contact."""
    found = parse(text.clean(line).replace("\n", ""))
    return found.line if found and found.head.name not in ENVELOPE else None


def partition_quoted(line: str) -> tuple[str, str, str]:
    """`partition(":")`, at the first colon outside of quoted parameters."""
    end = HEAD.match(line).end()  # type: ignore[union-attr]  # it matches nothing at least
    return (line[:end], ":", line[end + 1 :]) if line[end : end + 1] == ":" else line.partition(":")


def from_legacy(value: str) -> str:
    """A value of vCard 2.1, where a backslash escapes separators only, escaped as in 3.0."""
    return LITERAL_BACKSLASH.sub(r"\\\\", value)


def from_quoted(value: str, modernise: Callable[[str], str], decode: Callable[[bytes], str]) -> str:
    """Decode a quoted-printable value part by part, so that an encoded semicolon separates nothing.

    Commas still separate, for the value may be a list.
    """
    octets = (binascii.a2b_qp(part.encode()).replace(b"\0", b"") for part in text_lines.split(value, ";"))
    decoded = decode(b"\0".join(octets)).split("\0")  # all together, for a part may be UTF-8 by chance
    parts = (BARE_SEMICOLON.sub(r"\\;", text.clean(each)) for each in decoded)
    return ";".join(modernise(part).replace("\n", "\\n") for part in parts)


def from_base64(value: str, charset: str) -> str:
    """The value of a text in Base64; nothing if it is none."""
    try:
        octets = base64.b64decode(value, validate=True)
    except ValueError:  # binascii.Error is one, and so is what is not in ASCII
        return ""
    if not (charset or encodings.is_utf8(octets)):
        return ""
    return text.clean(encodings.decode(octets, charset)).replace("\n", "\\n")


def parse_head(before: str) -> Head | None:
    """The group, name and parameters before a value; None if they are not valid. Common ones are cached."""
    return remembered(before) if len(before) <= CACHED_HEAD else head_of(before)


def head_of(before: str) -> Head | None:
    """See `parse_head`."""
    written, separator, rest = custom_types_named(before).partition(";")
    match = NAME.fullmatch(written.strip())
    if not match:
        return None
    found = list(map(parse_parameter, PARAMETER.findall(separator + rest)))
    parameters: dict[str, list[str]] = {}
    for key, _, values in found:
        parameters.setdefault(key, []).extend(values)
    encoding = next(iter(parameters.get("ENCODING", ())), "").upper()
    group, name = (match[1] or "").replace("_", "-"), NO_TOKEN.sub("-", match[2])
    whole = (f"{group.lower()}.{name}" if group else name) + joined(found, LEGACY)
    return Head(
        group=group.lower(),
        name=name.upper(),
        encoding=encoding,
        parameters=parameters,
        text=whole + (";ENCODING=b" if encoding in BASE64 else ""),
        residue=residue_of(name.upper(), found, preference_of(parameters)),
        label=label_of(parameters),
        preference=preference_of(parameters),
    )


remembered = lru_cache(maxsize=2048)(head_of)


def custom_types_named(before: str) -> str:
    """Decode the custom types of Android phones into X- names."""
    return CUSTOM_TYPE.sub(lambda match: "X-" + encodings.decode(binascii.a2b_qp(match[1].encode()), ""), before)


def joined(found: Iterable[tuple[str, str, list[str]]], but: frozenset[str]) -> str:
    """Parameters as they may be written, without some."""
    return "".join(f";{written}" for key, written, _ in found if key not in but)


def residue_of(name: str, found: list[tuple[str, str, list[str]]], preference: int) -> str:
    """The parameters that a contact has no place for. It has one for the first of its numbers and addresses."""
    least = 2 if name in PREFERRED else 1
    but = UNDERSTOOD if name in BINARY else UNDERSTOOD - {"MEDIATYPE"}
    return joined(found, but) + (f";PREF={preference}" if least <= preference < NO_PREFERENCE else "")


def with_parameter(residue: str, parameter: str) -> str:
    """A residue with one parameter more, before a PREF, which is the last."""
    others = PREFERENCE.sub("", residue)
    return f"{others}{parameter}{residue.removeprefix(others)}"


def parse_parameter(written: str) -> tuple[str, str, list[str]]:
    """A parameter's name, its valid spelling, and its values; one without a name is an encoding or a type."""
    key, equals, value = written.partition("=")
    if not equals:
        key, value = "ENCODING" if key.strip().upper() in ENCODINGS else "TYPE", key
        written = f"{key}={value.strip()}"
    values = [text_lines.unquote(each.strip()) for each in VALUES.findall(value)]
    if not WELL_WRITTEN.fullmatch(written):
        key = NO_TOKEN.sub("", key) or "X-PARAMETER"
        written = f"{key}={','.join(map(text_lines.quote, values))}"
    key = key.strip().upper()
    return key, written, split_types(values) if key == "TYPE" else values


def split_types(values: Iterable[str]) -> list[str]:
    """Several types may be in one pair of quotes (an example of RFC 6350), or have their commas escaped."""
    return [each for value in values for each in value.replace("\\", "").split(",")]


def label_of(parameters: Mapping[str, list[str]]) -> str | None:
    return next(iter(parameters.get("X-LABEL", ())), None) or labels.from_types(parameters.get("TYPE", ()))


def preference_of(parameters: Mapping[str, list[str]]) -> int:
    """From 1 for the most preferred; PREF is a type before 4.0, and a number since."""
    if "X-SECONDARY" in parameters:
        return NEVER_PREFERRED
    number = next(iter(parameters.get("PREF", parameters.get("X-PREF", ()))), "")
    if number.isdecimal() and number.isascii():
        return min(int(number[:3]), NO_PREFERENCE)
    is_preferred = any(value.lower() == "pref" for value in parameters.get("TYPE", ()))
    return 1 if is_preferred else NO_PREFERENCE


def shared_groups(properties: list[Property]) -> frozenset[str]:
    """The groups by which properties belong together, and which are not there to label one."""
    count = Counter(each.head.group for each in properties if each.head.group)
    labelled = {each.head.group for each in properties if each.head.name == "X-ABLABEL"} if count else ()
    return frozenset(group for group, number in count.items() if number > 1 and group not in labelled)


def label_groups(properties: list[Property], labelled: frozenset[str]) -> Iterable[Property]:
    """Label properties by the X-ABLabel lines of their groups, which are removed."""
    found = {each.head.group: each.text for each in properties if each.head.name == "X-ABLABEL" and each.head.group}
    used = {each.head.group for each in properties if each.head.group in found and each.head.name in labelled}
    return name_groups(properties, labelled, {group: found[group] for group in used}) if used else properties


def name_groups(properties: list[Property], labelled: frozenset[str], names: Mapping[str, str]) -> Iterator[Property]:
    """See `label_groups`."""
    for each in properties:
        if each.head.group not in names:
            yield each
        elif each.head.name in labelled:
            yield each._replace(label=labels.from_apple(names[each.head.group]) or each.label)
        elif each.head.name != "X-ABLABEL":
            yield each

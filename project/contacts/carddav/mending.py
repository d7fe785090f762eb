"""A card as it arrives is mended where it can be; what a contact cannot hold is cut for the contact alone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from project.contacts.carddav import preconditions
from project.contacts.exchange import kept_groups, vcards
from project.contacts.exchange.card import Card, Failure
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values.emails import Emails
from project.contacts.exchange.values.text import UNWRITABLE
from project.contacts.exchange.vcard import envelopes, reader
from project.contacts.exchange.vcard.envelopes import Envelope
from project.contacts.exchange.vcard.groups import Groups
from project.contacts.exchange.vcard.undeclared import Undeclared

LONGEST_LINE: Final = 60_000  # characters that the reader is given of any line but a picture's
MOST_LINES: Final = 9_000
MOST_OCTETS: Final = 600_000
"""Bounds within which import's reader takes every card."""
NAMELESS: Final = "NICKNAME:Unnamed"
VERSIONS: Final = ("2.1", "3.0", "4.0")
BLANKS: Final = b"\r\n\t \xef\xbb\xbf"


class Arrived(NamedTuple):
    """A card as 3.0, `text`, its logical lines without BEGIN and END, and whether `text` is what was sent."""

    text: str
    lines: list[str]
    is_exact: bool

    @property
    def uid(self) -> str | None:
        return vcards.first(self.lines, "UID") or None

    @property
    def is_group(self) -> bool:
        return kept_groups.is_group(self.lines)

    def add(self, lines: Iterable[str]) -> "Arrived":
        """The card with more lines at its end; no longer what was sent."""
        added = list(lines)
        return Arrived(vcards.insert(self.text, added), [*self.lines, *added], is_exact=False) if added else self


def arrive(data: bytes) -> Arrived:
    """Read what a client has put; raises Unmet unless it is one vCard 2.1, 3.0 or 4.0."""
    envelope = only_envelope(data)
    lines = list(logical(reader.decode(text_lines.unfold(envelope.content), Undeclared(envelope.content))))
    version = vcards.first(lines, "VERSION") or "3.0"
    if version not in VERSIONS:
        raise preconditions.valid_data()
    if version != "3.0" and not kept_groups.is_group(lines):
        return modernised(envelope, lines)
    clean = [UNWRITABLE.sub("", line) for line in lines]
    if version == "3.0" and is_plain(data, lines, clean):
        return Arrived(data.decode(), lines, is_exact=True)
    clean = ["VERSION:3.0", *(line for line in clean if vcards.name(line) != "VERSION")]
    return Arrived(vcards.write(clean), clean, is_exact=False)


def only_envelope(data: bytes) -> Envelope:
    found = list(envelopes.split(envelopes.lined(data)))
    if len(found) != 1 or isinstance(found[0], Failure):
        raise preconditions.valid_data()
    return found[0]


def is_plain(data: bytes, lines: list[str], clean: list[str]) -> bool:
    """Whether nothing had to be mended: UTF-8, one card and nothing else, every line a content line."""
    bare = data.strip(BLANKS)
    is_whole = bare[:6].upper() == b"BEGIN:" and bare[-5:].upper() == b"VCARD" and not data.startswith(BLANKS[-3:])
    if lines != clean or not is_whole or not vcards.first(lines, "VERSION"):
        return False
    try:
        written = data.decode()
    except UnicodeDecodeError:
        return False
    return not UNWRITABLE.search(written) and len(list(physical(written))) == len(lines)


def physical(written: str) -> Iterator[str]:
    """The lines of a card in text, without BEGIN, END and empty ones, as they are before any is left out."""
    content = written.replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "").replace("\n\t", "")
    bare = [line for line in content.split("\n") if line.strip()]
    yield from bare[1:-1]


def logical(content: str) -> Iterator[str]:
    """The properties of a card, each whole; what is no property is left out."""
    for line in text_lines.join(content, []):
        if line.strip() and vcards.name(line) not in ("", "BEGIN", "END"):
            yield line.replace("\n", "\\n")


def modernised(envelope: Envelope, lines: list[str]) -> Arrived:
    """The 3.0 card that import and export make of one in another version."""
    card = read_one(envelope)
    if isinstance(card, Failure):
        version = [line for line in lines if vcards.name(line) == "VERSION"]
        fitting, rest = readable([line for line in lines if vcards.name(line) != "VERSION"])
        card = read([*version, *fitting])
        card = card_with(card, rest)
    made = vcards.compose(card)
    return Arrived(vcards.write(made), made, is_exact=False)


def card_with(card: Card, rest: Iterable[str]) -> Card:
    """The card with lines that were not read."""
    return replace(card, extra=[*card.extra, *rest])


def contact_of(lines: list[str]) -> Card:
    """What the contact has of a card; the card itself keeps the rest."""
    return read(readable(lines)[0])


def read(lines: list[str]) -> Card:
    """The card as import reads it, whatever is in it."""
    for attempt in (lines, [*lines, NAMELESS], [NAMELESS]):
        content = "".join(f"{line}\n" for line in attempt).encode()
        card = read_one(Envelope(1, b"\n" + content))
        if isinstance(card, Card):
            return card
    raise AssertionError("a card with a nickname can be read")


def read_one(envelope: Envelope) -> Card | Failure:
    """The card as import reads it, alone in its file."""
    return reader.Reader(Emails(), Groups(b"", lambda _: ())).read_one(envelope)


def readable(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines for a contact, cut where import would refuse them; and the whole of those that were cut or left out."""
    fitting: list[str] = []
    rest: list[str] = []
    size = 0
    for line in lines:
        cut = line if vcards.name(line) == "PHOTO" else shortened(line)
        size += 0 if vcards.name(line) == "PHOTO" else len(cut.encode())
        if not cut or len(fitting) >= MOST_LINES or size > MOST_OCTETS:
            rest.append(line)
            continue
        fitting.append(cut)
        if cut != line:
            rest.append(line)
    return fitting, rest


def shortened(line: str) -> str:
    """A line that the reader takes, or nothing."""
    head, _, value = line.partition(":")
    if len(line) <= LONGEST_LINE:
        return line
    return (
        f"{head}:{cut(value, LONGEST_LINE - len(head) - 1)}"
        if vcards.name(line) == "NOTE" and len(head) < 1_000
        else ""
    )


def cut(value: str, most: int) -> str:
    """The beginning of an escaped text, never with half an escape."""
    start = value[:most]
    backslashes = len(start) - len(start.rstrip("\\"))
    return start[:-1] if backslashes % 2 else start

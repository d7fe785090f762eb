"""Read vCards of 2.1, 3.0 and 4.0 as phones, mail programs and web sites write them, card by card."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple, cast

from project.contacts.exchange import digests
from project.contacts.exchange.card import Broken, Card, Failure, Found, capped
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.finishing import finish
from project.contacts.exchange.lines import properties, remainders, text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import encodings, text
from project.contacts.exchange.values.emails import Emails
from project.contacts.exchange.vcard import envelopes, groups, reach
from project.contacts.exchange.vcard import fields as vcard_fields
from project.contacts.exchange.vcard.envelopes import Envelope
from project.contacts.exchange.vcard.groups import Groups
from project.contacts.exchange.vcard.undeclared import Undeclared, charset
from project.errors import UnreadableImport

MOST_LINES = 10_000
MOST_OF_GROUP = 100_000  # lines of a group's card, most of which are members
LONGEST_LINE = 2**20  # characters, of all lines but a picture's
PHOTO = re.compile(r"(?:[A-Z0-9_-]+\.)?PHOTO(?:;[^:]{,1000})?:", re.IGNORECASE)
SHOWN = 100  # characters of a line that is left out
VERSION = re.compile(r"^VERSION[ \t]*:[ \t]*([0-9])", re.IGNORECASE | re.MULTILINE)
LEGACY = "2"
BOUNDS = frozenset({"BEGIN", "END"})
AGENT_BEGINS = re.compile(r"^BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE | re.MULTILINE)
AGENT_ENDS = re.compile(r"^END[ \t]*:[ \t]*VCARD$", re.IGNORECASE | re.MULTILINE)


def read(data: bytes) -> Iterator[Found]:
    """Every card of a file in its order, or why it is none; raises UnreadableImport for a file without any card.

    An empty file is an empty address book. Time is linear, and memory is the file and one card. Cards of groups are no
    contacts, but labels of their members.
    """
    source = envelopes.lined(data)
    if source.strip() and not envelopes.holds_card(source):
        raise UnreadableImport("The file has no vCard.")
    undeclared = Undeclared(source)
    groups = Groups(source, lambda content: parse_content(content, [], undeclared, most=MOST_OF_GROUP))
    reader = Reader(Emails(), groups, undeclared)
    return capped(reader.read(source))


class Reader(NamedTuple):
    """What is known of all cards of a file."""

    emails: Emails
    groups: Groups
    undeclared: Callable[[], str] = encodings.western

    def read(self, source: bytes) -> Iterator[Card | Failure]:
        for found in envelopes.split(source):
            if isinstance(found, Failure):
                yield found
            elif not (self.groups.found and groups.is_group(found)):
                yield self.read_one(found)
        yield from self.groups.failures()

    def read_one(self, found: Envelope) -> Card | Failure:
        """One card; whatever is wrong with it affects no other."""
        draft = Draft(self.emails)
        try:
            labels = self.collect(draft, found.content)
            card = finish(draft, found.line)
        except Broken as problem:
            return Failure(found.line, envelopes.name(found.content), str(problem))
        says_all = card.uid is None or not labels
        return replace(card, text=digests.of_lines(found.content)) if says_all else card

    def collect(self, draft: Draft, content: bytes) -> list[str]:
        """The properties of a card, each where it belongs; the labels that groups of the file give it are returned."""
        found = list(parse_content(content, draft.left_out, self.undeclared))
        draft.groups = properties.shared_groups(found)
        for each in properties.label_groups(found, vcard_fields.LABELLED):
            vcard_fields.handle(draft, each)
        reach.settle_delivery_labels(draft)
        return self.groups.tag(draft)


def parse_content(
    content: bytes, left_out: list[str], undeclared: Callable[[], str], *, most: int = MOST_LINES
) -> Iterator[Property]:
    """Every property of a card; a line that is none is left out. Raises Broken for a card of too many lines."""
    content = text_lines.unfold(content)
    if content.count(b"\n") > most:
        raise Broken(f"The card has more than {most:,} lines.")
    before, agent, after = partition_agent(text.clean_lines(decode(content, undeclared)))
    yield from parse(before + after, left_out, undeclared)
    if agent:
        yield cast(Property, properties.parse(f"AGENT:{text_lines.escape(agent)}"))


def partition_agent(written: str) -> tuple[str, str, str]:
    """What stands before a card within the card, that card, from its beginning to the last end, and what is behind."""
    begins = AGENT_BEGINS.search(written) if "AGENT" in written.upper() else None
    ends = list(AGENT_ENDS.finditer(written, begins.end())) if begins else []
    if not begins or not ends:
        return written, "", ""
    start, stop = begins.start(), ends[-1].end()
    return written[:start], written[start:stop], written[stop:]


def decode(content: bytes, undeclared: Callable[[], str] = encodings.western) -> str:
    """UTF-8, or line by line what each can be or says it is, and else what is `undeclared` in its file."""
    try:
        return encodings.to_utf8(content).decode()
    except UnicodeDecodeError:
        return "\n".join(encodings.decode(line, charset(line), undeclared) for line in content.split(b"\n"))


def parse(written: str, left_out: list[str], undeclared: Callable[[], str]) -> Iterator[Property]:
    """Every property; a line that is none is left out."""
    version = VERSION.search(written)
    modernise = properties.from_legacy if version and version[1] == LEGACY else str
    for line in text_lines.join(written, left_out):
        if line and not line.isspace():
            found = parse_line(line, modernise, undeclared)
            if found:
                yield found
            else:
                left_out.append(line[:SHOWN])


def parse_line(line: str, modernise: Callable[[str], str], undeclared: Callable[[], str]) -> Property | None:
    """The property of a line. BEGIN and END are none: they would open or close a card when they are written again."""
    if len(line) > LONGEST_LINE and not PHOTO.match(line):
        return None
    found = properties.parse(line, modernise=modernise, undeclared=undeclared)
    return None if found is None or found.head.name in BOUNDS else remainders.disowned(found)

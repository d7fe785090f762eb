"""vCards read: 2.1, 3.0 and 4.0, as phones, mail programs and web sites write them, card by card."""

import re
from collections.abc import Callable, Iterator

from project.contacts.exchange.card import Broken, Card, Failure, capped
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.finish import finish
from project.contacts.exchange.lines import properties, text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import encodings, text
from project.contacts.exchange.values.emails import Emails
from project.contacts.exchange.vcard import envelopes, keeping
from project.contacts.exchange.vcard import fields as vcard_fields
from project.contacts.exchange.vcard.envelopes import Envelope
from project.errors import UnreadableImport

MOST_LINES = 10_000
LONGEST_LINE = 2**20  # characters, of all lines but a picture's
PHOTO = re.compile(r"(?:[A-Z0-9_-]+\.)?PHOTO(?:;[^:]{,1000})?:", re.IGNORECASE)
SHOWN = 60  # characters of a line that is none
VERSION = re.compile(r"^VERSION[ \t]*:[ \t]*([0-9])", re.IGNORECASE | re.MULTILINE)
LEGACY = "2"
BOUNDS = frozenset({"BEGIN", "END"})
AGENT_BEGINS = re.compile(r"^BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE | re.MULTILINE)
AGENT_ENDS = re.compile(r"^END[ \t]*:[ \t]*VCARD$", re.IGNORECASE | re.MULTILINE)
CHARSET = re.compile(rb"[^:]{,1000};CHARSET=\"?([A-Z0-9_-]+)", re.IGNORECASE)


def read(data: bytes) -> Iterator[Card | Failure]:
    """Every card of a file in its order, or why it is none; raises UnreadableImport for a file without any card.

    The time grows with the length of the file, and what is held in memory is the file and one card.
    """
    source = envelopes.lined(data)
    if not envelopes.holds_card(source):
        raise UnreadableImport("The file holds no vCard.")
    emails = Emails()
    return capped(read_one(found, emails) for found in envelopes.split(source))


def read_one(found: Envelope | Failure, emails: Emails) -> Card | Failure:
    """One card; whatever is wrong with it concerns no other."""
    if isinstance(found, Failure):
        return found
    try:
        return finish(collect(found.content, emails), found.line)
    except Broken as problem:
        return Failure(found.line, envelopes.name(found.content), str(problem))


def collect(content: bytes, emails: Emails) -> Draft:
    """The properties of a card, each where it belongs."""
    draft = Draft(emails)
    content = text_lines.unfold(content)
    if content.count(b"\n") > MOST_LINES:
        raise Broken(f"The card has more than {MOST_LINES:,} lines.")
    written = text.clean(decode(content))
    before, agent, after = partition_agent(written)
    if agent:
        draft.kept.append(f"AGENT:{text_lines.escape(agent)}")
        written = before + after
    for found in properties.label_groups(list(parse(written)), vcard_fields.LABELLED):
        vcard_fields.HANDLERS.get(found.head.name, keeping.keep)(draft, found)
    return draft


def partition_agent(written: str) -> tuple[str, str, str]:
    """What stands before a card within the card, that card, from its beginning to the last end, and what is behind."""
    begins = AGENT_BEGINS.search(written) if "AGENT" in written.upper() else None
    ends = list(AGENT_ENDS.finditer(written, begins.end())) if begins else []
    if not begins or not ends:
        return written, "", ""
    start, stop = begins.start(), ends[-1].end()
    return written[:start], written[start:stop], written[stop:]


def decode(content: bytes) -> str:
    """UTF-8, or line by line what each can be or says it is."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "\n".join(encodings.decode(line, charset(line)) for line in content.split(b"\n"))


def charset(line: bytes) -> str:
    """The charset that a line declares, as vCard 2.1 lets it."""
    found = CHARSET.match(line)
    return found[1].decode() if found else ""


def parse(written: str) -> Iterator[Property]:
    """Every property; a line that is none breaks the card."""
    version = VERSION.search(written)
    modernise = properties.from_legacy if version and version[1] == LEGACY else str
    try:
        for line in text_lines.join(written):
            if line and not line.isspace():
                yield parse_line(line, modernise)
    except ValueError as problem:
        raise Broken(str(problem)) from None


def parse_line(line: str, modernise: Callable[[str], str]) -> Property:
    """The property that a line is; none begins or ends something, or it would do so again when it is written."""
    if len(line) > LONGEST_LINE and not PHOTO.match(line):
        raise Broken(f"A line is longer than {LONGEST_LINE:,} characters.")
    found = properties.parse(line, modernise=modernise)
    if not found or found.head.name in BOUNDS:
        raise Broken(f"A line is no property: {line[:SHOWN]}")
    return found

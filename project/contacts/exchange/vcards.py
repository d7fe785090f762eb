"""A vCard 3.0 as text and as logical lines: names of properties, values, and lines that are put in or taken out."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from project.contacts.exchange.card import Card
from project.contacts.exchange.lines import properties, text_lines
from project.contacts.exchange.values import text as texts
from project.contacts.exchange.vcard import writer
from project.contacts.exchange.vcard.versions import VERSIONS

HEAD: Final = re.compile(r"[ \t]*(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)[ \t]*[;:]")
END: Final = re.compile(r"^END[ \t]*:[ \t]*VCARD", re.IGNORECASE | re.MULTILINE)
BOUNDS: Final = ("BEGIN", "END", "")
OF_THE_FILE: Final = frozenset({"VERSION", "UID", "REV", "PRODID"})
LABEL: Final = "X-ABLABEL"


def name(line: str) -> str:
    """The name of a line's property, in capitals; empty for a line that is none."""
    found = HEAD.match(line)
    return found[2].upper() if found else ""


def group(line: str) -> str:
    found = HEAD.match(line)
    return (found[1] or "") if found else ""


def value(line: str) -> str:
    """The value where it is one text."""
    found = properties.parse(line)
    return found.text if found else ""


def first(lines: Iterable[str], wanted: str) -> str:
    """The text of the first property of this name that has any, or nothing."""
    return next(filter(None, (value(line) for line in lines if name(line) == wanted)), "")


def lines_of(text: str) -> list[str]:
    """The logical lines of a card, without BEGIN and END."""
    content = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "").replace("\n\t", "")
    return [line for line in content.split("\n") if name(line) not in BOUNDS]


def write(lines: Iterable[str]) -> str:
    """A card of these lines, folded."""
    return "".join(map(fold, ("BEGIN:VCARD", *lines, "END:VCARD")))


def fold(line: str) -> str:
    return text_lines.fold(texts.UNWRITABLE.sub("", line)).decode()


def compose(card: Card) -> list[str]:
    """The lines of a contact's card, without BEGIN and END."""
    version = VERSIONS["3.0"]
    return list(writer.card_lines(card, version))[1:-1]


def escaped(value: str) -> str:
    return text_lines.escape(value)


def categories(labels: Iterable[str]) -> str:
    return f"CATEGORIES:{','.join(map(text_lines.escape, labels))}"


def categories_of(line: str) -> list[str]:
    """The labels that a CATEGORIES line names."""
    if name(line) != "CATEGORIES":
        return []
    parts = text_lines.split(line.partition(":")[2], ",")
    return [label for part in parts if (label := texts.one_line(text_lines.unescape(part)))]


def insert(text: str, lines: Iterable[str]) -> str:
    """The card with more lines before its end, and every other byte as it was."""
    ends = list(END.finditer(text))
    at = ends[-1].start() if ends else len(text)
    return text[:at] + "".join(map(fold, lines)) + text[at:]


def without(text: str, is_dropped: Callable[[str], bool]) -> str:
    """The card without some lines, and every other byte as it was."""
    return "".join(written for written in physical_groups(text) if not is_dropped(unfolded(written)))


def physical_groups(text: str) -> Iterator[str]:
    """Each logical line as it is written, with its folds and breaks."""
    written = ""
    for line in broken(text):
        if written and not line.startswith((" ", "\t")):
            yield written
            written = ""
        written += line
    yield written


def broken(text: str) -> list[str]:
    """Lines with their breaks, which are those of vCards and no others."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def unfolded(written: str) -> str:
    return re.sub(r"(?:\r\n|\r|\n)[ \t]", "", written).rstrip("\r\n")


def regrouped(lines: Iterable[str], used: set[str]) -> Iterator[str]:
    """The lines with other names for those of their groups that are used already."""
    names: dict[str, str] = {}
    for line in lines:
        former = group(line)
        if former.lower() in used and former:
            new = names.setdefault(former.lower(), free(used | set(names.values())))
            line = f"{new}{line[len(former) :]}"
        yield line


def free(used: Collection[str]) -> str:
    number = 1
    while f"item{number}" in used:
        number += 1
    return f"item{number}"

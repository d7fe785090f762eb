"""Files made to hurt: each is a failure or no import, soon, and in little memory."""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import FrameType
from typing import Any

import pytest

from project.contacts.exchange import card
from project.contacts.exchange.card import MOST_CARDS, Card, Failure
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.vcard import reader as vcard_reader
from project.contacts.exchange.vcard.reader import LONGEST_LINE
from project.errors import UnreadableImport

LARGE = 2**20 + 2**16  # bytes; a line as long is too long
SECONDS = 20.0  # of processor time, on a busy machine that measures coverage; a quadratic algorithm would take hours
MEMORY = 28  # times the size of the file, of which lines are kept in several forms

Read = Callable[[bytes], Iterable[card.Found]]
Found = tuple[int, int]


def filled(before: str, unit: str, after: str, size: int = LARGE) -> bytes:
    """As many units as so many bytes hold."""
    return (before + unit * (size // len(unit.encode())) + after).encode()


BEGIN, END = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n", "\r\nEND:VCARD\r\n"
BEGUN, FILLER = "BEGIN:VCARDS\r\n", f"NOTE:{'x' * 100_000}\r\n"
CUSTOM = "X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,"
VCARDS = {
    "an endless line": filled(BEGIN + "NOTE:", "x", END),
    "an endless line of escapes": filled(BEGIN + "NOTE:", "\\", END),
    "an endless list": filled(BEGIN + "CATEGORIES:", "a,", END),
    "an endless name": filled(BEGIN + "N:", ";", END),
    "an endless head": filled(BEGIN, "TEL;A=", ":1" + END),
    "endless types of somebody's own": filled(BEGIN, f"TEL;{CUSTOM * 900}:1\r\n", END, 4 * LARGE),
    "endless quotes": filled(BEGIN + "TEL;", 'A="', ":1" + END),
    "endless folds": filled(BEGIN + "NOTE:", "x\r\n ", END),
    "endless parameters": filled(BEGIN + "X-A", ";TYPE=a,b", ":1" + END),
    "a million properties": filled(BEGIN, "A:b\r\n", END),
    "a million numbers": filled(BEGIN, "TEL:1\r\n", END),
    "a million labels": filled(BEGIN, "CATEGORIES:a,b,c\r\n", END),
    "a million cards": filled("", "BEGIN:VCARD\r\nEND:VCARD\r\n", ""),
    "a million beginnings": filled("", "BEGIN:VCARD\r\n", ""),
    "a million ends": filled("", "END:VCARD\r\n", ""),
    "cards within cards": filled("BEGIN:VCARD\r\n", "AGENT:\r\nBEGIN:VCARD\r\n", END),
    "cards beside agents": filled(BEGIN, "AGENT:\r\nBEGIN:VCARD\r\nEND:VCARD\r\n", END),
    "beginnings of agents": f"{BEGIN}AGENT:\r\n{BEGUN * 5000}{FILLER * 40}{END}".encode(),
    "a bomb of quoted-printable": filled(BEGIN + "NOTE;ENCODING=QUOTED-PRINTABLE:", "=\r\n", END),
    "quoted-printable without an end": filled(BEGIN + "NOTE;ENCODING=QUOTED-PRINTABLE:", "=41=\r\n", ""),
    "quoted-printable heads": filled(BEGIN, "QUOTED-PRINTABLE", END),
    "broken Base64": filled(BEGIN + "PHOTO;ENCODING=b:", "=\r\n ", END),
    "a picture without an end": filled(BEGIN + "PHOTO;BASE64:\r\n", "AAAA\r\n", ""),
    "NUL": BEGIN.encode() + bytes(LARGE) + END.encode(),
    "blank lines": filled(BEGIN, "\r\n", END),
    "line ends of every kind": filled(BEGIN + "NOTE:", "\r\n\r \n\t", END),
    "unusual addresses": filled("", f"{BEGIN}EMAIL:ä@example.org\r\nEMAIL:ö@ä.example.org{END}", ""),
    "a charset that unpacks": BEGIN.encode() + b"NOTE;CHARSET=punycode:" + b"\xe9" * LARGE + END.encode(),
    "combining characters": filled(BEGIN + "NOTE:", "\u0301\u0327", END),
    "as many as a line may hold": filled(BEGIN + "NOTE:", "\u0301\u0327", END, 2 * LONGEST_LINE - 100),
    "a head as long as a line may be": filled(BEGIN, "TEL;A=", ":1" + END, LONGEST_LINE - 100),
    "as many notes as a card may have": filled(BEGIN, "NOTE:éééééééé\r\n", END, 9_900 * 23),
    "as many departments as a card may have": filled(BEGIN, f"ORG:{';a' * 50}\r\n", END, 9_900 * 106),
    "half of UTF-16": b"\xff\xfe" + (BEGIN + "NOTE:").encode("utf-16-le") + b"\x00\xd8" * (LARGE // 2),
}


def wide(heading: str, row: str) -> bytes:
    """A first name and 998 headings more, over rows that leave them empty."""
    return filled(
        ",".join(["first_name", *(heading.format(number) for number in range(998))]) + "\n", row, "", LARGE // 16
    )


CSVS = {
    "a thousand numbers in rows of one cell": wide("Phone {} - Value", "a1\n"),
    "a thousand addresses in rows of one cell": wide("Address {} - Street", "a\n"),
    "a thousand unknown headings": wide("x{}", "a\n"),
    "an endless heading": filled("first_name,", "x", "\nAda\n"),
    "a million headings": filled("first_name", ",a", "\nAda\n"),
    "an endless cell": filled("first_name,notes\nAda,", "x", "\n"),
    "a quote without an end": filled('first_name,notes\nAda,"', "x\n", ""),
    "quotes without an end": filled("first_name\n", '"x\n', ""),
    "a million quotes": filled("first_name\n", '"', ""),
    "a million cells": filled("first_name\nAda", ",ab", "\n"),
    "a million rows": filled("first_name\n", "A\n", ""),
    "rows in quotes": filled("first_name,notes\n", ',a,b,c,d,e,"\n"', ""),
    "a nest of JSON": filled('first_name,details\nAda,"', "[", '"\n'),
    "a long number": filled('first_name,details\nAda,"', "1", '"\n'),
    "NUL": b"first_name\n" + bytes(LARGE),
    "apostrophes": filled("first_name\n", "'", "=\n"),
    "several values": filled("Phone 1 - Value\n", ":::", "\n"),
    "dates": filled("first_name,notes\nAda,", "11/11/1111", "\n"),
}
FILES: dict[str, tuple[Read, bytes]] = {
    **{f"vCard: {name}": (vcard_reader.read, data) for name, data in VCARDS.items()},
    **{f"CSV: {name}": (csv_reader.read, data) for name, data in CSVS.items()},
}
every_file = pytest.mark.parametrize(("read", "data"), FILES.values(), ids=FILES)


def count(found: Iterable[card.Found]) -> Found:
    """How many cards and how many failures, without keeping them."""
    cards = failures = 0
    for each in found:
        cards += isinstance(each, Card)
        failures += isinstance(each, Failure)
    return cards, failures


def outcome(read: Read, data: bytes, most: int | None = None) -> Found | None:
    """What comes of a file, or of its first cards."""
    try:
        return count(islice(read(data), most))
    except UnreadableImport:
        return None


@every_file
@pytest.mark.slow
def test_a_hostile_file_is_done_with_soon(read: Read, data: bytes) -> None:
    started = time.process_time()
    outcome(read, data)
    assert time.process_time() - started < SECONDS


@pytest.fixture
def traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


@every_file
@pytest.mark.slow
def test_a_hostile_file_takes_little_memory(read: Read, data: bytes, traced: None) -> None:
    outcome(read, data, most=1000)
    assert tracemalloc.get_traced_memory()[1] < MEMORY * len(data)


@pytest.mark.parametrize("name", ["a million properties", "a million numbers", "blank lines"])
def test_what_no_phone_would_write_is_a_failure(name: str) -> None:
    (found,) = vcard_reader.read(VCARDS[name])
    assert isinstance(found, Failure)
    assert found.name == "Ada"
    assert len(json.dumps(found.detail)) < 200


def test_a_card_of_a_million_characters_beside_its_contact_is_a_failure() -> None:
    lines = "".join(f"X-{number}:{'x' * 9000}\r\n" for number in range(120))
    (found,) = vcard_reader.read((BEGIN + lines + END).encode())
    assert isinstance(found, Failure)
    assert "characters of properties" in found.detail


def test_a_row_of_more_cells_than_any_book_has_is_a_failure_and_stops_nothing() -> None:
    too_long, after = csv_reader.read(CSVS["a million cells"] + b"Grace\n")
    assert isinstance(too_long, Failure)
    assert too_long.detail == "Not a row of CSV: too many cells in a row."
    assert isinstance(after, Card)
    assert (after.name, after.line) == ("Grace", 3)


def test_cards_after_hostile_ones_are_read() -> None:
    data = b"".join([VCARDS["a million properties"], VCARDS["a million beginnings"][:1300], (BEGIN + END).encode()])
    *_, last = vcard_reader.read(data)
    assert isinstance(last, Card)
    assert last.name == "Ada"


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (vcard_reader.read, b"END:VCARD\n" * (MOST_CARDS + 9)),
        (csv_reader.read, b"first_name\n" + b"A,B\n" * (MOST_CARDS + 9)),
    ],
    ids=["vCard", "CSV"],
)
def test_a_file_of_more_cards_than_anybody_knows_is_not_read_to_its_end(read: Read, data: bytes) -> None:
    found = list(read(data))
    assert len(found) == MOST_CARDS + 1
    assert isinstance(found[-1], Failure)
    assert found[-1].detail == "The file has more than 100,000 cards. The others were not read."


def test_nothing_is_read_before_it_is_asked_for() -> None:
    found = iter(vcard_reader.read(VCARDS["a million cards"]))
    assert len(list(islice(found, 3))) == 3


SIZES, TWICE = (150, 300), 2.3  # lines, or pairs of them; and a little more than twice, for what is sorted
# The lines of one card, by their number: equal, or different in what a card may have beside a value.
REPEATED: dict[str, Callable[[int], tuple[str, ...]]] = {
    "numbers": lambda _: ("TEL:1",),
    "numbers with labels": lambda number: (f"TEL;TYPE=x{number}:1",),
    "numbers with parameters": lambda number: (f"TEL;X-A={number}:1",),
    "numbers with labels or parameters": lambda number: (f"TEL;TYPE=x{number}:1", f"TEL;X-A={number}:1"),
    "numbers too long": lambda number: (f"TEL:{number}{'1' * 300}",),
    "addresses of mail": lambda number: (f"EMAIL;PREF={number % 100}:ADA{number % 2}@example.org",),
    "addresses in one value": lambda number: (f"EMAIL:a{number}@example.org,b{number}@example.org",),
    "links": lambda number: (f"URL;TYPE=x{number % 3}:https://example.org",),
    "links that differ": lambda number: (f"URL:https://example.org/{number}",),
    "accounts": lambda number: (f"IMPP:msnim:{number % 9}", f"X-MSN;TYPE=x{number}:{number % 9}"),
    "profiles": lambda number: (f"X-SOCIALPROFILE;X-USER={number};TYPE=x:https://example.org",),
    "places": lambda _: ("ADR:;;Elm St;;;;",),
    "places that differ": lambda number: (f"ADR;X-A={number}:;;Elm St;;;;",),
    "labels of places": lambda number: (f"LABEL;TYPE=x{number}:Elm St",),
    "names": lambda number: (f"N:;{number};;;", f"FN:{number}", f"ORG:;{number}", f"NICKNAME:{number % 9}"),
    "names in Base64": lambda number: (f"X-ALTERNATIVE-N:;{number};;;", f"TITLE:{number}"),
    "birthdays": lambda number: (f"BDAY:18151210T0000{number % 60:02}Z", f"BDAY;X-A={number}:18151210"),
    "dates": lambda number: (f"X-ABDATE;X-A={number % 5}:18151210", f"ANNIVERSARY:1815{number}"),
    "notes": lambda number: (f"NOTE:{'x' * 50}{number}", "NOTE:x"),
    "labels": lambda number: (f"CATEGORIES:{number},x,{number % 7}",),
    "lines that are kept": lambda number: (f"X-SEEN:{number % 2}", f"X-SEEN;X-A={number}:1"),
    "groups": lambda number: (f"g{number}.TEL:{number}", f"g{number}.X-SEEN:1"),
    "groups with labels": lambda number: (f"g{number}.TEL:1", f"g{number}.X-ABLabel:{number}"),
    "groups that chain by links": lambda number: (f"g{number}.URL:a{number}", f"g{number}.URL:a{number + 1}"),
    "groups that chain by numbers": lambda number: (f"g{number}.TEL:{number}", f"g{number}.TEL;X-A=1:{number + 1}"),
    "groups that end one by one": lambda number: (*(f"g{number}.IMPP:x:1",) * 2, f"g{number}.ADR:;;1;;;;"),
}  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("lines", REPEATED.values(), ids=REPEATED)
def test_a_card_of_twice_as_many_lines_is_twice_the_work(lines: Callable[[int], tuple[str, ...]]) -> None:
    few, many = (work(BEGIN + "\r\n".join(each for at in range(size) for each in lines(at)) + END) for size in SIZES)
    assert many < TWICE * few


@pytest.mark.hostile
@pytest.mark.parametrize("members", ["{1}", "a", "{1} a", "{0} {1} a"])
def test_twice_as_many_groups_are_twice_the_work(members: str) -> None:
    """Groups within each other, of one member, and both."""
    few, many = (work("".join(group(at, members) for at in range(size)) + f"{BEGIN}UID:a{END}") for size in SIZES)
    assert many < TWICE * few


def group(number: int, members: str) -> str:
    named = "".join(f"MEMBER:{each}\r\n" for each in members.format(number, number + 1).split())
    return f"BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:{number}\r\nUID:{number}\r\n{named}END:VCARD\r\n"


def work(file: str) -> int:
    """How many lines of Python and functions of C it takes to read a file."""
    data, count = file.encode(), 0

    def counted(_: FrameType, event: str, __: object) -> Any:
        nonlocal count
        count += event in ("line", "c_call")
        return counted

    outcome(vcard_reader.read, data)  # fills the caches of heads
    sys.settrace(counted)
    sys.setprofile(counted)
    try:
        outcome(vcard_reader.read, data)
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    return count

"""The readers of what strangers wrote, as libFuzzer calls them: `python -m tests.fuzz.readers vcard -runs=1000 seeds`.

Atheris instruments them, so that an input which goes where none has gone before is kept and changed further. An input
that a reader cannot bear is written to `crash-…`; `-minimize_crash=1` makes it small: it belongs among the tests then.
"""

import json
import sys
from collections.abc import Callable, Iterable
from time import process_time
from zlib import crc32

import atheris

with atheris.instrument_imports(include=["project.contacts.exchange", "project.web.cursors", "project.web.parsing"]):
    from project.contacts.exchange import json_reader
    from project.contacts.exchange.csv import reader as csv_reader
    from project.contacts.exchange.csv import writer as csv_writer
    from project.contacts.exchange.vcard import reader as vcard_reader
    from project.contacts.exchange.vcard import writer as vcard_writer
    from project.web import cursors, parsing

from project.contacts import schemas
from project.contacts.exchange.card import Card, Found
from project.errors import MalformedRequest, UnreadableImport
from tests.fuzz.amounts import INPUTS, Progress

SECONDS = 5.0  # of processor time
MOST_CARDS = 5
CONTACT = schemas.ContactCreation()

Read = Callable[[bytes], Iterable[Found]]
Write = Callable[[Iterable[Card]], Iterable[bytes]]


def vcard(data: bytes) -> None:
    """Every contact keeps the contract, and is the same after it was written and read again."""
    version = "3.0" if len(data) % 2 else "4.0"
    exchange(data, vcard_reader.read, lambda cards: vcard_writer.write(cards, version))


def csv(data: bytes) -> None:
    """The same of every row."""
    exchange(data, csv_reader.read, csv_writer.write)


def exchange(data: bytes, read: Read, write: Write) -> None:
    try:
        cards = [each for each in read(data) if isinstance(each, Card)][:MOST_CARDS]
    except UnreadableImport:
        return
    if crc32(data) % 16:
        return  # the rest takes ten times as long as reading
    for card in cards:
        CONTACT.load(card.contact)
    contacts = [card.contact for card in cards]
    again = read(b"".join(write(cards))) if cards else []
    assert [each.contact if isinstance(each, Card) else each for each in again] == contacts


def strict_json(data: bytes) -> None:
    """Whatever is taken is what anybody reads in it; an array of contacts has an answer for each item."""
    try:
        value = parsing.parse_json(data)
    except MalformedRequest:
        return
    assert value == json.loads(data.decode())
    if isinstance(value, list):
        assert len(list(json_reader.read(data))) == len(value)


def cursor(data: bytes) -> None:
    """Whatever is taken is written just so."""
    token = data.decode("latin-1")
    for kinds in ((str, str, str), (str, int, str, int)):
        try:
            values = cursors.unseal(token, *kinds)
        except ValueError:
            continue
        assert cursors.seal(*values) == token


READERS = {"vcard": vcard, "csv": csv, "json": strict_json, "cursor": cursor}


def main() -> None:
    name = sys.argv.pop(1)
    progress = Progress(f"inputs to the reader of {name}", INPUTS)

    def read(data: bytes) -> None:
        progress.count()
        started = process_time()
        READERS[name](data)
        assert process_time() - started < SECONDS

    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

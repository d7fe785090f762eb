"""Tell a file's format by its content, for clients that send every file as `application/octet-stream`."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from project.contacts.exchange import json_reader
from project.contacts.exchange.card import Found
from project.contacts.exchange.csv import headings, rows
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.values import encodings
from project.contacts.exchange.vcard import envelopes
from project.contacts.exchange.vcard import reader as vcard_reader

LOOKED_AT: Final = 2**16  # bytes, for the first line
JSON = re.compile(rb"\s*[\[{]")
LINE_END = re.compile(rb"[\r\n]")


def read(data: bytes) -> Iterator[Found]:
    """The cards of a vCard, CSV or JSON file; raises as the reader of its format does."""
    data = encodings.to_utf8(data)
    return reader_of(data)(data)


def reader_of(data: bytes) -> Callable[[bytes], Iterator[Found]]:
    """What reads a file in UTF-8. CSV begins with headings, though a cell may hold a whole vCard."""
    if JSON.match(data):
        return json_reader.read
    first_line = LINE_END.split(data[:LOOKED_AT].lstrip(), maxsplit=1)[0]
    has_headings = headings.known(rows.BETWEEN.split(first_line.decode(errors="replace")))
    return vcard_reader.read if not has_headings and envelopes.holds_card(envelopes.lined(data)) else csv_reader.read

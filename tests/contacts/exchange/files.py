"""The corpus: files as phones, mail programs and web sites write them; and cards made for one test."""

from collections.abc import Iterable
from pathlib import Path

from project.contacts.exchange.card import Card, Failure, Found
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.vcard import reader as vcard_reader

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.name for path in CORPUS.iterdir())


def read(name: str) -> list[Card]:
    """The cards of a file of the corpus, all of which can be read."""
    data = (CORPUS / name).read_bytes()
    return whole(csv_reader.read(data) if name.endswith(".csv") else vcard_reader.read(data))


def whole(found: Iterable[Found]) -> list[Card]:
    """Cards; a failure among them fails the test."""
    cards = list(found)
    assert [each for each in cards if isinstance(each, Failure)] == []
    return [each for each in cards if isinstance(each, Card)]


def vcard(*lines: str, version: str = "3.0") -> bytes:
    """A card of these lines."""
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode()


def read_one(*lines: str, version: str = "3.0") -> Card:
    """The card that these lines are."""
    (card,) = whole(vcard_reader.read(vcard(*lines, version=version)))
    return card


def details(card: Card) -> list[tuple[str, str | None, str]]:
    """Kind, label and value of each detail."""
    return [(each["kind"], each["label"], each["value"]) for each in card.contact["details"]]

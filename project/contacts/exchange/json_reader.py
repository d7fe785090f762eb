"""A JSON array of contacts, as the export writes it, read item by item."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from project.contacts import schemas
from project.contacts.content import display_name
from project.contacts.exchange.card import Card, Failure, capped
from project.errors import UnreadableImport
from project.web import parsing

MOST_COMMAS = 2_000_000  # 50,000 contacts in 20 MiB have half as many; empty objects would fill the memory
CONTACT = schemas.NewContact()


def read(data: bytes) -> Iterator[Card | Failure]:
    """Every item of the array, or why it is no contact; raises MalformedRequest or UnreadableImport."""
    if data.count(b",") > MOST_COMMAS:
        raise UnreadableImport("The JSON has too many values: send it in several parts.")
    items = parsing.parse_json(data)
    if not isinstance(items, list):
        raise UnreadableImport("The JSON is not an array of contacts.")
    return capped(read_one(number, item) for number, item in enumerate(items, start=1))


def read_one(number: int, item: Any) -> Card | Failure:
    try:
        contact = CONTACT.load(item)
    except ValidationError as error:
        name = str(item.get("name") or "")[:200] if isinstance(item, Mapping) else ""
        first = parsing.flatten(error.messages)[0]
        return Failure(number, name, f"{first['pointer']}: {first['detail']}".removeprefix(": "))
    uid = contact.pop("id", None)
    return Card(contact, str(uid) if uid else None, name=display_name(contact), line=number)

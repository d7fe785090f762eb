"""Read a JSON array of contacts, as the export writes it, item by item."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from project import ids
from project.contacts import schemas
from project.contacts.exchange import digests
from project.contacts.exchange.card import MOST_PROBLEMS, Broken, Card, Failure, Found, GroupCard, capped
from project.contacts.exchange.lines import properties
from project.contacts.exchange.values import dates, photos, text
from project.contacts.naming import display_name
from project.errors import UnreadableImport
from project.web import parsing

MOST_COMMAS = 2_000_000  # 50,000 contacts in 20 MiB have half as many; empty objects would fill the memory
CONTACT = schemas.ContactCreation()
MOST_ALIASES = 1_000  # of a contact
OTHERWISE = ("email", "birthday")  # which are details of kind `other` where they are not valid
BESIDE = ("uid", "extra", "photo", "aliases")
"""What an exported contact has besides the API's fields."""


def read(data: bytes) -> Iterator[Found]:
    """Every item of the array, or why it is no contact; raises MalformedRequest or UnreadableImport."""
    if data.count(b",") > MOST_COMMAS:
        raise UnreadableImport("The JSON has too many values: send it in several parts.")
    items = parsing.parse_json(data)
    if not isinstance(items, list):
        raise UnreadableImport("The JSON is not an array of contacts.")
    return capped(read_one(number, item) for number, item in enumerate(items, start=1))


def read_one(number: int, item: Any) -> Card | Failure | GroupCard:
    if isinstance(item, Mapping) and item.get("kind") == "group":
        return group(number, item)
    beside = {name: item[name] for name in BESIDE if name in item} if isinstance(item, Mapping) else {}
    rest = {name: value for name, value in item.items() if name not in beside} if beside else item
    try:
        contact, problems = load(rest)
        return replace(card(number, contact, item, beside), problems=problems)
    except ValidationError as error:
        return Failure(number, name_of(item), details(error)[0])
    except Broken as problem:
        return Failure(number, name_of(item), str(problem))


def load(item: Any) -> tuple[Any, tuple[str, ...]]:
    """The contact of an item, and what is wrong with values that it came without. Raises if there is none."""
    try:
        return CONTACT.load(item), ()
    except ValidationError as error:
        if not isinstance(item, Mapping):
            raise
        with suppress(ValidationError):
            return CONTACT.load(sound(item, error.messages_dict)), tuple(sorted(details(error))[:MOST_PROBLEMS])
        raise


def sound(item: Mapping[str, Any], wrong: Mapping[str, Any]) -> dict[str, Any]:
    """The item without wrong values, which in lists are single ones; what is no address or day is a detail."""
    kept = {name: value for name, value in item.items() if name not in wrong}
    for name in item.keys() & wrong.keys():
        if isinstance(item[name], list) and isinstance(wrong[name], dict):
            kept[name] = [value for index, value in enumerate(item[name]) if index not in wrong[name]]
    texts = [(name, item.get(name)) for name in OTHERWISE if name in wrong]
    others = [{"kind": "other", "label": name, "value": value} for name, value in texts if isinstance(value, str)]
    return {**kept, "details": [*(kept.get("details") or []), *others]} if others else kept


def details(error: ValidationError) -> list[str]:
    found = parsing.flatten(error.messages)
    return [f"{each['pointer']}: {each['detail']}".removeprefix(": ") for each in found]


def group(number: int, item: Mapping[str, Any]) -> GroupCard | Failure:
    try:
        return GroupCard(name_of(item), one_text(item, "uid"), one_text(item, "card"), number)
    except Broken as problem:
        return Failure(number, name_of(item), str(problem))


def card(number: int, contact: Any, item: Mapping[str, Any], beside: Mapping[str, Any]) -> Card:
    """The card of an item that is valid. Raises Broken where what is beside the contact is not."""
    contact_id = contact.pop("id", None)
    uid = text.one_line(one_text(beside, "uid")) or (str(contact_id) if contact_id else None)
    data = one_text(beside, "photo")
    extra = list(map(checked, texts(beside.get("extra") or [], "/extra")))
    url = item.get("photo_url")
    url = text.one_line(url) if isinstance(url, str) else None
    if url and not data:
        extra.append(f"PHOTO;VALUE=uri:{url}")
    revised = item.get("updated_at")
    return Card(
        contact,
        uid,
        photos.decode(data) if data else None,
        extra,
        display_name(contact),
        number,
        dates.parse_moment(revised) if isinstance(revised, str) else None,
        photo_url=url,
        mentions_favorite=item.get("favorite") is not None,
        text="" if uid else digests.of_item(item),
        aliases=tuple(map(one_alias, texts(beside.get("aliases") or [], "/aliases")[:MOST_ALIASES])),
    )


def one_alias(text: str) -> UUID:
    found = ids.find(text)
    if found is None:
        raise Broken("/aliases: Not a list of UUIDs.")
    return found


def texts(value: Any, pointer: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Broken(f"{pointer}: Not a list of texts.")
    return value


def one_text(beside: Mapping[str, Any], name: str) -> str:
    value = beside.get(name)
    if not isinstance(value, str | None):
        raise Broken(f"/{name}: Not a text.")
    return value or ""


def checked(line: str) -> str:
    """A content line, as it may be written."""
    found = properties.checked(line)
    if found is None:
        raise Broken("/extra: Not a list of properties.")
    return found


def name_of(item: Any) -> str:
    return str(item.get("name") or "")[:200] if isinstance(item, Mapping) else ""

"""A contact as the API shows it, and its row: one order of fields, and what is derived from them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from sqlalchemy import Table

from project.contacts.models import Contact
from project.contacts.search import keys
from project.extensions import settings, store

TEXTS = ("first_name", "last_name", "nickname", "company", "job_title", "email", "phone", "birthday", "notes")
LISTS = ("labels", "details", "addresses")
NAMES = ("first_name", "last_name", "nickname", "company")
"""One of them at least names every contact."""

CONTENT = (*TEXTS, "favorite", *LISTS)
"""What a client may write; all else the server makes."""

FIELDS = ("id", "name", *CONTENT, "photo_url", "revision", "created_at", "updated_at")
"""The API's fields, in its order."""

TABLE = cast(Table, Contact.__table__)
SHOWN = [TABLE.c["photo" if field == "photo_url" else field] for field in FIELDS]
"""The columns of those fields, in the same order."""


def show(row: Sequence[Any]) -> dict[str, Any]:
    """A row that begins with SHOWN as the API's object; lists stay the JSON that they are stored as."""
    contact = dict(zip(FIELDS, row, strict=False))
    if contact["photo_url"] is not None:
        contact["photo_url"] = store.url(contact["photo_url"])
    return contact


def content_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a client wrote, with its lists as lists."""
    content = {field: row[field] for field in CONTENT}
    for field in LISTS:
        content[field] = plain(content[field])
    return content


def plain(document: orjson.Fragment | None) -> Any:
    """A stored JSON document as Python's lists and dicts."""
    return None if document is None else orjson.loads(orjson.dumps(document))


def derived(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that follow from the content: how it is called, sorted and found."""
    region = settings["PHONE_REGION"]
    return {
        "name": keys.display_name(content),
        "sort_key": keys.sort_key(content),
        "first_name_key": keys.fold(content["first_name"] or ""),
        "last_name_key": keys.fold(content["last_name"] or ""),
        "email_keys": keys.email_keys(content),
        "phone_keys": keys.phone_keys(content, region),
        "search_text": keys.search_text(content, region),
        "birthday_mmdd": keys.birthday_key(content["birthday"]),
    }

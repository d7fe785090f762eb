"""Contacts between the table and the API: columns, objects, and the columns that are computed from the content."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import orjson
from sqlalchemy import Table

from project.contacts.content import FIELD_NAMES, LISTS, Content
from project.contacts.models import Contact
from project.contacts.search import keys, order
from project.extensions import settings
from project.pictures.store import store

API_FIELDS: Final = ("id", "name", *FIELD_NAMES, "photo_url", "revision", "created_at", "updated_at")
"""The fields of a contact in the API, in its order."""

LIST_FIELDS: Final = (*API_FIELDS, "section")
"""The fields of a contact in a list."""

TABLE = cast(Table, Contact.__table__)
COLUMNS: Final = [TABLE.c["photo" if field == "photo_url" else field] for field in API_FIELDS]
"""The columns of those fields, in the same order."""

KEYS: Final = 3
"""Raise it when the columns that `derived` returns change for a content: the books that are there are renewed then."""

KIB: Final = 1024
SERVER_MADE_BYTES: Final = 900  # about, of what an answer has beside the fields: id, name, photo's URL, revision, times


def show(row: Sequence[Any], fields: Sequence[str] = API_FIELDS) -> dict[str, Any]:
    """Return a row that begins with the columns of these fields as the API's object; lists remain the stored JSON."""
    contact = dict(zip(fields, row, strict=False))
    if contact["photo_url"] is not None:
        contact["photo_url"] = store.url(contact["photo_url"])
    return contact


def content_of(row: Mapping[str, Any]) -> Content:
    """Return what a client wrote; stored JSON becomes lists."""
    return cast(Content, {name: plain(row[name]) if name in LISTS else row[name] for name in FIELD_NAMES})


def plain(document: orjson.Fragment | None) -> Any:
    """Parse a stored JSON document."""
    return None if document is None else orjson.loads(orjson.dumps(document))


def size(content: Content, extra: Sequence[str] | None) -> int:
    """Return the size of a contact as JSON, with what its file said besides, in KiB, rounded up."""
    written = len(orjson.dumps(content)) + (len(orjson.dumps(extra)) if extra else 0)
    return -(-(written + SERVER_MADE_BYTES) // KIB)


def derived(content: Content, name: str) -> dict[str, Any]:
    """Return the columns computed from the content and its display name."""
    return {"name": name, **keys.derive(content, name, settings.phone_region), **order.derive(content)}


def keys_version() -> str:
    """What the search keys of a book are made by."""
    return f"{KEYS} {settings.phone_region or ''}"

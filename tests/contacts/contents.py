"""Contents of contacts: with a value in every field, or with the fields that a test is about; and their search keys."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from project.contacts.content import FIELDS, Content, Kind, blank
from project.contacts.naming import display_name
from project.contacts.search import keys

ADDRESS = {
    "label": "home",
    "street": "12 St James's Square",
    "city": "London",
    "region": None,
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}
VALUES: Mapping[Kind, Callable[[str], Any]] = {
    "line": lambda name: name.replace("_", "-"),
    "lines": lambda name: f"The first of {name}.\nThe second.",
    "email": lambda name: "ada@example.org",
    "phone": lambda name: "+44 20 7946 0958",
    "date": lambda name: "1815-12-10",
    "flag": lambda name: True,
    "labels": lambda name: ["Family", "Поети"],
    "details": lambda name: [{"kind": "phone", "label": "work", "value": "+44 20 7946 0000"}],
    "addresses": lambda name: [ADDRESS],
}
"""A value of each kind, given the name of its field."""


def whole() -> dict[str, Any]:
    """Return a content that has every field; names are those of their fields."""
    return {field.name: VALUES[field.kind](field.name) for field in FIELDS}


def content(fields: Mapping[str, Any]) -> Content:
    """Return a content with these fields; what is None or absent is empty."""
    return cast(Content, {**blank(), **{name: value for name, value in fields.items() if value is not None}})


def derive(fields: Mapping[str, Any], region: str | None = None) -> dict[str, str]:
    """Return the search keys of a contact with these fields."""
    found = content(fields)
    return {name: key or "" for name, key in keys.derive(found, display_name(found), region).items()}

"""What a contact is called, and which fields are enough to call it by."""

from collections.abc import Mapping
from typing import Any, Final

from project import unicode
from project.contacts.content import FIELDS

NAME_PARTS: Final = ("name_prefix", "first_name", "middle_name", "last_name", "name_suffix")
"""What a full name is made of, in its order."""

NAMED_BY: Final = tuple(field.name for field in FIELDS if field.names)
*OTHERS, LAST = (name.replace("_", " ") for name in NAMED_BY)
NAME_NEEDED: Final = f"A {', '.join(OTHERS)} or {LAST} is needed."


def is_named(content: Mapping[str, Any]) -> bool:
    return any(content[name] for name in NAMED_BY)


def display_name(content: Mapping[str, Any]) -> str:
    """The contract's `name`: the full name where there is a first or last one, else the nickname, else the company."""
    if content["first_name"] or content["last_name"]:
        return full_name(content)
    return content["nickname"] or content["company"] or ""


def plain_name(content: Mapping[str, Any]) -> str:
    """First and last name, else the nickname, else the company: what a kept FN is tied to."""
    names = " ".join(filter(None, (content["first_name"], content["last_name"])))
    return names or content["nickname"] or content["company"] or ""


def full_name(values: Mapping[str, Any]) -> str:
    """Prefix, first, middle, last name and suffix; Han, kana and Hangul last name first and without spaces.

    What is absent is left out.
    """
    prefix, first, middle, last, suffix = map(values.get, NAME_PARTS)
    given = list(filter(None, (first, middle, last)))
    name = "".join(reversed(given)) if unicode.is_east_asian("".join(given)) else " ".join(given)
    return " ".join(filter(None, (prefix, name, suffix)))

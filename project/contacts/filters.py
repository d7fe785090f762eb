"""The filters of a list, all in one form: terms that must all match, each by any of its patterns."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, bindparam, false, or_, type_coerce

from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys
from project.contacts.search.folding import fold
from project.extensions import settings

Terms = tuple[tuple[str, int], ...]
"""For each term its column and number of patterns; values are bound as `like_<term>_<pattern>`."""

FAVORITE = "favorite"
SEARCH = "search_text"


def parse(query: Mapping[str, Any]) -> tuple[Terms, dict[str, Any]]:
    """Return the terms of a query, for which a statement is built once, and the values to bind."""
    found = [*searched(query), *narrowed(query)]
    values: dict[str, Any] = {
        f"like_{term}_{index}": f"%{keys.escape_like(pattern)}%"
        for term, (_, patterns) in enumerate(found)
        for index, pattern in enumerate(patterns)
    }
    terms = tuple((column, len(patterns)) for column, patterns in found)
    if FAVORITE in query:
        terms, values[FAVORITE] = (*terms, (FAVORITE, 1)), query[FAVORITE]
    return terms, values


def searched(query: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    if "q" not in query:
        return []
    return [(SEARCH, list(patterns)) for patterns in keys.search_terms(query["q"], settings.phone_region)]


def narrowed(query: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the filters by field. Each also searches the search text, the only column with an index for substrings."""
    found = []
    for field, column in (("first_name", "first_name_key"), ("last_name", "last_name_key"), ("email", "email_keys")):
        if field in query:
            patterns = [folded] if (folded := fold(query[field])) else []
            found += [(column, patterns), (SEARCH, patterns)]
    if "phone" in query:
        patterns = keys.phone_patterns(query["phone"], settings.phone_region)
        found += [("phone_keys", patterns), (SEARCH, patterns)]
    if "label" in query:
        found += [("labels", listed(query["label"])), (SEARCH, [fold(query["label"])])]
    return found


def listed(label: str) -> list[str]:
    """Return how a label is stored in a list, first or later; quotation marks inside labels have a backslash."""
    written = orjson.dumps(label).decode()
    return [f"[{written}", f",{written}"]


def conditions(terms: Terms) -> list[ColumnElement[bool]]:
    return [condition(number, column, count) for number, (column, count) in enumerate(terms)]


def condition(term: int, column: str, count: int) -> ColumnElement[bool]:
    if column == FAVORITE:
        return CONTACT.c.favorite == bindparam(FAVORITE)
    text = type_coerce(CONTACT.c[column], Text)
    patterns = [text.like(bindparam(f"like_{term}_{index}", type_=Text), escape="\\") for index in range(count)]
    return or_(false(), *patterns)

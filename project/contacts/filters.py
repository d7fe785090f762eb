"""The filters of a list, all in one form: terms that must all match, each by any of its patterns."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Text, bindparam, false, or_, type_coerce

from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys
from project.contacts.search.folding import fold, is_romanised
from project.errors import ValidationFailed
from project.extensions import settings


class Term(NamedTuple):
    """What one of the patterns, bound as `like_<term>_<pattern>`, must match.

    `is_in_script`: the first pattern is a word as it is written in another script, one of the others its romanisation.
    Unless that must be all of a field, it is found wherever the first is (`needed` is 1), which then only decides the
    order.
    """

    column: str
    patterns: int
    is_in_script: bool = False
    needed: int = 0
    """The first of the patterns that are looked for."""


Terms = tuple[Term, ...]

MOST_TERMS = 12  # each is looked for in the whole book
FAVORITE = "favorite"
SEARCH = "search_text"


def parse(query: Mapping[str, Any]) -> tuple[Terms, dict[str, Any]]:
    """Return the terms of a query, for which a statement is built once, and the values to bind.

    Raises ValidationFailed for too many words.
    """
    words = searched(query)
    found = [*words, *narrowed(query)]
    values: dict[str, Any] = {
        f"like_{term}_{index}": f"%{keys.escape_like(pattern)}%"
        for term, (_, patterns) in enumerate(found)
        for index, pattern in enumerate(patterns)
    }
    terms = tuple(
        word(patterns) if number < len(words) else Term(column, len(patterns))
        for number, (column, patterns) in enumerate(found)
    )
    if FAVORITE in query:
        terms, values[FAVORITE] = (*terms, Term(FAVORITE, 1)), query[FAVORITE]
    return terms, values


def word(patterns: list[str]) -> Term:
    """The term of a word that is searched for."""
    in_script = bool(patterns) and is_romanised(patterns[0])
    is_implied = in_script and len(patterns) > 1 and not any(each.startswith("\n") for each in patterns)
    return Term(SEARCH, len(patterns), in_script, int(is_implied))


def searched(query: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    if "q" not in query:
        return []
    terms = keys.search_terms(query["q"], settings.phone_region)
    if len(terms) > MOST_TERMS:
        raise ValidationFailed([{"parameter": "q", "detail": f"At most {MOST_TERMS} different words."}])
    return [(SEARCH, list(patterns)) for patterns in terms]


def narrowed(query: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the filters by field. Each also searches the search text, the only column with an index for substrings."""
    found = []
    for field in ("first_name", "last_name"):
        if field in query:
            patterns = list(keys.name_substrings(query[field]))
            found += [(f"{field}_key", patterns), (SEARCH, patterns)]
    if "email" in query:
        patterns = [folded] if (folded := fold(query["email"])) else []
        found += [("email_keys", patterns), (SEARCH, patterns)]
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
    return [condition(number, term.column, range(term.needed, term.patterns)) for number, term in enumerate(terms)]


def in_script(terms: Terms) -> list[ColumnElement[bool]]:
    """Return the conditions that hold where words of another script stand as they are written."""
    return [condition(number, term.column, range(1)) for number, term in enumerate(terms) if term.is_in_script]


def condition(term: int, column: str, indexes: range) -> ColumnElement[bool]:
    if column == FAVORITE:
        return CONTACT.c.favorite == bindparam(FAVORITE)
    text = type_coerce(CONTACT.c[column], Text)
    patterns = [text.like(bindparam(f"like_{term}_{index}", type_=Text), escape="\\") for index in indexes]
    return or_(false(), *patterns)

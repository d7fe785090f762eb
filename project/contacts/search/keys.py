"""What a contact is found and sorted by: plain strings, folded here so that SQLite and PostgreSQL find the same.

First the keys stored with a contact, then what a query looks for in them. A key of several values has each on a line of
its own, with a line break before the first and after the last.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from project.contacts.search.folding import fold as fold
from project.contacts.search.phones import NO_DIGITS, is_numeric, readings

SORT_KEY_LENGTH = 400  # characters: at most 1,600 bytes, so that an index row stays below PostgreSQL's 2,704
TEXT_FIELDS = ("first_name", "last_name", "nickname", "company", "job_title")

LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def display_name(contact: Mapping[str, Any]) -> str:
    """First and last name, else the nickname, else the company."""
    full_name = " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"))))
    return full_name or contact.get("nickname") or contact.get("company") or ""


def sort_key(contact: Mapping[str, Any]) -> str:
    """The folded display name, to be compared by code point (`COLLATE "C"`, `BINARY`)."""
    return fold(display_name(contact))[:SORT_KEY_LENGTH]


def search_text(contact: Mapping[str, Any], region: str | None) -> str:
    """All that `search_terms` look into; notes are left out."""
    texts = [contact.get(field) for field in TEXT_FIELDS]
    texts += [*(contact.get("labels") or ()), *values(contact, "email"), *values(contact, "phone")]
    return lines([*map(fold, filter(None, texts)), *number_lines(contact, region)])


def email_keys(contact: Mapping[str, Any]) -> str:
    """The folded addresses, which contain the folded address asked for."""
    return lines(map(fold, values(contact, "email")))


def phone_keys(contact: Mapping[str, Any], region: str | None) -> str:
    """The numbers in E.164, each followed by its other spellings after a tab; a number of unknown country as digits."""
    return lines(number_lines(contact, region))


def birthday_key(birthday: str | None) -> str | None:
    """`MMDD` of a birthday with a year or without."""
    return birthday[-5:-3] + birthday[-2:] if birthday else None


def values(contact: Mapping[str, Any], kind: str) -> list[str]:
    """The value to reach first, then the further ones of that kind."""
    details = contact.get("details") or ()
    further = [detail["value"] for detail in details if detail["kind"] == kind]
    return [contact[kind], *further] if contact.get(kind) else further


def number_lines(contact: Mapping[str, Any], region: str | None) -> Iterator[str]:
    """The tab keeps a number of known country from being taken for one of any country."""
    for number in values(contact, "phone"):
        for reading in readings(number, region):
            yield reading.international
            yield from (f"\t{each}" if reading.international else each for each in reading.spellings)


def lines(texts: Iterable[str]) -> str:
    """Each text once, between line breaks; nothing for no text."""
    distinct = "\n".join(filter(None, dict.fromkeys(texts)))
    return distinct and f"\n{distinct}\n"


def search_terms(q: str, region: str | None) -> list[tuple[str, ...]]:
    """What `search_text` must contain: of every term any one of its substrings.

    A term is a word of q or, where the word is part of a number, any spelling of that number, whole or its beginning.
    A q that folds to nothing gives one term without substrings, which nothing contains.
    """
    terms: list[tuple[str, ...]] = []
    for is_number, words in groupby(fold(q).split(), is_numeric):
        run = list(words)
        spellings = list(number_substrings(" ".join(run), region)) if is_number else []
        terms += [(word, *(each for each in spellings if word not in each)) for word in run]
    return list(dict.fromkeys(terms)) or [()]


def number_substrings(number: str, region: str | None) -> list[str]:
    """The digits as they are, and every spelling; what names a country is found at the start of what names none."""
    digits = NO_DIGITS.sub("", number)
    found = [digits]
    for international, spellings in readings(number, region):
        found += [international, *(f"\n{each}" for each in spellings)] if international else spellings
    return [each for each in dict.fromkeys(found) if each]


def phone_patterns(number: str, region: str | None) -> list[str]:
    """What `phone_keys` of the same number contain one of, however it is spelled; nothing for a text without a digit.

    Two numbers with countries are the same in E.164. Where one has none, the other's national part decides, unless it
    is shorter than seven digits: 112 is only 112.
    """
    found: list[str] = []
    for international, spellings in readings(number, region):
        found += [international] if international else [f"\t{each}" for each in spellings]
        found += spellings
    return [f"\n{line}\n" for line in dict.fromkeys(found)]


def escape_like(text: str) -> str:
    r"""Text that means itself in `LIKE … ESCAPE '\'`."""
    return text.translate(LIKE_ESCAPES)

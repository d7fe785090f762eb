"""What a contact is found and sorted by: plain strings, folded here so that SQLite and PostgreSQL find the same.

First how text folds and numbers are read, then the keys stored with a contact, then what a query looks for in them.
A key of several values has each on a line of its own, with a line break before the first and after the last.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import phonenumbers
from anyascii import anyascii

SORT_KEY_LENGTH = 400  # characters: at most 1,600 bytes, so that an index row stays below PostgreSQL's 2,704
PARSED_DIGITS = 5
NATIONAL_DIGITS = 7
INTERNATIONAL_DIGITS = 11
TEXT_FIELDS = ("first_name", "last_name", "nickname", "company", "job_title")

QUOTES = str.maketrans("", "", "'`")
UNASSIGNED = frozenset({"Cn", "Co"})
UNWRITTEN = frozenset({"Cc", "Cf", "Cs"})
UNSOUNDED = frozenset({"Lm", "Mc", "Me", "Mn", "Sk"})
VOWEL_SIGNS = range(84, 133)  # combining classes of Telugu, Thai, Lao and Tibetan vowels: letters rather than accents

NUMBER_CHARACTERS = frozenset("0123456789+-()./")
EXTENSION = re.compile(r"(?<=\d)[\s.(]*(?:ext|x|dob|[,;#]).*")
DIALLED_ABROAD = re.compile(r"^[^\d+]*00")
UNDIALLED = re.compile(r"[^0-9+]+")
NO_DIGITS = re.compile(r"[^0-9]+")

LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class Folding(dict[int, str]):
    """What each character folds to, worked out when it first occurs.

    The million characters that mean nothing yet are not kept: 22 MB is the most that this grows to.
    """

    def __missing__(self, codepoint: int) -> str:
        spelling = spell(chr(codepoint))
        if unicodedata.category(chr(codepoint)) not in UNASSIGNED:
            self[codepoint] = spelling
        return spelling


def spell(character: str) -> str:
    """One character in lower-case ASCII; itself where it has no spelling, as a picture and a silent letter have none.

    Apostrophes go, and soft signs with them: `olga` is Ольга, `obrien` is O’Brien.
    """
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if category in UNWRITTEN or unicodedata.combining(character) not in (0, *VOWEL_SIGNS):
        return ""
    spelling = anyascii(character).lower()
    if category == "Lo" and not any(map(str.isalnum, spelling)):
        return unicodedata.normalize("NFD", character)[0]
    if not spelling or spelling.startswith(":"):
        return "" if category in UNSOUNDED else character.lower()
    return spelling.translate(QUOTES)


FOLDING = Folding()


def fold(text: str) -> str:
    """Text without regard to case, accents, ligatures, script and spacing; no control character is left in it."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(FOLDING).split())


class Reading(NamedTuple):
    """What a telephone number may be: E.164 where its country is known, and its spellings in digits alone."""

    international: str
    spellings: tuple[str, ...]


@lru_cache(maxsize=2048)
def readings(number: str, region: str | None) -> tuple[Reading, ...]:
    """The numbers that a text may mean; none without a digit.

    A country is known from + or 00, or from the region of a national number. Eleven digits or more that make a valid
    number with a + may be one that has lost it. What has no country, or is short, is its digits.
    """
    written = UNDIALLED.sub("", EXTENSION.sub("", DIALLED_ABROAD.sub("+", fold(number))))
    digits = NO_DIGITS.sub("", written)
    if len(digits) < PARSED_DIGITS:
        return (local(digits),) if digits else ()
    parsed = parse(written, region)
    lost = parse_lost(digits) if written == digits else None
    known = [international(found) for found in (parsed, lost) if found]
    if parsed and len(digits) >= NATIONAL_DIGITS:
        return tuple(dict.fromkeys(known))
    return (*known, local(digits))


def parse(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """A number with its country, or None; a national one must have a length that its region knows."""
    if not region and not written.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return number if written.startswith("+") or has_full_length(number) else None


def has_full_length(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number can be dialled from anywhere in its country, as one without its area code cannot."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def parse_lost(digits: str) -> phonenumbers.PhoneNumber | None:
    """The valid number that digits are when a + is put before them, or None; no country's code begins with 0."""
    if len(digits) < INTERNATIONAL_DIGITS or digits.startswith("0"):
        return None
    number = parse(f"+{digits}", None)
    return number if number and phonenumbers.is_valid_number(number) else None


def international(number: phonenumbers.PhoneNumber) -> Reading:
    """Spelled without country, as dialled at home, and with its country but no +."""
    country, national = number.country_code or 0, phonenumbers.national_significant_number(number)
    spellings = dict.fromkeys((national, trunk(country) + national, f"{country}{national}"))
    return Reading(f"+{country}{national}", tuple(each for each in spellings if len(each) >= NATIONAL_DIGITS))


@cache
def trunk(country: int) -> str:
    """What is dialled at home before the national part: 0 in most countries, 8 in Russia, 06 in Hungary."""
    example = phonenumbers.example_number(phonenumbers.region_code_for_country_code(country))
    if not example:
        return ""
    at_home = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    return NO_DIGITS.sub("", at_home).removesuffix(phonenumbers.national_significant_number(example))


def local(digits: str) -> Reading:
    """Spelled as it is and without trunk zero; a short number only as it is."""
    national = digits.lstrip("0")
    return Reading("", (digits, national) if NATIONAL_DIGITS <= len(national) < len(digits) else (digits,))


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


def is_numeric(word: str) -> bool:
    """Whether a word looks like part of a telephone number."""
    return NUMBER_CHARACTERS.issuperset(word)


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

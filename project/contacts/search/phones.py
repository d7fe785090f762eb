"""Telephone numbers as they are written by people: what each may mean, in E.164 and in other spellings."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers

from project.contacts.search.folding import fold

PARSED_DIGITS = 5
NATIONAL_DIGITS = 7
INTERNATIONAL_DIGITS = 11

NUMBER_CHARACTERS = frozenset("0123456789+-()./")
EXTENSION = re.compile(r"(?<=\d)[\s.(]*(?:ext|x|dob|[,;#]).*")
DIALLED_ABROAD = re.compile(r"^[^\d+]*00")
UNDIALLED = re.compile(r"[^0-9+]+")
NO_DIGITS = re.compile(r"[^0-9]+")
PLAIN = re.compile(r"\+[1-9][0-9]{4,17}")
COUNTRY_ENDS = (2, 3, 4)
NEVER = r"(?!)"


def is_numeric(word: str) -> bool:
    """Whether a word looks like part of a telephone number."""
    return NUMBER_CHARACTERS.issuperset(word)


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
    found = plain(written) or parse(written, region)
    lost = parse_lost(digits) if written == digits else None
    known = [each for each in (found, lost) if each]
    if found and len(digits) >= NATIONAL_DIGITS:
        return tuple(dict.fromkeys(known))
    return (*known, local(digits))


def plain(written: str) -> Reading | None:
    """A number with its country as most are written, read without the library, which takes ten times as long.

    What may begin with digits that are dialled at home only, or is of no length that there is, is left to it.
    """
    for end in COUNTRY_ENDS if PLAIN.fullmatch(written) else ():
        if (country := int(written[1:end])) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return None if home_prefix(country).match(written[end:]) else spelled(country, written[end:])
    return None


def parse(written: str, region: str | None) -> Reading | None:
    """A number with its country, or None; a national one must have a length that its region knows."""
    if not region and not written.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return international(number) if written.startswith("+") or has_full_length(number) else None


def has_full_length(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number can be dialled from anywhere in its country, as one without its area code cannot."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def parse_lost(digits: str) -> Reading | None:
    """The valid number that digits are when a + is put before them, or None; no country's code begins with 0."""
    if len(digits) < INTERNATIONAL_DIGITS or digits.startswith("0"):
        return None
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    return international(number) if phonenumbers.is_valid_number(number) else None


def international(number: phonenumbers.PhoneNumber) -> Reading:
    return spelled(number.country_code or 0, phonenumbers.national_significant_number(number))


def spelled(country: int, national: str) -> Reading:
    """Spelled without country, as dialled at home, and with its country but no +."""
    spellings = dict.fromkeys((national, trunk(country) + national, f"{country}{national}"))
    return Reading(f"+{country}{national}", tuple(each for each in spellings if len(each) >= NATIONAL_DIGITS))


@cache
def home_prefix(country: int) -> re.Pattern[str]:
    """What may stand before the national part, dialled at home only: never, in Italy or Spain."""
    region = phonenumbers.region_code_for_country_code(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    return re.compile((metadata and metadata.national_prefix_for_parsing) or NEVER)


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

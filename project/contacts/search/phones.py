"""Telephone numbers as people write them: what each may mean, in E.164 and in other spellings."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers

PARSED_DIGITS = 5
NATIONAL_DIGITS = 7
INTERNATIONAL_DIGITS = 11

NUMBER_CHARACTERS = frozenset("0123456789+-()./")
EXTENSION = re.compile(
    r"(?<=\d)[\s.(]*(?:ext|x|dob|durchwahl|dw|nebenstelle|poste|interno|int\.|ramal|anexo|wew|toestel|[,;#]|[pw](?=\d)).*"
)  # p and w are pauses in dialling
SEVERAL = re.compile(
    r"(?<=\d)\s*[,;/|&]\s*(?=(?:\+|00)\d)|(?<=\d)\s+(?:/|&|or|oder|ou|o|lub|and|und|et|y|i)\s+(?=(?:\+|0)\d)"
)
SERVICE = re.compile(r"^\s*(?:(?:[*#]{1,2}\d{2,3}[*#])+|\*\d{2}\s+)(?=[\d+(])")
TOLL_FREE = re.compile(r"(?:\+?1[\s.-]*)?\(?8(?:00|33|44|55|66|77|88)\)?[\s.-]+(?=.*[a-z]{3})[a-z0-9\s.-]{7,12}")
DIALLED_ABROAD = re.compile(r"^[^\d+]*00")
UNDIALLED = re.compile(r"[^0-9+]+")
NO_DIGITS = re.compile(r"[^0-9]+")
PLAIN = re.compile(r"\+[1-9][0-9]{4,17}")
COUNTRY_ENDS = (2, 3, 4)
NEVER = r"(?!)"


def is_numeric(word: str) -> bool:
    """Whether a word may be part of a telephone number."""
    return NUMBER_CHARACTERS.issuperset(word)


def dialled(folded: str) -> str:
    """Return a number without a service code before it: *31# withholds the caller's number."""
    return SERVICE.sub("", folded)


class Reading(NamedTuple):
    """One meaning of a telephone number: E.164 if its country is known, and its spellings in digits alone."""

    international: str
    spellings: tuple[str, ...]


@lru_cache(maxsize=2048)
def readings(folded: str, region: str | None) -> tuple[Reading, ...]:
    """Return the numbers that a folded text may mean; none without a digit.

    The country follows from + or 00, or from the region for a national number. Eleven or more digits that are a valid
    number with a + may have lost it. A number without a country, or a short one, is its digits.
    """
    found = (reading for part in SEVERAL.split(folded) for reading in readings_of_one(part, region))
    return tuple(dict.fromkeys(found))


def readings_of_one(folded: str, region: str | None) -> tuple[Reading, ...]:
    if TOLL_FREE.fullmatch(folded):
        folded = phonenumbers.convert_alpha_characters_in_number(folded)
    written = UNDIALLED.sub("", EXTENSION.sub("", DIALLED_ABROAD.sub("+", dialled(folded))))
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
    """Read a number with a country code as most are written; the library takes ten times as long.

    Return None, and leave it to the library, if the length is unusual or the first digits may be a trunk prefix.
    """
    for end in COUNTRY_ENDS if PLAIN.fullmatch(written) else ():
        if (country := int(written[1:end])) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return None if home_prefix(country).match(written[end:]) else spelled(country, written[end:])
    return None


def parse(written: str, region: str | None) -> Reading | None:
    """Parse a number with its country, or return None; a national number must have a length valid in its region."""
    if not region and not written.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return international(number) if written.startswith("+") or has_full_length(number) else None


def has_full_length(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number can be dialled from anywhere in its country; one without its area code cannot."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def parse_lost(digits: str) -> Reading | None:
    """Return the valid number that the digits are after a +, or None; no country code begins with 0."""
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
    """Spell a number without country, as dialled at home, and with its country but no +."""
    spellings = dict.fromkeys((national, trunk(country) + national, f"{country}{national}"))
    return Reading(f"+{country}{national}", tuple(each for each in spellings if len(each) >= NATIONAL_DIGITS))


@cache
def home_prefix(country: int) -> re.Pattern[str]:
    """Return a pattern of the trunk prefixes of a country; one that never matches for Italy or Spain."""
    region = phonenumbers.region_code_for_country_code(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    return re.compile((metadata and metadata.national_prefix_for_parsing) or NEVER)


@cache
def trunk(country: int) -> str:
    """Return the trunk prefix of a country: 0 in most, 8 in Russia, 06 in Hungary."""
    example = phonenumbers.example_number(phonenumbers.region_code_for_country_code(country))
    if not example:
        return ""
    at_home = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    return NO_DIGITS.sub("", at_home).removesuffix(phonenumbers.national_significant_number(example))


def local(digits: str) -> Reading:
    """Spell a number as written and without trunk zeros; a short one only as written."""
    national = digits.lstrip("0")
    return Reading("", (digits, national) if NATIONAL_DIGITS <= len(national) < len(digits) else (digits,))

"""Telephone numbers as people write them: what each may mean, in E.164 and in other spellings."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers

PARSED_DIGITS = 5
NATIONAL_DIGITS = 7
WHOLE_DIGITS = 9  # of which no part of a number has as many
NORTH_AMERICA = 1
NORTH_AMERICAN_DIGITS = 10
MEXICO, MEXICAN_DIGITS = 52, 10
INTERNATIONAL_DIGITS = 11

NUMBER_CHARACTERS = frozenset("0123456789+-()./")
AFTER_NUMBER = re.compile(r"[\s.(:-]*[a-z,;#~=]")  # a word such as `ext`, and signs and letters for pauses in dialling
BETWEEN = re.compile(r"([\s(.]*[a-z,;|&/:][a-z,;|&/:.\s-]*|\s-\s|(?<=\d)\s*(?=\(?\+))")
SERVICE = re.compile(r"^\s*(?:(?:[*#]{1,2}\d{2,3}[*#])+[\s,.-]*|\*\d{2}[\s,.-]+)(?=[\d+(])")
WITHHOLDING = {  # the caller's number: codes without a star or a hash, which begin no number of their region
    "AU": "183[12]", "GB": "141|1470", "HK": "133", "IE": "14[12]", "JP": "18[46]", "NZ": "0197",
}  # fmt: skip
FORMER_TRUNK = {"MX": re.compile(r"(?:01|04[45])(?=\d{10}\Z)")}  # until 2019
LETTER = re.compile("[a-z]")
WORDS = re.compile(
    r"((?:(?:\+?1[\s.-]*)?\(?8(?:00|33|44|55|66|77|88)\)?|0[789]00|1[38]00)[\s.-]*(?=.*[a-z]{3})[a-z0-9\s.-]{6,12}?"
    r"|13[\s.-]*[a-z]{4})(?:[\s,]+(?:ext|x)[a-z.]*\s*\d+)?"
)
NORTH_AMERICAN_WORD = re.compile(r"(\+?1[\s.-]*)?\(?[2-9]\d\d\)?[\s.-]*(?=.*[a-z]{3})(?:[a-z0-9][\s.-]*){7}")
ABROAD = re.compile(r"\A00(?:11(?=\d{8}))?")
LOST_ABROAD = re.compile(r"\A011(?=\d{11})")  # of North America
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
    found = (reading for number in several(folded) for reading in readings_of_one(number, region))
    return tuple(dict.fromkeys(found))


def several(folded: str) -> Iterator[str]:
    """Yield the numbers of a text, which has one or, as in `030 1234567 / 0170 1234567` and `... or ...`, several."""
    number, *rest = BETWEEN.split(folded)
    for between, following in zip(rest[::2], rest[1::2], strict=True):
        if is_another(number, between, following):
            yield number
            number = following
        else:
            number += between + following
    yield number


def is_another(number: str, between: str, following: str) -> bool:
    """Whether a second number follows, rather than the rest of the first or its extension."""
    least = min(len(NO_DIGITS.sub("", each)) for each in (number, following))
    if following.lstrip(" (").startswith(("+", "00")):
        return least >= PARSED_DIGITS
    is_told = following.startswith(("0", "(")) or between.strip() not in ("/", "-", "")
    return least >= (NATIONAL_DIGITS if is_told else WHOLE_DIGITS)


def readings_of_one(folded: str, region: str | None) -> tuple[Reading, ...]:
    folded = spell_out(folded, region) if LETTER.search(folded) else folded
    if region in WITHHOLDING:
        folded = re.sub(rf"^\s*(?:{WITHHOLDING[region]})[\s-]+(?=[\d+(])", "", folded)
    number, _ = without_extension(dialled(folded))
    written = internationally(UNDIALLED.sub("", number), region)
    digits = NO_DIGITS.sub("", written)
    if len(digits) < PARSED_DIGITS:
        return (local(digits),) if digits else ()
    found = plain(written) or parse(written, region)
    lost = parse_lost(digits) if written == digits else None
    known = [each for each in (found, lost) if each]
    if found and len(digits) >= NATIONAL_DIGITS:
        return tuple(dict.fromkeys(known))
    return (*known, local(digits))


def internationally(written: str, region: str | None) -> str:
    """Put a + for what the region, Australia or most countries dial before a country code."""
    if written.startswith("+"):
        return "+" + written.lstrip("+").removeprefix("00")
    if region in FORMER_TRUNK:
        written = FORMER_TRUNK[region].sub("", written)
    usual = ABROAD.sub("+", written)
    own = dialled_abroad(region).match(written) if region else None
    if own and not is_valid(usual) and is_valid(f"+{written[own.end() :]}"):
        return f"+{written[own.end() :]}"
    return usual


def spell_out(folded: str, region: str | None) -> str:
    """Dial a number that is a word, as `1-800-FLOWERS`; in North America it may be longer than a number."""
    if found := WORDS.fullmatch(folded):
        digits = NO_DIGITS.sub("", phonenumbers.convert_alpha_characters_in_number(found[1]))
        north_american = digits.removeprefix("1")[:NORTH_AMERICAN_DIGITS]
        return digits if digits.startswith(("0", "13")) else f"1{north_american}"
    is_local = region and phonenumbers.country_code_for_region(region) == NORTH_AMERICA
    if (found := NORTH_AMERICAN_WORD.fullmatch(folded)) and (found[1] or is_local):
        return phonenumbers.convert_alpha_characters_in_number(folded)
    return folded


def without_extension(folded: str) -> tuple[str, str]:
    """Split a number from what follows its digits: an extension, what is dialled after a pause, or a remark."""
    for found in AFTER_NUMBER.finditer(folded):
        if len(NO_DIGITS.sub("", folded[: found.start()])) >= PARSED_DIGITS:
            return folded[: found.start()], folded[found.start() :]
    return folded, ""


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
    digits = LOST_ABROAD.sub("", digits)
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
    """Spell a number without country, as dialled at home, and with its country but no +.

    Mexican mobile numbers had a 1 after the country until 2019, and phones still have them so.
    """
    if country == MEXICO and len(national) == MEXICAN_DIGITS + 1:
        national = national.removeprefix("1")
    spellings = dict.fromkeys((national, trunk(country) + national, f"{country}{national}"))
    return Reading(f"+{country}{national}", tuple(each for each in spellings if len(each) >= NATIONAL_DIGITS))


def is_valid(written: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return False


@cache
def dialled_abroad(region: str) -> re.Pattern[str]:
    """Return a pattern of what a region dials before a country code: 011 in North America, 0011 in Australia."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return re.compile((metadata and metadata.international_prefix) or NEVER)


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

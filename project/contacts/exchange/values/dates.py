"""Dates as address books write them, into the API's form: `YYYY-MM-DD`, or `--MM-DD` without a year."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from project import unicode
from project.contacts.exchange.values import months

ISO = re.compile(r"([0-9]{4}|-)-?([0-9]{2})-?([0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:?[0-9]{2})?", re.DOTALL)
MOMENT = re.compile(
    r"(?P<year>[0-9]{4})-?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})?:?(?P<second>[0-9]{2})?(?P<part>\.[0-9]{1,6})?[0-9]*"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
LOOSE = re.compile(r"([0-9]{4}|-(?=-))[-/.年년] ?([0-9]{1,2})[-/.月월] ?([0-9]{1,2})[.日일]?(?:[T ].*)?", re.DOTALL)
TIME = re.compile(
    r"[T ,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AP]M\b)?"
    r"(?: (?:GMT|UTC|[A-Z]E?[SD]T|CET|EET|WET|MSK)\b)?(?: ?[+-][0-9]{2}:?[0-9]{2})?(?: \([^)]*\))?",
    re.IGNORECASE,
)
# What is written for no date: zeros, and the first and the last day of programs of Microsoft, with a time.
NOTHING = re.compile(r"(?:0001|4501)-?01-?01[T ].*|0?1[./]0?1[./](?:0001|4501)(?: .*)?|[0./ -]*(?:(?<=0)[T ][0:.]*Z?)?")
YEAR_WORD = re.compile(r"(?<=[0-9])\.? ?(?:г|р|r|g|год|god)\.?$")  # `15.04.1996 г.`
# A date with slashes is month first in America, day first elsewhere. Dots and hyphens are never American.
MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})[/-](?P<day>[0-9]{1,2})(?:[/-](?P<year>[0-9]{4}|[0-9]{2}))?")
DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})[/.-] ?(?P<month>[0-9]{1,2})(?:[/.-] ?(?P<year>[0-9]{4}|[0-9]{2})\.?|(?P<end>\.)?)"
)
IN_SIGNS = re.compile(r"(?P<year>)(?P<month>[0-9]{1,2})[月월] ?(?P<day>[0-9]{1,2})[日일]")
LONGEST = 100  # characters of a date in words, with a time
NO_YEAR = "0000"
APPLE_YEAR = "1604"  # what Apple's software writes for no year, with or without saying so; a leap year
FURTHEST_ZONE = timedelta(hours=14)
LEAP_YEAR = 2000  # for dates without a year
STAMP = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
SERIAL = re.compile(r"[1-5][0-9]{4}(?:\.0)?")  # a day as a spreadsheet counts them, in the years from 1927 to 2064
FIRST_SERIAL = date(1899, 12, 30)


def parse(text: str, *, unknown_year: str = "") -> str | None:
    """A date in the basic or extended format of ISO 8601, whatever its time of day; None for anything else.

    Software that cannot omit the year writes `unknown_year`.
    """
    match = ISO.fullmatch(text.strip()) or LOOSE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = match.groups()
    return of("" if year == "-" else known_year(year, unknown_year), month, day)


def parse_loose(text: str, *, unknown_year: str = APPLE_YEAR) -> str | None:
    """A date of a vCard as careless software writes it: `15.04.1996`, `1996-4-5`, `1990-01-01;`, `4/15/1996`.

    With slashes, it is one only where no other day could be meant.
    """
    value = bare(text)
    orders = (DAY_FIRST, MONTH_FIRST, IN_SIGNS) if "/" in value else (DAY_FIRST, IN_SIGNS)
    matches = (match for order in orders if (match := order.fullmatch(value)) and is_whole(match))
    found = {of_match(match, unknown_year) for match in matches} - {None}
    return found.pop() if len(found) == 1 else parse(value, unknown_year=unknown_year) or parse_words(value)


def is_whole(match: re.Match[str]) -> bool:
    """Whether two numbers without a year are a date all the same: `15.4.`, `4月15日`."""
    return bool(match["year"]) or match.re is IN_SIGNS or bool(match.groupdict().get("end"))


def parse_local(text: str, order: re.Pattern[str]) -> str | None:
    """A date of a spreadsheet, in one of the orders above, in the other if there is no such day, or as `parse` does.

    The year 1604 is unknown, as in vCards.
    """
    if SERIAL.fullmatch(text):
        return (FIRST_SERIAL + timedelta(days=int(text[:5]))).isoformat()
    text = bare(text)
    orders = (order if "/" in text else DAY_FIRST, DAY_FIRST, MONTH_FIRST, IN_SIGNS)
    days = (of_match(match) for each in orders if (match := each.fullmatch(text)))
    return next(filter(None, days), None) or parse(text, unknown_year=APPLE_YEAR) or parse_words(text)


def bare(text: str) -> str:
    """A date in ASCII digits, without quotes, a time of day, and a word for `year` at its end."""
    value = text.strip('"; ')
    if len(value) > LONGEST:
        return value
    value = value if value.isascii() else "".join(map(digit, unicode.nfkc(value)))
    value = TIME.sub("", value) if ":" in value else value
    return value if value[-1:].isdigit() else YEAR_WORD.sub("", value)


def digit(character: str) -> str:
    """A digit of any script as that of ASCII."""
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def of_match(match: re.Match[str], unknown_year: str = APPLE_YEAR) -> str | None:
    """The date in one of the orders."""
    return of(known_year(whole_year(match["year"] or ""), unknown_year), match["month"], match["day"])


def parse_words(text: str) -> str | None:
    """A date with the name of its month."""
    found = months.split(text)
    return of(known_year(whole_year(found[0])), *found[1:]) if found else None


def whole_year(year: str) -> str:
    """The year; of two digits, it is of the last century, if it is not of this one, and else none that is known."""
    if len(year) != 2:
        return year
    return f"19{year}" if int(year) > datetime.now(UTC).year % 100 else "?"


def known_year(year: str, unknown: str = APPLE_YEAR) -> str:
    """The year, or nothing for one that means none."""
    return "" if year in (unknown, NO_YEAR) else year


def parse_moment(text: str) -> datetime | None:
    """The time of a REV, in UTC unless it says otherwise; None for anything else."""
    match = MOMENT.fullmatch(text.strip("; "))
    if not match:
        return parse_stamp(text.strip("; "))
    try:
        zone = match["zone"] if match["zone"] and match["zone"][0] in "+-" else "+00:00"
        clock = ":".join(match[part] or "00" for part in ("hour", "minute", "second"))
        return datetime.fromisoformat(
            f"{match['year']}-{match['month']}-{match['day']}T{clock}{match['part'] or ''}{zone}"
        )
    except ValueError:
        return None


def parse_stamp(text: str) -> datetime | None:
    """A time as the seconds or milliseconds since 1970, or as mails have it (RFC 5322 §3.3); None for anything else."""
    try:
        if STAMP.fullmatch(text):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def of(year: str, month: str, day: str) -> str | None:
    """The date in the API's form, or None if there is no such day; an empty year is unknown."""
    try:
        found = date(int(year or LEAP_YEAR), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if year else f"--{found:%m-%d}"


def is_date(text: str) -> bool:
    """Whether a text is a date in the API's form."""
    return parse(text) == text


def is_past(found: str) -> bool:
    """Whether a birthday may be this date: not after today, where on Earth it is latest; any without a year may."""
    return found.startswith("--") or date.fromisoformat(found) <= (datetime.now(UTC) + FURTHEST_ZONE).date()


def basic(found: str) -> str:
    """The date in the basic format, as RFC 6350 has it: `18151210`, `--1210`."""
    return found[:2] + found[2:].replace("-", "")

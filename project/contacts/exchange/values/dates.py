"""Dates as address books write them, into the API's form: `YYYY-MM-DD`, or `--MM-DD` without a year."""

import re
from datetime import UTC, date, datetime, timedelta

from project.contacts.exchange.values import months

ISO = re.compile(r"([0-9]{4}|-)-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?", re.DOTALL)
MOMENT = re.compile(
    r"(?P<year>[0-9]{4})-?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})?:?(?P<second>[0-9]{2})?(?P<part>\.[0-9]{1,6})?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
LOOSE = re.compile(r"([0-9]{4})[-/.年] ?([0-9]{1,2})[-/.月] ?([0-9]{1,2})[.日]?(?:[T ].*)?", re.DOTALL)
# A date with slashes is month first in America, day first elsewhere. Dots and hyphens are never American.
MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})[/-](?P<day>[0-9]{1,2})(?:[/-](?P<year>[0-9]{4}))?")
DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})(?:[/.-](?P<year>[0-9]{4})|\.?)")
NO_YEAR = "0000"
APPLE_YEAR = "1604"  # what Apple's software writes for no year, with or without saying so; a leap year
FURTHEST_ZONE = timedelta(hours=14)
LEAP_YEAR = 2000  # for dates without a year


def parse(text: str, *, unknown_year: str = NO_YEAR) -> str | None:
    """A date in the basic or extended format of ISO 8601, whatever its time of day; None for anything else.

    Software that cannot omit the year writes `unknown_year`.
    """
    match = ISO.fullmatch(text.strip()) or LOOSE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = match.groups()
    return of("" if year in ("-", unknown_year, NO_YEAR) else year, month, day)


def parse_loose(text: str, *, unknown_year: str = APPLE_YEAR) -> str | None:
    """A date of a vCard as careless software writes it: `15.04.1996`, `1996-4-5`, `1990-01-01;`, `4/15/1996`.

    With slashes, it is one only where no other day could be meant.
    """
    value = text.rstrip("; ")
    orders = (DAY_FIRST, MONTH_FIRST) if "/" in value else (DAY_FIRST,)
    matches = (match for order in orders if (match := order.fullmatch(value)) and match["year"])
    found = {of(match["year"], match["month"], match["day"]) for match in matches} - {None}
    return found.pop() if len(found) == 1 else parse(value, unknown_year=unknown_year) or parse_words(value)


def parse_local(text: str, order: re.Pattern[str]) -> str | None:
    """A date of a spreadsheet, in one of the orders above, in the other if there is no such day, or as `parse` does.

    The year 1604 is unknown, as in vCards.
    """
    orders = (order if "/" in text else DAY_FIRST, DAY_FIRST, MONTH_FIRST)
    matches = (match for each in orders if (match := each.fullmatch(text)))
    days = (of(known_year(match["year"] or ""), match["month"], match["day"]) for match in matches)
    return next(filter(None, days), None) or parse(text, unknown_year=APPLE_YEAR) or parse_words(text)


def parse_words(text: str) -> str | None:
    """A date with the name of its month."""
    found = months.split(text)
    return of(known_year(found[0]), *found[1:]) if found else None


def known_year(year: str) -> str:
    """The year, or nothing for one that means none."""
    return "" if year in (APPLE_YEAR, NO_YEAR) else year


def parse_moment(text: str) -> datetime | None:
    """The time of a REV, in UTC unless it says otherwise; None for anything else."""
    match = MOMENT.fullmatch(text.strip())
    if not match:
        return None
    try:
        zone = match["zone"].replace("Z", "+00:00") if match["zone"] else "+00:00"
        clock = ":".join(match[part] or "00" for part in ("hour", "minute", "second"))
        return datetime.fromisoformat(
            f"{match['year']}-{match['month']}-{match['day']}T{clock}{match['part'] or ''}{zone}"
        )
    except ValueError:
        return None


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


def is_birthday(text: str) -> bool:
    """Whether a vCard's text is a day on which somebody may have been born."""
    found = parse_loose(text)
    return found is not None and is_past(found)


def basic(found: str) -> str:
    """The date in the basic format, as RFC 6350 has it: `18151210`, `--1210`."""
    return found[:2] + found[2:].replace("-", "")

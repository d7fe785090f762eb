"""Dates as address books write them, and as the contract does: `YYYY-MM-DD`, or `--MM-DD` without a year."""

import re
from datetime import UTC, date, datetime, timedelta

ISO = re.compile(r"([0-9]{4}|-)-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?", re.DOTALL)
# How a date with slashes is meant: as in America, or as elsewhere. Dots are never American.
MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})")
DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[/.](?P<month>[0-9]{1,2})[/.](?P<year>[0-9]{4})")
NO_YEAR = "0000"
FURTHEST_ZONE = timedelta(hours=14)
LEAP_YEAR = 2000  # has every day that a date without a year may mean


def parse(text: str, *, unknown_year: str = NO_YEAR) -> str | None:
    """A real date in the basic or extended form of ISO 8601, whatever its time of day; anything else is None.

    Software that cannot leave the year out writes one that stands for none: `unknown_year`.
    """
    match = ISO.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = match.groups()
    return of("" if year in ("-", unknown_year, NO_YEAR) else year, month, day)


def parse_local(text: str, order: re.Pattern[str]) -> str | None:
    """A date as spreadsheets have it, in one of the orders above, or as `parse` reads it."""
    match = order.fullmatch(text) or (DAY_FIRST.fullmatch(text) if "." in text else None)
    return of(match["year"], match["month"], match["day"]) if match else parse(text)


def of(year: str, month: str, day: str) -> str | None:
    """The date in the contract's form, or None if there is no such day; an empty year is an unknown one."""
    try:
        found = date(int(year or LEAP_YEAR), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if year else f"--{found:%m-%d}"


def is_date(text: str) -> bool:
    """Whether a text is a date in the contract's form."""
    return parse(text) == text


def is_past(found: str) -> bool:
    """Whether a birthday may be this date: today, wherever it is that first, or before. One without a year may be."""
    return found.startswith("--") or date.fromisoformat(found) <= (datetime.now(UTC) + FURTHEST_ZONE).date()


def basic(found: str) -> str:
    """The date without the hyphens between its parts, as RFC 6350 has it: `18151210`, `--1210`."""
    return found[:2] + found[2:].replace("-", "")

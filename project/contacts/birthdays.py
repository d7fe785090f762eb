"""When a birthday falls within a window, and at which age.

A birthday is `YYYY-MM-DD`, or `--MM-DD` if the year is unknown; 29 February falls on 28 February in common years. A
window is a start and the days after it, both ends included; it ends at the latest on 9999-12-31.
"""

from calendar import isleap
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

ALL_YEAR = ("0101", "1231")


def ranges(start: date, days: int) -> list[tuple[str, str]]:
    """Return one or two closed ranges of `MMDD` keys that hold exactly the birthdays in the window."""
    end = last_day(start, days)
    first, last = f"{start:%m%d}", last_key(end)
    if (end - start).days >= 365:  # 366 days with both ends, in which 29 February is always kept
        return [ALL_YEAR]
    if end.year == start.year:
        return [(first, last)]
    return [(first, "1231"), ("0101", last)]


def last_day(start: date, days: int) -> date:
    """Return the last day of the window."""
    return start + timedelta(days=min(days, (date.max - start).days))


def last_key(end: date) -> str:
    """Return the greatest `MMDD` due by that day: on 28 February of a common year, 29 February."""
    return "0229" if (end.month, end.day) == (2, 28) and not isleap(end.year) else f"{end:%m%d}"


def date_within(birthday: str, start: date, days: int) -> date | None:
    """Return the first day of the window on which the birthday falls, or None."""
    coming = next_birthday(birthday, start)
    return coming if coming and coming <= last_day(start, days) else None


def next_birthday(birthday: str, start: date) -> date | None:
    """Return the first day, from start on, on which the birthday falls; None if the calendar ends before it."""
    this_year = falls_on(birthday, start.year)
    if this_year >= start:
        return this_year
    return falls_on(birthday, start.year + 1) if start.year < date.max.year else None


def falls_on(birthday: str, year: int) -> date:
    """Return the day of that year on which the birthday falls."""
    month, day = int(birthday[-5:-3]), int(birthday[-2:])
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)


def age(birthday: str, on: date) -> int | None:
    """Return the age reached on a day; None without a year of birth, and before birth."""
    if birthday.startswith("--"):
        return None
    years = on.year - int(birthday[:4])
    complete = years if falls_on(birthday, on.year) <= on else years - 1
    return complete if complete >= 0 else None


def today(zone: str) -> date:
    """Return today's date in an IANA zone; raises ValueError for any other name."""
    check_zone(zone)
    return datetime.now(ZoneInfo(zone)).date()


def check_zone(zone: str) -> None:
    """Raise ValueError unless this is the exact name of an IANA zone: a client's text must not become a path."""
    if zone not in zones():
        raise ValueError("Not the name of an IANA time zone.")


@cache
def zones() -> frozenset[str]:
    """Return every name in the zone database except `localtime`, the machine's own zone."""
    return frozenset(available_timezones()) - {"localtime"}

"""Birthdays against an oracle that walks the window day by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import assume, example, given
from hypothesis import strategies as st

from project.contacts import birthdays

YEARS_OF_DOUBT = (1, 4, 1899, 1900, 1999, 2000, 2001, 2023, 2024, 2099, 2100, 2101, 9996, 9998, 9999)
DAYS_OF_DOUBT = ("0101", "0102", "0227", "0228", "0301", "0302", "1230", "1231")
LEAP_YEAR = [date(2024, 1, 1) + timedelta(days=day) for day in range(366)]

edges = st.builds(
    lambda year, day: date(year, int(day[:2]), int(day[2:])),
    st.sampled_from(YEARS_OF_DOUBT),
    st.sampled_from(DAYS_OF_DOUBT),
)
dates = st.dates() | edges | st.sampled_from([date(2000, 2, 29), date(2024, 2, 29)])
spans = st.integers(0, 366) | st.sampled_from([0, 1, 7, 364, 365, 366])
yearless = (st.sampled_from(LEAP_YEAR) | edges).map("--{:%m-%d}".format) | st.just("--02-29")
birthdays_written = dates.map(date.isoformat) | yearless


def is_common(year: int) -> bool:
    try:
        date(year, 2, 29)
    except ValueError:
        return True
    return False


def is_kept(birthday: str, on: date) -> bool:
    month, day = int(birthday[-5:-3]), int(birthday[-2:])
    if (month, day) == (2, 29) and is_common(on.year):
        day = 28
    return (on.month, on.day) == (month, day)


def walk(start: date, days: int) -> list[date]:
    return [start + timedelta(days=day) for day in range(min(days, (date.max - start).days) + 1)]


def first_kept(birthday: str, start: date, days: int) -> date | None:
    return next((day for day in walk(start, days) if is_kept(birthday, day)), None)


@given(birthdays_written, dates, spans)
@example("2000-02-29", date(2023, 2, 28), 0)
@example("2000-02-29", date(2024, 2, 28), 0)
@example("2000-02-29", date(2024, 2, 28), 1)
@example("2000-02-29", date(2099, 3, 1), 364)
@example("--01-01", date.max, 366)
@example("--12-31", date.max, 366)
@example("--01-01", date.min, 0)
def test_a_birthday_in_the_window_is_found_on_its_first_day(birthday: str, start: date, days: int) -> None:
    assert birthdays.date_within(birthday, start, days) == first_kept(birthday, start, days)


@given(birthdays_written, dates, spans)
@example("2000-02-29", date(2022, 3, 1), 364)
@example("2000-02-29", date(2023, 3, 1), 364)
@example("--02-28", date(2024, 2, 29), 364)
@example("--01-01", date.max, 366)
def test_the_ranges_select_exactly_the_birthdays_in_the_window(birthday: str, start: date, days: int) -> None:
    key = birthday[-5:].replace("-", "")
    selected = [first <= key <= last for first, last in birthdays.ranges(start, days)]
    assert sum(selected) == (first_kept(birthday, start, days) is not None)


@given(dates, spans)
def test_there_are_at_most_two_ranges_and_neither_is_empty(start: date, days: int) -> None:
    ranges = birthdays.ranges(start, days)
    assert 1 <= len(ranges) <= 2
    assert all(first <= last for first, last in ranges)


@pytest.mark.parametrize("start", [date(2000, 1, 1), date(2023, 3, 1), date(2024, 2, 29), date(2100, 12, 31)])
def test_every_day_of_the_year_comes_once_in_a_window_of_366_days(start: date) -> None:
    for day in LEAP_YEAR:
        birthday = f"--{day:%m-%d}"
        assert birthdays.date_within(birthday, start, 366) == birthdays.next_birthday(birthday, start)
        assert birthdays.next_birthday(birthday, start) == first_kept(birthday, start, 366)


@given(birthdays_written, dates)
def test_the_next_birthday_is_unknown_only_at_the_end_of_the_calendar(birthday: str, start: date) -> None:
    coming = birthdays.next_birthday(birthday, start)
    assert coming == first_kept(birthday, start, 366)
    assert coming is not None or start.year == date.max.year


@given(st.dates(), dates)
@example(date(2000, 2, 29), date(2023, 2, 27))
@example(date(2000, 2, 29), date(2024, 2, 28))
@example(date(2000, 2, 29), date(2100, 2, 27))
def test_the_age_grows_by_one_on_every_birthday(birth: date, on: date) -> None:
    assume(on < date.max)
    before, after = (birthdays.age(birth.isoformat(), day) for day in (on, on + timedelta(days=1)))
    if before is None:
        assert after == (0 if on + timedelta(days=1) == birth else None)
    else:
        assert after == before + is_kept(birth.isoformat(), on + timedelta(days=1))


@given(dates)
def test_a_child_is_nothing_old_at_birth_and_has_no_age_before(birth: date) -> None:
    assert birthdays.age(birth.isoformat(), birth) == 0
    assert birth == date.min or birthdays.age(birth.isoformat(), birth - timedelta(days=1)) is None


def test_one_born_on_29_february_grows_older_on_28_february_of_a_common_year() -> None:
    assert [birthdays.age("2000-02-29", date(2023, 2, day)) for day in (27, 28)] == [22, 23]
    assert [birthdays.age("2000-02-29", date(2024, 2, day)) for day in (28, 29)] == [23, 24]
    assert [birthdays.age("2000-02-29", date(2100, 2, day)) for day in (27, 28)] == [99, 100]


@given(yearless, dates)
def test_without_a_year_there_is_no_age(birthday: str, on: date) -> None:
    assert birthdays.age(birthday, on) is None


def test_the_window_wraps_over_new_year() -> None:
    assert birthdays.ranges(date(2026, 12, 29), 7) == [("1229", "1231"), ("0101", "0105")]
    assert birthdays.date_within("1777-01-01", date(2026, 12, 29), 7) == date(2027, 1, 1)


def test_the_window_ends_with_the_calendar() -> None:
    assert birthdays.ranges(date(9999, 12, 30), 366) == [("1230", "1231")]
    assert birthdays.date_within("--12-31", date(9999, 12, 30), 366) == date.max
    assert birthdays.date_within("--01-01", date(9999, 12, 30), 366) is None


def test_today_is_tomorrow_already_further_east() -> None:
    with time_machine.travel(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)):
        assert birthdays.today("UTC") == date(2026, 2, 28)
        assert birthdays.today("Europe/Kyiv") == date(2026, 3, 1)
        assert birthdays.today("Pacific/Kiritimati") == date(2026, 3, 1)
        assert birthdays.today("America/Los_Angeles") == date(2026, 2, 28)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kyiv", "Europe/London", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_a_zone_of_the_database_is_known(zone: str) -> None:
    birthdays.check_zone(zone)


PATHS = ["", " ", ".", "..", "../", "../UTC", "/etc/passwd", "/usr/share/zoneinfo/UTC", "Europe/../UTC", "Europe//Kyiv"]
FILES = ["Europe", "Europe/", "America/Argentina", "tzdata.zi", "zone.tab", "posixrules", "localtime", "__init__.py"]
JUNK = ["UTC\0", "\0", "Europe/Kyiv\n", "utc", "UTC ", "Mars/Olympus", "+02:00", "\ud800", "é", "A" * 300, "a/" * 9000]


@pytest.mark.parametrize("zone", PATHS + FILES + JUNK, ids=ascii)
def test_any_other_name_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        birthdays.today(zone)


@given(st.text())
def test_no_text_makes_a_zone_fail_in_another_way(zone: str) -> None:
    try:
        birthdays.today(zone)
    except ValueError:
        assert zone not in birthdays.zones()

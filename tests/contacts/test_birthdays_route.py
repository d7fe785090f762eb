"""The birthdays that are coming, as an app asks for them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from project.contacts import birthdays
from tests.accounts import Account, sign_in
from tests.contacts.calls import create, delete, done, fill, parameters

EVERY_DAY = [f"--{date(2024, 1, 1) + timedelta(days=day):%m-%d}" for day in range(366)]


def coming(account: Account, **query: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(account.get(f"/contacts/birthdays?{parameters(query)}"))["items"]
    return items


def days(account: Account, start: str, count: int) -> list[tuple[str, str, int | None, int]]:
    """Who, when, how old and in how many days."""
    items = coming(account, **{"from": start, "days": count})
    return [(item["contact"]["name"], item["date"], item["age"], item["days_until"]) for item in items]


def born(account: Account, **people: str) -> None:
    fill(account, [{"first_name": name, "birthday": birthday} for name, birthday in people.items()])


def test_the_window_includes_both_its_ends(ada: Account) -> None:
    born(ada, Early="1900-03-09", Start="1900-03-10", Middle="--03-12", End="2000-03-17", Late="1900-03-18")
    assert days(ada, "2026-03-10", 7) == [
        ("Start", "2026-03-10", 126, 0),
        ("Middle", "2026-03-12", None, 2),
        ("End", "2026-03-17", 26, 7),
    ]
    assert days(ada, "2026-03-10", 0) == [("Start", "2026-03-10", 126, 0)]


def test_the_window_wraps_over_new_year(ada: Account) -> None:
    born(ada, December="1815-12-30", January="1912-01-02", NewYear="--01-01", Spring="1900-03-01")
    assert days(ada, "2026-12-29", 7) == [
        ("December", "2026-12-30", 211, 1),
        ("NewYear", "2027-01-01", None, 3),
        ("January", "2027-01-02", 115, 4),
    ]


def test_29_february_is_kept_on_28_february_in_common_years(ada: Account) -> None:
    born(ada, Leap="2000-02-29", Unknown="--02-29", Before="2001-02-28")
    assert days(ada, "2027-02-28", 0) == [
        ("Before", "2027-02-28", 26, 0),
        ("Leap", "2027-02-28", 27, 0),
        ("Unknown", "2027-02-28", None, 0),
    ]
    assert days(ada, "2027-03-01", 30) == []
    assert days(ada, "2028-02-28", 0) == [("Before", "2028-02-28", 27, 0)]
    assert [name for name, *_ in days(ada, "2028-02-29", 0)] == ["Leap", "Unknown"]


@pytest.fixture
def everybody(ada: Account) -> Account:
    """Somebody who knows one person for each day of a leap year, named after the day."""
    fill(ada, [{"first_name": birthday, "birthday": birthday} for birthday in EVERY_DAY])
    return ada


def test_a_whole_year_shows_everybody_once(everybody: Account) -> None:
    for start in ("2026-01-01", "2026-03-01", "2028-02-29", "2027-02-28"):
        found = days(everybody, start, 366)
        assert sorted(name for name, *_ in found) == EVERY_DAY
        assert [day for _, day, *_ in found] == sorted(day for _, day, *_ in found)


@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(1990, 1, 1), date(2110, 1, 1)) | st.just(date(9999, 12, 20)), st.integers(0, 366))
def test_every_window_holds_what_a_walk_from_day_to_day_finds(everybody: Account, start: date, count: int) -> None:
    last = start + timedelta(days=min(count, (date.max - start).days))
    walked = [start + timedelta(days=day) for day in range((last - start).days + 1)]
    expected: dict[str, str] = {}
    for day in walked:
        for birthday in EVERY_DAY:
            if birthdays.falls_on(birthday, day.year) == day:
                expected.setdefault(birthday, day.isoformat())
    assert {name: day for name, day, *_ in days(everybody, start.isoformat(), count)} == expected


def test_on_the_same_day_names_are_in_order(ada: Account) -> None:
    born(ada, Zoë="--05-05", emil="1950-05-05", Ägidius="--05-05", Ада="2000-05-05")
    assert [name for name, *_ in days(ada, "2026-05-05", 0)] == ["Ägidius", "emil", "Zoë", "Ада"]


def test_there_is_no_age_before_birth(ada: Account) -> None:
    born(ada, Ada="2020-06-01")
    assert days(ada, "2019-06-01", 0) == [("Ada", "2019-06-01", None, 0)]
    assert days(ada, "2020-06-01", 0) == [("Ada", "2020-06-01", 0, 0)]


def test_the_window_is_a_week_from_today(ada: Account) -> None:
    today = datetime.now(UTC).date()
    for distance in (-1, 0, 7, 8):
        create(ada, first_name=str(distance), birthday=f"--{today + timedelta(days=distance):%m-%d}")
    assert {item["contact"]["name"] for item in coming(ada)} == {"0", "7"}


def test_today_depends_on_where_one_is(ada: Account) -> None:
    born(ada, Ada="--12-31", Grace="--01-01")
    with time_machine.travel(datetime(2027, 12, 31, 23, 30, tzinfo=UTC)):
        traveller = sign_in(ada)
        assert [item["contact"]["name"] for item in coming(traveller, days=0)] == ["Ada"]
        assert [item["contact"]["name"] for item in coming(traveller, days=0, tz="America/Los_Angeles")] == ["Ada"]
        assert [item["contact"]["name"] for item in coming(traveller, days=0, tz="Europe/Kyiv")] == ["Grace"]
        assert coming(traveller, days=0, tz="Europe/Kyiv", **{"from": "2027-12-31"})[0]["contact"]["name"] == "Ada"


def test_the_answer_is_known_until_the_book_or_the_day_changes(ada: Account) -> None:
    born(ada, Ada="--12-31")
    with time_machine.travel(datetime(2027, 12, 31, 12, tzinfo=UTC)) as journey:
        traveller = sign_in(ada)
        tag = traveller.get("/contacts/birthdays").headers["ETag"]
        known = traveller.get("/contacts/birthdays", {"If-None-Match": tag})
        assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", tag)
        journey.shift(timedelta(days=1))
        traveller = sign_in(ada)
        assert traveller.get("/contacts/birthdays", {"If-None-Match": tag}).status_code == 200
        create(traveller)
        assert traveller.get("/contacts/birthdays", {"If-None-Match": tag}).status_code == 200


def test_who_is_in_the_bin_has_no_birthday(ada: Account) -> None:
    contact = create(ada, birthday="--05-05")
    delete(ada, contact["id"])
    assert days(ada, "2026-05-05", 0) == []


def test_a_birthday_that_is_changed_or_taken_away_moves(ada: Account) -> None:
    contact = create(ada, first_name="Ada", birthday="--05-05")
    ada.patch(f"/contacts/{contact['id']}", json={"birthday": "1815-12-10"})
    assert days(ada, "2026-05-05", 0) == []
    assert days(ada, "2026-12-10", 0) == [("Ada", "2026-12-10", 211, 0)]
    ada.patch(f"/contacts/{contact['id']}", json={"birthday": None})
    assert days(ada, "2026-12-10", 366) == []


def test_somebody_elses_birthdays_are_not_shown(ada: Account, ben: Account) -> None:
    born(ada, Ada="--05-05")
    assert days(ben, "2026-05-05", 366) == []

"""A line that is no property, and a value that is not valid, costs itself, and its contact comes in."""

import json
from typing import Any

import pytest

from tests.accounts import Account
from tests.contacts.calls import listed
from tests.contacts.exchange.calls import JSON, bring, brought, take
from tests.contacts.exchange.files import vcard

LINES = {
    "an address with a bare line break": (
        ["ADR;TYPE=work:;;University of", "Leeds;;LS2 9JT;"],
        "Leeds;;LS2 9JT;",
    ),
    "an address with a bare and an empty line": (["ADR:;;1 Main St", "", "Suite 5;Town;;;"], "Suite 5;Town;;;"),
    "a text without a name": (["no property at all"], "no property at all"),
    "the end of something else": (["END:VCALENDAR"], "END:VCALENDAR"),
    "a name of foreign letters": (["ТЕЛ:1"], "ТЕЛ:1"),
    "no name": ([":value"], ":value"),
}


@pytest.mark.parametrize(("lines", "shown"), LINES.values(), ids=LINES)
def test_a_broken_line_costs_itself_and_is_reported(ada: Account, lines: list[str], shown: str) -> None:
    file = vcard("FN:Ada", "TEL:1", *lines, "EMAIL:ada@example.org")
    failure = {
        "line": 1,
        "name": "Ada",
        "detail": f"A line was left out, because it is not a property: {shown}",
        "contact": "created",
    }
    report = bring(ada, file)
    assert (report["created"], report["failed"]) == (1, [failure])
    (contact,) = listed(ada)
    assert (contact["name"], contact["phone"], contact["email"]) == ("Ada", "1", "ada@example.org")
    again = bring(ada, file)
    assert (again["unchanged"], again["failed"]) == (1, [{**failure, "contact": "unchanged"}])


def test_kdes_messengers_are_read(ada: Account) -> None:
    lines = ("X-messaging/xmpp-All:a@example.org", "X-messaging/skype-All:ada", "X-messaging/aim-All:one\ue000two")
    assert brought(ada, vcard("FN:Ada", *lines)) == (1, 0, 0)
    assert [each["value"] for each in listed(ada)[0]["details"]] == [
        "xmpp:a@example.org",
        "skype:ada",
        "aim:one",
        "aim:two",
    ]


@pytest.mark.parametrize("name", ["X-FOO/BAR", "X_FOO", "X-FOO.BAR", "X-FÖÖ", "X-FOO(1)"])
def test_a_name_that_is_not_valid_is_kept_under_one_that_is(ada: Account, name: str) -> None:
    assert brought(ada, vcard("FN:Ada", f"{name}:kept")) == (1, 0, 0)
    assert b":kept\r\n" in take(ada)
    assert brought(ada, take(ada)) == (0, 1, 0)


@pytest.mark.parametrize(
    "text", ["Remember: buy milk", "http://example.org/a", "12:30 meeting", "TODO: call", "Email: none"]
)
def test_a_note_goes_on_in_bare_lines_that_look_like_properties(ada: Account, text: str) -> None:
    assert brought(ada, vcard("FN:Ada", "NOTE:first", text, "last", "TEL:1")) == (1, 0, 0)
    (contact,) = listed(ada)
    assert (contact["notes"], contact["phone"]) == (f"first\n{text}\nlast", "1")


def test_a_property_after_a_note_is_one(ada: Account) -> None:
    assert brought(ada, vcard("FN:Ada", "NOTE:first", "TEL:1", "X-Mood:good", "email:ada@example.org")) == (1, 0, 0)
    (contact,) = listed(ada)
    assert (contact["notes"], contact["phone"], contact["email"]) == ("first", "1", "ada@example.org")


ITEMS: dict[str, dict[str, Any]] = {
    "/labels/1": {"labels": ["Friends", 1]},
    "/details/0/kind": {"details": [{"kind": "fax", "value": "1"}, {"kind": "url", "value": "https://example.org"}]},
    "/addresses/1": {"addresses": [{"street": "S"}, "Main Street"]},
    "/company": {"company": "x" * 101},
    "/favorite": {"favorite": "yes"},
    "/shoe_size": {"shoe_size": 37},
}


def test_a_wrong_value_of_an_item_costs_itself(ada: Account) -> None:
    items = [{"first_name": f"A{number}", "phone": "1", **wrong} for number, wrong in enumerate(ITEMS.values())]
    report = bring(ada, json.dumps(items).encode(), JSON)
    assert report["created"] == len(items)
    told = [(each["contact"], each["detail"].partition(":")[0]) for each in report["failed"]]
    assert told == [("created", pointer) for pointer in ITEMS]
    contacts = {contact["first_name"]: contact for contact in listed(ada)}
    assert contacts["A0"]["labels"] == ["Friends"]
    assert [each["value"] for each in contacts["A1"]["details"]] == ["https://example.org"]
    assert [each["street"] for each in contacts["A2"]["addresses"]] == ["S"]
    assert bring(ada, json.dumps(items).encode(), JSON)["unchanged"] == len(items)


def test_of_a_thousand_wrong_values_of_an_item_some_are_named(ada: Account) -> None:
    item = {"first_name": "A", **{f"x{number:03}": 1 for number in range(1000)}}
    report = bring(ada, json.dumps([item]).encode(), JSON)
    assert report["created"] == 1
    assert [each["detail"] for each in report["failed"]] == [f"/x{number:03}: Unknown field." for number in range(20)]


def test_what_is_no_address_or_day_in_an_item_is_a_detail(ada: Account) -> None:
    bring(ada, b'[{"first_name": "A", "email": "nobody", "birthday": "31 February"}]', JSON)
    assert {(each["kind"], each["label"], each["value"]) for each in listed(ada)[0]["details"]} == {
        ("other", "email", "nobody"),
        ("other", "birthday", "31 February"),
    }

"""Lists: pages, orders, filters, totals; and a walk through a list while others write."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from project.contacts.queries import CURSOR_VERSION
from project.contacts.search import order
from project.unicode import is_visible
from project.web.cursors import seal
from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, batch, create, delete, done, fill, listed, names, page, pages, sectioned, show

SORTS = ["name", "-name", "last_name", "-last_name", "created_at", "-created_at", "updated_at", "-updated_at"]
POETS = ["Émilie", "emil", "Zoë", "Ада", "ägidius", "Łukasz", "Ada", "ada", "Ada", "Ömer", "øyvind", "李白"]
NOBODY = "00000000-0000-0000-0000-000000000000"

any_names = st.text(st.characters(categories=["L", "N", "So"]), min_size=1, max_size=40).filter(is_visible)


def in_order(contacts: list[Contact], sort: str) -> list[Contact]:
    """What the list must be, worked out from the contacts themselves."""
    keys: dict[str, Callable[[Contact], Any]] = {
        "name": lambda contact: (order.key(contact["name"]).encode(), contact["id"]),
        "last_name": lambda contact: (order.key(contact["name"]).encode(), contact["id"]),
        "created_at": lambda contact: (contact["created_at"], contact["id"]),
        "updated_at": lambda contact: (contact["revision"], contact["id"]),
    }
    return sorted(contacts, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))


def named(*given: str) -> list[dict[str, Any]]:
    return [{"first_name": name} for name in given]


def test_an_empty_book_is_a_page_without_items(ada: Account) -> None:
    assert page(ada) == {"items": [], "next_cursor": None, "total": 0}
    assert page(ada, q="nobody", deleted=True) == {"items": [], "next_cursor": None, "total": 0}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 5, 12, 500])
def test_every_order_shows_every_contact_once(ada: Account, sort: str, limit: int) -> None:
    contacts = [*fill(ada, named(*POETS[:6])), *fill(ada, named(*POETS[6:]))]
    changed = [done(ada.patch(f"/contacts/{contacts[n]['id']}", json={"notes": "changed"})) for n in (7, 2)]
    current = {contact["id"]: contact for contact in contacts + changed}
    found = list(pages(ada, sort=sort, limit=limit))
    assert [contact for each in found for contact in each["items"]] == in_order(list(current.values()), sort)
    assert {each["total"] for each in found} == {len(POETS)}
    assert [len(each["items"]) for each in found[:-1]] == [limit] * (len(found) - 1)


def test_names_are_in_alphabetical_order_script_by_script(ada: Account) -> None:
    fill(ada, named("Zoë", "Ömer", "Łukasz", "Яна", "Ада", "ägidius", "Bob", "Émilie", "adam", "3M", "김"))
    assert names(ada) == ["3M", "adam", "ägidius", "Bob", "Émilie", "Łukasz", "Ömer", "Zoë", "Ада", "Яна", "김"]


def test_each_contact_of_a_list_has_its_section(ada: Account) -> None:
    fill(ada, named("Zoë", "Łukasz", "Жанна", "3M", "かとう", "김"))
    found = sectioned(ada)["items"]
    assert [item["section"] for item in found] == ["#", "L", "Z", "Ж", "ㄱ", "か"]
    assert "section" not in show(ada, found[0]["id"])
    assert ada.put(f"/contacts/{found[1]['id']}", json=found[1]).status_code == 200


def test_lists_by_last_name_are_sorted_and_divided_by_it(ada: Account) -> None:
    fill(ada, [
        {"first_name": "Ada", "last_name": "Lovelace"}, {"first_name": "Łucja", "last_name": "Charewiczowa"},
        {"first_name": "Zoë"}, {"company": "Engines"}, {"first_name": "Augusta", "last_name": "Byron"},
    ])  # fmt: skip
    found = sectioned(ada, sort="last_name")["items"]
    assert [item["section"] for item in found] == ["B", "C", "E", "L", "Z"]
    assert names(ada, sort="-last_name")[0] == "Zoë"


def test_names_are_sorted_by_their_sound_where_it_is_given(ada: Account) -> None:
    fill(ada, [
        {"first_name": "太郎", "last_name": "山田", "phonetic_first_name": "たろう", "phonetic_last_name": "やまだ"},
        {"first_name": "花子", "last_name": "東", "phonetic_first_name": "はなこ", "phonetic_last_name": "あずま"},
        {"first_name": "小龙", "last_name": "李"},
    ])  # fmt: skip
    found = sectioned(ada)["items"]
    assert [(item["name"], item["section"]) for item in found] == [
        ("東花子", "あ"),
        ("山田太郎", "や"),
        ("李小龙", "李"),
    ]


def test_a_prefix_does_not_count_in_the_order(ada: Account) -> None:
    fill(ada, [{"name_prefix": "Dr.", "first_name": "Ada"}, {"first_name": "Bob"}])
    assert names(ada) == ["Dr. Ada", "Bob"]


@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_names, min_size=2, max_size=12))
@pytest.mark.slow
def test_any_names_are_sorted_alike_on_both_engines(ada: Account, given_names: list[str]) -> None:
    batch(ada, [{"op": "delete", "id": contact["id"]} for contact in [*listed(ada), create(ada)]])
    contacts = fill(ada, named(*given_names))
    assert listed(ada, limit=3) == in_order(contacts, "name")


def test_a_page_has_fifty_contacts_unless_asked_otherwise(ada: Account) -> None:
    fill(ada, named("Ada") * 51)
    assert len(page(ada)["items"]) == 50
    assert len(page(ada, limit=500)["items"]) == 51


def test_the_next_page_is_linked_with_all_that_was_asked(ada: Account) -> None:
    fill(ada, [{"first_name": "Ada & Søn", "favorite": True}] * 3)
    query = {"q": "ada & son", "favorite": "true", "limit": "2", "sort": "-name"}
    answer = ada.get("/contacts", query_string=query)
    link = answer.headers["Link"]
    assert link.startswith("</api/v1/contacts?")
    assert link.endswith('>; rel="next"')
    target = urlsplit(link[1:].partition(">")[0])
    asked = {name: value for name, [value] in parse_qs(target.query, strict_parsing=True).items()}
    assert asked == {**query, "cursor": body(answer)["next_cursor"]}
    last = ada.client.get(target.geturl(), headers=ada.headers)
    assert len(done(last)["items"]) == 1
    assert "Link" not in last.headers


def test_filters_combine_and_the_total_counts_what_they_match(ada: Account) -> None:
    ages = [{"favorite": number % 2 == 0, "labels": ["Poets"] * (number % 3 == 0)} for number in range(12)]
    fill(ada, [{"first_name": f"Poet {number}", **each} for number, each in enumerate(ages)])
    fill(ada, [{"first_name": "Engineer", "favorite": True, "labels": ["Poets"]}])
    found = list(pages(ada, q="poet", favorite=True, label="Poets", first_name="POET", limit=1))
    assert [contact["name"] for each in found for contact in each["items"]] == ["Poet 0", "Poet 6"]
    assert {each["total"] for each in found} == {2}
    assert page(ada, favorite=False)["total"] == 6
    assert page(ada, limit=1)["total"] == 13


@pytest.mark.parametrize("sort", SORTS)
def test_the_bin_is_listed_by_itself(ada: Account, sort: str) -> None:
    contacts = fill(ada, named("Ada", "Grace", "Emmy"))
    for contact in contacts[:2]:
        delete(ada, contact["id"])
    found = list(pages(ada, deleted=True, sort=sort, limit=1))
    assert sorted(contact["name"] for each in found for contact in each["items"]) == ["Ada", "Grace"]
    assert [each["total"] for each in found] == [2, 2]
    assert names(ada, deleted=True, q="grace", sort=sort) == ["Grace"]
    assert names(ada, deleted=False, sort=sort) == ["Emmy"]


@pytest.mark.parametrize("sort", SORTS)
def test_a_walk_while_others_write_shows_what_was_there_throughout_exactly_once(ada: Account, sort: str) -> None:
    """Contacts come, go, are renamed and come back between all pages; those left alone are what must be seen."""
    contacts = fill(ada, named(*(f"{letter}{number}" for number in range(5) for letter in "AMZ")))
    steady, moving = contacts[::2], contacts[1::2]
    seen: list[str] = []
    for number, found in enumerate(pages(ada, sort=sort, limit=4)):
        seen += [contact["id"] for contact in found["items"]]
        stir(ada, moving, number)
    assert [seen.count(contact["id"]) for contact in steady] == [1] * len(steady)


def stir(ada: Account, moving: list[Contact], number: int) -> None:
    """Make, delete, restore and rename some contacts, to either end of the list."""
    if number < 4:
        create(ada, first_name="A new one")
        create(ada, first_name="Z new one")
    contact = moving[number % len(moving)]
    ada.delete(f"/contacts/{contact['id']}")
    ada.post(f"/contacts/{moving[number // 2 % len(moving)]['id']}/restore")
    other = moving[(number + 3) % len(moving)]
    ada.patch(f"/contacts/{other['id']}", json={"first_name": f"{'AZ'[number % 2]} renamed {number}"})


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-created_at"])
def test_a_walk_shows_a_contact_once_though_it_is_changed_meanwhile(ada: Account, sort: str) -> None:
    contacts = fill(ada, named("Ada", "Ada", "Emmy", "Grace", "Grace", "Zoë"))
    seen: list[str] = []
    for found in pages(ada, sort=sort, limit=1):
        seen += [contact["id"] for contact in found["items"]]
        for contact in contacts:
            ada.patch(f"/contacts/{contact['id']}", json={"notes": f"changed when {len(seen)} were seen"})
    assert sorted(seen) == sorted(contact["id"] for contact in contacts)


def test_the_last_page_is_empty_when_the_rest_was_deleted_meanwhile(ada: Account) -> None:
    contacts = fill(ada, named("Ada", "Emmy", "Grace"))
    first = page(ada, limit=2)
    delete(ada, contacts[2]["id"])
    assert page(ada, limit=2, cursor=first["next_cursor"]) == {"items": [], "next_cursor": None, "total": 2}


def test_a_cursor_of_another_order_is_refused(ada: Account) -> None:
    fill(ada, named("Ada", "Emmy"))
    for sort in SORTS:
        cursor = page(ada, limit=1, sort=sort)["next_cursor"]
        for other in {*SORTS} - {sort}:
            answer = ada.get("/contacts", query_string={"cursor": cursor, "sort": other})
            assert problem(answer) == (400, "invalid-cursor")


def test_a_damaged_cursor_is_refused(ada: Account) -> None:
    fill(ada, named("Ada", "Emmy"))
    cursor = page(ada, limit=1)["next_cursor"]
    damaged = [cursor[:-1], cursor[1:], f"{cursor}=", f"{cursor}A", f" {cursor}", cursor.swapcase(), f"{cursor}%00"]
    for junk in [*damaged, "", "junk", "\0", "é", "AAAA", "A" * 5000]:
        answer = ada.get("/contacts", query_string={"cursor": junk})
        assert problem(answer) == (400, "invalid-cursor"), junk


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("name", ["name"]),
        ("name", ["name", "ada"]),
        ("name", ["name", "ada", NOBODY, 1]),
        ("name", ["name", 1, NOBODY]),
        ("name", ["name", None, NOBODY]),
        ("name", ["name", "a\0b", NOBODY]),
        ("name", ["name", "ada", "no id"]),
        ("name", ["name", "ada", f"{NOBODY}\0"]),
        ("name", [["name"], "ada", NOBODY]),
        ("created_at", ["created_at", "yesterday", NOBODY]),
        ("created_at", ["created_at", "2026-11-22", NOBODY]),
        ("created_at", ["created_at", "0001-01-01T00:00:00+23:59", NOBODY]),
        ("created_at", ["created_at", 1, NOBODY]),
        ("updated_at", ["updated_at", True, NOBODY]),
        ("updated_at", ["updated_at", 1.5, NOBODY]),
        ("updated_at", ["updated_at", 2**63, NOBODY]),
        ("updated_at", ["updated_at", "1", NOBODY]),
    ],
)
def test_a_cursor_made_by_hand_is_refused(ada: Account, sort: str, values: list[object]) -> None:
    """The checksum is no secret."""
    create(ada)
    answer = ada.get("/contacts", query_string={"sort": sort, "cursor": seal(*values)})
    assert problem(answer) == (400, "invalid-cursor")


@pytest.mark.parametrize("text", ["null", "5", "true", '"name"', '{"sort": "name"}', "[" * 3000, "1e400"])
def test_a_cursor_that_is_no_list_is_refused(ada: Account, text: str) -> None:
    content = text.encode()
    cursor = urlsafe_b64encode(crc32(content).to_bytes(4) + content).rstrip(b"=").decode()
    assert problem(ada.get("/contacts", query_string={"cursor": cursor})) == (400, "invalid-cursor")


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("name", "\U0002ffff"),
        ("updated_at", 2**63 - 1),
        ("updated_at", -(2**63) + 1),
        ("created_at", "9999-12-31T23:59:59+00:00"),
        ("created_at", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_a_well_made_cursor_shows_what_lies_behind_it(ada: Account, sort: str, value: object) -> None:
    contact = create(ada)
    cursor = seal(CURSOR_VERSION, sort, 0, value, NOBODY)
    behind = [] if str(value)[0] in "\U0002ffff9" else [contact]
    assert page(ada, sort=sort, cursor=cursor)["items"] == behind
    assert page(ada, sort=f"-{sort}", cursor=seal(CURSOR_VERSION, f"-{sort}", 0, value, NOBODY))["items"] == (
        [] if behind else [contact]
    )


def test_a_cursor_of_an_earlier_order_is_refused(ada: Account) -> None:
    fill(ada, named("Ada", "Grace"))
    answer = ada.get("/contacts", query_string={"cursor": seal("name", "ada", NOBODY)})
    assert problem(answer) == (400, "invalid-cursor")


def test_a_cursor_of_somebody_else_shows_ones_own_contacts_only(ada: Account, ben: Account) -> None:
    fill(ada, named("Ada", "Emmy", "Grace"))
    mine = fill(ben, named("Ben", "Zoë"))
    cursor = page(ada, limit=1)["next_cursor"]
    assert page(ben, cursor=cursor) == {"items": mine, "next_cursor": None, "total": 2}


def test_times_are_in_utc_and_say_when_it_happened(ada: Account) -> None:
    contact = create(ada)
    age = datetime.now(UTC) - datetime.fromisoformat(contact["created_at"])
    assert timedelta(0) < age < timedelta(minutes=1)

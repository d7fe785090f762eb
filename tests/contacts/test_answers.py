"""No answer is larger than 32 MiB, however large contacts are; each says how to go on, and nothing is lost by it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from project.contacts import service
from project.contacts.content import blank
from project.contacts.duplicates import service as duplicates
from project.contacts.models import AddressBook
from project.contacts.open_book import OpenBook
from project.database.base import new_id
from project.extensions import db
from project.web import budgets
from tests.accounts import Account, body, problem, sign_up
from tests.contacts.calls import batch, changes, create, done

pytestmark = pytest.mark.slow

COUNT = 220
SIGN = "\U0001d5d4"  # four bytes of UTF-8
PARTS = ("street", "city", "region", "postal_code", "country")


def large(number: int) -> dict[str, Any]:
    """A contact that is as large as contacts get: 190 kB."""
    return {
        **blank(),
        "first_name": f"Ada {number:03}",
        "birthday": f"1815-12-{1 + number % 28:02}",
        "notes": SIGN * 10_000,
        "email": "ada@example.org",
        "details": [{"kind": "other", "label": SIGN * 100, "value": SIGN * 255}] * 50,
        "addresses": [{"label": SIGN * 100, **dict.fromkeys(PARTS, SIGN * 255)}] * 10,
        "labels": [f"{SIGN * 90}{number} {each}" for each in range(20)],
    }


@pytest.fixture(scope="module")
def owner(served: FlaskClient, migrated: Engine) -> Iterator[Account]:
    """Somebody with forty megabytes of contacts, and nobody else empties the book between the tests here."""
    account = sign_up(served, "owner")
    with served.application.app_context():
        for start in range(0, COUNT, 20):
            book = OpenBook(UUID(account.user["id"]))
            for number in range(start, start + 20):
                service.create(book, large(number))  # type: ignore[arg-type]
            book.write()
            db.session.commit()
    yield account
    with migrated.begin() as connection:
        connection.execute(delete(AddressBook))


def walked(owner: Account, path: str) -> list[dict[str, Any]]:
    """All items, page by page, of answers that are not too large and are more than one."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        answer = owner.get(f"{path}&cursor={quote(cursor)}" if cursor else path)
        assert answer.status_code == 200, answer.text[:300]
        assert len(answer.data) <= budgets.ANSWER + 1_000
        found += body(answer)["items"]
        cursor, pages = body(answer)["next_cursor"], pages + 1
    assert pages == 2
    return found


@pytest.mark.parametrize("query", ["sort=name", "sort=-updated_at", "q=ada", "sort=-created_at&q=ada"])
def test_a_list(owner: Account, query: str) -> None:
    found = walked(owner, f"/contacts?limit=500&{query}")
    assert len({contact["id"] for contact in found}) == len(found) == COUNT
    names = [contact["first_name"] for contact in found]
    assert names == sorted(names, reverse="=-" in query)


def test_a_list_whose_limit_fits_is_not_cut(owner: Account) -> None:
    page = done(owner.get("/contacts?limit=100"))
    assert (len(page["items"]), page["total"]) == (100, COUNT)
    assert done(owner.get("/contacts?limit=160"))["items"][:100] == page["items"]


def test_a_delta(owner: Account) -> None:
    found: list[str] = []
    token, has_more, answers = None, True, 0
    while has_more:
        delta = changes(owner, token, limit=1_000)
        found += [contact["id"] for contact in delta["changed"]]
        token, has_more, answers = delta["sync_token"], delta["has_more"], answers + 1
    assert (len(found), len(set(found)), answers) == (COUNT, COUNT, 2)


def test_birthdays(owner: Account) -> None:
    found = walked(owner, "/contacts/birthdays?from=2026-06-01&days=366")
    assert len({each["contact"]["id"] for each in found}) == COUNT
    assert [each["date"] for each in found] == sorted(each["date"] for each in found)
    assert problem(owner.get("/contacts/birthdays?cursor=x")) == (400, "invalid-cursor")


def test_duplicates(owner: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred contacts are one group; the names that end alike are in pairs."""
    answer = owner.get("/contacts/duplicates")
    assert len(answer.data) <= budgets.ANSWER + 1_000
    groups, cursor = body(answer)["items"], body(answer)["next_cursor"]
    assert not body(answer)["truncated"]
    assert groups
    while cursor:
        page = body(owner.get(f"/contacts/duplicates?cursor={quote(cursor)}"))
        groups, cursor = groups + page["items"], page["next_cursor"]
    members = [tuple(contact["id"] for contact in group["contacts"]) for group in groups]
    assert len(set(members)) == len(members)
    assert [group["score"] for group in groups] == sorted((group["score"] for group in groups), reverse=True)
    assert problem(owner.get("/contacts/duplicates?cursor=x")) == (400, "invalid-cursor")
    monkeypatch.setattr(duplicates, "MOST_KEYS", 10)
    assert body(owner.get("/contacts/duplicates", {"If-None-Match": "x"}))["truncated"]


def test_labels(owner: Account) -> None:
    labels = body(owner.get("/contacts/labels"))
    assert len(labels) == COUNT * 20
    assert {each["count"] for each in labels} == {1}


def test_an_export_is_whole(owner: Account) -> None:
    with owner.get("/contacts/export?format=json") as answer:
        assert len(answer.data) > budgets.ANSWER
        assert len(body(answer)) == COUNT


def stale(contact_id: str) -> dict[str, Any]:
    return {"op": "update", "id": contact_id, "if_revision": 1_000_000, "contact": {}}


def test_a_batch_that_repeats_a_stale_change_is_told_the_current_contact_once(owner: Account) -> None:
    first, second = (contact["id"] for contact in done(owner.get("/contacts?limit=2"))["items"])
    answer = owner.post("/contacts/batch", json={"operations": [stale(first), stale(second)] * 500})
    results = body(answer)["results"]
    assert len(answer.data) < 2 * 2**20
    assert {result["status"] for result in results} == {412}
    assert ["current" in result["problem"] for result in results] == [True, True] + [False] * 998


def test_a_batch_stops_at_a_full_answer_and_what_was_not_applied_is_told(owner: Account) -> None:
    (contact,) = done(owner.get("/contacts?limit=1"))["items"]
    favorite = {"op": "update", "id": contact["id"], "contact": {"favorite": False}}
    later = {"op": "create", "id": str(new_id()), "contact": {"first_name": "Later"}}
    answer = owner.post("/contacts/batch", json={"operations": [*[favorite] * 998, later]})
    results = body(answer)["results"]
    assert len(answer.data) <= budgets.ANSWER + 2**20
    assert [result["status"] for result in results] == sorted(result["status"] for result in results)
    assert 150 < [result["status"] for result in results].count(200) < 200
    assert results[-1]["problem"]["type"] == "/problems/too-large"
    assert owner.get(f"/contacts/{later['id']}").status_code == 404


def test_contacts_that_are_too_large_together_are_not_loaded_at_once(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.contacts.loading.MOST_LOADED", 4)
    contacts = [create(ada, first_name=f"Ada {number}") for number in range(4)]
    results = batch(ada, [{"op": "update", "id": each["id"], "contact": {"favorite": True}} for each in contacts])
    assert sorted(result["status"] for result in results) == [200, 200, 413, 413]
    merged = ada.post(f"/contacts/{contacts[0]['id']}/merge", json={"ids": [each["id"] for each in contacts[1:]]})
    assert problem(merged) == (413, "too-large")

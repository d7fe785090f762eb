"""The life of a contact: made, shown, replaced, changed, deleted; and how many there may be."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from project.contacts.content import blank
from project.database.base import new_id
from tests import applications
from tests.accounts import Account, body, problem
from tests.contacts.calls import batch, create, delete, done, fill, listed, page, show
from tests.contacts.contents import whole

WHOLE = whole()
EMPTY = {**blank()}
FIELDS = ["id", "name", *WHOLE, "photo_url", "revision", "created_at", "updated_at"]


def content(contact: dict[str, Any]) -> dict[str, Any]:
    return {field: contact[field] for field in WHOLE}


@pytest.fixture
def only_three(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    applications.change_settings(monkeypatch, ada.client.application, max_contacts_per_user=3)


def test_a_contact_is_shown_as_it_was_written(ada: Account) -> None:
    made = ada.post("/contacts", json=WHOLE)
    contact = done(made, 201)
    assert list(contact) == FIELDS
    assert content(contact) == WHOLE
    assert contact["name"] == "name-prefix first-name middle-name last-name name-suffix"
    assert contact["photo_url"] is None
    assert contact["created_at"] == contact["updated_at"]
    assert contact["created_at"].endswith("Z")
    assert show(ada, contact["id"]) == contact
    assert listed(ada) == [contact]


def test_what_is_made_tells_where_it_is(ada: Account) -> None:
    made = ada.post("/contacts", json=WHOLE)
    assert made.headers["Location"] == f"/api/v1/contacts/{body(made)['id']}"
    assert made.headers["ETag"] == ada.get(f"/contacts/{body(made)['id']}").headers["ETag"]
    assert made.headers["Cache-Control"] == "private, no-cache"


def test_the_server_makes_ids_in_the_order_of_time(ada: Account) -> None:
    ids = [create(ada)["id"] for _ in range(5)]
    assert [UUID(each).version for each in ids] == [7] * 5
    assert ids == sorted(ids)


def test_what_is_not_given_is_empty(ada: Account) -> None:
    assert content(create(ada, company="Analytical Engines")) == {**EMPTY, "company": "Analytical Engines"}


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({"first_name": "Ada", "last_name": "Lovelace", "nickname": "Countess", "company": "Engines"}, "Ada Lovelace"),
        ({"last_name": "Lovelace", "nickname": "Countess"}, "Lovelace"),
        ({"nickname": "Countess", "company": "Engines"}, "Countess"),
        ({"company": "Engines"}, "Engines"),
    ],
)
def test_the_name_is_made_of_what_there_is(ada: Account, names: dict[str, str], name: str) -> None:
    assert create(ada, **names)["name"] == name


def test_text_is_normalised_and_trimmed_and_labels_are_united(ada: Account) -> None:
    contact = create(
        ada,
        first_name=" \u200aZoe\u0308 \n",
        nickname="\u200b \u2060",
        notes="one\r\ntwo\rthree\u2028four\t!\n",
        labels=["Poets", " Poets", "Family", "Poets"],
    )
    assert contact["first_name"] == "Zoë"
    assert contact["nickname"] is None
    assert contact["notes"] == "one\ntwo\nthree\nfour\t!"
    assert contact["labels"] == ["Poets", "Family"]


def test_a_client_may_bring_an_id_of_its_own(ada: Account) -> None:
    own = str(new_id())
    assert create(ada, id=own)["id"] == own
    assert show(ada, own)["id"] == own


def test_an_id_is_taken_by_a_living_contact_and_by_one_in_the_bin(ada: Account) -> None:
    contact = create(ada)
    again = {"id": contact["id"], "first_name": "Grace"}
    assert problem(ada.post("/contacts", json=again)) == (409, "contact-exists")
    delete(ada, contact["id"])
    assert problem(ada.post("/contacts", json=again)) == (409, "contact-exists")


def test_an_id_that_somebody_else_has_is_free(ada: Account, ben: Account) -> None:
    contact = create(ada, first_name="Ada")
    assert create(ben, id=contact["id"], first_name="Ben")["name"] == "Ben"
    assert ben.put(f"/contacts/{contact['id']}", json={"first_name": "Benjamin"}).status_code == 200
    assert show(ada, contact["id"]) == contact


def test_what_was_read_can_be_written(ada: Account) -> None:
    contact = create(ada, **WHOLE)
    path = f"/contacts/{contact['id']}"
    assert done(ada.put(path, json=contact)) == contact
    assert done(ada.patch(path, json={**contact, "name": "ignored", "revision": 0})) == contact
    result = batch(ada, [{"op": "replace", "id": contact["id"], "contact": contact}])[0]
    assert result == {"id": contact["id"], "status": 200, "contact": contact}


def test_a_put_creates_under_the_clients_own_id_and_repeated_changes_nothing(ada: Account) -> None:
    path = f"/contacts/{new_id()}"
    first = ada.put(path, json=WHOLE)
    again = ada.put(path, json=WHOLE)
    assert done(first, 201) == done(again)
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Location"] == f"/api/v1{path}"
    assert page(ada)["total"] == 1


def test_a_put_replaces_the_whole_contact(ada: Account) -> None:
    contact = create(ada, **WHOLE)
    replaced = done(ada.put(f"/contacts/{contact['id']}", json={"nickname": "Countess"}))
    assert content(replaced) == {**EMPTY, "nickname": "Countess"}
    assert replaced["created_at"] == contact["created_at"]
    assert replaced["updated_at"] > contact["updated_at"]


def test_a_patch_changes_the_fields_given_only(ada: Account) -> None:
    contact = create(ada, **WHOLE)
    changes: dict[str, Any] = {"job_title": "Countess", "notes": None, "labels": None, "details": []}
    changed = done(ada.patch(f"/contacts/{contact['id']}", json=changes))
    assert content(changed) == {**WHOLE, "job_title": "Countess", "notes": None, "labels": [], "details": []}


def test_a_patch_may_be_called_by_its_own_media_type(ada: Account) -> None:
    path = f"/contacts/{create(ada)['id']}"
    changed = ada.patch(path, data=b'{"nickname": "Countess"}', content_type="application/merge-patch+json")
    assert done(changed)["nickname"] == "Countess"


def test_a_patch_cannot_take_the_last_name_away(ada: Account) -> None:
    contact = create(ada, first_name="Ada", company="Engines")
    path = f"/contacts/{contact['id']}"
    assert problem(ada.patch(path, json={"first_name": None, "company": " "})) == (422, "validation-failed")
    assert show(ada, contact["id"]) == contact
    assert done(ada.patch(path, json={"first_name": None}))["name"] == "Engines"


@pytest.mark.parametrize("change", [{}, {"first_name": " Ada "}, {"id": str(new_id()), "revision": 99}])
def test_a_change_that_changes_nothing_makes_no_revision(ada: Account, change: dict[str, Any]) -> None:
    contact = create(ada, first_name="Ada")
    assert done(ada.patch(f"/contacts/{contact['id']}", json=change)) == contact
    assert create(ada)["revision"] == contact["revision"] + 1


def test_a_deleted_contact_is_gone(ada: Account) -> None:
    contact = create(ada)
    path = f"/contacts/{contact['id']}"
    deleted = ada.delete(path)
    assert (deleted.status_code, deleted.data) == (204, b"")
    for answer in (ada.get(path), ada.patch(path, json={}), ada.delete(path)):
        assert problem(answer) == (404, "not-found")
    assert listed(ada) == []


def test_every_write_raises_the_revision_by_one(ada: Account) -> None:
    contact = create(ada)
    path = f"/contacts/{contact['id']}"
    ada.patch(path, json={"nickname": "Countess"})
    ada.put(path, json={"nickname": "Ada"})
    ada.delete(path)
    assert done(ada.post(f"{path}/restore"))["revision"] == contact["revision"] + 4


def test_the_profile_counts_the_living(ada: Account) -> None:
    made = fill(ada, [{"first_name": "Ada"}, {"first_name": "Grace"}])
    delete(ada, made[0]["id"])
    assert body(ada.get("/users/me"))["contacts_count"] == page(ada)["total"] == 1


WAYS_IN: dict[str, Callable[[Account, str], TestResponse]] = {
    "post": lambda ada, binned: ada.post("/contacts", json={"first_name": "Grace"}),
    "post with an id": lambda ada, binned: ada.post("/contacts", json={"first_name": "Grace", "id": str(new_id())}),
    "put": lambda ada, binned: ada.put(f"/contacts/{new_id()}", json={"first_name": "Grace"}),
    "put into the bin": lambda ada, binned: ada.put(f"/contacts/{binned}", json={"first_name": "Grace"}),
    "restore": lambda ada, binned: ada.post(f"/contacts/{binned}/restore"),
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_no_way_leads_into_a_full_book(ada: Account, only_three: None, way: str) -> None:
    binned = fill(ada, [{"first_name": "Ada"}] * 3)[0]
    delete(ada, binned["id"])
    assert WAYS_IN[way](ada, binned["id"]).status_code in (200, 201)
    spare = listed(ada)[-1]["id"]
    delete(ada, spare)
    create(ada)
    assert problem(WAYS_IN[way](ada, spare)) == (409, "quota-exceeded")
    assert page(ada)["total"] == body(ada.get("/users/me"))["contacts_count"] == 3


def test_a_batch_fills_the_book_and_no_more(ada: Account, only_three: None) -> None:
    create(ada)
    ids = [str(new_id()) for _ in range(5)]
    operations: list[dict[str, Any]] = [{"op": "create", "id": each, "contact": {"first_name": "A"}} for each in ids]
    operations.insert(3, {"op": "delete", "id": ids[0]})
    assert [result["status"] for result in batch(ada, operations)] == [201, 201, 409, 204, 201, 409]
    assert page(ada)["total"] == 3


def test_a_full_book_still_says_that_an_id_is_taken(ada: Account, only_three: None) -> None:
    """So that a client which lost the answer to its last create learns that it succeeded."""
    made = fill(ada, [{"first_name": "Ada"}] * 3)
    assert problem(ada.post("/contacts", json=made[-1])) == (409, "contact-exists")


def test_a_book_that_is_too_full_already_can_be_changed_and_emptied(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fill(ada, [{"first_name": "Ada"}] * 3)
    applications.change_settings(monkeypatch, ada.client.application, max_contacts_per_user=1)
    assert ada.patch(f"/contacts/{made[0]['id']}", json={"nickname": "A"}).status_code == 200
    assert ada.put(f"/contacts/{made[1]['id']}", json={"nickname": "A"}).status_code == 200
    for contact in made:
        delete(ada, contact["id"])
    assert page(ada)["total"] == 0


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_an_empty_text_is_no_birthday(ada: Account, method: str) -> None:
    made = create(ada, birthday="1815-12-10")
    path = "/contacts" if method == "post" else f"/contacts/{made['id']}"
    for empty in ("", " ", "\u200b"):
        answer = getattr(ada, method)(path, json={"first_name": "Ada", "birthday": empty})
        assert body(answer)["birthday"] is None

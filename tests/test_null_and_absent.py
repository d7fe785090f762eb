"""What generated clients send for a field that was not set: null means absent where a field has no null of its own."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from project.contacts.content import FIELD_NAMES
from project.database.base import new_id
from tests.accounts import API, Account, body, problem, sign_up
from tests.contacts.calls import batch, create, done, listed, show
from tests.contacts.contents import whole

UNSET: dict[str, Any] = dict.fromkeys(FIELD_NAMES)
"""A contact as a client writes it that leaves nothing out."""


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def sign_in(ada: Account, **sent: Any) -> Any:
    return ada.client.post(f"{API}/auth/login", json={"password": ada.password, **sent})


@pytest.mark.parametrize(
    "sent",
    [
        {"username": "ada", "email": None},
        {"username": None, "email": "ada@example.org"},
        {"username": "ada", "email": None, "device": None},
    ],
)
def test_one_signs_in(ada: Account, sent: dict[str, Any]) -> None:
    assert sign_in(ada, **sent).status_code == 200


@pytest.mark.parametrize("sent", [{"username": None, "email": None}, {"username": "ada", "email": "ada@example.org"}])
def test_a_name_is_still_needed_once(ada: Account, sent: dict[str, Any]) -> None:
    assert problem(sign_in(ada, **sent)) == (422, "validation-failed")


def test_a_refresh_token_of_null_is_the_one_in_the_header(ada: Account) -> None:
    bearer = {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}
    pair = done(ada.client.post(f"{API}/auth/refresh", json={"refresh_token": None}, headers=bearer))
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    assert ada.client.post(f"{API}/auth/logout", json={"refresh_token": None}, headers=bearer).status_code == 204
    assert problem(ada.client.post(f"{API}/auth/refresh", json={"refresh_token": None}))[0] == 401


def test_a_profile_stays_as_it_is(ada: Account) -> None:
    assert done(ada.patch("/users/me", json={"username": None}))["username"] == "ada"


def test_a_new_contact_gets_an_id_and_no_star(ada: Account) -> None:
    made = done(ada.post("/contacts", json={**UNSET, "id": None, "first_name": "Ada"}), 201)
    assert (made["name"], made["favorite"], made["labels"]) == ("Ada", False, [])


def test_a_replacement_empties_what_is_null(ada: Account) -> None:
    contact = create(ada, **whole())
    replaced = done(ada.put(f"/contacts/{contact['id']}", json={**UNSET, "first_name": "Ada"}))
    assert {name for name in FIELD_NAMES if replaced[name]} == {"first_name"}


def test_a_change_clears_what_has_a_null_of_its_own_and_nothing_else(ada: Account) -> None:
    contact = create(ada, first_name="Ada", favorite=True, notes="n", birthday="--12-10", labels=["a"])
    changed = done(ada.patch(f"/contacts/{contact['id']}", json={"favorite": None, "notes": None, "labels": None}))
    assert (changed["favorite"], changed["notes"], changed["labels"], changed["birthday"]) == (
        True,
        None,
        [],
        "--12-10",
    )


@pytest.mark.parametrize("field", ["nickname", "company", "notes", "email", "phone", "birthday", "department"])
def test_clients_that_cannot_send_null_clear_by_an_empty_text(ada: Account, field: str) -> None:
    contact = create(ada, **{**whole(), "first_name": "Ada"})
    assert contact[field]
    assert done(ada.patch(f"/contacts/{contact['id']}", json={field: ""}))[field] is None
    assert show(ada, contact["id"])["first_name"] == "Ada"


@pytest.mark.parametrize("empty", [{}, None, UNSET, {"labels": []}])
def test_operations_without_a_contact_may_bring_an_empty_one(ada: Account, empty: Any) -> None:
    contact = create(ada)
    operations = [
        {"op": op, "id": contact["id"], "if_revision": None, "contact": empty} for op in ("delete", "restore", "delete")
    ]
    assert [result["status"] for result in batch(ada, operations)] == [204, 200, 204]


def test_a_revision_of_null_is_any(ada: Account) -> None:
    operation = {"op": "create", "id": str(new_id()), "if_revision": None, "contact": {**UNSET, "company": "Engines"}}
    assert batch(ada, [operation])[0]["status"] == 201
    assert [each["name"] for each in listed(ada)] == ["Engines"]


def test_items_of_an_import_too(ada: Account) -> None:
    sent = json.dumps([{**UNSET, "id": None, "first_name": "Ada"}]).encode()
    report = done(ada.post("/contacts/import", data=sent, content_type="application/json"), 201)
    assert (report["created"], report["failed"]) == (1, [])


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/auth/verify-email", {"token": None}),
        ("/auth/register", {"username": "eve", "email": None, "password": "seven maids with mops"}),
        ("/contacts/batch", {"operations": None}),
        ("/auth/password/forgot", {"email": None}),
    ],
)
def test_what_is_required_is_not_null(ada: Account, path: str, sent: dict[str, Any]) -> None:
    answer = ada.post(path, json=sent)
    assert problem(answer) == (422, "validation-failed")
    assert body(answer)["errors"][0]["pointer"].lstrip("/") in sent


def test_an_unknown_field_is_refused_even_as_null(ada: Account) -> None:
    assert problem(ada.post("/contacts", json={"first_name": "Ada", "surname": None})) == (422, "validation-failed")

"""Batches: many operations at once, each for itself, and harmless when repeated."""

from typing import Any

import pytest

from project.database.base import new_id
from tests.accounts import Account, body, problem
from tests.contacts.calls import batch, changes, create, delete, listed, names, show, token

OPS = ["create", "replace", "update", "delete", "restore"]


def operation(op: str, contact_id: object, **rest: object) -> dict[str, Any]:
    """An operation with a contact where it needs one."""
    content = {} if op in ("delete", "restore") else {"contact": {"first_name": "Ada"}}
    return {"op": op, "id": contact_id, **content, **rest}


def kind(result: dict[str, Any]) -> tuple[int, str]:
    """Status and type of a refusal within a batch."""
    refused = result["problem"]
    assert set(result) == {"id", "status", "problem"}
    assert refused["status"] == result["status"]
    return result["status"], refused["type"].removeprefix("/problems/")


def test_operations_are_done_in_their_order(ada: Account) -> None:
    one, two = str(new_id()), str(new_id())
    results = batch(
        ada,
        [
            operation("create", one, contact={"first_name": "Ada"}),
            operation("update", one, contact={"last_name": "Lovelace"}),
            operation("replace", two, contact={"first_name": "Grace"}),
            operation("delete", one),
            operation("restore", one),
            operation("delete", two),
        ],
    )
    assert [(result["id"], result["status"]) for result in results] == [
        (one, 201),
        (one, 200),
        (two, 201),
        (one, 204),
        (one, 200),
        (two, 204),
    ]
    assert results[4]["contact"] == show(ada, one)
    assert results[4]["contact"]["name"] == "Ada Lovelace"
    assert "contact" not in results[3]
    assert names(ada) == ["Ada Lovelace"]
    assert names(ada, deleted=True) == ["Grace"]


def test_a_batch_is_one_revision(ada: Account) -> None:
    contact = create(ada)
    results = batch(ada, [operation("create", str(new_id())) for _ in range(3)] + [operation("delete", contact["id"])])
    assert {result["contact"]["revision"] for result in results[:3]} == {contact["revision"] + 1}
    assert create(ada)["revision"] == contact["revision"] + 2


def test_a_bad_operation_does_not_stop_the_others(ada: Account) -> None:
    made = create(ada, first_name="Ada")
    good = str(new_id())
    results = batch(
        ada,
        [
            operation("create", str(new_id()), contact={"first_name": 1}),
            operation("create", made["id"], contact={"first_name": "another"}),
            operation("update", str(new_id())),
            operation("delete", str(new_id())),
            operation("restore", str(new_id())),
            operation("update", made["id"], if_revision=made["revision"] + 1),
            operation("create", good),
        ],
    )
    assert [result["status"] for result in results] == [422, 409, 404, 404, 404, 412, 201]
    assert [kind(result)[1] for result in results[:-1]] == [
        "validation-failed",
        "contact-exists",
        "not-found",
        "not-found",
        "not-found",
        "precondition-failed",
    ]
    assert results[0]["problem"]["errors"][0]["pointer"] == "/contact/first_name"
    assert results[5]["problem"]["current"] == made == show(ada, made["id"])
    assert {contact["id"] for contact in listed(ada)} == {made["id"], good}


def test_a_batch_of_nothing_but_bad_operations_changes_nothing(ada: Account) -> None:
    since = token(ada)
    batch(ada, [operation("delete", str(new_id())), 5, {}])
    assert changes(ada, since)["sync_token"] == since


def test_repeating_a_batch_is_harmless(ada: Account) -> None:
    kept, dropped = create(ada), create(ada)
    one, two = str(new_id()), str(new_id())
    operations = [
        operation("create", one),
        operation("replace", two),
        operation("update", kept["id"], contact={"nickname": "Countess"}),
        operation("delete", dropped["id"]),
    ]
    assert [result["status"] for result in batch(ada, operations)] == [201, 201, 200, 204]
    before, since = listed(ada), token(ada)
    assert [result["status"] for result in batch(ada, operations)] == [200, 200, 200, 404]
    assert listed(ada) == before
    assert changes(ada, since)["sync_token"] == since


def test_a_create_repeated_with_other_content_is_refused(ada: Account) -> None:
    made = create(ada, first_name="Ada")
    assert kind(batch(ada, [operation("create", made["id"], contact={"first_name": "Grace"})])[0])[0] == 409
    delete(ada, made["id"])
    assert kind(batch(ada, [operation("create", made["id"])])[0]) == (409, "contact-exists")


def test_a_replace_takes_out_of_the_bin(ada: Account) -> None:
    made = create(ada)
    delete(ada, made["id"])
    assert batch(ada, [operation("replace", made["id"], contact={"first_name": "Grace"})])[0]["status"] == 200
    assert names(ada) == ["Grace"]


@pytest.mark.parametrize("op", ["replace", "update", "delete", "restore"])
def test_an_operation_may_name_the_revision_that_it_expects(ada: Account, op: str) -> None:
    made = create(ada)
    stale = batch(ada, [operation(op, made["id"], if_revision=made["revision"] + 5)])[0]
    assert kind(stale) == (412, "precondition-failed")
    assert stale["problem"]["current"] == made
    assert batch(ada, [operation(op, made["id"], if_revision=made["revision"])])[0]["status"] in (200, 204)


@pytest.mark.parametrize("op", ["replace", "update", "delete", "restore"])
def test_a_revision_of_what_is_not_there_is_not_found(ada: Account, op: str) -> None:
    assert kind(batch(ada, [operation(op, str(new_id()), if_revision=1)])[0]) == (404, "not-found")


def test_an_update_cannot_take_the_last_name_away(ada: Account) -> None:
    made = create(ada, first_name="Ada")
    refused = batch(ada, [operation("update", made["id"], contact={"first_name": None})])[0]
    assert kind(refused) == (422, "validation-failed")
    assert show(ada, made["id"]) == made


@pytest.mark.parametrize("op", OPS)
def test_what_somebody_else_has_is_not_there(ada: Account, ben: Account, op: str) -> None:
    theirs = create(ada, first_name="Ada")
    results = [batch(ben, [operation(op, each)])[0] for each in (theirs["id"], str(new_id()))]
    assert [result["status"] for result in results] == [{"create": 201, "replace": 201}.get(op, 404)] * 2
    assert listed(ada) == [theirs]


def test_a_thousand_operations_are_taken(ada: Account) -> None:
    operations = [operation("create", str(new_id()), contact={"nickname": str(number)}) for number in range(1000)]
    assert {result["status"] for result in batch(ada, operations)} == {201}
    again = batch(ada, [operation("delete", each["id"]) for each in operations])
    assert {result["status"] for result in again} == {204}
    assert listed(ada) == []


@pytest.mark.parametrize("operations", [None, {}, "", 5, [], [{}] * 1001])
def test_what_is_no_list_of_operations_is_refused(ada: Account, operations: object) -> None:
    answer = ada.post("/contacts/batch", json={"operations": operations})
    assert problem(answer) == (422, "validation-failed")
    assert body(answer)["errors"][0]["pointer"] == "/operations"


GOOD_ID = "01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3d"
BAD_OPERATIONS: list[tuple[object, str]] = [
    (None, ""),
    (5, ""),
    ("create", ""),
    ([], ""),
    ({}, "/op"),
    (operation("destroy", GOOD_ID, contact={}), "/op"),
    (operation("DELETE", GOOD_ID), "/op"),
    ({**operation("delete", GOOD_ID), "op": ["delete"]}, "/op"),
    ({**operation("delete", GOOD_ID), "op": {"delete": 1}}, "/op"),
    ({**operation("delete", GOOD_ID), "op": None}, "/op"),
    ({"op": "delete"}, "/id"),
    (operation("delete", None), "/id"),
    (operation("delete", 5), "/id"),
    (operation("delete", [GOOD_ID]), "/id"),
    (operation("delete", GOOD_ID.replace("-", "")), "/id"),
    (operation("delete", f"{{{GOOD_ID}}}"), "/id"),
    (operation("delete", f"{GOOD_ID}\n"), "/id"),
    (operation("delete", "no id"), "/id"),
    (operation("create", ""), "/id"),
    (operation("delete", GOOD_ID, contact={"favorite": False}), "/contact"),
    (operation("restore", GOOD_ID, contact=[]), "/contact"),
    (operation("restore", GOOD_ID, contact={"first_name": "Ada"}), "/contact"),
    ({"op": "create", "id": GOOD_ID}, "/contact"),
    ({"op": "update", "id": GOOD_ID}, "/contact"),
    (operation("create", GOOD_ID, contact=None), "/contact"),
    (operation("create", GOOD_ID, contact=[]), "/contact"),
    (operation("create", GOOD_ID, contact="Ada"), "/contact"),
    (operation("create", GOOD_ID, contact={}), "/contact"),
    (operation("replace", GOOD_ID, contact={"first_name": "\0"}), "/contact/first_name"),
    (operation("update", GOOD_ID, contact={"labels": ["ok", 5]}), "/contact/labels/1"),
    (operation("update", GOOD_ID, contact={"unknown": 1}), "/contact/unknown"),
    (operation("delete", GOOD_ID, if_revision="1"), "/if_revision"),
    (operation("delete", GOOD_ID, if_revision=1.0), "/if_revision"),
    (operation("delete", GOOD_ID, if_revision=True), "/if_revision"),
    (operation("delete", GOOD_ID, if_revision=-1), "/if_revision"),
    (operation("delete", GOOD_ID, if_revision=10**30), "/if_revision"),
    (operation("delete", GOOD_ID, unknown=1), "/unknown"),
]


def test_an_operation_that_is_not_valid_fails_alone(ada: Account) -> None:
    good = operation("create", str(new_id()))
    results = batch(ada, [*(bad for bad, _ in BAD_OPERATIONS), good])
    assert results[-1]["status"] == 201
    for (bad, pointer), result in zip(BAD_OPERATIONS, results, strict=False):
        assert kind(result) == (422, "validation-failed"), bad
        assert pointer in {each["pointer"] for each in result["problem"]["errors"]}, (bad, result)
        named = isinstance(bad, dict) and bad.get("id") == GOOD_ID
        assert result["id"] == (GOOD_ID if named else None)

"""What a request costs the database: a small number of statements, the same for every size of an address book."""

from collections.abc import Callable
from functools import partial
from typing import Any

from project.database.base import new_id
from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import batch, create, fill, page, token


def test_the_number_of_statements_does_not_grow(ada: Account) -> None:
    """The first is always the look at the session."""
    contacts = fill(ada, [{"first_name": f"Ada {number}", "labels": ["Poets"]} for number in range(60)])
    path, tag, since = f"/contacts/{contacts[0]['id']}", ada.get("/contacts").headers["ETag"], token(ada)
    cursor = page(ada, limit=5)["next_cursor"]
    many = [{"op": "update", "id": contact["id"], "contact": {"notes": "n"}} for contact in contacts[1:]]
    expected: list[tuple[int, Callable[[], Any]]] = [
        (2, partial(page, ada, limit=50)),
        (2, partial(page, ada, limit=50, cursor=cursor)),
        (2, partial(page, ada, q="ada 1", label="Poets", favorite=False)),
        (2, partial(page, ada, q="nobody")),
        (2, partial(page, ada, deleted=True)),
        (2, partial(ada.get, "/contacts", {"If-None-Match": tag})),
        (2, partial(ada.get, path)),
        (2, partial(ada.get, path, {"If-None-Match": "*"})),
        (2, partial(ada.get, f"/contacts/{new_id()}")),
        (2, partial(ada.get, f"/contacts/changes?since={since}")),
        (3, partial(ada.get, "/contacts/changes")),
        (3, partial(ada.get, "/contacts/birthdays?from=2026-03-03")),
        (4, partial(ada.get, "/contacts/birthdays?from=2026-12-30")),
        (3, partial(ada.get, "/contacts/labels")),
        (3, partial(create, ada)),
        (3, partial(create, ada, labels=["Poets"])),  # no group can be of that name
        (5, partial(ada.patch, path, json={"nickname": "Countess"})),
        (4, partial(ada.patch, path, json={})),
        (4, partial(ada.put, path, json={"first_name": "Ada"})),
        (5, partial(ada.put, f"/contacts/{new_id()}", json={"first_name": "Ada"})),
        (6, partial(ada.delete, path)),
        (6, partial(ada.post, f"{path}/restore")),
        (4, partial(batch, ada, many)),
    ]
    counted = [said_by(call) for _, call in expected]
    assert [len(said) for said in counted] == [count for count, _ in expected]
    assert all("FROM sessions" in said[0].text for said in counted)


def said_by(call: Callable[[], Any]) -> list[statements.Statement]:
    with statements.listening() as said:
        call()
    return said


def test_an_unknown_contact_costs_one_read_and_no_lock(ada: Account) -> None:
    """The other statement is the look at the session."""
    there, elsewhere = create(ada), f"/contacts/{new_id()}"
    calls: list[Callable[[], Any]] = [
        partial(ada.patch, elsewhere, json={"nickname": "Countess"}),
        partial(ada.patch, elsewhere, json={"nickname": 1}),
        partial(ada.delete, elsewhere),
        partial(ada.delete, elsewhere, {"If-Match": '"1"'}),
        partial(ada.post, f"{elsewhere}/merge", json={"ids": [there["id"]]}),
        partial(ada.post, f"{elsewhere}/restore"),
        partial(ada.delete, f"{elsewhere}/photo"),
        partial(ada.put, f"{elsewhere}/photo"),
    ]
    for call in calls:
        with statements.listening() as said:
            assert call().status_code == 404
        assert len(said) == 2
        assert all(statement.text.lstrip().startswith("SELECT") for statement in said)


def test_only_the_first_write_of_a_book_looks_at_the_session_again(ada: Account) -> None:
    said = said_by(partial(create, ada))
    assert ["FROM sessions" in statement.text for statement in said] == [True, False, False, True]

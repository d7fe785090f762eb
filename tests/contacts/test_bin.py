"""The bin: where deleted contacts are kept for a while, and what is left of them afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from werkzeug.test import TestResponse

from project.contacts.content import blank
from project.contacts.models import Contact as Row
from project.contacts.rows import content_of
from project.database.base import new_id, now
from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, batch, changes, create, delete, done, fill, listed, names, page, show, token
from tests.contacts.contents import whole

Purge = Callable[..., None]


@pytest.fixture
def binned(ada: Account) -> Contact:
    contact = create(ada, first_name="Ada", notes="a secret", email="ada@example.org", labels=["Poets"])
    delete(ada, contact["id"])
    return contact


@pytest.fixture
def purge(ada: Account, migrated: Engine) -> Purge:
    """Empties the bin as an operator does, after so many days have passed."""

    def run(*, days: int) -> None:
        with migrated.begin() as connection:
            moved = update(Row).where(Row.deleted_at.is_not(None)).values(deleted_at=now() - timedelta(days=days))
            connection.execute(moved)
        result = ada.client.application.test_cli_runner().invoke(args=["purge"])
        assert result.exit_code == 0, result.output

    return run


def restore(account: Account, contact_id: str) -> TestResponse:
    answer: TestResponse = account.post(f"/contacts/{contact_id}/restore")
    return answer


def test_a_deleted_contact_is_in_the_bin_as_it_was(ada: Account, binned: Contact) -> None:
    (found,) = listed(ada, deleted=True)
    revised = {"revision": binned["revision"] + 1, "updated_at": found["updated_at"]}
    assert found == {**binned, **revised}
    assert found["updated_at"] > binned["updated_at"]


def test_a_restored_contact_is_as_it_was_but_newer(ada: Account, binned: Contact) -> None:
    restored = done(restore(ada, binned["id"]))
    assert restored == {**binned, "revision": binned["revision"] + 2, "updated_at": restored["updated_at"]}
    assert listed(ada) == [restored] == [show(ada, binned["id"])]
    assert listed(ada, deleted=True) == []


def test_restoring_what_lives_changes_nothing(ada: Account) -> None:
    contact = create(ada)
    tag = ada.get("/contacts").headers["ETag"]
    assert done(restore(ada, contact["id"])) == contact
    assert ada.get("/contacts").headers["ETag"] == tag


def test_what_never_was_cannot_be_restored(ada: Account) -> None:
    assert problem(restore(ada, str(new_id()))) == (404, "not-found")


def test_what_is_binned_is_found_nowhere_else(ada: Account, binned: Contact) -> None:
    assert page(ada, q="ada")["total"] == 0
    assert page(ada, label="Poets")["total"] == 0
    assert done(ada.get("/contacts/labels")) == []
    assert body(ada.get("/users/me"))["contacts_count"] == 0


def test_the_bin_is_searched_as_the_list_is(ada: Account, binned: Contact) -> None:
    assert names(ada, deleted=True, q="ADA", label="Poets", email="example") == ["Ada"]
    assert names(ada, deleted=True, q="grace") == []


def test_a_put_takes_a_contact_out_of_the_bin_with_new_content(ada: Account, binned: Contact) -> None:
    replaced = done(ada.put(f"/contacts/{binned['id']}", json={"first_name": "Grace"}))
    assert (replaced["name"], replaced["notes"]) == ("Grace", None)
    assert listed(ada) == [replaced]
    assert listed(ada, deleted=True) == []


def test_a_put_that_only_creates_takes_a_contact_out_of_the_bin_too(ada: Account, binned: Contact) -> None:
    """What is in the bin has no representation, so `If-None-Match: *` holds (RFC 9110 §13.1.2)."""
    path = f"/contacts/{binned['id']}"
    assert ada.get(path).status_code == 404
    assert done(ada.put(path, {"If-None-Match": "*"}, json={"first_name": "Grace"}))["name"] == "Grace"
    assert problem(ada.put(path, {"If-None-Match": "*"}, json={"first_name": "Emmy"})) == (412, "precondition-failed")


def test_after_a_month_nothing_is_left_but_that_it_was_deleted(
    ada: Account, binned: Contact, purge: Purge, migrated: Engine
) -> None:
    purge(days=31)
    assert listed(ada, deleted=True) == []
    assert problem(restore(ada, binned["id"])) == (404, "not-found")
    assert batch(ada, [{"op": "restore", "id": binned["id"]}])[0]["status"] == 404
    with migrated.connect() as connection:
        (row,) = connection.execute(Row.__table__.select()).mappings()
    content = content_of({**row})  # documents as values: like ids, a document's address in memory may read "ada"
    kept = str({**row, **content, "id": None, "owner_id": None}).lower()
    assert not any(secret in kept for secret in ("ada", "secret", "poets"))


def test_a_purge_leaves_no_field(ada: Account, purge: Purge, migrated: Engine) -> None:
    delete(ada, create(ada, **whole())["id"])
    purge(days=31)
    with migrated.connect() as connection:
        (row,) = connection.execute(Row.__table__.select()).mappings()
    assert content_of({**row}) == blank()


def test_a_client_that_was_away_for_a_month_still_learns_what_was_deleted(ada: Account, purge: Purge) -> None:
    contact = create(ada)
    since = token(ada)
    delete(ada, contact["id"])
    purge(days=179)
    assert changes(ada, since)["deleted"] == [contact["id"]]


def test_a_put_on_what_was_wiped_makes_it_anew(ada: Account, binned: Contact, purge: Purge) -> None:
    purge(days=31)
    again = {"id": binned["id"], "first_name": "Grace"}
    assert problem(ada.post("/contacts", json=again)) == (409, "contact-exists")
    assert ada.put(f"/contacts/{binned['id']}", json=again).status_code in (200, 201)
    assert [contact["name"] for contact in listed(ada)] == ["Grace"]
    assert show(ada, binned["id"])["notes"] is None
    purge(days=181)
    assert names(ada) == ["Grace"]


def test_what_is_not_a_month_old_stays_in_the_bin(ada: Account, binned: Contact, purge: Purge) -> None:
    purge(days=29)
    assert done(restore(ada, binned["id"]))["notes"] == "a secret"


def test_the_living_are_never_purged(ada: Account, purge: Purge) -> None:
    contacts = fill(ada, [{"first_name": "Ada"}, {"first_name": "Grace"}])
    delete(ada, contacts[0]["id"])
    restore(ada, contacts[0]["id"])
    purge(days=1000)
    assert names(ada) == ["Ada", "Grace"]


def test_a_token_older_than_the_tombstones_has_expired(ada: Account, purge: Purge) -> None:
    contacts = fill(ada, [{"first_name": "Ada"}, {"first_name": "Grace"}])
    old = token(ada)
    delete(ada, contacts[0]["id"])
    recent = token(ada)
    purge(days=31)
    purge(days=181)
    answer = ada.get("/contacts/changes", query_string={"since": old})
    assert problem(answer) == (410, "sync-token-expired")
    assert changes(ada, recent)["deleted"] == []
    again = changes(ada)
    assert [contact["name"] for contact in again["changed"]] == ["Grace"]
    assert changes(ada, again["sync_token"])["changed"] == []


def test_an_initial_sync_survives_that_older_tombstones_are_forgotten_meanwhile(ada: Account, purge: Purge) -> None:
    """It never had what was deleted before it began."""
    contacts = fill(ada, [{"first_name": str(number)} for number in range(4)])
    delete(ada, contacts[0]["id"])
    page_one = changes(ada, limit=1)
    purge(days=31)
    purge(days=181)
    rest = changes(ada, page_one["sync_token"])
    assert [contact["name"] for contact in page_one["changed"] + rest["changed"]] == ["1", "2", "3"]

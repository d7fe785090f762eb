"""Deleted there and edited here: the contact comes back with every edit, whoever else brings it back meanwhile."""

import pytest
from sqlalchemy import Engine

from tests.accounts import Account
from tests.contacts.calls import batch, delete, done
from tests.mobile.network import Phone, agree, purge


def test_two_that_bring_it_back_at_once_keep_both_edits(
    ada: Account, one: Phone, other: Phone, third: Phone, shared: str
) -> None:
    one.delete(shared)
    other.edit(shared, phone="2", labels=["Poets", "Work", "Family"])
    third.edit(shared, notes="Analytical engine", labels=["Work"])
    one.sync()
    other.network.before_writing = third.sync
    other.sync()
    contact = agree(ada, one, other, third)[shared]
    assert (contact["phone"], contact["notes"]) == ("2", "Analytical engine")
    assert contact["labels"] == ["Work", "Family"]


def test_what_is_restored_and_edited_elsewhere_meanwhile_is_kept(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    delete(ada, shared)
    one.edit(shared, phone="2")

    def restore_and_edit() -> None:
        one.network.before_writing = lambda: None
        done(ada.post(f"/contacts/{shared}/restore"))
        done(ada.patch(f"/contacts/{shared}", json={"notes": "Analytical engine"}))

    one.network.before_writing = restore_and_edit
    one.sync()
    contact = agree(ada, one, other)[shared]
    assert (contact["phone"], contact["notes"]) == ("2", "Analytical engine")


def test_what_was_edited_before_it_was_deleted_comes_back_with_both(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    one.edit(shared, notes="Analytical engine")
    one.sync()
    one.delete(shared)
    one.sync()
    other.edit(shared, phone="2")
    contact = agree(ada, other, one)[shared]
    assert (contact["phone"], contact["notes"]) == ("2", "Analytical engine")


def test_the_same_edit_on_two_phones_does_not_bring_it_back(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    one.edit(shared, phone="2")
    one.sync()
    one.delete(shared)
    one.sync()
    other.edit(shared, phone="2")
    assert agree(ada, other, one) == {}


@pytest.mark.parametrize("days", [31, 181], ids=["wiped", "forgotten"])
def test_what_is_not_in_the_bin_any_more_is_added_anew(
    one: Phone, other: Phone, shared: str, migrated: Engine, days: int
) -> None:
    ada = one.network.account
    delete(ada, shared)
    purge(ada, migrated, days=days)
    one.edit(shared, phone="2")
    other.edit(shared, notes="Analytical engine")
    contacts = agree(ada, one, other).values()
    assert {contact["phone"] for contact in contacts} >= {"2"}
    assert {contact["notes"] for contact in contacts} >= {"Analytical engine"}
    assert {contact["first_name"] for contact in contacts} == {"Ada"}


def test_a_restore_tells_what_is_in_the_bin_before_it_takes_it_out(ada: Account, shared: str) -> None:
    """What the example stands on: a restore with a stale revision is 412, of the contact in the bin too."""
    delete(ada, shared)
    (asked,) = batch(ada, [{"op": "restore", "id": shared, "if_revision": 1}])
    assert asked["status"] == 412
    current = asked["problem"]["current"]
    assert (current["id"], current["phone"]) == (shared, "1")
    restore = {"op": "restore", "id": shared, "if_revision": current["revision"]}
    assert batch(ada, [restore])[0]["status"] == 200
    assert batch(ada, [restore])[0]["status"] == 412

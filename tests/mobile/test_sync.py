"""Two phones keep one address book by the guide's algorithm, whatever happens in between."""

from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy import delete as delete_rows

from docs.examples import sync
from docs.examples.session import Answer
from docs.examples.sync import Book
from project.contacts import books
from project.contacts import rows as contacts_rows
from tests.accounts import Account
from tests.contacts.calls import create, delete, listed
from tests.mobile.network import Phone, agree, purge


def test_what_was_added_offline_is_on_both_phones_and_the_server(ada: Account, one: Phone, other: Phone) -> None:
    mary, ada_id = one.add(first_name="Mary", labels=["Poets"]), other.add(first_name=" Ada ")
    contacts = agree(ada, one, other)
    assert {each: content["first_name"] for each, content in contacts.items()} == {mary: "Mary", ada_id: "Ada"}


def test_what_was_sent_once_is_not_sent_again(ada: Account, one: Phone) -> None:
    one.add(first_name=" Ada ", favorite=True)
    one.sync()
    assert one.network.statuses == [201]
    one.sync()
    assert one.network.statuses == [201]


def test_edits_of_different_fields_are_both_kept(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    one.edit(shared, nickname="A. A. L.", labels=["Poets"])
    other.edit(shared, phone="2", labels=["Poets", "Work", "Family"])
    contact = agree(ada, one, other)[shared]
    assert (contact["nickname"], contact["phone"], contact["labels"]) == ("A. A. L.", "2", ["Poets", "Family"])


def test_of_two_edits_of_one_field_the_one_that_syncs_last_is_kept(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    one.edit(shared, phone="2")
    other.edit(shared, phone="3")
    assert agree(ada, one, other)[shared]["phone"] == "3"


def test_a_conflict_that_comes_up_while_sending_is_merged(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    one.edit(shared, nickname="A. A. L.")
    other.edit(shared, phone="2")
    one.network.before_writing = other.sync
    one.sync()
    assert one.network.statuses == [412, 200]
    contact = agree(ada, one, other)[shared]
    assert (contact["nickname"], contact["phone"]) == ("A. A. L.", "2")


def test_a_deletion_reaches_the_other_phone(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    one.delete(shared)
    assert agree(ada, one, other) == {}


@pytest.mark.parametrize("first", ["one", "other"])
def test_an_edit_beats_a_deletion(ada: Account, one: Phone, other: Phone, shared: str, first: str) -> None:
    one.delete(shared)
    other.edit(shared, phone="2")
    order = [one, other] if first == "one" else [other, one]
    assert agree(ada, *order)[shared]["phone"] == "2"


def test_an_edit_beats_a_deletion_that_comes_up_while_sending(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    one.edit(shared, phone="2")
    other.delete(shared)
    one.network.before_writing = other.sync
    one.sync()
    assert one.network.statuses == [404, 412, 200, 200]  # it is asked for, restored, and only then changed
    assert agree(ada, one, other)[shared]["phone"] == "2"


def test_a_batch_whose_answer_is_lost_is_repeated_without_harm(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    added, gone = one.add(first_name="Mary"), one.add(first_name="Charles")
    one.sync()
    one.edit(shared, phone="2")
    one.delete(gone)
    new = one.add(first_name="Grace")
    book = Book.load(one.file)
    repeated = {"operations": list(sync.operations(book))}
    assert one.network.call("POST", "/contacts/batch", repeated).status == 200
    one.sync()
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, added, new}
    assert contacts[shared]["phone"] == "2"


@pytest.mark.parametrize("ill", ["lost", "unheard"])
def test_what_the_user_does_after_an_answer_was_lost_is_kept_too(
    ada: Account, one: Phone, other: Phone, shared: str, ill: str
) -> None:
    edited, removed = one.add(first_name="Mary"), one.add(first_name="Charles")
    one.edit(shared, phone="2")
    one.tries_to_sync("", ill)
    one.edit(edited, nickname="Mae")
    one.edit(shared, phone="3")
    one.delete(removed)
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, edited}
    assert (contacts[edited]["nickname"], contacts[shared]["phone"]) == ("Mae", "3")


def test_a_phone_that_was_away_for_too_long_begins_anew_and_keeps_its_own_edits(
    ada: Account, one: Phone, other: Phone, shared: str, migrated: Engine
) -> None:
    forgotten, edited = (create(ada, first_name=name)["id"] for name in ("Charles", "Grace"))
    agree(ada, one, other)
    other.edit(edited, phone="2")
    added = other.add(first_name="Mary")
    delete(ada, forgotten)
    delete(ada, edited)
    purge(ada, migrated, days=181)
    other.sync()
    assert [answer.problem for answer in other.network.answers if answer.problem] == ["sync-token-expired"]
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, edited, added}
    assert contacts[edited]["phone"] == "2"


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_token_that_expires_between_two_pages_loses_nothing(
    ada: Account, one: Phone, shared: str, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    for number in range(5):
        create(ada, first_name=f"Ada {number}")
    delete(ada, shared)
    one.edit(shared, phone="2")
    added, numbers = one.add(first_name="Mary"), count(1)

    def call(method: str, path: str, content: Any) -> Answer:
        expired = next(numbers) == page
        return one.network.call(method, f"/contacts/changes?limit=2&since={page}" if expired else path, content)

    sync.sync(Book.load(one.file), call)
    assert [answer.problem for answer in one.network.answers if answer.problem] == ["invalid-sync-token"]
    contacts = agree(ada, one)
    assert len(contacts) == 7
    assert {shared, added} <= contacts.keys()


def test_a_deletion_that_got_lost_is_none_the_less_one_when_the_token_has_expired(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    one.delete(shared)
    one.tries_to_sync("", "lost")
    book = Book.load(one.file)
    book.token = "expired"
    book.save()
    assert agree(ada, one, other) == {}


def test_after_a_backup_was_restored_phones_and_server_agree_again(
    ada: Account, one: Phone, other: Phone, shared: str, migrated: Engine
) -> None:
    backup = rows(migrated)
    one.edit(shared, phone="2")
    one.add(first_name="Mary")
    agree(ada, one, other)
    restore(migrated, backup)
    assert ada.client.application.test_cli_runner().invoke(args=["resync"]).output == "1 address books\n"
    new = create(ada, first_name="Charles")["id"]
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, new}
    assert contacts[shared]["phone"] == "1"


Rows = dict[Table, list[dict[str, Any]]]


def rows(database: Engine) -> Rows:
    """What a backup of the address books holds."""
    with database.connect() as connection:
        return {
            table: [dict(zip(table.c.keys(), row, strict=True)) for row in connection.execute(select(table))]
            for table in (books.BOOK, contacts_rows.TABLE)
        }


def restore(database: Engine, backup: Rows) -> None:
    with database.begin() as connection:
        for table in reversed(backup):
            connection.execute(delete_rows(table))
        for table, kept in backup.items():
            connection.execute(insert(table), kept)


def test_a_long_list_comes_in_pages_and_goes_in_batches(
    ada: Account, one: Phone, other: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 3)
    monkeypatch.setattr(sync, "BATCH", 2)
    for number in range(7):
        one.add(first_name=f"Ada {number}")
    assert len(agree(ada, one, other)) == 7


def test_what_the_server_refuses_is_told_and_does_not_stop_the_rest(ada: Account, one: Phone) -> None:
    wrong, right = one.add(first_name="Ada", email="at home"), one.add(first_name="Mary")
    refused = one.sync().refused
    assert {each: problem["type"] for each, problem in refused.items()} == {wrong: "/problems/validation-failed"}
    assert [contact["id"] for contact in listed(ada)] == [right]
    one.edit(wrong, email="ada@example.org")
    assert agree(ada, one).keys() == {wrong, right}

"""Ways in which apps that synchronise have lost their users' data, and this one does not."""

import json
import shutil
from itertools import count
from typing import Any

import pytest

from docs.examples import sync
from docs.examples.session import Answer, SignedOut
from docs.examples.sync import Book
from tests.accounts import Account
from tests.contacts.calls import create, names, show
from tests.mobile.network import Phone, agree


class Killed(Exception):
    """The system has ended the app."""


def test_an_app_that_is_killed_goes_on_with_all_that_it_had(
    ada: Account, one: Phone, other: Phone, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after each time that it saves; in the middle of a list of pages, too."""
    monkeypatch.setattr(sync, "PAGE", 2)
    monkeypatch.setattr(sync, "BATCH", 2)
    save = Book.save
    for number in range(12):
        create(ada, first_name="Charles", nickname=str(number))
        one.add(first_name="Grace", nickname=str(number))
        one.edit(shared, notes=str(number), labels=["Poets", f"Label {number}"])
        other.edit(shared, phone=str(number))
        other.sync()
        saves = count(1)

        def dying(book: Book, number: int = number, saves: "count[int]" = saves) -> None:
            now = next(saves)
            if number == 2 * now:
                raise Killed
            save(book)
            if number == 2 * now + 1:
                raise Killed

        monkeypatch.setattr(Book, "save", dying)
        try:
            one.sync()
        except Killed:
            pass
        finally:
            monkeypatch.setattr(Book, "save", save)
        contacts = agree(ada, one, other)
        assert len(contacts) == 1 + 2 * (number + 1)
        contact = contacts[shared]
        assert (contact["notes"], contact["phone"]) == (str(number), str(number))
        assert contact["labels"] == ["Poets", f"Label {number}"]


def test_a_pull_that_breaks_off_between_two_pages_misses_nothing(
    ada: Account, one: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    for number in range(7):
        create(ada, first_name=f"Ada {number}")
    one.tries_to_sync("", "", "unheard")
    assert len(agree(ada, one)) == 7


def test_a_phone_that_is_restored_from_a_backup_undoes_nothing(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    gone = create(ada, first_name="Grace")["id"]
    agree(ada, one, other)
    one.edit(shared, nickname="A. A. L.")
    added = one.add(first_name="Mary")
    backup = one.file.with_suffix(".backup")
    shutil.copy(one.file, backup)
    one.sync()
    other.sync()
    other.edit(shared, phone="2")
    other.edit(added, nickname="Mae")
    other.delete(gone)
    other.sync()
    one.edit(shared, notes="Analytical engine")
    one.sync()
    shutil.copy(backup, one.file)
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, added}
    assert contacts[added]["nickname"] == "Mae"
    contact = contacts[shared]
    assert (contact["nickname"], contact["phone"], contact["notes"]) == ("A. A. L.", "2", "Analytical engine")


def test_an_old_app_keeps_what_only_newer_ones_know(ada: Account, one: Phone, shared: str) -> None:
    """A field that a later version of the API has, and this app does not."""
    sent: list[Any] = []

    def call(method: str, path: str, content: Any) -> Answer:
        answer = one.network.call(method, path, content)
        sent.extend(operation.get("contact") for operation in (content or {}).get("operations", []))
        return Answer(
            answer.status, json.loads(json.dumps(answer.body).replace('"phone"', '"pronouns": "she", "phone"'))
        )

    book = Book()
    sync.sync(book, call)
    book.contacts[shared]["phone"] = "2"
    sync.sync(book, call)
    assert book.contacts[shared]["pronouns"] == "she"
    assert sent == [{"phone": "2"}]


def test_a_field_that_is_left_out_is_not_emptied(ada: Account, one: Phone, shared: str) -> None:
    """As it is by apps that decode only what they know, and encode no nulls."""
    book = Book.load(one.file)
    book.contacts[shared] = {"first_name": "Augusta"}
    book.save()
    contact = agree(ada, one)[shared]
    assert (contact["first_name"], contact["phone"]) == ("Augusta", "1")


def test_what_is_emptied_is_empty(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    one.edit(shared, phone=None, labels=[])
    contact = agree(ada, one, other)[shared]
    assert (contact["phone"], contact["labels"]) == (None, [])


def test_what_was_added_and_deleted_before_a_sync_was_never_there(ada: Account, one: Phone) -> None:
    one.delete(one.add(first_name="Ada"))
    one.sync()
    assert one.network.statuses == []


@pytest.mark.parametrize("requests", [0, 1])
def test_who_is_signed_out_in_between_keeps_what_is_not_sent(
    ada: Account, one: Phone, shared: str, requests: int
) -> None:
    one.edit(shared, phone="2")
    added = one.add(first_name="Mary")
    book, number = Book.load(one.file), count()

    def call(method: str, path: str, content: Any) -> Answer:
        if next(number) == requests:
            raise SignedOut("session-revoked")
        return one.network.call(method, path, content)

    with pytest.raises(SignedOut):
        sync.sync(book, call)
    assert agree(ada, one).keys() == {shared, added}
    assert show(ada, shared)["phone"] == "2"


def test_a_book_that_is_damaged_is_no_empty_book(ada: Account, one: Phone, shared: str) -> None:
    one.file.write_text(one.file.read_text()[:-10])
    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        one.sync()
    assert names(ada) == ["Ada"]

"""A deletion that the user takes back, before, while or after it is sent."""

import pytest
from sqlalchemy import Engine

from docs.examples import sync
from docs.examples.session import Answer
from docs.examples.sync import Book
from tests import images, places
from tests.accounts import Account
from tests.contacts.calls import done, listed, show
from tests.mobile.network import Phone, agree, purge


def take_back(phone: Phone, contact_id: str, deleted: dict[str, object]) -> None:
    """Put it back into the list, which is all that an app does."""
    book = Book.load(phone.file)
    book.contacts[contact_id] = deleted
    book.save()


def test_before_it_is_sent(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    take_back(one, shared, one.delete(shared))
    assert agree(ada, one, other).keys() == {shared}


def test_while_it_is_sent(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    deleted = one.delete(shared)
    one.network.before_writing = lambda: one.book.contacts.setdefault(shared, deleted)
    one.sync()
    assert agree(ada, one, other)[shared]["phone"] == "1"
    assert 204 in one.network.statuses


def test_while_it_is_sent_and_somebody_else_restores_and_edits_it(
    ada: Account, one: Phone, other: Phone, shared: str
) -> None:
    deleted = one.delete(shared)
    book = Book.load(one.file)

    def call(method: str, path: str, content: object) -> Answer:
        if method == "GET" and one.network.statuses == [204]:
            done(ada.post(f"/contacts/{shared}/restore"))
            done(ada.patch(f"/contacts/{shared}", json={"phone": "2"}))
        answer = one.network.call(method, path, content)
        if one.network.statuses == [204]:
            book.contacts.setdefault(shared, deleted)
        return answer

    sync.sync(book, call)
    assert agree(ada, one, other)[shared]["phone"] == book.contacts[shared]["phone"] == "2"


@pytest.mark.parametrize("ill", ["lost", "unheard"])
def test_after_its_answer_was_lost(ada: Account, one: Phone, other: Phone, shared: str, ill: str) -> None:
    deleted = one.delete(shared)
    one.tries_to_sync("", ill)
    other.sync()
    take_back(one, shared, deleted)
    assert agree(ada, one, other)[shared]["labels"] == ["Poets", "Work"]


def test_with_an_edit(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    deleted = one.delete(shared)
    one.tries_to_sync("", "unheard")
    take_back(one, shared, {**deleted, "phone": "2"})
    assert agree(ada, one, other)[shared]["phone"] == "2"


def test_after_it_was_sent_it_comes_back_with_its_photo(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    photo = done(places.put(ada, f"/contacts/{shared}/photo", images.png()))["photo_url"]
    agree(ada, one, other)
    deleted = one.delete(shared)
    assert agree(ada, one, other) == {}
    take_back(one, shared, {**deleted, "notes": "Analytical engine"})
    assert agree(ada, one, other)[shared]["notes"] == "Analytical engine"
    assert show(ada, shared)["photo_url"] == photo


def test_after_somebody_else_has_edited_it(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    deleted = one.delete(shared)
    one.tries_to_sync("", "unheard")
    other.edit(shared, notes="Analytical engine")
    other.sync()
    take_back(one, shared, deleted)
    assert agree(ada, one, other)[shared]["notes"] == "Analytical engine"


def test_after_everybody_has_deleted_it(ada: Account, one: Phone, other: Phone, shared: str) -> None:
    deleted = one.delete(shared)
    other.delete(shared)
    other.sync()
    one.network.before_writing = lambda: one.book.contacts.setdefault(shared, deleted)
    one.sync()
    assert agree(ada, one, other) in ({}, {shared: deleted})


def test_when_the_bin_is_empty_it_is_a_new_contact(
    ada: Account, one: Phone, other: Phone, shared: str, migrated: Engine
) -> None:
    deleted = one.delete(shared)
    agree(ada, one, other)
    purge(ada, migrated, days=31)
    take_back(one, shared, deleted)
    ((new, contact),) = agree(ada, one, other).items()
    assert new != shared
    assert contact == deleted
    assert [each["id"] for each in listed(ada)] == [new]

"""Apps change what they hold: lists and contacts are edited in place, also while they are sent."""

import pytest

from docs.examples import sync
from docs.examples.sync import Book
from tests.accounts import Account
from tests.contacts.calls import show
from tests.mobile.network import Network, Phone, agree


@pytest.fixture
def network(ada: Account) -> Network:
    return Network(ada)


@pytest.fixture
def book(network: Network, shared: str) -> Book:
    """What an app that runs on has in memory."""
    book = Book()
    sync.sync(book, network.call)
    return book


DETAIL = {"kind": "phone", "label": "work", "value": "2"}


def test_what_is_changed_in_place_is_sent(
    ada: Account, other: Phone, network: Network, book: Book, shared: str
) -> None:
    book.contacts[shared]["labels"].append("Family")
    book.contacts[shared]["details"].append(dict(DETAIL))
    sync.sync(book, network.call)
    assert show(ada, shared)["labels"] == ["Poets", "Work", "Family"]
    book.contacts[shared]["details"][0]["value"] = "3"
    book.contacts[shared]["labels"].remove("Poets")
    sync.sync(book, network.call)
    contact = agree(ada, other)[shared]
    assert contact == book.contacts[shared]
    assert (contact["labels"], contact["details"]) == (["Work", "Family"], [{**DETAIL, "value": "3"}])


def test_what_is_changed_in_place_while_it_is_sent_is_sent_next(
    ada: Account, other: Phone, network: Network, book: Book, shared: str
) -> None:
    new = "0192a000-0000-7000-8000-000000000001"
    book.contacts[new] = {"first_name": "Grace", "labels": ["Navy"]}
    book.contacts[shared]["labels"].append("Family")
    held = [book.contacts[new], book.contacts[shared]]

    def edit() -> None:
        network.before_writing = lambda: None
        for contact in held:
            contact["nickname"] = "Amazing"
            contact["labels"].append("Friends")

    network.before_writing = edit
    sync.sync(book, network.call)
    contacts = agree(ada, other)
    assert contacts == book.contacts
    assert contacts[new]["labels"] == ["Navy", "Friends"]
    assert contacts[shared]["labels"] == ["Poets", "Work", "Family", "Friends"]
    assert {contact["nickname"] for contact in contacts.values()} == {"Amazing"}


def test_what_a_screen_shows_is_still_the_contact_after_a_sync(
    ada: Account, other: Phone, network: Network, book: Book, shared: str
) -> None:
    shown, labels = book.contacts[shared], book.contacts[shared]["labels"]
    other.edit(shared, phone="2")
    other.sync()
    sync.sync(book, network.call)
    assert shown["phone"] == "2"
    labels.append("Family")
    sync.sync(book, network.call)
    assert show(ada, shared)["labels"] == ["Poets", "Work", "Family"]


def test_what_is_sent_and_known_is_nobody_elses(network: Network, book: Book, shared: str) -> None:
    book.contacts[shared]["labels"].append("Family")
    (operation,) = sync.operations(book)
    book.contacts[shared]["labels"].append("Friends")
    assert operation["contact"]["labels"] == ["Poets", "Work", "Family"]
    assert book.known[shared]["labels"] == ["Poets", "Work"]

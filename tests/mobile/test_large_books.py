"""What is too much for one request, or too wrong for the server, keeps nothing else from being sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from docs.examples import session, sync
from docs.examples.session import Answer
from docs.examples.sync import Book
from project.database.base import new_id
from tests.accounts import Account, sign_up
from tests.contacts.calls import create, delete, done, listed, show
from tests.mobile.network import Network, Phone, agree

LIMIT = 1024 * 1024


def adding(contents: list[dict[str, Any]]) -> Book:
    return Book(contacts={str(new_id()): content for content in contents})


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("note", ["я" * 10_000, "y" * 10_000, "😀" * 5_000])
def test_much_is_sent_in_parts_that_the_server_takes(ada: Account, note: str) -> None:
    book = adding([{"first_name": f"Ada {number}", "notes": note} for number in range(200)])
    sent: list[int] = []
    network = Network(ada)

    def call(method: str, path: str, content: Any) -> Answer:
        sent.append(len(session.encoded(content)))
        return network.call(method, path, content)

    sync.sync(book, call)
    assert max(sent) < LIMIT
    assert len(listed(ada, limit=500)) == 200
    assert {answer.status for answer in network.answers} == {200}


def test_the_largest_contact_passes(ada: Account) -> None:
    details = [{"kind": "other", "label": "я" * 100, "value": "я" * 255}] * 50
    addresses = [dict.fromkeys(("street", "city", "region", "postal_code", "country"), "я" * 255)] * 10
    largest = {"first_name": "я" * 100, "notes": "я" * 10_000, "details": details, "addresses": addresses}
    book = adding([{**largest, "last_name": str(number)} for number in range(20)])
    sync.sync(book, Network(ada).call)
    assert book.refused == {}
    assert len(listed(ada)) == 20


def test_a_batch_that_is_refused_as_a_whole_is_sent_in_parts(ada: Account) -> None:
    """Nested deeper than the server reads, which is all that it then says of the whole batch."""
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested]
    book = adding([{"first_name": f"Ada {number}"} for number in range(20)])
    wrong = str(new_id())
    book.contacts[wrong] = {"first_name": "Grace", "details": nested}
    sync.sync(book, Network(ada).call)
    assert {each: problem["type"] for each, problem in book.refused.items()} == {wrong: "/problems/malformed-request"}
    assert len(listed(ada)) == 20


def test_what_is_too_large_even_alone_is_left_to_the_user(ada: Account) -> None:
    """A proxy takes less than the server."""
    network, book = Network(ada), adding([{"first_name": f"Ada {number}"} for number in range(5)])
    wrong = str(new_id())
    book.contacts[wrong] = {"first_name": "Grace", "notes": "y" * 9_000}

    def call(method: str, path: str, content: Any) -> Answer:
        if len(session.encoded(content)) > 8_000:
            return Answer(413, {"type": "/problems/too-large"})
        return network.call(method, path, content)

    sync.sync(book, call)
    assert book.refused.keys() == {wrong}
    assert len(listed(ada)) == 5


def test_what_an_answer_has_no_room_for_is_sent_again(
    ada: Account, one: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.contacts.batch.ANSWER", 2_000)
    for number in range(10):
        one.add(first_name=f"Ada {number}")
    assert len(agree(ada, one)) == 10
    assert 413 in one.network.statuses


def test_half_a_character_does_not_keep_the_rest(ada: Account) -> None:
    """As texts are cut by their length in UTF-16: JavaScript's, Java's, Swift's NSString."""
    assert session.encoded({"notes": "cut \ud83d"}) == b'{"notes": "cut ?"}'


def test_labels_of_two_phones_that_are_too_many_together_do_not_keep_the_rest(
    ada: Account, one: Phone, other: Phone
) -> None:
    labels = [f"Label {number}" for number in range(18)]
    contact = create(ada, first_name="Ada", labels=labels)["id"]
    agree(ada, one, other)
    one.edit(contact, labels=[*labels, "A", "B"], nickname="A. A. L.")
    other.edit(contact, labels=[*labels, "C", "D"], notes="Analytical engine")
    one.sync()
    refused = other.sync().refused
    assert [error["pointer"] for error in refused[contact]["errors"]] == ["/contact/labels"]
    shown = show(ada, contact)
    assert (shown["nickname"], shown["notes"]) == ("A. A. L.", "Analytical engine")
    assert other.contacts[contact]["labels"] == [*labels, "A", "B", "C", "D"]
    other.edit(contact, labels=[*labels[:16], "A", "B", "C", "D"])
    assert agree(ada, one, other)[contact]["labels"] == [*labels[:16], "A", "B", "C", "D"]


def test_a_wrong_field_does_not_keep_the_others(ada: Account, one: Phone, shared: str) -> None:
    one.edit(shared, email="at home", phone="2", notes="Analytical engine")
    assert one.sync().refused[shared]["type"] == "/problems/validation-failed"
    shown = show(ada, shared)
    assert (shown["email"], shown["phone"], shown["notes"]) == (None, "2", "Analytical engine")
    assert one.contacts[shared]["email"] == "at home"
    one.edit(shared, email="ada@example.org")
    assert agree(ada, one)[shared]["email"] == "ada@example.org"


def test_what_was_refused_has_not_arrived(ada: Account, one: Phone, shared: str) -> None:
    """So when somebody else writes the same field then, it is a conflict, and this phone wins."""
    one.edit(shared, email="at home", notes="Analytical engine")

    def call(method: str, path: str, content: Any) -> Answer:
        if method == "GET" and one.network.statuses == [422]:
            done(ada.patch(f"/contacts/{shared}", json={"notes": "Difference engine"}))
        return one.network.call(method, path, content)

    book = Book.load(one.file)
    sync.sync(book, call)
    assert show(ada, shared)["notes"] == "Analytical engine"


def test_a_contact_without_a_name_stays_as_it_is_until_it_has_one(ada: Account, one: Phone, shared: str) -> None:
    one.edit(shared, first_name=None, phone="2")
    assert one.sync().refused.keys() == {shared}
    assert show(ada, shared)["first_name"] == "Ada"
    one.edit(shared, first_name="Augusta")
    assert agree(ada, one)[shared]["phone"] == "2"


def test_a_contact_that_is_too_large_for_the_server_keeps_nothing_else(ada: Account, one: Phone, shared: str) -> None:
    one.edit(shared, notes="y" * LIMIT)
    added, wrong = one.add(first_name="Grace"), one.add(first_name="Mary", notes="y" * LIMIT)
    refused = one.sync().refused
    assert {each: problem["type"] for each, problem in refused.items()} == dict.fromkeys(
        [shared, wrong], "/problems/too-large"
    )
    assert show(ada, added)["first_name"] == "Grace"
    for contact in (shared, wrong):
        one.edit(contact, notes="Analytical engine")
    contacts = agree(ada, one)
    assert [contacts[each]["notes"] for each in (shared, wrong)] == ["Analytical engine"] * 2


def test_what_the_quota_has_no_room_for_waits(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    """New contacts, and those that were deleted elsewhere and edited here; a place that becomes free is taken."""
    ada = sign_up(make_app(MAX_CONTACTS_PER_USER=2).test_client())
    one = Phone(ada, tmp_path / "one.json")
    edited, other = one.add(first_name="Ada"), one.add(first_name="Mary")
    agree(ada, one)
    delete(ada, edited)
    create(ada, first_name="Grace")
    one.edit(edited, phone="2")
    added = one.add(first_name="Charles")
    one.edit(other, phone="3")
    refused = one.sync().refused
    assert {each: problem["type"] for each, problem in refused.items()} == dict.fromkeys(
        [edited, added], "/problems/quota-exceeded"
    )
    assert show(ada, other)["phone"] == "3"
    assert (one.contacts[edited]["phone"], one.contacts[added]["first_name"]) == ("2", "Charles")
    one.delete(added)
    one.delete(other)
    one.sync()
    assert agree(ada, one)[edited]["phone"] == "2"

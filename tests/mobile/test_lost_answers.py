"""A request whose answer is lost is sent again, by a real session: nothing that others did meanwhile is undone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from docs.examples import session as example
from docs.examples.session import Session
from docs.examples.sync import Book
from tests.accounts import Account
from tests.contacts.calls import done, names, show
from tests.mobile.gateway import Gateway, Handler, loses_the_answer, loses_the_request, passes
from tests.mobile.network import Phone, agree


@pytest.fixture
def far(ada: Account, signed_in: Session, tmp_path: Path) -> Phone:
    """A phone that has to send its requests by way of the gateway."""
    return Phone(ada, tmp_path / "far.json", signed_in.call)


@pytest.fixture(params=[1, example.TRIES], ids=["sent again", "synchronised again"])
def loses(request: pytest.FixtureRequest, between: Gateway, other: Phone) -> Callable[[Callable[[], object]], None]:
    """The server hears of what is pushed next, and the phone does not, while the other phone does something."""

    def meanwhile(act: Callable[[], object]) -> None:
        def acts() -> None:
            other.sync()
            act()
            other.sync()

        lost = [loses_the_answer(acts), *[loses_the_answer()] * (request.param - 1)]
        between.next = [passes, *lost]

    return meanwhile


Loses = Callable[[Callable[[], object]], None]


def test_what_was_new_is_not_new_again(ada: Account, far: Phone, other: Phone, loses: Loses) -> None:
    kept, gone = far.add(first_name=" Ada ", labels=["Poets"]), far.add(first_name="Grace")

    def edit_and_delete() -> None:
        other.edit(kept, phone="2", notes="Analytical engine", labels=["Family"])
        other.delete(gone)

    loses(edit_and_delete)
    far.tries_to_sync()
    contacts = agree(ada, far, other)
    assert contacts.keys() == {kept}
    assert (contacts[kept]["phone"], contacts[kept]["notes"]) == ("2", "Analytical engine")
    assert contacts[kept]["labels"] == ["Family"]


def test_an_edit_that_was_seen_does_not_come_again(
    ada: Account, far: Phone, other: Phone, shared: str, loses: Loses
) -> None:
    far.sync()
    far.edit(shared, phone="2", nickname="A. A. L.")
    loses(lambda: other.edit(shared, phone="3"))
    far.tries_to_sync()
    contact = agree(ada, far, other)[shared]
    assert (contact["phone"], contact["nickname"]) == ("3", "A. A. L.")


def test_who_goes_on_editing_wins_again(ada: Account, far: Phone, other: Phone, shared: str, loses: Loses) -> None:
    far.sync()
    far.edit(shared, phone="2")

    def edit_both() -> None:
        other.edit(shared, phone="3", notes="Analytical engine")
        far.book.contacts[shared]["phone"] = "4"
        far.book.save()

    loses(edit_both)
    far.tries_to_sync()
    contact = agree(ada, far, other)[shared]
    assert (contact["phone"], contact["notes"]) == ("4", "Analytical engine")


def test_an_edited_contact_that_was_deleted_after_that_stays_deleted(
    ada: Account, far: Phone, other: Phone, shared: str, loses: Loses
) -> None:
    far.sync()
    far.edit(shared, phone="2", labels=["Poets", "Work", "Family"])
    loses(lambda: other.delete(shared))
    far.tries_to_sync()
    assert agree(ada, far, other) == {}


def test_an_edit_that_did_not_arrive_beats_a_deletion(
    ada: Account, between: Gateway, far: Phone, other: Phone, shared: str
) -> None:
    far.sync()
    far.edit(shared, phone="2")
    other.delete(shared)

    def is_late(handler: Handler, body: bytes) -> None:
        other.sync()

    between.next = [passes, is_late]
    far.tries_to_sync()
    assert agree(ada, far, other)[shared]["phone"] == "2"


def test_a_deleted_contact_that_was_restored_after_that_stays(
    ada: Account, far: Phone, other: Phone, shared: str, loses: Loses
) -> None:
    far.sync()
    far.delete(shared)
    loses(lambda: done(ada.post(f"/contacts/{shared}/restore")))
    far.tries_to_sync()
    assert agree(ada, far, other).keys() == {shared}


def test_what_was_brought_back_is_not_brought_back_in_an_old_state(
    ada: Account, between: Gateway, far: Phone, other: Phone, shared: str
) -> None:
    far.sync()
    far.edit(shared, phone="2")
    other.delete(shared)
    other.sync()

    def edit() -> None:
        other.sync()
        other.edit(shared, notes="Analytical engine")
        other.sync()

    between.next = [passes, passes, passes, loses_the_answer(edit)]
    far.tries_to_sync()
    contact = agree(ada, far, other)[shared]
    assert (contact["phone"], contact["notes"]) == ("2", "Analytical engine")


@pytest.mark.parametrize("ill", ["lost", "unheard"])
def test_what_was_new_when_the_sync_token_expired_is_kept(ada: Account, one: Phone, ill: str) -> None:
    added = one.add(first_name="Ada")
    one.tries_to_sync("", ill)
    book = Book.load(one.file)
    book.token = "expired"
    book.save()
    assert agree(ada, one).keys() == {added}
    assert [answer.problem for answer in one.network.answers if answer.problem] == ["invalid-sync-token"]


def test_a_request_that_arrives_late_does_not_take_the_place_of_a_later_one(
    ada: Account, between: Gateway, far: Phone
) -> None:
    added = far.add(first_name="Ada")
    between.next = [passes, *[loses_the_request] * example.TRIES]
    far.tries_to_sync()
    late = between.received[-1]
    far.edit(added, notes="Analytical engine", labels=["Poets"])

    def arrives_first(handler: Handler, body: bytes) -> None:
        done(ada.post("/contacts/batch", data=late.body, content_type="application/json"))
        passes(handler, body)

    between.next = [passes, arrives_first]
    contact = agree(ada, far)[added]
    assert (contact["notes"], contact["labels"]) == ("Analytical engine", ["Poets"])


def test_an_update_that_arrives_late_does_not_undo_a_later_edit(
    ada: Account, between: Gateway, far: Phone, shared: str
) -> None:
    far.sync()
    far.edit(shared, phone="2", labels=["Poets", "Work", "Family"])
    between.next = [passes, *[loses_the_request] * example.TRIES]
    far.tries_to_sync()
    late = between.received[-1]
    far.edit(shared, phone="3", notes="Analytical engine", labels=["Poets", "Family"])

    def arrives_first(handler: Handler, body: bytes) -> None:
        done(ada.post("/contacts/batch", data=late.body, content_type="application/json"))
        passes(handler, body)

    between.next = [passes, arrives_first]
    contact = agree(ada, far)[shared]
    assert (contact["phone"], contact["notes"], contact["labels"]) == ("3", "Analytical engine", ["Poets", "Family"])


def test_an_update_that_arrives_late_does_not_undo_a_deletion(
    ada: Account, between: Gateway, far: Phone, other: Phone, shared: str
) -> None:
    far.sync()
    far.edit(shared, phone="2")
    between.next = [passes, *[loses_the_request] * example.TRIES]
    far.tries_to_sync()
    late = between.received[-1]
    far.delete(shared)

    def arrives_first(handler: Handler, body: bytes) -> None:
        done(ada.post("/contacts/batch", data=late.body, content_type="application/json"))
        passes(handler, body)

    between.next = [passes, arrives_first]
    assert agree(ada, far, other) == {}


def test_an_edit_that_is_taken_back_after_a_lost_answer_is_gone(
    ada: Account, between: Gateway, far: Phone, shared: str
) -> None:
    far.sync()
    for lost in (loses_the_request, loses_the_answer()):
        far.edit(shared, phone="2")
        between.next = [passes, *[lost] * example.TRIES]
        far.tries_to_sync()
        far.edit(shared, phone="1")
        assert agree(ada, far)[shared]["phone"] == "1"


@pytest.mark.parametrize("lost", [loses_the_request, loses_the_answer()], ids=["request", "answer"])
def test_no_item_of_a_list_is_there_twice(
    ada: Account, between: Gateway, far: Phone, shared: str, lost: object
) -> None:
    far.sync()
    details = [{"kind": "phone", "value": " 2 "}, {"kind": "email", "label": None, "value": "ada@example.org"}]
    far.edit(shared, details=details, labels=["Poets", " Family "])
    between.next = [passes, *[lost] * example.TRIES]  # type: ignore[list-item]
    far.tries_to_sync()
    contact = agree(ada, far)[shared]
    assert [detail["value"] for detail in contact["details"]] == ["2", "ada@example.org"]
    assert contact["labels"] == ["Poets", "Family"]


def test_an_item_that_is_taken_away_again_after_a_lost_answer_is_gone(
    ada: Account, between: Gateway, far: Phone, shared: str
) -> None:
    far.sync()
    far.edit(shared, labels=["Work", "Family"])
    between.next = [passes, *[loses_the_answer()] * example.TRIES]
    far.tries_to_sync()
    assert show(ada, shared)["labels"] == ["Work", "Family"]
    far.edit(shared, labels=["Poets", "Work"])
    assert agree(ada, far)[shared]["labels"] == ["Work", "Poets"]


def test_a_contact_that_is_deleted_again_after_a_lost_answer_is_gone(
    ada: Account, between: Gateway, far: Phone
) -> None:
    added = far.add(first_name=" Ada ", details=[{"kind": "phone", "value": "2 "}])
    between.next = [passes, *[loses_the_answer()] * example.TRIES]
    far.tries_to_sync()
    assert names(ada) == ["Ada"]
    far.delete(added)
    assert agree(ada, far) == {}


def test_an_edit_beats_the_deletion_of_what_was_just_added(
    ada: Account, between: Gateway, far: Phone, other: Phone
) -> None:
    added = far.add(first_name="Ada")
    between.next = [passes, *[loses_the_answer()] * example.TRIES]
    far.tries_to_sync()
    far.delete(added)
    other.sync()
    other.edit(added, phone="2")
    other.sync()
    assert agree(ada, far, other)[added]["phone"] == "2"

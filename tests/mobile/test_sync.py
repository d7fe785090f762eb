"""Two phones keep one address book by the guide's algorithm, whatever happens in between."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, insert, select, update
from sqlalchemy import delete as delete_rows

from docs.examples import sync
from docs.examples.sync import Book
from project.contacts import books
from project.contacts import rows as contacts_rows
from project.contacts.models import Contact as Row
from project.database.base import now
from tests.accounts import Account, sign_in, sign_up
from tests.contacts.calls import create, delete, listed
from tests.mobile.network import Phone, agree

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

NAMES = st.sampled_from(["Ada", "Mary", "Łukasz", " Grace "])
LABELS = st.sets(st.sampled_from(["Family", "Work", "Poets"])).map(sorted)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def one(ada: Account, tmp_path: Path) -> Phone:
    return Phone(ada, tmp_path / "one.json")


@pytest.fixture
def other(ada: Account, tmp_path: Path) -> Phone:
    return Phone(sign_in(ada, device="Other phone"), tmp_path / "other.json")


@pytest.fixture
def shared(ada: Account, one: Phone, other: Phone) -> str:
    """A contact that both phones have."""
    contact = create(ada, first_name="Ada", phone="1", labels=["Poets", "Work"])
    agree(ada, one, other)
    return str(contact["id"])


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
    assert one.network.statuses == [404, 200]
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
    purge(ada, migrated)
    other.sync()
    assert [answer.problem for answer in other.network.answers if answer.problem] == ["sync-token-expired"]
    contacts = agree(ada, one, other)
    assert contacts.keys() == {shared, edited, added}
    assert contacts[edited]["phone"] == "2"


def purge(account: Account, migrated: Engine) -> None:
    """Forget the deletions, as an operator's server does after TOMBSTONE_DAYS."""
    with migrated.begin() as connection:
        longer_ago = now() - timedelta(days=181)
        connection.execute(update(Row).where(Row.deleted_at.is_not(None)).values(deleted_at=longer_ago))
    ended = account.client.application.test_cli_runner().invoke(args=["purge"])
    assert ended.exit_code == 0, ended.output


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


ILLS = st.lists(st.sampled_from(["", "lost", "unheard"]), max_size=4)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(
            st.tuples(st.just("sync"), ILLS),
            st.tuples(st.just("add"), NAMES),
            st.tuples(st.just("edit"), st.integers(0, 9), st.fixed_dictionaries({}, optional={
                "first_name": NAMES, "labels": LABELS, "phone": st.sampled_from([None, "1", "2"]),
            })),
            st.tuples(st.just("delete"), st.integers(0, 9)),
        ),
    ),
    max_size=25,
)  # fmt: skip


@given(steps=STEPS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@pytest.mark.slow
def test_whatever_happens_phones_and_server_agree_in_the_end(ada: Account, tmp_path: Path, steps: Any) -> None:
    number = next(NUMBERS)
    both = [Phone(ada, tmp_path / f"{number}-{each}.json") for each in ("one", "other")]
    for which, (verb, *details) in steps:
        act(both[which], verb, *details)
    agree(ada, *both)


NUMBERS = count()


def act(phone: Phone, verb: str, *details: Any) -> None:
    ids = sorted(phone.contacts)
    if verb == "sync":
        phone.tries_to_sync(*details[0])
    elif verb == "add":
        phone.add(first_name=details[0])
    elif ids and verb == "edit":
        phone.edit(ids[details[0] % len(ids)], **details[1])
    elif ids:
        phone.delete(ids[details[0] % len(ids)])

"""What the guide for mobile developers says is what happens: two phones keep one address book by its algorithm."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from docs.examples import sync
from docs.examples.session import Answer, Session, SignedOut
from docs.examples.sync import Book
from project import errors
from project.contacts.models import Contact as Row
from project.database import new_id, now
from tests import phones
from tests.accounts import Account, body, sign_in, sign_up
from tests.contacts.calls import create, delete, listed
from tests.lines import tcp_proxy
from tests.servers import ROOT, Server

GUIDE = (ROOT / "docs" / "mobile.md").read_text()
QUOTED = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```", re.DOTALL)
NAMES = st.sampled_from(["Ada", "Mary", "Łukasz", " Grace "])
LABELS = st.sets(st.sampled_from(["Family", "Work", "Poets"])).map(sorted)


class Network:
    """What lies between a phone and the server. `ills` says of each request what befalls it: "", "lost", "unheard"."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.ills: Iterator[str] = iter(())
        self.before_writing: Callable[[], object] = lambda: None
        self.answers: list[Answer] = []

    def call(self, method: str, path: str, content: Any) -> Answer:
        ill = next(self.ills, "")
        if ill == "lost":
            raise ConnectionError("The request was lost.")
        if method == "POST":
            self.before_writing()
        answer = self.account.call(method, path, **({"json": content} if content else {}))
        if ill == "unheard":
            raise ConnectionError("The answer was lost.")
        self.answers.append(Answer(answer.status_code, body(answer)))
        return self.answers[-1]

    @property
    def statuses(self) -> list[int]:
        """What became of the operations of all batches."""
        results = [answer.body.get("results", []) for answer in self.answers]
        return [result["status"] for each in results for result in each]


class Phone:
    """One of the user's phones. Its app is started for each sync, with what it has kept in its file."""

    def __init__(self, account: Account, file: Path) -> None:
        self.file, self.network = file, Network(account)

    @property
    def contacts(self) -> dict[str, dict[str, Any]]:
        return Book.load(self.file).contacts

    def sync(self) -> Book:
        book = Book.load(self.file)
        sync.sync(book, self.network.call)
        return book

    def tries_to_sync(self, *ills: str) -> None:
        """Sync under these ills, and be stopped by them perhaps."""
        self.network.ills = iter(ills)
        try:
            self.sync()
        except ConnectionError:
            return
        finally:
            self.network.ills = iter(())

    def edit(self, contact_id: str, **content: Any) -> None:
        book = Book.load(self.file)
        book.contacts[contact_id] = {**book.contacts.get(contact_id, {}), **content}
        book.save()

    def add(self, **content: Any) -> str:
        contact_id = str(new_id())
        self.edit(contact_id, **content)
        return contact_id

    def delete(self, contact_id: str) -> None:
        book = Book.load(self.file)
        del book.contacts[contact_id]
        book.save()


def agree(account: Account, *all_phones: Phone) -> dict[str, dict[str, Any]]:
    """Sync all phones until each knows of all; the contacts, on which they and the server agree."""
    for phone in (*all_phones, *all_phones):
        assert phone.sync().refused == {}
    contacts = {contact["id"]: sync.content_of(contact) for contact in listed(account, limit=500)}
    for phone in all_phones:
        assert phone.contacts == contacts
    return contacts


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


# The algorithm


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
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
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


# Staying signed in


@pytest.fixture
def server(live_server: Callable[..., Server]) -> Server:
    return live_server(workers=1, ACCESS_TOKEN_SECONDS=1, ME_RATE_LIMIT="2 per second")


@pytest.fixture
def kept() -> list[dict[str, Any]]:
    """The pairs of tokens that the app has saved."""
    return []


@pytest.fixture
def signed_in(server: Server, ada: Account, kept: list[dict[str, Any]]) -> Session:
    """A session whose access token has expired."""
    credentials = {"email": "ada@example.org", "password": ada.password}
    pair = phones.call(server.url, "POST", "/api/v1/auth/login", body=credentials).json
    time.sleep(1.1)
    return Session(server.url, pair, kept.append)


def test_an_expired_access_token_is_no_trouble(
    ada: Account, signed_in: Session, kept: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = Book.load(tmp_path / "book.json")
    book.contacts[str(new_id())] = {"first_name": "Ada"}
    sync.sync(book, signed_in.call)
    assert [contact["first_name"] for contact in listed(ada)] == ["Ada"]
    assert kept[-1] == signed_in.pair


def test_threads_that_meet_an_expired_token_refresh_it_once(signed_in: Session, kept: list[dict[str, Any]]) -> None:
    answers = phones.at_once([lambda: signed_in.call("GET", "/contacts")] * 4)
    assert [answer.status for answer in answers] == [200] * 4
    assert len(kept) == 1


def test_a_refresh_whose_answer_is_lost_is_repeated(server: Server, signed_in: Session) -> None:
    token = signed_in.pair["refresh_token"]
    assert phones.call(server.url, "POST", "/api/v1/auth/refresh", token=token).status == 200  # and nobody hears it
    assert signed_in.call("GET", "/contacts").status == 200
    time.sleep(1.1)
    assert signed_in.call("GET", "/contacts").status == 200


def test_a_session_that_was_ended_elsewhere_is_over(ada: Account, signed_in: Session) -> None:
    assert ada.delete("/auth/sessions").status_code == 204
    with pytest.raises(SignedOut, match="session-revoked"):
        signed_in.call("GET", "/contacts")


def test_a_call_waits_as_long_as_the_limit_says(signed_in: Session) -> None:
    assert [signed_in.call("GET", "/users/me").status for _ in range(4)] == [200] * 4


def test_without_a_network_nothing_is_lost(server: Server, ada: Account, signed_in: Session, tmp_path: Path) -> None:
    book = Book.load(tmp_path / "book.json")
    book.contacts[str(new_id())] = {"first_name": "Ada"}
    with tcp_proxy(server.url) as line:
        signed_in.url = line.url
        line.refuse()
        with pytest.raises(OSError, match="refused"):
            sync.sync(book, signed_in.call)
        line.resume()
        sync.sync(book, signed_in.call)
    assert [contact["first_name"] for contact in listed(ada)] == ["Ada"]


# The text


def test_the_guide_quotes_its_examples_as_they_are() -> None:
    quoted = dict(QUOTED.findall(GUIDE))
    assert quoted.keys() == {"examples/session.py", "examples/sync.py"}
    for name, code in quoted.items():
        assert code == (ROOT / "docs" / name).read_text()


def test_every_problem_that_the_guide_names_exists_and_every_refusal_of_a_token_is_in_it() -> None:
    slugs = {kind.slug() for kind in errors.kinds()}
    statuses = "|".join(sorted({str(kind.status) for kind in errors.kinds()}))
    named = set(re.findall(rf"\b(?:{statuses}) `([a-z]+(?:-[a-z]+)*)`", GUIDE))
    assert named - slugs == set()
    assert {kind.slug() for kind in errors.kinds() if kind.status == 401} <= named


def test_every_route_that_the_guide_names_exists() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    methods = {
        (method.upper(), path.removeprefix("/api/v1")) for path, item in document["paths"].items() for method in item
    }
    named = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/(?:auth|users|contacts)[^`?\s]*)", GUIDE))
    assert named
    assert {(method, path.replace("{id}", "{contact_id}")) for method, path in named} - methods == set()

"""Delta sync: a client that follows the changes has what the server has, whatever happens in between."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlalchemy import delete as sql_delete

from project.contacts.changes import rows_after
from project.contacts.models import AddressBook
from project.contacts.models import Contact as Contact_
from project.web.cursors import seal, unseal
from tests.accounts import Account, problem
from tests.contacts.calls import Contact, batch, changes, create, delete, done, fill, listed, show, token

NOBODY = "00000000-0000-0000-0000-000000000000"


def names(delta: dict[str, Any]) -> list[str]:
    return [contact["name"] for contact in delta["changed"]]


def numbered(account: Account, count: int) -> list[Contact]:
    """Contacts of one revision."""
    return fill(account, [{"first_name": str(number)} for number in range(count)])


def test_tombstones_that_go_during_the_request_expire_its_token(
    ada: Account, monkeypatch: pytest.MonkeyPatch, migrated: Engine
) -> None:
    """The purge comes between the look at the book and the look at its rows."""
    old = token(ada)
    for _ in range(2):
        delete(ada, create(ada)["id"])
    look, owner = rows_after, UUID(ada.user["id"])

    def look_late(*call: Any) -> Any:
        book, rows = AddressBook.owner_id == owner, Contact_.owner_id == owner
        with migrated.begin() as connection:
            connection.execute(update(AddressBook).where(book).values(purged_revision=AddressBook.revision))
            connection.execute(sql_delete(Contact_).where(rows, Contact_.deleted_at.is_not(None)))
        return look(*call)

    monkeypatch.setattr("project.contacts.changes.rows_after", look_late)
    assert problem(ada.get("/contacts/changes", query_string={"since": old})) == (410, "sync-token-expired")
    create(ada)
    assert problem(ada.get("/contacts/changes", query_string={"since": old})) == (410, "sync-token-expired")


def test_a_new_client_gets_everything_the_oldest_revision_first(ada: Account) -> None:
    first = create(ada, first_name="first")
    second = create(ada, first_name="second")
    changed = done(ada.patch(f"/contacts/{first['id']}", json={"nickname": "changed"}))
    delta = changes(ada)
    assert delta["changed"] == [second, changed]
    assert (delta["deleted"], delta["has_more"]) == ([], False)


def test_an_empty_book_has_a_token_too(ada: Account) -> None:
    delta = changes(ada)
    assert (delta["changed"], delta["deleted"], delta["has_more"]) == ([], [], False)
    contact = create(ada)
    assert changes(ada, delta["sync_token"])["changed"] == [contact]


def test_what_was_written_is_in_the_next_delta(ada: Account) -> None:
    ids = [contact["id"] for contact in numbered(ada, 4)]
    since = token(ada)
    ada.patch(f"/contacts/{ids[0]}", json={"nickname": "changed"})
    delete(ada, ids[1])
    delete(ada, ids[2])
    ada.post(f"/contacts/{ids[2]}/restore")
    created = create(ada)
    delta = changes(ada, since)
    assert delta["changed"] == [show(ada, ids[0]), show(ada, ids[2]), created]
    assert delta["deleted"] == [ids[1]]
    assert changes(ada, delta["sync_token"]) == {**delta, "changed": [], "deleted": []}


def test_a_contact_changed_twice_comes_once_as_it_is(ada: Account) -> None:
    since = token(ada)
    contact = create(ada, first_name="Ada")
    for name in ("Grace", "Emmy"):
        ada.patch(f"/contacts/{contact['id']}", json={"first_name": name})
    assert names(changes(ada, since)) == ["Emmy"]


def test_nothing_new_costs_nothing_and_keeps_the_token(ada: Account) -> None:
    numbered(ada, 2)
    since = token(ada)
    assert changes(ada, since) == {"changed": [], "deleted": [], "sync_token": since, "has_more": False}


def test_writes_that_change_nothing_are_no_changes(ada: Account) -> None:
    contact = create(ada, first_name="Ada")
    since = token(ada)
    ada.put(f"/contacts/{contact['id']}", json=contact)
    ada.post(f"/contacts/{contact['id']}/restore")
    ada.delete(f"/contacts/{NOBODY}")
    assert changes(ada, since)["sync_token"] == since


def test_a_new_client_is_not_told_of_what_it_never_had(ada: Account) -> None:
    contacts = numbered(ada, 3)
    delete(ada, contacts[0]["id"])
    delta = changes(ada)
    assert (names(delta), delta["deleted"]) == (["1", "2"], [])


def test_pages_follow_each_other_within_one_revision(ada: Account) -> None:
    ids = [contact["id"] for contact in numbered(ada, 25)]
    delta = changes(ada, limit=4)
    pages = [delta]
    while delta["has_more"]:
        delta = changes(ada, delta["sync_token"], limit=4)
        pages.append(delta)
    assert [len(page["changed"]) for page in pages] == [4] * 6 + [1]
    assert [contact["id"] for page in pages for contact in page["changed"]] == sorted(ids)
    assert changes(ada, delta["sync_token"])["changed"] == []


@pytest.mark.parametrize(("limit", "pages"), [(1, 10), (3, 4), (5, 2), (9, 2), (10, 1), (1000, 1)])
def test_the_limit_counts_changed_and_deleted_together(ada: Account, limit: int, pages: int) -> None:
    contacts = numbered(ada, 10)
    since = token(ada)
    operations = [{"op": "delete", "id": contact["id"]} for contact in contacts[::2]]
    operations += [{"op": "update", "id": contact["id"], "contact": {"notes": "n"}} for contact in contacts[1::2]]
    batch(ada, operations)
    found = [changes(ada, since, limit=limit)]
    while found[-1]["has_more"]:
        found.append(changes(ada, found[-1]["sync_token"], limit=limit))
    sizes = [len(delta["changed"]) + len(delta["deleted"]) for delta in found]
    assert len(sizes) == pages
    assert sizes[:-1] == [limit] * (pages - 1)
    assert sum(sizes) == 10
    assert sorted(each for delta in found for each in delta["deleted"]) == [each["id"] for each in contacts[::2]]


def test_a_page_holds_two_hundred_unless_asked_otherwise(ada: Account) -> None:
    numbered(ada, 201)
    delta = changes(ada)
    assert (len(delta["changed"]), delta["has_more"]) == (200, True)
    assert (len(changes(ada, limit=1000)["changed"])) == 201


def test_what_is_written_between_two_pages_comes_in_a_later_page(ada: Account) -> None:
    contacts = numbered(ada, 6)
    first = changes(ada, limit=2)
    seen = [contact["id"] for contact in first["changed"]]
    unseen = [contact["id"] for contact in contacts if contact["id"] not in seen]
    ada.patch(f"/contacts/{seen[0]}", json={"first_name": "changed after it was seen"})
    delete(ada, seen[1])
    ada.patch(f"/contacts/{unseen[0]}", json={"first_name": "changed before it was seen"})
    delete(ada, unseen[1])
    created = create(ada, first_name="new")
    rest = changes(ada, first["sync_token"], limit=100)
    assert not rest["has_more"]
    assert names(rest) == ["4", "5", "changed after it was seen", "changed before it was seen", "new"]
    assert rest["deleted"] == [seen[1], unseen[1]]
    mine = {contact["id"]: contact for contact in first["changed"] + rest["changed"]}
    for each in rest["deleted"]:
        mine.pop(each, None)
    assert mine == {contact["id"]: contact for contact in listed(ada)}
    assert created["id"] in mine


def test_deltas_follow_batches_of_many_revisions(ada: Account) -> None:
    for _ in range(3):
        numbered(ada, 5)
    delta = changes(ada, limit=7)
    assert [contact["revision"] for contact in delta["changed"]] == [1] * 5 + [2] * 2
    rest = changes(ada, delta["sync_token"], limit=7)
    assert [contact["revision"] for contact in rest["changed"]] == [2] * 3 + [3] * 4


def test_the_token_is_the_books_and_good_for_ever_so_many_deltas(ada: Account) -> None:
    old = token(ada)
    for number in range(5):
        create(ada, first_name=str(number))
        assert names(changes(ada, old)) == [str(each) for each in range(number + 1)]


def test_the_delta_has_the_tag_of_the_list(ada: Account) -> None:
    create(ada)
    assert ada.get("/contacts/changes").headers["ETag"] == ada.get("/contacts").headers["ETag"]


def test_somebody_elses_token_is_refused(ada: Account, ben: Account) -> None:
    for account in (ada, ben):
        create(account)
    answer = ben.get("/contacts/changes", query_string={"since": token(ada)})
    assert problem(answer) == (400, "invalid-sync-token")


def test_a_damaged_token_is_refused(ada: Account) -> None:
    create(ada)
    since = token(ada)
    damaged = [since[:-1], since[1:], f"{since}=", f"{since}A", f" {since}", f"{since}\n", since.swapcase()]
    for junk in [*damaged, "", "junk", "0", "1", "\0", "é", "A" * 5000]:
        answer = ada.get("/contacts/changes", query_string={"since": junk})
        assert problem(answer) == (400, "invalid-sync-token"), junk


def test_a_cursor_is_no_token_and_a_token_no_cursor(ada: Account) -> None:
    numbered(ada, 2)
    cursor = done(ada.get("/contacts?limit=1"))["next_cursor"]
    answer = ada.get("/contacts/changes", query_string={"since": cursor})
    assert problem(answer) == (400, "invalid-sync-token")
    assert problem(ada.get("/contacts", query_string={"cursor": token(ada)})) == (400, "invalid-cursor")


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1],
        [1, NOBODY, 0, 0],
        [1, NOBODY],
        ["1", NOBODY, 0],
        [1, "no id", 0],
        [1, None, 0],
        [True, NOBODY, 0],
        [1.0, NOBODY, 0],
        [-1, NOBODY, 0],
        [2, NOBODY, 0],
        [2**63 - 1, NOBODY, 0],
        [2**64 - 1, NOBODY, 0],
        [1, NOBODY, 2],
        [1, NOBODY, 2**63 - 1],
        [1, NOBODY, True],
        [1, f"{NOBODY}\0", 0],
    ],
)
def test_a_token_made_by_hand_is_refused(ada: Account, values: list[object]) -> None:
    """Of a book at revision 1; the checksum is no secret."""
    create(ada)
    answer = ada.get("/contacts/changes", query_string={"since": seal(ada.user["id"], *values)})
    assert problem(answer) == (400, "invalid-sync-token")


def test_a_token_of_another_user_by_hand_is_refused(ada: Account, ben: Account) -> None:
    create(ada)
    create(ben)
    _, *position = unseal(token(ada), str, int, str, int)
    for owner in (ada.user["id"], ada.user["id"].upper(), ben.user["id"].replace("-", ""), NOBODY, "", None, 1):
        answer = ben.get("/contacts/changes", query_string={"since": seal(owner, *position)})
        assert problem(answer) == (400, "invalid-sync-token"), owner


def test_a_token_of_a_time_that_has_not_come_is_refused(ada: Account, ben: Account) -> None:
    """As after the restore of an old backup: the client must begin anew rather than miss what comes."""
    create(ada)
    owner, revision, last_id, began = unseal(token(ada), str, int, str, int)
    answer = ada.get("/contacts/changes", query_string={"since": seal(owner, revision + 1, last_id, began)})
    assert problem(answer) == (400, "invalid-sync-token")

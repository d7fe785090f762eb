"""ETags, and what a client may demand by them (RFC 9110 §13): to be told only what is new, and to overwrite nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from project.database.base import new_id
from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, create, delete, done, fill, listed, show

Write = Callable[[Account, str, dict[str, str]], TestResponse]

WRITES: dict[str, Write] = {
    "put": lambda ada, path, headers: ada.put(path, headers, json={"first_name": "Grace"}),
    "patch": lambda ada, path, headers: ada.patch(path, headers, json={"first_name": "Grace"}),
    "delete": lambda ada, path, headers: ada.delete(path, headers),
}
LISTS = ["", "?q=ada", "?limit=1", "?deleted=true", "/changes", "/labels", "/birthdays?from=2026-01-01", "/duplicates"]


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Write:
    return WRITES[request.param]


@pytest.fixture
def contact(ada: Account) -> Contact:
    return create(ada, first_name="Ada")


@pytest.fixture
def path(contact: Contact) -> str:
    return f"/contacts/{contact['id']}"


@pytest.fixture
def stale(ada: Account, path: str) -> str:
    """The tag of the contact before its last change."""
    before = tag(ada, path)
    assert ada.patch(path, json={"nickname": "changed by another device"}).status_code == 200
    return before


def tag(account: Account, path: str) -> str:
    return str(account.get(path).headers["ETag"])


def assert_is_refused(answer: TestResponse, current: Contact) -> None:
    assert problem(answer) == (412, "precondition-failed")
    assert body(answer)["current"] == current


def test_a_contact_that_is_known_is_not_sent_again(ada: Account, path: str) -> None:
    known = tag(ada, path)
    for tags in (known, f"W/{known}", f'"other", {known}', f'"other",W/{known}', "*"):
        answer = ada.get(path, {"If-None-Match": tags})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == known
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_contact_that_has_changed_is_sent(ada: Account, path: str, stale: str) -> None:
    for tags in (stale, '"other"', "", "junk", "W/"):
        assert done(ada.get(path, {"If-None-Match": tags}))["nickname"] == "changed by another device"


@pytest.mark.parametrize("view", LISTS)
def test_a_list_is_known_until_anything_is_written(ada: Account, contact: Contact, view: str) -> None:
    answer = ada.get(f"/contacts{view}")
    known = answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    for tags in (known, f"W/{known}", "*"):
        again = ada.get(f"/contacts{view}", {"If-None-Match": tags})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", known)
        assert again.headers["Cache-Control"] == "private, no-cache"
    create(ada)
    assert ada.get(f"/contacts{view}", {"If-None-Match": known}).status_code == 200


@pytest.mark.parametrize("view", LISTS)
def test_an_empty_book_is_known_too(ada: Account, view: str) -> None:
    known = tag(ada, f"/contacts{view}")
    assert ada.get(f"/contacts{view}", {"If-None-Match": known}).status_code == 304
    create(ada)
    assert ada.get(f"/contacts{view}", {"If-None-Match": known}).status_code == 200


def test_a_write_that_changes_nothing_leaves_the_list_known(ada: Account, contact: Contact, path: str) -> None:
    known = tag(ada, "/contacts")
    assert ada.put(path, json=contact).status_code == 200
    assert ada.delete(f"/contacts/{new_id()}").status_code == 404
    assert ada.post("/contacts", json=contact).status_code == 409
    assert ada.post(f"{path}/restore").status_code == 200
    assert ada.get("/contacts", {"If-None-Match": known}).status_code == 304


def test_tags_differ_between_users(ada: Account, ben: Account) -> None:
    own_id = str(new_id())
    for account in (ada, ben):
        create(account, id=own_id)
    for view in ("", f"/{own_id}", "/changes", "/labels"):
        assert tag(ada, f"/contacts{view}") != tag(ben, f"/contacts{view}")
    answer = ben.get(f"/contacts/{own_id}", {"If-None-Match": tag(ada, f"/contacts/{own_id}")})
    assert answer.status_code == 200


def test_every_write_answers_with_the_tag_of_what_it_wrote(ada: Account, path: str) -> None:
    assert ada.patch(path, json={"nickname": "Countess"}).headers["ETag"] == tag(ada, path)
    assert ada.put(path, json={"first_name": "Ada"}).headers["ETag"] == tag(ada, path)
    ada.delete(path)
    assert ada.post(f"{path}/restore").headers["ETag"] == tag(ada, path)
    assert ada.put(f"{path[:-1]}0", json={"first_name": "Ada"}).headers["ETag"] == tag(ada, f"{path[:-1]}0")


def test_what_is_as_expected_is_written(ada: Account, path: str, write: Write) -> None:
    answer = write(ada, path, {"If-Match": tag(ada, path)})
    assert answer.status_code in (200, 204)
    assert [contact["name"] for contact in listed(ada)] in (["Grace"], [])


def test_one_of_several_tags_is_enough(ada: Account, path: str, write: Write) -> None:
    assert write(ada, path, {"If-Match": f'"other", {tag(ada, path)} ,"third"'}).status_code in (200, 204)


def test_any_contact_will_do_for_a_star(ada: Account, path: str, write: Write) -> None:
    assert write(ada, path, {"If-Match": "*"}).status_code in (200, 204)


def test_what_has_changed_is_not_overwritten(
    ada: Account, contact: Contact, path: str, stale: str, write: Write
) -> None:
    current = show(ada, contact["id"])
    assert_is_refused(write(ada, path, {"If-Match": stale}), current)
    assert show(ada, contact["id"]) == current


@pytest.mark.parametrize(
    "make",
    [
        lambda known: f"W/{known}",
        lambda known: '"other"',
        lambda known: "",
        lambda known: '""',
        lambda known: "junk",
        lambda known: known.replace("-", "-0"),
        lambda known: known.replace("-", "-+"),
        lambda known: known.replace("-", "--"),
        lambda known: known.replace("-", "-٠"),
        lambda known: known[:-1] + '1"',
        lambda known: f'"{known[10:]}',
        lambda known: known[:10] + "9" * 7000 + '"',
    ],
)
def test_a_tag_that_is_not_exactly_the_contacts_is_stale(
    ada: Account, contact: Contact, path: str, write: Write, make: Callable[[str], str]
) -> None:
    """Weak tags never match here (RFC 9110 §13.1.1)."""
    tags = make(tag(ada, path)).encode().decode("latin-1")
    assert_is_refused(write(ada, path, {"If-Match": tags}), contact)


def test_somebody_elses_tag_is_stale(ada: Account, ben: Account, contact: Contact, path: str, write: Write) -> None:
    create(ben, id=contact["id"])
    assert_is_refused(write(ada, path, {"If-Match": tag(ben, path)}), contact)


def test_without_a_demand_the_last_writer_wins_field_by_field(ada: Account, contact: Contact, path: str) -> None:
    ada.patch(path, json={"nickname": "from the phone"})
    ada.patch(path, json={"company": "from the tablet"})
    now = show(ada, contact["id"])
    assert (now["nickname"], now["company"]) == ("from the phone", "from the tablet")


def test_a_put_may_demand_that_there_is_nothing_yet(ada: Account, contact: Contact, path: str) -> None:
    assert_is_refused(ada.put(path, {"If-None-Match": "*"}, json={"first_name": "Grace"}), contact)
    assert_is_refused(ada.put(path, {"If-None-Match": "*"}, json=contact), contact)
    assert ada.put(f"/contacts/{new_id()}", {"If-None-Match": "*"}, json={"first_name": "Grace"}).status_code == 201
    delete(ada, contact["id"])
    assert ada.put(path, {"If-None-Match": "*"}, json={"first_name": "Grace"}).status_code == 200


def test_both_demands_at_once_cannot_be_met(ada: Account, contact: Contact, path: str) -> None:
    headers = {"If-Match": tag(ada, path), "If-None-Match": "*"}
    assert_is_refused(ada.put(path, headers, json={"first_name": "Grace"}), contact)


def missing(ada: Account) -> str:
    return f"/contacts/{new_id()}"


def binned(ada: Account) -> str:
    contact = create(ada)
    delete(ada, contact["id"])
    return f"/contacts/{contact['id']}"


@pytest.mark.parametrize("gone", [missing, binned])
@pytest.mark.parametrize("tags", ["*", '"other"', 'W/"other"', ""])
def test_what_is_not_there_is_not_found_whatever_is_expected_of_it(
    ada: Account, write: Write, gone: Callable[[Account], str], tags: str
) -> None:
    assert problem(write(ada, gone(ada), {"If-Match": tags})) == (404, "not-found")


@pytest.mark.parametrize("gone", [missing, binned])
@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"first_name": 1}},
        {"json": []},
        {"data": "junk", "content_type": "application/json"},
        {"data": "{}", "content_type": "text/plain"},
        {"data": b"\xff", "content_type": "application/json"},
        {"data": b" " * (2**20 + 1), "content_type": "application/json"},
        {},
    ],
)
def test_what_is_not_there_is_not_found_whatever_is_sent(
    ada: Account, gone: Callable[[Account], str], request_: dict[str, Any]
) -> None:
    answer = ada.patch(gone(ada), {"If-Match": '"stale"'}, **request_)
    assert problem(answer) == (404, "not-found")


def test_a_body_that_is_not_valid_is_refused_before_a_stale_tag(ada: Account, path: str, stale: str) -> None:
    assert problem(ada.patch(path, {"If-Match": stale}, json={"first_name": 1})) == (422, "validation-failed")


def test_a_refused_write_leaves_no_revision(ada: Account, contact: Contact, path: str, stale: str) -> None:
    before = tag(ada, "/contacts")
    assert ada.delete(path, {"If-Match": stale}).status_code == 412
    assert tag(ada, "/contacts") == before
    assert fill(ada, [{"first_name": "Grace"}])[0]["revision"] == contact["revision"] + 2


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
def test_a_tag_that_is_excluded_refuses_a_write(ada: Account, path: str, write: Write, form: str) -> None:
    """RFC 9110 §13.1.2: the method is not performed when a tag matches, by weak comparison."""
    current = show(ada, path.rpartition("/")[2])
    assert_is_refused(write(ada, path, {"If-None-Match": form.format(tag(ada, path))}), current)


def test_another_revision_may_be_excluded(ada: Account, path: str, write: Write, stale: str) -> None:
    assert write(ada, path, {"If-None-Match": stale}).status_code in (200, 204)

"""What is taken and what is refused: bodies, parameters and ids, up to their limits and one step beyond."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, create, page

NOT_JSON = [
    b"",
    b" ",
    b"junk",
    b"{",
    b"{}{}",
    b"{'first_name': 'Ada'}",
    b'{"first_name": "Ada",}',
    b'{"first_name": "Ada", "first_name": "Grace"}',
    b'{"details": [{"kind": "phone", "kind": "email", "value": "1"}]}',
    b'{"favorite": NaN}',
    b'{"favorite": Infinity}',
    b'{"favorite": -Infinity}',
    b'{"favorite": 1e400}',
    b'{"favorite": ' + b"1" * 5000 + b"}",
    rb'{"first_name": "\ud800"}',
    rb'{"first_name": "\udc00\ud800"}',
    b'{"first_name": "\xed\xa0\x80"}',
    b'{"first_name": "\xff"}',
    b'{"first_name": "a\nb"}',
    '{"first_name": "Ada"}'.encode("utf-16"),
    '{"first_name": "Ada"}'.encode("utf-32-le"),
    '\ufeff{"first_name": "Ada"}'.encode(),
    b"null",
    b"true",
    b"5",
    b'"Ada"',
    b"[]",
    b'[{"first_name": "Ada"}]',
    b"[" * 100_000,
    b'{"first_name":' * 33 + b"1" + b"}" * 33,
]
WHOLE = ["", "x", "1.0", "1e1", " 1", "1 ", "+1", "-1", "1_0", "0x1", "٣", "²", "9999999", "1\0", "null", "true"]
SWITCH = ["", "1", "0", "yes", "True", "TRUE", "on", " true", "true\0", "null"]
SEARCHED = ["", " ", "\u200b", "a\0b", "a\nb", "\x1b"]
BAD_PARAMETERS: dict[tuple[str, str], list[str]] = {
    ("", "limit"): [*WHOLE, "0", "501"],
    ("", "sort"): ["", "Name", "name ", "--name", "+name", "email", "sort_key", "name,created_at", "name;--", "\0"],
    ("", "q"): [*SEARCHED, "x" * 201],
    ("", "first_name"): [*SEARCHED, "x" * 101],
    ("", "last_name"): [*SEARCHED, "x" * 101],
    ("", "email"): [*SEARCHED, "x" * 256],
    ("", "phone"): [*SEARCHED, "1" * 256],
    ("", "label"): [*SEARCHED, "x" * 101],
    ("", "favorite"): SWITCH,
    ("", "deleted"): SWITCH,
    ("/changes", "limit"): [*WHOLE, "0", "1001"],
    ("/birthdays", "days"): [*WHOLE, "367"],
    ("/birthdays", "from"): [
        *[
            "",
            "today",
            "2026-1-1",
            "20260101",
            "2026-02-30",
            "2026-13-01",
            "0000-01-01",
            "2026-01-01T00:00",
            "2026-W01-1",
        ],
        *["--02-28", "10000-01-01", "٢٠٢٦-٠١-٠١", "2026-01-01 ", "\0"],
    ],
    ("/birthdays", "tz"): [
        *[
            "",
            "utc",
            "Mars/Olympus",
            "+02:00",
            "Europe/Kyiv\0",
            "../UTC",
            "/etc/localtime",
            "Europe",
            "localtime",
            "x" * 900,
        ],
    ],
}


@pytest.fixture
def contact(ada: Account) -> Contact:
    return create(ada, first_name="Ada")


@pytest.mark.parametrize("path", ["/contacts", "/contacts/batch"])
def test_what_is_not_one_json_object_is_malformed(ada: Account, path: str) -> None:
    for raw in NOT_JSON:
        answer = ada.post(path, data=raw, content_type="application/json")
        assert problem(answer) == (400, "malformed-request"), raw[:40]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_not_one_json_object_changes_nothing(ada: Account, contact: Contact, method: str) -> None:
    for raw in NOT_JSON:
        answer = ada.call(method, f"/contacts/{contact['id']}", data=raw, content_type="application/json")
        assert problem(answer) == (400, "malformed-request"), raw[:40]
    assert page(ada)["items"] == [contact]


def test_thirty_two_levels_are_read(ada: Account) -> None:
    nested = '{"unknown":' + "[" * 31 + "]" * 31 + "}"
    answer = ada.post("/contacts", data=nested, content_type="application/json")
    assert problem(answer) == (422, "validation-failed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin-1", ""]
)
def test_another_media_type_is_refused(ada: Account, contact: Contact, kind: str) -> None:
    how = {"data": b'{"first_name": "Grace"}', "headers": {"Content-Type": kind}}
    for answer in (
        ada.post("/contacts", **how),
        ada.put(f"/contacts/{contact['id']}", **how),
        ada.patch(f"/contacts/{contact['id']}", **how),
        ada.post("/contacts/batch", **how),
    ):
        assert problem(answer) == (415, "unsupported-media-type")


def test_a_body_of_more_than_a_mebibyte_is_too_large(ada: Account, contact: Contact) -> None:
    def padded(size: int) -> dict[str, Any]:
        return {"data": b'{"first_name": "Ada"}'.ljust(size), "content_type": "application/json"}

    assert ada.post("/contacts", **padded(2**20)).status_code == 201
    for answer in (ada.post("/contacts", **padded(2**20 + 1)), ada.post("/contacts/batch", **padded(2**20 + 1))):
        assert problem(answer) == (413, "too-large")


@pytest.mark.parametrize(("view", "name"), BAD_PARAMETERS)
def test_a_bad_parameter_is_refused_by_its_name(ada: Account, view: str, name: str) -> None:
    for value in BAD_PARAMETERS[view, name]:
        answer = ada.get(f"/contacts{view}", query_string={name: value})
        assert problem(answer) == (422, "validation-failed"), ascii(value)
        assert [error["parameter"] for error in body(answer)["errors"]] == [name], ascii(value)


@pytest.mark.parametrize(("view", "name"), BAD_PARAMETERS)
def test_a_parameter_given_twice_is_refused(ada: Account, view: str, name: str) -> None:
    answer = ada.get(f"/contacts{view}?{name}=1&{name}=1")
    assert problem(answer) == (422, "validation-failed")
    assert [error["parameter"] for error in body(answer)["errors"]] == [name]


@pytest.mark.parametrize("view", ["", "/changes", "/birthdays", "/labels", "/duplicates", "/export"])
def test_an_unknown_parameter_is_refused(ada: Account, view: str) -> None:
    for name in ("unknown", "Limit", "access_token", "limit[]", "q.x", "\0", ""):
        answer = ada.get(f"/contacts{view}", query_string={name: "1"})
        assert problem(answer) == (422, "validation-failed"), ascii(name)
        assert [error["parameter"] for error in body(answer)["errors"]] == [name]


def test_parameters_at_their_limits_are_taken(ada: Account) -> None:
    create(ada)
    for query in (
        {"limit": "1"},
        {"limit": "500"},
        {"q": "x" * 200},
        {"q": "👩" * 200},
        {"q": " ".join("a" * 100)},
        {"label": "x" * 100, "first_name": "x" * 100, "last_name": "x" * 100, "email": "x" * 255, "phone": "1" * 255},
    ):
        assert ada.get("/contacts", query_string=query).status_code == 200
    for view in ("/changes?limit=1", "/changes?limit=1000", "/birthdays?days=0", "/birthdays?days=366&from=0001-01-01"):
        assert ada.get(f"/contacts{view}").status_code == 200
    assert ada.get("/contacts/birthdays?from=9999-12-31&days=366&tz=Pacific/Kiritimati").status_code == 200


def spellings(contact_id: str) -> Iterator[str]:
    """Other ways to write an id; none of them is it."""
    yield from (contact_id.replace("-", ""), f"{{{contact_id}}}", f"urn:uuid:{contact_id}")
    yield from (f"{contact_id}%0A", f"{contact_id}%20", f"%20{contact_id}", f"{contact_id}%00", f"{contact_id}/")
    yield from (
        contact_id[:-1],
        f"{contact_id}0",
        contact_id.replace("0", "٠"),
        contact_id.replace("-", "_"),
        "0",
        "me",
    )


def test_an_id_in_another_spelling_is_not_found(ada: Account, contact: Contact) -> None:
    for spelling in spellings(contact["id"]):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = ada.call(method, f"/contacts/{spelling}", json={"first_name": "Grace"})
            assert problem(answer) == (404, "not-found"), (method, spelling)
        assert problem(ada.post(f"/contacts/{spelling}/restore")) == (404, "not-found"), spelling
    assert page(ada)["items"] == [contact]

"""What is taken and what is refused: every field, up to its limit and one step beyond."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from project.contacts.content import FIELDS
from project.database.base import new_id
from tests.accounts import Account, body, problem, sign_in
from tests.contacts.calls import Contact, batch, create, done, fill, page

SHORT = [field.name for field in FIELDS if field.kind == "line"]
LENGTHS = {**dict.fromkeys(SHORT, 100), "phone": 255, "notes": 10_000}
PARTS = ["label", "street", "city", "region", "postal_code", "country"]
PHONE = {"kind": "phone", "label": None, "value": "1"}
HOME = {**dict.fromkeys(PARTS), "city": "London"}

NO_TEXT: list[Any] = [0, 1, 1.5, True, False, [], {}, ["Ada"], {"text": "Ada"}, 10**30]
CONTROLS = ["a\0b", "\0", "a\x01b", "a\x1bb", "a\x1fb", "\x7f", "a\x80b", "a\x85b", "a\x9fb"]
LINES = ["a\nb", "a\rb", "a\tb", "a\vb", "a\fb", "a\u2028b", "a\u2029b"]
FINE = [
    "Ada",
    "Ада",
    "李白",
    "مريم",
    "\u200fמרים",
    "a\u200db",
    "👩‍👩‍👧‍👦",
    "🇺🇦",
    "e\u0301\u0323",
    "Z\u0351\u0303a\u0310\u0319l\u0326go",
    "'; DROP TABLE contacts; --",
    "<script>alert(1)</script>",
    "%_\\",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "=1+1",
    "null",
    "\ufeffBOM",
    "\U0010fffd!",
]


def at(
    pointer: str, values: Iterable[Any], within: Callable[[Any], Any] = lambda value: value
) -> list[tuple[Any, str]]:
    """Bad values, each within a field's value, with the place below the field that is to be pointed at."""
    return [(within(value), pointer) for value in values]


def only(item: dict[str, Any], name: str) -> Callable[[Any], Any]:
    """Makes a list of this item alone, with another value under the name."""
    return lambda value: [{**item, name: value}]


def after(item: object) -> Callable[[Any], Any]:
    """Makes a list of a good item and then the value."""
    return lambda value: [item, value]


BAD: dict[str, list[tuple[Any, str]]] = {
    **{name: at("", [*NO_TEXT, *CONTROLS, *LINES, "x" * 101, "👩" * 101]) for name in SHORT},
    "phone": at("", [*NO_TEXT, *CONTROLS, *LINES, "1" * 256]),
    "notes": at("", [*NO_TEXT, *CONTROLS, "a\vb", "a\fb", "x" * 10_001]),
    "email": [
        *at("", [*NO_TEXT, *CONTROLS, *LINES, "ada", "ada@", "@example.org", "ada@example", ".ada@example.org"]),
        *at("", ["a b@example.org", "ada@exa mple.org", "ada@example..org", "ada@-example.org", "a@b@c.org"]),
        *at("", ["Ada <ada@example.org>", "a@example.org,b@example.org", "mailto:ada@example.org"]),
        *at("", [f"ada@{'a' * 64}.org", f"ada@{'a.' * 125}org"]),
    ],
    "birthday": [
        *at("", [*NO_TEXT, *CONTROLS, "yesterday", "1815", "1815-12", "18151210", "1815-1-1", "15-12-10"]),
        *at("", ["0000-00-00", "0000-01-01", "1815-00-10", "1815-13-10", "1815-12-00", "1815-12-32", "1815-02-30"]),
        *at("", ["1900-02-29", "2023-02-29", "1815-04-31", "-1815-12-10", "+1815-12-10", "11815-12-10", "9999-12-31"]),
        *at("", ["--02-30", "--00-10", "--13-01", "--12-00", "--12-32", "--1210", "--2-9", "-12-10", "---10", "--"]),
        *at("", ["1815-12-10T00:00:00Z", "1815-W50-1", "1815-344", "١٨١٥-١٢-١٠", "1815-12-10 ", "1815-12-10\n"]),
        *at("", ["1815/12/10", "10.12.1815"]),
    ],
    "favorite": at("", [0, 1, "true", "false", "", "on", [], {}, [True]]),
    "labels": [
        *at("", [0, "Family", {}, {"0": "Family"}, True, [f"label {number}" for number in range(21)]]),
        *at("/1", [None, *NO_TEXT, *CONTROLS, *LINES, "", " ", "\u200b", "x" * 101], after("ok")),
    ],
    "details": [
        *at("", [0, "phone", {}, PHONE, True, [PHONE] * 51]),
        *at("/1", [None, 0, "phone", [], True], after(PHONE)),
        *at("/0/kind", [None, *NO_TEXT, "", "fax", "Phone", "phone "], only(PHONE, "kind")),
        *at("/0/value", [None, *NO_TEXT, *CONTROLS, *LINES, "", " ", "x" * 256], only(PHONE, "value")),
        *at("/0/label", [*NO_TEXT, *CONTROLS, *LINES, "x" * 101], only(PHONE, "label")),
        *at("/0/type", ["work"], only(PHONE, "type")),
        *at("/0/a~1b~0c", [1], only(PHONE, "a/b~c")),
        *at("/0/kind", [[{"value": "1"}]]),
        *at("/0/value", [[{"kind": "phone"}]]),
    ],
    "addresses": [
        *at("", [0, "London", {}, HOME, True, [HOME] * 11]),
        *at("/1", [None, 0, "London", [], True, {}, dict.fromkeys(PARTS), {"label": "home"}], after(HOME)),
        *[bad for part in PARTS for bad in at(f"/0/{part}", [*NO_TEXT, "\0", "a\nb", "x" * 256], only(HOME, part))],
        *at("/0/label", ["x" * 101], only(HOME, "label")),
        *at("/0/planet", ["Earth"], only(HOME, "planet")),
    ],
}
UNKNOWN = [
    "surname",
    "First_name",
    "first_name ",
    "",
    "__proto__",
    "owner_id",
    "deleted_at",
    "_schema",
    "a/b",
    "a~b",
    "Ім’я",
]

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from([*BAD, "id", "name"])
contents = st.dictionaries(fields | st.text(max_size=20), any_json, max_size=4)


@pytest.fixture
def contact(ada: Account) -> Contact:
    return create(ada, first_name="Ada")


def assert_points_at(answer: TestResponse, pointer: str, value: object) -> None:
    assert problem(answer) == (422, "validation-failed"), (value, answer.text)
    assert pointer in {error["pointer"] for error in body(answer)["errors"]}, (value, answer.text)
    assert len(answer.data) < 65_536


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_with_a_pointer_to_it(ada: Account, contact: Contact, field: str) -> None:
    expected = [(value, f"/contact/{field}{below}") for value, below in BAD[field]]
    for op in ("create", "replace", "update"):
        wanted = [
            {"op": op, "id": contact["id"], "contact": {"last_name": "Lovelace", field: value}} for value, _ in expected
        ]
        for (value, pointer), result in zip(expected, batch(ada, wanted), strict=True):
            assert result["status"] == 422, (op, value)
            assert pointer in {error["pointer"] for error in result["problem"]["errors"]}, (op, value, result)
    assert page(ada)["items"] == [contact]


@pytest.mark.parametrize("field", BAD)
def test_a_request_with_a_bad_value_is_refused_with_a_pointer_to_it(ada: Account, contact: Contact, field: str) -> None:
    path = f"/contacts/{contact['id']}"
    for value, below in (BAD[field][0], BAD[field][-1]):
        content = {"last_name": "Lovelace", field: value}
        for answer in (ada.post("/contacts", json=content), ada.put(path, json=content), ada.patch(path, json=content)):
            assert_points_at(answer, f"/{field}{below}", value)
    assert page(ada)["items"] == [contact]


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_field_is_refused(ada: Account, contact: Contact, name: str) -> None:
    content = {"first_name": "Ada", name: None}
    pointer = f"/{step(name)}"
    for call, path in (
        (ada.post, "/contacts"),
        (ada.put, f"/contacts/{new_id()}"),
        (ada.patch, f"/contacts/{contact['id']}"),
    ):
        answer = call(path, json=content)
        assert problem(answer) == (422, "validation-failed"), name
        assert body(answer)["errors"] == [{"pointer": pointer, "detail": "Unknown field."}] or name == "_schema"


def test_many_and_long_unknown_names_make_a_short_answer(ada: Account) -> None:
    answer = ada.post("/contacts", json={f"{number}{'x' * 900}": 1 for number in range(1000)})
    assert problem(answer) == (422, "validation-failed")
    assert len(answer.data) < 65_536


@pytest.mark.parametrize("content", [{}, {"email": "ada@example.org"}, {"first_name": " \u200b", "company": ""}])
def test_somebody_without_a_name_is_refused(ada: Account, content: dict[str, Any]) -> None:
    for answer in (ada.post("/contacts", json=content), ada.put(f"/contacts/{new_id()}", json=content)):
        assert_points_at(answer, "", content)


@pytest.mark.parametrize("value", ["", 5, [], "junk", new_id().hex, f"urn:uuid:{new_id()}"])
def test_an_id_of_ones_own_is_a_canonical_uuid(ada: Account, value: object) -> None:
    assert_points_at(ada.post("/contacts", json={"first_name": "Ada", "id": value}), "/id", value)


@pytest.mark.parametrize("field", LENGTHS)
def test_a_text_may_have_exactly_its_length_after_normalisation(ada: Account, field: str) -> None:
    for longest in ("x" * LENGTHS[field], "👩" * LENGTHS[field], "é" * LENGTHS[field]):
        assert create(ada, company="Engines", **{field: longest} if field != "company" else {})["id"]
        assert create(ada, **{"nickname": "n", field: f"  {longest} "})[field] == longest
    decomposed = create(ada, **{"nickname": "n", field: "e\u0301" * LENGTHS[field]})
    assert decomposed[field] == "é" * LENGTHS[field]


@pytest.mark.parametrize("field", [*SHORT, "phone", "notes"])
def test_text_of_any_script_is_kept(ada: Account, field: str) -> None:
    made = fill(ada, [{"nickname": "n", field: text} for text in FINE])
    assert [normalize("NFC", text) for text in FINE] == [contact[field] for contact in made]
    assert in_the_order_of(made, page(ada)["items"]) == made


def in_the_order_of(made: list[Contact], found: list[Contact]) -> list[Contact]:
    by_id = {contact["id"]: contact for contact in found}
    return [by_id[contact["id"]] for contact in made]


@pytest.mark.parametrize("field", [*SHORT, "phone", "notes", "email", "birthday"])
def test_null_means_empty(ada: Account, field: str) -> None:
    contact = create(ada, **{"first_name": "Ada", "company": "Engines", field: None})
    assert contact[field] is None
    assert done(ada.patch(f"/contacts/{contact['id']}", json={field: None})) == contact


@pytest.mark.parametrize("field", [*SHORT, "phone", "notes", "email"])
def test_what_shows_nothing_is_empty(ada: Account, field: str) -> None:
    for text in ("", " ", "\u3000\u2003", "\u200b\u200d", "\u200f", "\ufeff", "\u2060", "\u0301"):
        contact = create(ada, **{"first_name": "Ada", "company": "Engines", field: text})
        assert contact[field] is None, ascii(text)


def test_lists_may_be_as_long_as_allowed_and_null(ada: Account) -> None:
    full = {
        "labels": [f"{number:03}" + "x" * 97 for number in range(20)],
        "details": [{"kind": kind, "label": "l" * 100, "value": "v" * 255} for kind in ["im", "other"] * 25],
        "addresses": [{part: "x" * (100 if part == "label" else 255) for part in PARTS} for _ in range(10)],
    }
    contact = create(ada, **full)
    assert {name: contact[name] for name in full} == full
    emptied = done(ada.patch(f"/contacts/{contact['id']}", json=dict.fromkeys(full)))
    assert {name: emptied[name] for name in full} == {name: [] for name in full}


def test_the_largest_contact_is_taken_in_four_byte_letters(ada: Account) -> None:
    contact = create(
        ada,
        **{name: "👩" * most for name, most in LENGTHS.items()},
        details=[{"kind": "phone", "label": "👩" * 100, "value": "👩" * 255}] * 50,
        labels=[f"{number:02}" + "👩" * 98 for number in range(20)],
    )
    assert page(ada, q="👩" * 200)["items"] == [contact]
    assert page(ada, limit=1)["items"] == [contact]


@pytest.mark.parametrize(
    "email",
    ["ada@example.org", "Ada.Lovelace+tag@sub.example.org", "їжак@приклад.укр", "a@b.co", "a" * 64 + "@example.org"],
)
def test_the_syntax_of_an_address_is_enough(ada: Account, email: str) -> None:
    assert create(ada, first_name="Ada", email=f" {email} ")["email"] == email


@pytest.mark.parametrize("birthday", ["1815-12-10", "2000-02-29", "--02-29", "--12-31", "0001-01-01", "0004-02-29"])
def test_a_real_date_is_a_birthday(ada: Account, birthday: str) -> None:
    assert create(ada, first_name="Ada", birthday=birthday)["birthday"] == birthday


def test_a_child_may_be_born_today_where_the_day_begins_first(ada: Account) -> None:
    """At UTC+14, in Kiribati, the new year begins at 10 o'clock UTC."""
    with time_machine.travel(datetime(2027, 12, 31, 9, 59, 59, tzinfo=UTC), tick=False) as journey:
        traveller = sign_in(ada)
        newborn = {"first_name": "Ada", "birthday": "2028-01-01"}
        assert_points_at(traveller.post("/contacts", json=newborn), "/birthday", newborn)
        journey.shift(1)
        assert traveller.post("/contacts", json=newborn).status_code == 201


@examples(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(contents, min_size=1, max_size=8))
@pytest.mark.slow
def test_whatever_is_sent_is_taken_or_refused_with_reasons(ada: Account, sent: list[dict[str, Any]]) -> None:
    operations = [{"op": "replace", "id": str(new_id()), "contact": {"company": "c", **content}} for content in sent]
    for content, result in zip(sent, batch(ada, operations), strict=True):
        if result["status"] != 201:
            assert result["status"] == 422
            pointers = [error["pointer"] for error in result["problem"]["errors"]]
            assert all(pointer == "/contact" or pointer.split("/")[2] in map(step, content) for pointer in pointers)


def step(name: str) -> str:
    """A name within a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("field", ["labels", "details", "addresses"])
def test_a_list_that_is_too_long_is_refused_without_a_look_at_its_items(ada: Account, field: str) -> None:
    items = ",".join(["{}"] * 340_000)
    started = time.process_time()
    answer = ada.post("/contacts", data=f'{{"{field}": [{items}]}}', content_type="application/json")
    assert time.process_time() - started < 10
    assert problem(answer) == (422, "validation-failed")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]

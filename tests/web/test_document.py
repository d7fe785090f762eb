"""What makers of clients need from the document: words for everything, names that compile, conditions, open answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV30SpecValidator

from project import errors
from project.web import reference
from tests.accounts import Account, body, sign_up
from tests.contacts.calls import create
from tests.platform_words import WORDS
from tests.web.test_docs import DOCUMENT, METHODS, OPERATIONS, every_operation, resolve

SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
PARAMETERS: dict[str, Any] = DOCUMENT["components"]["parameters"]


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolve(each["$ref"]) if "$ref" in each else each for each in operation.get("parameters", [])]


def accepted_headers(name: str) -> set[str]:
    return {each["name"] for each in parameters(OPERATIONS[name][2]) if each["in"] == "header"}


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those of a schema and of what is written out in it."""
    for name, field in schema.get("properties", {}).items():
        yield name, field
        yield from properties(field.get("items", field))


def referred(tree: Any) -> set[str]:
    """The schemas that a part of the document leads to."""
    found: set[str] = set()
    queue = [tree]
    while queue:
        names = {str(node["$ref"]).rpartition("/")[2] for node in reference.nodes(queue.pop()) if "$ref" in node}
        queue += [SCHEMAS[name] for name in (names & SCHEMAS.keys()) - found]
        found |= names & SCHEMAS.keys()
    return found


@every_operation
def test_an_operation_and_its_parameters_are_described(name: str) -> None:
    _, path, operation = OPERATIONS[name]
    assert operation["description"]
    for parameter in [*parameters(operation), *DOCUMENT["paths"][path].get("parameters", [])]:
        assert parameter["description"], parameter["name"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_and_its_properties_are_described(name: str) -> None:
    assert SCHEMAS[name]["description"]
    assert [field for field, described in properties(SCHEMAS[name]) if not described.get("description")] == []


def test_nothing_is_described_that_is_not_there() -> None:
    texts, words = reference.texts(), reference.texts()["schemas"]
    named = {own["name"] for own in words.values() if "name" in own}
    assert set(words) - {name for name, own in words.items() if "name" in own} | named <= set(SCHEMAS)
    assert {own["id"] for own in texts["operations"].values()} <= set(OPERATIONS)
    for name, own in words.items():
        schema = SCHEMAS[own.get("name", name)]
        assert set(own.get("fields", {})) | set(own.get("refs", {})) <= set(schema.get("properties", {})), name
    for own in texts["operations"].values():
        sent = {each["name"] for each in parameters(OPERATIONS[own["id"]][2])}
        assert set(own.get("parameters", {})) <= sent, own["id"]


def test_no_name_is_a_word_of_a_language_or_its_library() -> None:
    assert {name for name in (*SCHEMAS, *OPERATIONS) if name.lower() in WORDS} == set()
    assert len({name.lower() for name in (*SCHEMAS, *OPERATIONS)}) == len(SCHEMAS) + len(OPERATIONS)
    assert sum(method in METHODS for item in DOCUMENT["paths"].values() for method in item) == len(OPERATIONS)
    assert all(name[0].islower() and name.isalnum() and name != name.lower() for name in OPERATIONS)


def test_no_schema_is_named_as_what_go_makes_of_another() -> None:
    """A constructor `NewContact`, a `NewContactWithDefaults`, and a `NullableContact`."""
    made = {made for name in SCHEMAS for made in (f"New{name}", f"New{name}WithDefaults", f"Nullable{name}")}
    assert made.isdisjoint(SCHEMAS)


def test_every_choice_has_a_name_that_compiles() -> None:
    found = [node for node in reference.nodes(DOCUMENT) if "enum" in node]
    assert len(found) > 8
    for node in found:
        choices = [choice for choice in node["enum"] if choice is not None]
        names = node["x-enum-varnames"]
        assert len(set(names)) == len(choices)
        assert all(name.isidentifier() and name.isupper() for name in names), names


@pytest.mark.parametrize(
    ("choice", "name"),
    [("name", "NAME"), ("-last_name", "LAST_NAME_DESCENDING"), ("4.0", "V4_0"), ("/problems/not-found", "NOT_FOUND")],
)
def test_the_name_of_a_choice(choice: str, name: str) -> None:
    assert reference.constant(choice) == name


def test_the_types_of_problems_are_an_enumeration() -> None:
    assert SCHEMAS["Problem"]["properties"]["type"]["$ref"].endswith("/ProblemType")
    assert SCHEMAS["ProblemType"]["enum"] == [f"/problems/{kind.slug}" for kind in errors.kinds()]


def test_what_a_sync_needs_has_a_type() -> None:
    fields = {name: SCHEMAS[name]["properties"] for name in ("BatchOperation", "BatchResult", "Problem")}
    assert fields["BatchOperation"]["contact"]["$ref"].endswith("/ContactChange")
    assert fields["BatchResult"]["contact"]["$ref"].endswith("/Contact")
    assert fields["BatchResult"]["problem"]["$ref"].endswith("/Problem")
    assert fields["Problem"]["current"]["$ref"].endswith("/Contact")


def test_answers_are_open_and_requests_are_closed() -> None:
    answers = referred([operation["responses"] for _, _, operation in OPERATIONS.values()])
    requests = referred([operation.get("requestBody", {}) for _, _, operation in OPERATIONS.values()])
    assert {"Contact", "Problem", "ContactDelta", "User", "ContactDetail"} <= answers
    assert [name for name in answers if "additionalProperties" in SCHEMAS[name]] == []
    assert requests & answers == {"ContactDetail", "PostalAddress"}
    assert [name for name in requests - answers if SCHEMAS[name].get("additionalProperties") is not False] == []


def test_what_is_optional_in_a_request_may_be_null() -> None:
    for name in referred([operation.get("requestBody", {}) for _, _, operation in OPERATIONS.values()]):
        schema = SCHEMAS[name]
        optional = set(schema.get("properties", {})) - set(schema.get("required", []))
        for field in optional:
            described = schema["properties"][field]
            assert "$ref" in described or "null" in described["type"], (name, field)


def test_files_are_binary() -> None:
    sent = OPERATIONS["importContacts"][2]["requestBody"]["content"]
    taken = OPERATIONS["exportContacts"][2]["responses"]["200"]["content"]
    assert list(sent) == ["application/octet-stream", "text/vcard", "text/csv"]
    assert set(taken) == {"text/vcard", "text/csv", "application/json"}
    assert {content["schema"]["format"] for content in (*sent.values(), *taken.values())} == {"binary"}


CONDITIONAL_WRITES = {
    "replaceContact", "changeContact", "deleteContact", "mergeContacts", "setContactPhoto", "removeContactPhoto",
}  # fmt: skip
CONDITIONAL_READS = {"listContacts", "getContact", "listBirthdays", "listChanges", "listLabels", "listDuplicates"}


@every_operation
def test_the_conditions_that_an_operation_obeys_are_described(name: str) -> None:
    headers, responses = accepted_headers(name), OPERATIONS[name][2]["responses"]
    assert "X-Request-ID" in headers
    assert ("If-Match" in headers) == (name in CONDITIONAL_WRITES) == ("412" in responses)
    assert ("If-None-Match" in headers) == (name in CONDITIONAL_WRITES | CONDITIONAL_READS)
    assert ("304" in responses) == (name in CONDITIONAL_READS)
    for status, answer in responses.items():
        sent = resolve(answer["$ref"])["headers"] if status == "default" else answer["headers"]
        assert "X-Request-ID" in sent


def test_the_headers_of_answers_are_those_that_are_sent(client: FlaskClient) -> None:
    ada = sign_up(client)
    contact, _ = create(ada), create(ada)
    calls = of_every_kind(ada, contact["id"])
    for name, answer in calls.items():
        described = OPERATIONS[name][2]["responses"][str(answer.status_code)]["headers"]
        for header in ("ETag", "Link", "Location", "Content-Disposition", "X-Request-ID"):
            assert (header in described) == (header in answer.headers), (name, header)


def of_every_kind(ada: Account, contact_id: str) -> dict[str, Any]:
    one = f"/contacts/{contact_id}"
    other = body(ada.post("/contacts", json={"first_name": "Ada"}))["id"]
    return {
        "listContacts": ada.get("/contacts?limit=1"),
        "createContact": ada.post("/contacts", json={"first_name": "Ada"}),
        "getContact": ada.get(one),
        "replaceContact": ada.put(one, json={"first_name": "Ada"}),
        "changeContact": ada.patch(one, json={"nickname": "A"}),
        "listBirthdays": ada.get("/contacts/birthdays"),
        "listChanges": ada.get("/contacts/changes"),
        "listLabels": ada.get("/contacts/labels"),
        "listDuplicates": ada.get("/contacts/duplicates"),
        "mergeContacts": ada.post(f"{one}/merge", json={"ids": [other]}),
        "deleteContact": ada.delete(one),
        "restoreContact": ada.post(f"{one}/restore"),
        "applyBatch": ada.post("/contacts/batch", json={"operations": [{"op": "delete", "id": contact_id}]}),
        "exportContacts": ada.get("/contacts/export", buffered=True),
        "getProfile": ada.get("/users/me"),
        "signOut": ada.post("/auth/logout"),
    }


class TestOpenApi30:
    """For tools that do not read 3.1."""

    @pytest.fixture
    def older(self, client: FlaskClient) -> dict[str, Any]:
        answer = client.get("/api/v1/openapi-3.0.json")
        assert answer.content_type == "application/json"
        found: dict[str, Any] = body(answer)
        return found

    def test_it_is_valid(self, older: dict[str, Any]) -> None:
        OpenAPIV30SpecValidator(older).validate()
        assert older["openapi"].startswith("3.0.")

    def test_it_says_the_same(self, older: dict[str, Any]) -> None:
        assert older["paths"].keys() == DOCUMENT["paths"].keys()
        assert older["components"]["examples"] == DOCUMENT["components"]["examples"]
        for name, schema in SCHEMAS.items():
            assert (
                older["components"]["schemas"][name].get("properties", {}).keys() == schema.get("properties", {}).keys()
            )

    def test_it_has_nothing_that_is_new_in_3_1(self, older: dict[str, Any]) -> None:
        birthday = older["components"]["schemas"]["Contact"]["properties"]["birthday"]
        assert (birthday["type"], birthday["nullable"]) == ("string", True)
        for node in reference.nodes(older):
            assert not isinstance(node.get("type"), list)
            assert not isinstance(node.get("$ref"), str) or len(node) == 1

    def test_the_document_in_3_1_stays_as_it_is(self, older: dict[str, Any], client: FlaskClient) -> None:
        assert body(client.get("/api/v1/openapi.json")) == DOCUMENT != older
        assert json.loads(json.dumps(older)) == older

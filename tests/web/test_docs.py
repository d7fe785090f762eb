"""What developers read: the OpenAPI document, Swagger UI's files, and the pages about problems."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apispec import APISpec
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from project import config, errors
from project.web import reference
from tests.accounts import Account, problem, sign_up
from tests.commands import flask

WRITTEN = config.ROOT / "docs" / "openapi.json"
DOCUMENT = json.loads(WRITTEN.read_text())
METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
PUBLIC = {
    "registerAccount",
    "signIn",
    "signInBySecondFactor",
    "askForPasskey",
    "signInByPasskey",
    "verifyEmail",
    "resendVerificationEmail",
    "requestPasswordReset",
    "resetPassword",
}
WITH_BODY = {
    name: content["application/json"]
    for name, (_, _, operation) in OPERATIONS.items()
    if "application/json" in (content := operation.get("requestBody", {}).get("content", {}))
}
REFUSED_BY_401 = {"signIn", "signInBySecondFactor", "signInByPasskey"}  # and open to everybody
REFUSALS_OF_CONTENT = {
    "invalid-credentials", "invalid-token", "invalid-code", "link-expired", "wrong-password", "email-taken",
    "not-found", "quota-exceeded", "invalid-passkey", "passkey-refused",
}  # fmt: skip
CONTACT = "01920b5e-8c1b-7d2a-9e40-000000000001"
FACTOR = "01920b5e-8c1b-7d2a-9e40-000000000002"  # which nobody has

every_operation = pytest.mark.parametrize("name", OPERATIONS)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def answers(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((status, answer) for status, answer in operation["responses"].items() if status != "default")


def resolve(reference: str) -> Any:
    """What `#/…` stands for."""
    found = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_document_in_the_repository_is_the_one_that_is_served(client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json")
    assert served.content_type == "application/json"
    assert served.json == DOCUMENT, "run `make openapi`"


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/openapi-3.0.json"])
def test_the_document_is_made_once_and_sent_to_whoever_does_not_have_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    first = client.get(path)
    monkeypatch.setattr(APISpec, "to_dict", lambda _: pytest.fail("It is made again."))
    assert client.get(path).data == first.data
    known = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert client.get(path, headers={"If-None-Match": '"another"'}).data == first.data
    assert first.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.slow
def test_the_command_writes_the_document_whatever_the_settings_say(tmp_path: Path) -> None:
    settings = {"INSTANCE_FOLDER": tmp_path, "PUBLIC_URL": "https://contacts.example.org", "ME_RATE_LIMIT": "1 per day"}
    ended = flask("openapi", "write", str(tmp_path / "openapi.json"), settings=settings)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "openapi.json").read_text() == WRITTEN.read_text(), "run `make openapi`"


def test_the_document_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_the_document_says_what_it_describes_and_where_it_is_served() -> None:
    assert (DOCUMENT["info"]["title"], DOCUMENT["servers"][0]["url"]) == ("Contacts API", "/")
    assert re.fullmatch(r"\d+\.\d+\.\d+", DOCUMENT["info"]["version"])
    assert "problem+json" in DOCUMENT["info"]["description"]


def test_the_document_has_every_route_of_the_api(app: Flask) -> None:
    documented = {(method.upper(), path) for method, path, _ in OPERATIONS.values()}
    assert documented == {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and "openapi" not in rule.rule
    }


@every_operation
def test_an_operation_is_summed_up_in_one_sentence_and_belongs_to_a_described_tag(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    assert re.fullmatch(r"[A-Z].*\.", operation["summary"])
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert described.issuperset(operation["tags"])
    assert len(operation["tags"]) == 1


@every_operation
def test_an_operation_says_which_token_it_takes(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    tokens = [token for requirement in operation["security"] for token in requirement]
    expected = {"refreshTokens": ["refresh_token"], "signOut": ["access_token", "refresh_token"]}
    assert tokens == ([] if name in PUBLIC else expected.get(name, ["access_token"]))
    assert ("401" in operation["responses"]) == (bool(tokens) or name in REFUSED_BY_401)


@every_operation
def test_an_operation_describes_the_ids_in_its_path(name: str) -> None:
    _, path, _ = OPERATIONS[name]
    parameters = DOCUMENT["paths"][path].get("parameters", [])
    assert [parameter["name"] for parameter in parameters] == re.findall(r"{(\w+)}", path)
    assert all(parameter["description"] and parameter["schema"]["format"] == "uuid" for parameter in parameters)


@every_operation
def test_every_problem_of_an_operation_has_its_example(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    refused = [(status, answer) for status, answer in answers(operation) if status >= "400"]
    assert {"422", "503"} <= {status for status, _ in refused}
    for status, answer in refused:
        ((kind, content),) = answer["content"].items()
        assert (kind, content["schema"]) == ("application/problem+json", {"$ref": "#/components/schemas/Problem"})
        values = {slug: resolve(example["$ref"])["value"] for slug, example in content["examples"].items()}
        assert values
        assert {(value["type"], str(value["status"])) for value in values.values()} == {
            (f"/problems/{slug}", status) for slug in values
        }


@every_operation
def test_every_body_of_an_answer_has_an_example(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    for status, answer in answers(operation):
        for content in answer.get("content", {}).values():
            assert "example" in content or "examples" in content, status


def validator(schema: dict[str, Any]) -> OAS31Validator:
    components = {"components": DOCUMENT["components"]}
    return OAS31Validator({**schema, **components}, format_checker=OAS31Validator.FORMAT_CHECKER)


@every_operation
def test_every_example_is_valid(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    bodies = [operation.get("requestBody", {}), *(answer for _, answer in answers(operation))]
    for content in (content for body in bodies for content in body.get("content", {}).values()):
        named = [resolve(example["$ref"])["value"] for example in content.get("examples", {}).values()]
        for example in [content["example"], *named] if "example" in content else named:
            assert [error.message for error in validator(content["schema"]).iter_errors(example)] == []


def test_every_format_and_every_example_is_known() -> None:
    formats = {node["format"] for node in reference.nodes(DOCUMENT) if isinstance(node.get("format"), str)}
    assert formats <= {
        "uuid",
        "password",
        "date",
        "date-time",
        "email",
        "uri",
        "uri-reference",
        "json-pointer",
        "binary",
    }
    text = json.dumps(DOCUMENT)
    assert DOCUMENT["components"]["examples"].keys() <= {*re.findall("#/components/examples/([a-z-]+)", text)}
    assert re.findall(r'"https?://[^"]*(?:\\| )[^"]*"', text) == []


COSTLY = {  # one at a time, which is not counted
    "setAvatar", "setContactPhoto", "listDuplicates", "mergeContacts", "importContacts",
    "exportContacts",
}  # fmt: skip


@every_operation
def test_headers_that_tell_when_to_come_again_are_described(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    limited = "429" in operation["responses"] and name not in COSTLY
    for status, answer in answers(operation):
        headers = answer.get("headers", {})
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert ("WWW-Authenticate" in headers) == (status == "401")
        assert ("X-RateLimit-Remaining" in headers) == (limited and (status[0] == "2" or status == "429"))


@pytest.mark.parametrize("name", WITH_BODY)
def test_the_example_of_a_request_is_taken_as_it_is(ada: Account, name: str) -> None:
    method, path, _ = OPERATIONS[name]
    example = WITH_BODY[name]["example"]
    merged = example["ids"] if name == "mergeContacts" else []
    for contact in (CONTACT, *merged):
        assert ada.put(f"/contacts/{contact}", json={"first_name": "Charles"}).status_code == 201
    answer = ada.call(
        method.upper(),
        path.format_map(defaultdict(lambda: FACTOR, contact_id=CONTACT)).removeprefix("/api/v1"),
        json=example,
    )
    assert answer.status_code < 400 or problem(answer)[1] in REFUSALS_OF_CONTENT


@pytest.mark.parametrize("kind", errors.kinds())
def test_a_problem_has_a_page_that_explains_it(client: FlaskClient, kind: type[errors.Problem]) -> None:
    page = client.get(f"/problems/{kind.slug}")
    assert page.status_code == 200
    assert page.content_type == "text/html; charset=utf-8"
    assert f"<h1>{kind.title}</h1>" in page.text
    assert f"/problems/{kind.slug}" in client.get("/problems").text


def test_the_page_of_a_problem_shows_names_as_code(client: FlaskClient) -> None:
    page = client.get("/problems/authentication-required").text
    assert "Send <code>Authorization: Bearer &lt;access_token&gt;</code>." in page
    assert "`" not in page


def test_a_problem_that_does_not_exist_has_no_page(client: FlaskClient) -> None:
    assert problem(client.get("/problems/boredom")) == (404, "not-found")


BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html",
]


@pytest.mark.parametrize("accept", BROWSERS)
def test_the_root_leads_a_browser_to_the_documentation(client: FlaskClient, accept: str) -> None:
    answer = client.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/problem+json", "text/vcard"])
def test_the_root_is_nothing_to_whatever_else_asks(client: FlaskClient, accept: str | None) -> None:
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert problem(answer) == (404, "not-found")


def test_swagger_ui_comes_from_this_server(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    paths = re.findall(r'(?:href|src|data-openapi-url)="([^"]+)"', page.text)
    assert len(paths) > 4
    assert all(path.startswith("/") and not path.startswith("//") for path in paths)
    for path in paths:
        with client.get(path) as answer:
            assert answer.status_code == 200, path


@pytest.mark.parametrize("name", ["../__init__.py", "..%2f__init__.py", "nothing.js", ""])
def test_nothing_but_swagger_ui_is_served_with_it(client: FlaskClient, name: str) -> None:
    assert problem(client.get(f"/docs/assets/{name}")) == (404, "not-found")

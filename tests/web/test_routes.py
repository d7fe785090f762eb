"""Every route has made a decision about who may call, and every answer has what all answers have."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from project import create_app
from project.config import ROOT
from project.contacts.carddav import routes as carddav
from project.contacts.carddav.basic import CHALLENGE
from project.web.reference import operation_id
from tests.accounts import Account, body, problem, sign_up

ID = "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c"
VALUES = {"path": "index.css", "filename": "icon.svg", "name": "not-found", "secret": "secret", "part": "A-3"}
PUBLIC = {
    ("POST", "/api/v1/auth/register"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/login/second-factor"),
    ("POST", "/api/v1/auth/passkeys/login/options"),
    ("POST", "/api/v1/auth/passkeys/login"),
    ("POST", "/api/v1/auth/verify-email"),
    ("POST", "/api/v1/auth/verify-email/resend"),
    ("POST", "/api/v1/auth/password/forgot"),
    ("POST", "/api/v1/auth/password/reset"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/openapi-3.0.json"),
    ("GET", "/verify-email"),
    ("POST", "/verify-email"),
    ("GET", "/reset-password"),
    ("POST", "/reset-password"),
    ("GET", "/"),
    ("GET", "/.well-known/apple-app-site-association"),
    ("GET", "/.well-known/assetlinks.json"),
    ("GET", "/docs"),
    ("GET", "/docs/assets/<path:name>"),
    ("GET", "/static/<path:filename>"),
    ("GET", "/problems"),
    ("GET", "/problems/<name>"),
    ("GET", "/avatars/<part>.svg"),
    ("GET", "/pictures/<uuid:owner_id>/<name>.webp"),
    ("GET", "/carddav/setup/<secret>"),
    ("GET", "/carddav/setup/<secret>/contacts.mobileconfig"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    *((method, "/.well-known/carddav") for method in carddav.METHODS if method not in ("HEAD", "OPTIONS")),
    *((method, "/.well-known/carddav/") for method in carddav.METHODS if method not in ("HEAD", "OPTIONS")),
}
PRIVATE = ("/api/v1/auth/", "/api/v1/users/")
CONTACTS = "/api/v1/contacts"
OWN_POLICY = re.compile(
    r"/(docs|problems|verify-email|reset-password|avatars/.*|pictures/.*|problems/.*|carddav/setup/.*)"
)
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
OTHERS = {
    "api-docs.openapi_json",
    "docs.openapi_3_0_json",
    "auth.refresh",
}  # the documents say nothing of parameters, the other asks for its token first
POLICY = "default-src 'none'; frame-ancestors 'none'"


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        yield from ((method, rule) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def address(rule: Rule) -> str:
    """The rule with something in each place; pages get a token that nobody has."""
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: ID if found[1] == "uuid" else VALUES[found[2]], rule.rule)


def is_carddav(rule: Rule) -> bool:
    """Whether only an app password opens a route."""
    return str(rule.endpoint).startswith("carddav.")


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Rule]]:
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("routes")), "METRICS": "on", "MAIL_WORKER": "none"}
    return list(rules(create_app(settings)))


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app(METRICS="on", RATE_LIMITS="off").test_client()


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def assert_has_what_all_answers_have(answer: Response, path: str) -> None:
    headers = answer.headers
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-ID"]), path
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"], path
    assert headers.getlist("Referrer-Policy") == ["no-referrer"], path
    (policy,) = headers.getlist("Content-Security-Policy")
    assert policy == POLICY or (OWN_POLICY.fullmatch(path) and policy.startswith("default-src 'none'; ")), path
    assert len(headers.getlist("Cache-Control")) == 1, path
    assert "Set-Cookie" not in headers, path
    assert ("Retry-After" in headers) == (answer.status_code in (429, 503)), path
    assert answer.status_code != 500, path


def assert_is_kept_as_it_may_be(answer: TestResponse, path: str) -> None:
    """What is somebody's own is kept by nobody, or by one who asks again."""
    policy = answer.headers["Cache-Control"]
    if path.startswith(PRIVATE):
        assert policy == "no-store", path
    elif path.startswith(CONTACTS):
        assert policy == ("private, no-cache" if answer.status_code != 401 else policy), path
    assert (answer.status_code < 400) or answer.content_type in ("application/problem+json", "text/html; charset=utf-8")


def test_a_stranger_gets_nothing_but_what_is_public(client: FlaskClient, routes: list[tuple[str, Rule]]) -> None:
    for method, rule in routes:
        if (method, rule.rule) not in PUBLIC:
            answer = client.open(address(rule), method=method)
            assert problem(answer) == (401, "authentication-required"), (method, rule.rule)
            assert answer.headers["WWW-Authenticate"] == (CHALLENGE if is_carddav(rule) else "Bearer")


def test_what_is_public_is_there(client: FlaskClient, routes: list[tuple[str, Rule]]) -> None:
    assert {(method, rule.rule) for method, rule in routes} >= PUBLIC
    for method, rule in routes:
        if (method, rule.rule) in PUBLIC:
            with client.open(address(rule), method=method) as answer:
                assert answer.status_code not in (401, 403, 405), (method, rule.rule)


@pytest.mark.parametrize("token", ["junk", "a.b.c", "é", "null", "Bearer", "x" * 10_000])
def test_junk_opens_no_route(client: FlaskClient, routes: list[tuple[str, Rule]], token: str) -> None:
    for method, rule in routes:
        if (method, rule.rule) not in PUBLIC:
            answer = client.open(address(rule), method=method, headers={"Authorization": f"Bearer {token}"})
            expected = "authentication-required" if is_carddav(rule) else "invalid-token"
            assert problem(answer) == (401, expected), (method, rule.rule)


def test_a_refresh_token_opens_nothing_but_what_takes_it(ada: Account, routes: list[tuple[str, Rule]]) -> None:
    headers = {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}
    for method, rule in routes:
        if (method, rule.rule) not in PUBLIC and rule.endpoint not in ("auth.refresh", "auth.logout"):
            answer = ada.client.open(address(rule), method=method, headers=headers)
            expected = "authentication-required" if is_carddav(rule) else "invalid-token"
            assert problem(answer) == (401, expected), (method, rule.rule)


@pytest.mark.parametrize("method", [None, "HEAD", "OPTIONS", "BREW"])
def test_every_answer_of_every_route_has_what_all_answers_have(
    client: FlaskClient, routes: list[tuple[str, Rule]], method: str | None
) -> None:
    for own, rule in routes:
        path = address(rule)
        with client.open(path, method=method or own) as answer:
            assert_has_what_all_answers_have(answer, path)


def test_answers_to_a_user_have_it_too_and_say_how_they_may_be_kept(
    ada: Account, routes: list[tuple[str, Rule]]
) -> None:
    for method, rule in sorted(routes, key=lambda route: route[0] in ("DELETE", "POST")):
        if rule.rule.startswith("/api/v1/") and not is_the_end(method, rule):
            path = address(rule)
            answer = ada.call(method, path.removeprefix("/api/v1"))
            assert answer.status_code != 401, (method, path)
            assert_has_what_all_answers_have(answer, path)
            assert_is_kept_as_it_may_be(answer, path)


def is_the_end(method: str, rule: Rule) -> bool:
    """What would sign this user out."""
    return rule.endpoint in ("auth.logout", "auth.refresh") or (method, rule.rule) == ("DELETE", "/api/v1/users/me")


def test_a_parameter_that_a_route_does_not_know_is_refused_everywhere(
    ada: Account, routes: list[tuple[str, Rule]]
) -> None:
    assert ada.put(f"/contacts/{ID}", json={"first_name": "Charles"}).status_code == 201
    for method, rule in routes:
        if rule.rule.startswith("/api/v1/") and rule.endpoint not in OTHERS:
            answer = ada.call(
                method, address(rule).removeprefix("/api/v1"), query_string={"unheard": "of"}, **example(rule)
            )
            assert problem(answer) == (422, "validation-failed"), (method, rule.rule)
            assert {"parameter": "unheard", "detail": "Unknown field."} in body(answer)["errors"], (method, rule.rule)


def example(rule: Rule) -> dict[str, Any]:
    """The body that the documentation shows for this route, if it needs one."""
    operations = [item for path in DOCUMENT["paths"].values() for item in path.values() if isinstance(item, dict)]
    (operation,) = [item for item in operations if item["operationId"] == operation_id(rule.endpoint.replace(".", "_"))]
    body = operation.get("requestBody", {})
    content = body["content"] if body.get("required") else {}
    return {"json": content["application/json"]["example"]} if "application/json" in content else {}

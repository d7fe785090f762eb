"""A stolen password alone opens nothing of an account with a second factor: every route and every password is tried."""

import json
import re
from base64 import b64encode
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.config import ROOT
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_up
from tests.auth.factors import App, enrol, login_token, second_step
from tests.web.test_routes import PUBLIC, address, rules

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if isinstance(operation, dict)
]
PASSWORDS = {"password", "current_password"}


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def phone(ada: Account) -> App:
    return enrol(ada)[0]


def required(operation: dict[str, Any]) -> set[str]:
    """The fields that a JSON body must have."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return set(DOCUMENT["components"]["schemas"].get(name, {}).get("required", []))


def example(operation: dict[str, Any]) -> dict[str, Any]:
    return dict(operation["requestBody"]["content"]["application/json"]["example"])


ASKING = [
    (method, path, operation)
    for method, path, operation in OPERATIONS
    if {"access_token": []} in operation.get("security", []) and PASSWORDS & required(operation)
]


def test_no_route_opens_with_the_password_as_a_stranger_has_it(make_app: Any) -> None:
    client = make_app(METRICS="on", RATE_LIMITS="off").test_client()
    ada = sign_up(client)
    app, _ = enrol(ada)
    stolen = b64encode(f"ada:{PASSWORD}".encode()).decode()
    for method, rule in rules(client.application):
        token = login_token(ada)
        sent = {"username": "ada", "password": PASSWORD, "login_token": token, "code": "000000"}
        for authorization in (f"Basic {stolen}", f"Bearer {token}", f"Bearer {PASSWORD}"):
            headers = {"Authorization": authorization}
            with client.open(address(rule), method=method, json=sent, headers=headers) as answer:
                assert "access_token" not in answer.text or "openapi" in rule.rule, rule.rule
                if (method, rule.rule) not in PUBLIC:
                    assert answer.status_code in (401, 422), (method, rule.rule)
    assert len(body(ada.get("/auth/sessions"))["items"]) == 1
    assert second_step(client, login_token(ada), code=app.later()).status_code == 200


@pytest.mark.parametrize("index", range(len(ASKING)), ids=[operation["operationId"] for *_, operation in ASKING])
def test_whatever_asks_for_the_password_asks_for_the_factor(ada: Account, phone: App, index: int) -> None:
    method, path, operation = ASKING[index]
    sent = example(operation)
    sent.pop("code", None)
    sent.pop("credential", None)
    sent |= {name: PASSWORD for name in ("current_password",) if name in sent} or {"password": PASSWORD}
    own = re.sub(r"{\w+}", phone.id, path).removeprefix("/api/v1")
    assert problem(ada.call(method, own, json=sent)) == (403, "second-factor-required")
    assert problem(ada.call(method, own, json={**sent, "code": "000000"})) == (403, "wrong-code")
    wrong = {name: "wrong" for name in ("current_password", "password") if name in required(operation)}
    assert problem(ada.call(method, own, json={**sent, **wrong, "code": phone.later()}))[0] in (403, 422)
    assert second_step(ada.client, login_token(ada), code=phone.later()).status_code == 200  # it spent no code


def test_the_doors_that_ask_for_the_password_are_known() -> None:
    assert {(method, path.removeprefix("/api/v1")) for method, path, _ in ASKING} == {
        ("PUT", "/auth/password"),
        ("POST", "/auth/email"),
        ("POST", "/auth/app-passwords"),
        ("DELETE", "/users/me"),
        ("POST", "/users/me/delete"),
        ("POST", "/auth/second-factors/totp"),
        ("DELETE", "/auth/second-factors/{factor_id}"),
        ("POST", "/auth/recovery-codes"),
        ("POST", "/auth/passkeys/registration"),
    }


def test_the_password_is_checked_by_what_asks_for_the_factor_alone() -> None:
    callers = {path.stem for path in (ROOT / "project").rglob("*.py") if ".check_password(" in path.read_text()}
    assert callers == {"proofs"}


def test_a_reset_of_the_password_leaves_the_factor_on(ada: Account, phone: App) -> None:
    assert ada.client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"}).status_code == 202
    token = mailed(ada.client.application)[-1].token
    before = login_token(ada)
    new = {"token": token, "password": "an entirely different sentence"}
    assert ada.client.post(f"{API}/auth/password/reset", json=new).status_code == 204
    assert problem(second_step(ada.client, before, code=phone.later())) == (401, "invalid-code")
    ada.password = new["password"]
    assert second_step(ada.client, login_token(ada), code=phone.later()).status_code == 200


def test_a_changed_password_voids_login_tokens(ada: Account) -> None:
    _, codes = enrol(ada)
    before = login_token(ada)
    change = {"current_password": PASSWORD, "password": "an entirely different sentence", "code": codes[0]}
    assert ada.put("/auth/password", json=change).status_code == 204
    assert problem(second_step(ada.client, before, recovery_code=codes[1])) == (401, "invalid-code")


def test_an_app_password_from_before_ends_with_the_first_factor(ada: Account) -> None:
    made = body(ada.post("/auth/app-passwords", json={"device": "A thief's", "password": PASSWORD}))
    enrol(ada)
    answer = carddav(ada.client, made["password"])
    assert answer.status_code == 401


def carddav(client: FlaskClient, password: str) -> TestResponse:
    basic = b64encode(f"ada:{password}".encode()).decode()
    return client.open("/carddav/", method="PROPFIND", headers={"Authorization": f"Basic {basic}", "Depth": "0"})

"""Tokens: every claim is required and checked, and each refusal says what to do next."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import jwt_required
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from project.web.signing_keys import key_id
from tests.accounts import API, Account, problem, sign_up
from tests.conftest import JWT_SECRET_KEY

INVALID = (401, "invalid-token")
MISSING = object()


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def forge(ada: Account, **changes: Any) -> str:
    """Ada's access token with other claims, signed with the application's own key."""
    changed = {**claims(ada.tokens["access_token"]), **changes}
    kept = {name: value for name, value in changed.items() if value is not MISSING}
    return signed(kept, ada.client)


def signed(payload: dict[str, Any], client: FlaskClient) -> str:
    """Sign anything with the application's own key; PyJWT's `encode` refuses what is not a token."""
    return jwt.api_jws.encode(json.dumps(payload).encode(), client.application.config["JWT_SECRET_KEY"], "HS256")


def send(ada: Account, token: str, path: str = "/auth/sessions") -> TestResponse:
    return ada.client.get(f"{API}{path}", headers={"Authorization": f"Bearer {token}"})


def test_an_access_token_has_these_claims_and_no_personal_data(ada: Account) -> None:
    access = claims(ada.tokens["access_token"])
    head = jwt.get_unverified_header(ada.tokens["access_token"])
    assert head == {"alg": "HS256", "typ": "JWT", "kid": key_id(JWT_SECRET_KEY)}
    assert set(access) >= {"iss", "aud", "type", "jti", "sub", "sid", "iat", "exp"}
    assert set(access) <= {"iss", "aud", "type", "jti", "sub", "sid", "iat", "exp", "nbf", "fresh"}
    assert (access["type"], access["sub"], access["sid"]) == ("access", ada.user["id"], ada.tokens["session_id"])
    assert access["exp"] - access["iat"] == 900
    random = {"jti", "sub", "sid"}  # three letters of which may read so by chance
    assert "ada" not in json.dumps({name: value for name, value in access.items() if name not in random})


def test_a_forged_token_with_all_claims_passes(ada: Account) -> None:
    """The refusals below are then for the reason that they name."""
    assert send(ada, forge(ada)).status_code == 200


def test_a_token_that_lacks_a_claim_is_refused(ada: Account) -> None:
    for claim in ("iss", "aud", "type", "jti", "sub", "sid", "iat", "exp"):
        assert problem(send(ada, forge(ada, **{claim: MISSING}))) == INVALID, claim


def test_a_token_with_a_claim_of_another_kind_is_refused(ada: Account) -> None:
    now = datetime.now(UTC).timestamp()
    others: dict[str, list[object]] = {
        "iss": ["https://elsewhere.example.org", "", None, 1, ["http://127.0.0.1:8000"]],
        "aud": ["another-api", "", None, ["contacts-api"], ["contacts-api", "another-api"], {}],
        "type": ["refresh", "reset", "verify_email", "", None, 1, ["access"], "Access"],
        "jti": ["", None, 1, "not an id", []],
        "sub": [None, 1, "ada", "", [], str(uuid4()) + "0"],
        "sid": [None, 1, "", [], "not an id", True],
        "iat": [None, "now", now, now + 7200, int(now) + 7200, True, []],
        "exp": [None, "never", now + 900, True, [], -1.5],
        "nbf": [int(now) + 7200],
    }
    for claim, values in others.items():
        for value in values:
            assert problem(send(ada, forge(ada, **{claim: value}))) == INVALID, (claim, value)


def test_the_scheme_is_bearer_in_any_case(ada: Account) -> None:
    """RFC 9110 §11.1."""
    for scheme in ("bearer", "BEARER", "Bearer"):
        headers = {"Authorization": f"{scheme} {ada.tokens['access_token']}"}
        assert ada.client.get(f"{API}/auth/sessions", headers=headers).status_code == 200, scheme


def test_a_token_of_another_user_or_another_session_is_refused(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    assert problem(send(ada, forge(ada, sub=eve.user["id"]))) == (401, "session-revoked")
    assert problem(send(ada, forge(ada, sid=str(uuid4())))) == (401, "session-revoked")


def test_only_our_key_and_our_algorithm_sign(ada: Account) -> None:
    payload = claims(ada.tokens["access_token"])
    key = ada.client.application.config["JWT_SECRET_KEY"]
    head, body, signature = ada.tokens["access_token"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    changed = base64.urlsafe_b64encode(json.dumps({**payload, "sub": str(uuid4())}).encode()).rstrip(b"=").decode()
    forgeries = [
        jwt.encode(payload, "another key of thirty-two bytes!", "HS256"),
        jwt.encode(payload, key, "HS384"),
        jwt.encode(payload, key, "HS512"),
        jwt.encode(payload, None, "none"),  # type: ignore[arg-type]  # none is what a forger would use
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        f"{head}.{changed}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.{signature}",
    ]
    for forgery in forgeries:
        assert problem(send(ada, forgery)) == INVALID, forgery


def test_an_ordinary_view_of_the_extension_accepts_no_token_after_its_end(make_app: Callable[..., Flask]) -> None:
    app = make_app()

    @app.get("/ordinary")
    @jwt_required()  # type: ignore[untyped-decorator]
    def ordinary() -> str:
        return "let in"

    client = app.test_client()
    ada = sign_up(client)
    assert client.get("/ordinary", headers=ada.headers).text == "let in"
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=901)):
        assert client.get("/ordinary", headers=ada.headers).status_code == 401


def test_a_refresh_token_is_no_access_token(ada: Account) -> None:
    assert problem(send(ada, ada.tokens["refresh_token"])) == INVALID


def test_an_access_token_is_no_refresh_token(ada: Account) -> None:
    assert problem(ada.post("/auth/refresh")) == INVALID
    body = {"refresh_token": ada.tokens["access_token"]}
    assert problem(ada.client.post(f"{API}/auth/refresh", json=body)) == INVALID


def test_no_token_and_junk_are_told_apart(client: FlaskClient) -> None:
    headers = {
        "": "authentication-required",
        "Basic YWRhOmFkYQ==": "authentication-required",
        "Bearer": "authentication-required",
        "Bearer ": "authentication-required",
        "Bearer junk": "invalid-token",
        "Bearer a.b.c": "invalid-token",
        "Bearer two tokens": "invalid-token",
    }
    answers = {header: client.get(f"{API}/users/me", headers={"Authorization": header}) for header in headers}
    assert {header: problem(answer)[1] for header, answer in answers.items()} == headers
    for header, answer in answers.items():
        is_bad = headers[header] == "invalid-token"
        assert answer.headers["WWW-Authenticate"] == ('Bearer error="invalid_token"' if is_bad else "Bearer"), header
    assert problem(client.get(f"{API}/users/me")) == (401, "authentication-required")


def test_an_expired_access_token_says_so(ada: Account) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=899), tick=False):
        assert ada.get("/auth/sessions").status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=901), tick=False):
        answer = ada.get("/auth/sessions")
    assert problem(answer) == (401, "token-expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'  # RFC 6750 §3.1


def test_a_forged_token_that_has_expired_is_just_invalid(ada: Account) -> None:
    expired = {**claims(ada.tokens["access_token"]), "exp": 1}
    assert problem(send(ada, jwt.encode(expired, "another key of thirty-two bytes!", "HS256"))) == INVALID


def test_a_token_of_an_ended_session_says_so(ada: Account) -> None:
    ada.post("/auth/logout")
    answer = ada.get("/auth/sessions")
    assert problem(answer) == (401, "session-revoked")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_the_token_is_looked_at_before_anything_else(client: FlaskClient) -> None:
    """A stranger learns neither what a body should look like nor which sessions there are."""
    requests = [
        ("PATCH", "/users/me"),
        ("DELETE", "/users/me"),
        ("PUT", "/auth/password"),
        ("POST", "/auth/email"),
        ("DELETE", f"/auth/sessions/{uuid4()}"),
    ]
    for method, path in requests:
        answer = client.open(f"{API}{path}", method=method, json={"unknown": 1})
        assert problem(answer) == (401, "authentication-required"), (method, path)


HEADERS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)


@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    HEADERS
    | HEADERS.map("Bearer {}".format)
    | st.builds("Bearer {}.{}.{}".format, *[st.text("aZ09-_=.{}", max_size=20)] * 3)
)
@example(", ,a")
@example("Bearer a, Bearer b")
def test_no_header_whatsoever_is_a_defect(client: FlaskClient, header: str) -> None:
    answer = client.get(f"{API}/users/me", headers={"Authorization": header})
    assert problem(answer) in [(401, "authentication-required"), INVALID]


@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "type", "jti", "sub", "sid", "iat", "exp", "nbf", "alg"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
            lambda children: st.lists(children, max_size=2),
            max_leaves=3,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_signed_nonsense_whatsoever_is_a_defect(client: FlaskClient, nonsense: dict[str, Any]) -> None:
    answer = client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {signed(nonsense, client)}"})
    assert problem(answer) == INVALID

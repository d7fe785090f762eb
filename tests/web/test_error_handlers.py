"""Whatever goes wrong leaves as problem+json (RFC 9457), says what the client can do, and nothing about our insides."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.test import TestResponse

from project import create_app, errors
from project.auth.schemas import Registration
from project.config import ROOT
from project.errors import Problem, ValidationFailed
from project.extensions import db
from project.web import blueprint
from tests.accounts import body, problem
from tests.faulty_tcp import free_port

CONTRACT = {
    400: {"malformed-request", "invalid-cursor", "invalid-sync-token"},
    401: {
        "authentication-required", "invalid-token", "token-expired", "session-revoked", "invalid-credentials",
        "invalid-code", "invalid-passkey",
    },
    403: {"email-not-verified", "forbidden", "wrong-password", "second-factor-required", "wrong-code"},
    404: {"not-found"},
    405: {"method-not-allowed"},
    406: {"not-acceptable"},
    409: {"email-taken", "username-taken", "contact-exists", "quota-exceeded"},
    410: {"link-expired", "sync-token-expired"},
    412: {"precondition-failed"},
    413: {"too-large"},
    415: {"unsupported-media-type"},
    422: {"validation-failed", "weak-password", "passkey-refused", "unusable-picture", "unreadable-import"},
    429: {"rate-limited"},
    500: {"internal-server-error"},
    503: {"service-unavailable"},
}  # fmt: skip
OF_THE_FRAMEWORK = {400, 401, 404, 405, 406, 413, 415, 429, 500, 503}
KIBIBYTE = 1024
SECRET = "hunter2"

broken = Blueprint("broken", __name__, url_prefix="/api/v1/broken")
strict = blueprint.Blueprint("strict", __name__, url_prefix="/api/v1/strict")


@strict.post("/register")
@strict.arguments(Registration)
def register(data: dict[str, Any]) -> dict[str, Any]:
    return data


@broken.get("/defect")
def raise_defect() -> str:
    raise RuntimeError(f"{SECRET} in {__file__}")


@broken.get("/key")
def raise_missing_key() -> str:
    empty: dict[str, str] = {}
    return empty[SECRET]


@broken.get("/form")
def raise_missing_form_field() -> str:
    return request.form[SECRET]


@broken.get("/abort/<int:status>")
def abort_with(status: int) -> str:
    abort(status, description=SECRET)


@broken.get("/problem/<slug>")
def raise_problem(slug: str) -> str:
    kind = next(kind for kind in errors.kinds() if kind.slug == slug)
    raise kind([]) if kind is ValidationFailed else kind()


@broken.get("/statement")
def run_broken_statement() -> str:
    return str(db.session.execute(text("SELECT :password FROM nowhere"), {"password": SECRET}))


@broken.get("/users")
def count_users() -> str:
    return str(db.session.execute(text("SELECT count(*) FROM users")).scalar())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, without a database, and with routes that break."""
    app = create_app({"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("errors")), "MAIL_WORKER": "none"})
    app.register_blueprint(broken)
    app.register_blueprint(strict)
    return app


@pytest.fixture
def client_of_database(make_app: Callable[..., Flask]) -> FlaskClient:
    app = make_app()
    app.register_blueprint(broken)
    return app.test_client()


def test_every_type_of_the_contract_exists_with_its_status() -> None:
    found: dict[int, set[str]] = {}
    for kind in errors.kinds():
        found.setdefault(kind.status, set()).add(kind.slug)
    assert found == CONTRACT


def challenge(kind: type[Problem]) -> str | None:
    """A bad token is told from none (RFC 6750 §3.1)."""
    if kind in (errors.InvalidToken, errors.TokenExpired, errors.SessionRevoked):
        return 'Bearer error="invalid_token"'
    return "Bearer" if kind.status == 401 else None


@pytest.mark.parametrize("kind", errors.kinds())
def test_a_problem_has_every_member_and_only_its_own_headers(client: FlaskClient, kind: type[Problem]) -> None:
    answer = client.get(f"/api/v1/broken/problem/{kind.slug}")
    assert problem(answer) == (kind.status, kind.slug)
    assert body(answer).keys() - {"errors"} == {"type", "title", "status", "detail", "request_id"}
    assert body(answer)["request_id"] == answer.headers["X-Request-ID"]
    assert body(answer)["detail"].endswith(".")
    assert answer.headers.get("WWW-Authenticate") == challenge(kind)
    assert bool(answer.headers.get("Retry-After", "").isdigit()) == (kind.status in (429, 503))


@pytest.mark.parametrize("kind", errors.kinds())
def test_the_example_of_a_problem_is_what_is_sent(client: FlaskClient, kind: type[Problem]) -> None:
    sent = body(client.get(f"/api/v1/broken/problem/{kind.slug}"))
    example = kind.example()
    assert sent.keys() == example.keys()
    assert {name: sent[name] for name in ("type", "title", "status")} == {
        name: example[name] for name in ("type", "title", "status")
    }


@pytest.mark.parametrize("status", [status for status in default_exceptions if status >= 400 and status != 416])
def test_an_error_of_the_framework_is_one_of_ours(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/api/v1/broken/abort/{status}")
    sent, slug = problem(answer)
    assert sent == (status if status in OF_THE_FRAMEWORK else 400 if status < 500 else 500)
    assert slug in CONTRACT[sent]
    assert SECRET not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["defect", "key", "form"])
def test_a_defect_shows_nothing_of_our_insides(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/broken/{path}")
    assert problem(answer) == ((400, "malformed-request") if path == "form" else (500, "internal-server-error"))
    assert_shows_no_insides(answer)


def assert_shows_no_insides(answer: TestResponse) -> None:
    for inside in (SECRET, "Traceback", "Error:", ".py", "/project", "SELECT", "nowhere"):
        assert inside not in answer.text
    assert body(answer)["request_id"] == answer.headers["X-Request-ID"]


def test_a_statement_that_makes_no_sense_is_a_defect_and_the_next_request_is_well(
    client_of_database: FlaskClient,
) -> None:
    answer = client_of_database.get("/api/v1/broken/statement")
    assert problem(answer) == (500, "internal-server-error")
    assert_shows_no_insides(answer)
    assert client_of_database.get("/api/v1/broken/users").text == "0"


@pytest.mark.parametrize(("method", "path"), [("POST", "/healthz"), ("BREW", "/api/v1/users/me"), ("TRACE", "/docs")])
def test_a_method_that_is_not_taken_is_told_which_ones_are(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert problem(answer) == (405, "method-not-allowed")
    allowed = set(answer.headers["Allow"].split(", "))
    assert {"GET", "HEAD", "OPTIONS"} <= allowed
    assert method not in allowed
    assert ({"PATCH", "DELETE"} <= allowed) == (path == "/api/v1/users/me")


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/users/me"])
def test_a_head_request_is_refused_with_the_same_headers_and_no_body(client: FlaskClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (get.status_code, b"")
    names = set(head.headers.keys())
    assert names == set(get.headers.keys())
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("name", ["\x01" * 300, "😀" * 300, "a" * 300, "~/" * 200])
def test_the_body_of_an_error_stays_below_64_kibibytes(client: FlaskClient, name: str) -> None:
    fields = {f"{number:04}{name}": 1 for number in range(500)}
    for answer in (
        client.post("/api/v1/strict/register", json=fields),
        client.get("/api/v1/users/me/nothing", query_string=fields),
        client.get("/" + name * 100),
    ):
        assert answer.content_type == "application/problem+json"
        assert len(answer.data) < 64 * KIBIBYTE


def test_all_errors_are_counted_and_the_first_hundred_named(client: FlaskClient) -> None:
    answer = client.post("/api/v1/strict/register", json={str(number): 1 for number in range(500)})
    assert body(answer)["detail"] == "503 fields are not valid."
    assert len(body(answer)["errors"]) == 100


def test_errors_point_at_fields(client: FlaskClient) -> None:
    answer = client.post("/api/v1/strict/register", json={"username": "a", "email": 1, "a/b~c": 1})
    assert problem(answer) == (422, "validation-failed")
    pointers = {error["pointer"]: error["detail"] for error in body(answer)["errors"]}
    assert pointers == {
        "/username": "3 to 32 letters, digits, dots, underscores and hyphens.",
        "/email": "Not a valid string.",
        "/password": "Missing data for required field.",
        "/a~1b~0c": "Unknown field.",
    }


def test_a_database_that_is_not_there_is_503(make_app: Callable[..., Flask], engine: str, tmp_path: Path) -> None:
    gone = {
        "postgresql": f"postgresql://contacts:{SECRET}@127.0.0.1:{free_port()}/contacts",
        "sqlite": f"sqlite:///{tmp_path}/{SECRET}/contacts.db",
    }
    client = make_app(DATABASE_URL=gone[engine]).test_client()
    answer = client.post("/api/v1/auth/login", json={"username": "ada", "password": SECRET})
    assert problem(answer) == (503, "service-unavailable")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert SECRET not in answer.text
    assert re.sub(r"\W", " ", body(answer)["detail"]).strip() == "The database is unavailable"


def test_no_type_of_problem_is_an_error_of_the_framework() -> None:
    assert not any(issubclass(kind, HTTPException) for kind in errors.kinds())


@pytest.mark.slow
def test_problems_are_explained_without_docstrings(tmp_path: Path) -> None:
    """Python removes docstrings under -OO."""
    ask = "import sys; from project import create_app; from project.errors import kinds; "
    ask += "sys.stdout.write(create_app().test_client().get('/nothing').text); "
    ask += "print(*(kind.example()['detail'] for kind in kinds()), sep='\\n')"
    settings = {"INSTANCE_FOLDER": str(tmp_path), "MAIL_WORKER": "none", "APP_ENV": "development"}
    asked = subprocess.run(  # noqa: S603
        [sys.executable, "-OO", "-W", "ignore", "-c", ask],
        cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer, *details = asked.stdout.splitlines()
    assert json.loads(answer)["detail"] == "Not found."
    assert details == [kind.detail for kind in errors.kinds()]
    assert all(details)


def test_what_is_asked_of_the_client_is_a_sentence() -> None:
    remedies: dict[str, Any] = {kind.slug: kind.remedy for kind in errors.kinds() if kind.remedy}
    assert {slug: remedy for slug, remedy in remedies.items() if not re.fullmatch(r"[A-Z`].*\.", remedy)} == {}

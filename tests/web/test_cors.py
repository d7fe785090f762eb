"""Which web pages may call the API (the Fetch standard, CORS)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from secrets import token_bytes
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from project import create_app

APP = "https://app.example.org"
PHONE_APP = "capacitor://localhost"
EXPOSED = {
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
}
SENT = ["Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with a list of origins, and without a database, which no test here gets to."""
    origins = f"{APP},http://localhost:3000,{PHONE_APP}"
    settings = {"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("cors")), "CORS_ORIGINS": origins}
    return create_app({**settings, "MAIL_WORKER": "none"})


def preflight(client: FlaskClient, path: str, method: str, *, origin: str = APP, headers: str = "") -> TestResponse:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return client.options(path, headers=asked)


def listed(answer: TestResponse, header: str) -> set[str]:
    return {item.strip() for item in answer.headers.get(header, "").split(",")}


def cors_headers(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.parametrize("origin", [APP, "http://localhost:3000", PHONE_APP])
def test_an_origin_on_the_list_may_read_the_answer_and_its_headers(client: FlaskClient, origin: str) -> None:
    answer = client.get("/api/v1/users/me", headers={"Origin": origin})
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]
    assert listed(answer, "Access-Control-Expose-Headers") == EXPOSED
    assert "Origin" in listed(answer, "Vary")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "https://app.example.org.evil.example.org",
        "https://evilapp.example.org",
        "https://appxexample.org",
        "https://app.example.org:8443",
        "http://app.example.org",
        "https://app.example.org/",
        "http://localhost:3001",
        "https://localhost",
        "null",
        "*",
        "",
    ],
)
def test_any_other_origin_is_told_nothing(client: FlaskClient, origin: str) -> None:
    assert cors_headers(client.get("/api/v1/users/me", headers={"Origin": origin})) == {}
    assert cors_headers(preflight(client, "/api/v1/users/me", "DELETE", origin=origin)) == {}


@pytest.mark.parametrize("origins", ["*", APP, f"{APP},{PHONE_APP}", ""])
@pytest.mark.parametrize("origin", [APP, "https://evil.example.org", None])
def test_whatever_is_answered_caches_keep_it_for_one_origin(
    make_app: Callable[..., Flask], origins: str, origin: str | None
) -> None:
    client = make_app(CORS_ORIGINS=origins).test_client()
    headers = {"Origin": origin} if origin else {}
    api = ("/api/v1/users/me", "/api/v1/openapi.json", "/api/v1/nothing")
    for path in (*api, "/avatars/A-1.svg", f"/pictures/{UUID(int=0)}/nothing.webp"):
        assert "Origin" in listed(client.get(path, headers=headers), "Vary"), path
    assert "Origin" in listed(client.post("/api/v1/auth/logout", headers=headers), "Vary")


def test_who_names_no_origin_does_not_learn_the_list(client: FlaskClient) -> None:
    assert cors_headers(client.get("/api/v1/users/me")) == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/v1/contacts", "/api/v1/auth/login"])
def test_a_preflight_allows_every_method_and_header_that_the_api_uses(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = preflight(client, path, method, headers=", ".join(SENT))
    assert answer.status_code in (200, 204)
    assert answer.data == b""
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [APP]
    assert method in listed(answer, "Access-Control-Allow-Methods")
    assert {name.lower() for name in listed(answer, "Access-Control-Allow-Headers")} >= {name.lower() for name in SENT}
    assert int(answer.headers["Access-Control-Max-Age"]) >= 60


@pytest.mark.parametrize("origins", ["*", APP])
def test_credentials_are_never_allowed(make_app: Callable[..., Flask], origins: str) -> None:
    client = make_app(CORS_ORIGINS=origins).test_client()
    for answer in (
        client.get("/api/v1/users/me", headers={"Origin": APP}),
        preflight(client, "/api/v1/users/me", "GET"),
    ):
        assert answer.headers["Access-Control-Allow-Origin"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("status", [400, 401, 404, 405, 415, 422])
def test_refusals_can_be_read_too(client: FlaskClient, status: int) -> None:
    headers = {"Origin": APP}
    answer = {
        400: lambda: client.post("/api/v1/auth/login", data="{", content_type="application/json", headers=headers),
        401: lambda: client.get("/api/v1/users/me", headers=headers),
        404: lambda: client.get("/api/v1/nothing", headers=headers),
        405: lambda: client.put("/api/v1/users/me", headers=headers),
        415: lambda: client.post("/api/v1/auth/login", headers=headers),
        422: lambda: client.post("/api/v1/auth/login", json={}, headers=headers),
    }[status]()
    assert answer.status_code == status
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [APP]
    assert listed(answer, "Access-Control-Expose-Headers") == EXPOSED


def test_a_limit_and_a_defect_can_be_read_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(CORS_ORIGINS=APP, MAIL_RATE_LIMIT="1 per hour")
    app.add_url_rule("/api/v1/defect", view_func=lambda: str(1 // 0))
    client, headers = app.test_client(), {"Origin": APP}
    body = {"email": "ada@example.org"}
    answers = [client.post("/api/v1/auth/password/forgot", json=body, headers=headers) for _ in range(2)]
    answers.append(client.get("/api/v1/defect", headers=headers))
    assert [answer.status_code for answer in answers] == [202, 429, 500]
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in answers] == [APP] * 3


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/problems", "/static/icon.svg", "/apidocs"])
def test_nothing_but_the_api_is_for_other_origins(client: FlaskClient, path: str) -> None:
    with client.get(path, headers={"Origin": APP}) as answer:
        assert cors_headers(answer) == {}


def test_in_development_every_origin_may_call(make_app: Callable[..., Flask]) -> None:
    client = make_app(CORS_ORIGINS="").test_client()
    answer = client.get("/api/v1/users/me", headers={"Origin": "http://localhost:5173"})
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "http://localhost:5173")
    assert listed(answer, "Access-Control-Expose-Headers") == EXPOSED


def test_in_production_no_origin_may_call_unless_it_is_listed(make_app: Callable[..., Flask], redis_url: str) -> None:
    production = {
        "REDIS_URL": redis_url,
        "APP_ENV": "production",
        "ENCRYPTION_KEYS": urlsafe_b64encode(token_bytes(32)).decode(),
        "PUBLIC_URL": "https://contacts.example.org",
        "MAIL_SERVER": "mail.example.org",
        "BCRYPT_LOG_ROUNDS": 10,
    }
    client = make_app(**production).test_client()
    assert cors_headers(client.get("/api/v1/users/me", headers={"Origin": APP})) == {}
    assert cors_headers(preflight(client, "/api/v1/users/me", "GET")) == {}

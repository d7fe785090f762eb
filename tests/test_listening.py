"""Where the server listens and where it is reached, and settings that nobody reads."""

import re

import pytest
from flask import Flask
from structlog.testing import capture_logs

from project import listening, spelling
from project.config import NAMES, ROOT, load


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (None, "http://127.0.0.1:8000"),
        ("127.0.0.1:8121", "http://127.0.0.1:8121"),
        ("localhost:9000", "http://localhost:9000"),
        ("0.0.0.0:8001", "http://127.0.0.1:8001"),
        (":8001", "http://127.0.0.1:8001"),
        ("[::]:8001", "http://[::1]:8001"),
        ("[::1]:8001", "http://[::1]:8001"),
        ("192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("127.0.0.1:0", "http://127.0.0.1:8000"),
        ("unix:/run/contacts.sock", "http://127.0.0.1:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
    ],
)
def test_the_url_follows_the_address(monkeypatch: pytest.MonkeyPatch, address: str | None, url: str) -> None:
    assert listening.url(address) == url
    monkeypatch.setenv("BIND", address or "")
    assert load({"PUBLIC_URL": ""}).public_url == url
    assert load({"PUBLIC_URL": "http://contacts.example.org"}).public_url == "http://contacts.example.org"


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "127.0.0.1:8000"),
        ({"BIND": "0.0.0.0:80", "PUBLIC_URL": "http://127.0.0.1:9000"}, "0.0.0.0:80"),
        ({"PUBLIC_URL": "http://127.0.0.1:9000"}, "127.0.0.1:9000"),
        ({"PUBLIC_URL": "http://localhost:9000/"}, "localhost:9000"),
        ({"PUBLIC_URL": "http://[::1]:9000"}, "[::1]:9000"),
        ({"PUBLIC_URL": "https://localhost:9000"}, "127.0.0.1:8000"),
        ({"PUBLIC_URL": "http://10.0.2.2:8000"}, "127.0.0.1:8000"),
        ({"PUBLIC_URL": "http://localhost"}, "127.0.0.1:8000"),
        ({"PUBLIC_URL": "https://contacts.example.org"}, "127.0.0.1:8000"),
        ({"PUBLIC_URL": "http://127.0.0.1:9000", "APP_ENV": "production"}, "127.0.0.1:8000"),
    ],
)
def test_the_address_follows_the_url_on_this_machine(environment: dict[str, str | None], address: str) -> None:
    assert listening.bind(environment) == address


def found(file: dict[str, str | None], environment: dict[str, str]) -> dict[str, str | None]:
    return dict(spelling.unknown(file, environment, NAMES))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_CONTACT_PER_USER", "MAX_CONTACTS_PER_USER"),
        ("PUBLIC_ULR", "PUBLIC_URL"),
        ("RATELIMITS", "RATE_LIMITS"),
        ("REDIS_UR", "REDIS_URL"),
        ("MAIL_SERVR", "MAIL_SERVER"),
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("phone_region", "PHONE_REGION"),
        ("TRUSTED_PROXY_HOP", "TRUSTED_PROXY_HOPS"),
        ("LOGFORMAT", "LOG_FORMAT"),
        ("WEB_WORKER", "WEB_WORKERS"),
    ],
)
def test_a_misspelt_setting_is_found_in_the_file_and_in_the_environment(name: str, meant: str) -> None:
    assert found({name: "x"}, {}) == {name: meant} == found({}, {name: "x"})


def test_the_file_has_nothing_else_and_the_environment_has_much() -> None:
    assert found({"SMTP_HOST": "x"}, {}) == {"SMTP_HOST": None}
    assert found({}, dict.fromkeys(("SMTP_HOST", "PATH", "HOME", "TEST_REDIS_URL", "PGPASSWORD"), "x")) == {}


def test_what_the_example_names_is_known() -> None:
    shown = re.findall(r"^#? *(?:e\.g\. )?([A-Z_]{4,})=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(shown) > 50
    assert found(dict.fromkeys(shown), {}) == {}
    assert set(spelling.ELSEWHERE) <= set(shown)


def test_the_start_warns(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setenv("MAX_CONTACT_PER_USER", "5")
    with capture_logs() as logs:
        spelling.warn()
    expected = {"event": "unknown_setting", "name": "MAX_CONTACT_PER_USER", "meant": "MAX_CONTACTS_PER_USER"}
    assert logs == [{**expected, "log_level": "warning"}]

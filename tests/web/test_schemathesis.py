"""Schemathesis reads the served document and tries what it allows and forbids: every answer is a documented one.

A few examples of each operation; SCHEMATHESIS_EXAMPLES=100 tries as many, SCHEMATHESIS_SEED others.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import concurrency, postman
from tests.accounts import PASSWORD
from tests.tour import fresh_server

pytestmark = pytest.mark.slow

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
ENDING_THE_SESSION = ["endSession", "signOut", "refreshTokens", "deleteAccount"]
OPTIONS = [
    "--checks", ",".join(CHECKS), "--phases", "examples,fuzzing", "--generation-database", "none",
    "--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "2"),
    "--seed", os.environ.get("SCHEMATHESIS_SEED", "20261122"),
]  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, str]]:
    """The URL of a server, and the access token of somebody there."""
    with fresh_server() as (server, instance):
        yield server.url, sign_up(server.url, instance / "mail")


def sign_up(url: str, mails: Path) -> str:
    person = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    assert concurrency.call(url, "POST", "/api/v1/auth/register", body=person).status == 201
    link = {"token": postman.newest_token(mails, "")}
    assert concurrency.call(url, "POST", "/api/v1/auth/verify-email", body=link).status == 200
    credentials = {"username": "ada", "password": PASSWORD}
    return str(concurrency.call(url, "POST", "/api/v1/auth/login", body=credentials).json["access_token"])


def test_every_answer_is_as_the_document_says(running: tuple[str, str]) -> None:
    url, token = running
    excluded = [option for name in ENDING_THE_SESSION for option in ("--exclude-operation-id", name)]
    given = [*OPTIONS, *excluded, "--header", f"Authorization: Bearer {token}"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json", *given]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert found.returncode == 0, found.stdout + found.stderr
    assert concurrency.call(url, "GET", "/api/v1/contacts", token=token).status == 200  # it was signed in to the end

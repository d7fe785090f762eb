"""Schemathesis goes through the document at length, and from one operation to the next by what each answered."""

import subprocess
import sys

import pytest

from tests import concurrency
from tests.fuzz.amounts import REQUESTS, SEED
from tests.tour import fresh_server
from tests.web.test_schemathesis import CHECKS, ENDING_THE_SESSION, sign_up

pytestmark = pytest.mark.fuzz

EXAMPLES = max(REQUESTS // 1000, 1)  # of each operation, and of chains of them


def test_every_answer_in_every_chain_of_requests_is_as_the_document_says() -> None:
    with fresh_server() as (server, instance):
        token = sign_up(server.url, instance / "mail")
        excluded = [option for name in ENDING_THE_SESSION for option in ("--exclude-operation-id", name)]
        options = [
            "--checks", ",".join(CHECKS), "--phases", "examples,fuzzing,stateful", "--generation-database", "none",
            "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--header", f"Authorization: Bearer {token}",
        ]  # fmt: skip
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/api/v1/openapi.json"]
        found = subprocess.run([*command, *options, *excluded], check=False)  # noqa: S603  # its arguments are ours
        assert found.returncode == 0
        assert concurrency.call(server.url, "GET", "/api/v1/contacts", token=token).status == 200

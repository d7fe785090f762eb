"""Clients that tools generate from the served document do what an app needs: register, sign in, create, sync."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postman
from tests.servers import ROOT
from tests.tour import fresh_server

pytestmark = pytest.mark.slow

PROGRAM = ROOT / "tests" / "clients" / "use.py"
CONFIGURATION = "post_hooks: []\n"  # nobody reads what is generated, so it is not formatted
NOT_GENERATED = {"Unsupported content type text/vcard", "Unsupported content type text/csv"}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Path]]:
    """The URL of a server, and the folder of its mails."""
    with fresh_server() as (server, instance):
        yield server.url, instance / "mail"


@pytest.fixture(scope="module")
def document(running: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as it is served."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    with urllib.request.urlopen(f"{running[0]}/api/v1/openapi.json", timeout=30) as answer:  # noqa: S310
        file.write_bytes(answer.read())
    return file


@pytest.fixture(scope="module")
def generated(document: Path) -> Path:
    """The folder that holds the package `contacts_client`."""
    folder = document.parent
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    options = (
        f"--path {document} --output-path {folder}/contacts_client --config {folder}/configuration.yaml --meta none"
    )
    made = run("openapi_python_client", "generate", *options.split())
    assert made.returncode == 0, made.stdout + made.stderr
    warnings = {line for line in made.stdout.splitlines() if line.startswith(("Unsupported", "Cannot", "Skipp"))}
    assert warnings <= NOT_GENERATED
    return folder


def run(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    known = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=known, cwd=ROOT)  # noqa: S603


def test_a_program_on_the_generated_python_client_works(generated: Path, running: tuple[str, Path]) -> None:
    url, mails = running
    registered = run("tests.clients.use", url, PYTHONPATH=str(generated))
    assert registered.returncode == 0, registered.stderr
    token = postman.newest_token(mails, "")
    used = run("tests.clients.use", url, token, PYTHONPATH=str(generated))
    assert used.returncode == 0, used.stderr


def test_the_program_has_the_types_of_the_generated_client(generated: Path) -> None:
    options = ["--config-file", os.devnull, "--strict", "--follow-imports", "silent", "--cache-dir", os.devnull]
    checked = run("mypy", *options, str(PROGRAM), MYPYPATH=str(generated))
    assert checked.returncode == 0, checked.stdout

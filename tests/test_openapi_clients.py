"""Clients that tools generate from the document do what an app needs: register, sign in, create, synchronise."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests import postman
from tests.servers import ROOT
from tests.tour import fresh_server

pytestmark = pytest.mark.slow

DOCUMENT = ROOT / "docs" / "openapi.json"
PROGRAMS = ROOT / "tests" / "clients"
CONFIGURATION = "post_hooks: []\n"  # nobody reads what is generated, so it is not formatted
NOT_GENERATED = {"Unsupported content type text/vcard", "Unsupported content type text/csv"}
STRICT_PYTHON = ["--config-file", os.devnull, "--strict", "--follow-imports", "silent", "--cache-dir", os.devnull]
STRICT_TYPESCRIPT = ["--strict", "--noUncheckedIndexedAccess", "--module", "nodenext", "--target", "es2023"]


@pytest.fixture
def running() -> Iterator[tuple[str, Path]]:
    """The URL of a server, and the folder of its mails."""
    with fresh_server() as (server, instance):
        yield server.url, instance / "mail"


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the package `contacts_client`."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    options: list[str | Path] = [
        "--output-path",
        folder / "contacts_client",
        "--config",
        folder / "configuration.yaml",
        "--meta",
        "none",
    ]
    printed = run(sys.executable, "-m", "openapi_python_client", "generate", "--path", DOCUMENT, *options)
    warnings = {line for line in printed.splitlines() if line.startswith(("Unsupported", "Cannot", "Skipp"))}
    assert warnings <= NOT_GENERATED
    return folder


@pytest.fixture
def typescript_program(tmp_path: Path) -> Path:
    """The program with the types that it is written against, compiled."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    for source in (ROOT / "package.json", PROGRAMS / "use.ts"):
        shutil.copy(source, tmp_path)
    programs = tmp_path / "node_modules" / ".bin"
    run(programs / "openapi-typescript", DOCUMENT, "--output", tmp_path / "contacts.ts")
    run(programs / "tsc", *STRICT_TYPESCRIPT, "use.ts", folder=tmp_path)
    return tmp_path / "use.js"


def run(*command: str | Path, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must end well."""
    known = {**os.environ, **(environment or {})}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=known, cwd=folder)  # noqa: S603
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def use(running: tuple[str, Path], *program: str | Path, environment: Mapping[str, str] | None = None) -> None:
    """Let the program register, and do the rest with the token that was mailed."""
    url, mails = running
    run(*program, url, environment=environment)
    run(*program, url, postman.newest_token(mails, ""), environment=environment)


def test_a_program_on_the_generated_python_client_works(python_client: Path, running: tuple[str, Path]) -> None:
    use(running, sys.executable, PROGRAMS / "use.py", environment={"PYTHONPATH": str(python_client)})


@pytest.mark.contract
def test_the_program_has_the_types_of_the_generated_python_client(python_client: Path) -> None:
    run(sys.executable, "-m", "mypy", *STRICT_PYTHON, PROGRAMS / "use.py", environment={"MYPYPATH": str(python_client)})


@pytest.mark.contract
def test_a_program_on_the_generated_typescript_client_works(
    typescript_program: Path, running: tuple[str, Path]
) -> None:
    use(running, "node", typescript_program)

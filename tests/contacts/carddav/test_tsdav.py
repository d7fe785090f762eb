"""A program on tsdav, a CardDAV client that is not ours, against a live server."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.accounts import sign_up
from tests.clients.workshop import STRICT_TYPESCRIPT
from tests.contacts.calls import listed
from tests.contacts.carddav.calls import device
from tests.servers import ROOT, Server

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled against the types that tsdav declares."""
    folder = tmp_path_factory.mktemp("tsdav")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for source in (ROOT / "package.json", ROOT / "tests" / "clients" / "dav.ts"):
        shutil.copy(source, folder)
    run(folder / "node_modules" / ".bin" / "tsc", *STRICT_TYPESCRIPT, "--skipLibCheck", "dav.ts", folder=folder)
    return folder / "dav.js"


def run(*command: str | Path, folder: Path = ROOT) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)  # noqa: S603
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_it_finds_reads_writes_and_syncs_the_book(
    client: FlaskClient, live_server: Callable[..., Server], program: Path
) -> None:
    ada = sign_up(client)
    phone = device(ada, "Web")
    run("node", program, live_server().url, "ada", phone.password)
    assert listed(ada) == []
    assert {contact["name"] for contact in listed(ada, deleted=True)} == {"Ada Lovelace", "Grace"}

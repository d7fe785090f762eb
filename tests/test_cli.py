"""The commands that an operator types."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from project.config import ROOT
from tests.accounts import Account, body, problem, register, sign_in, sign_up
from tests.commands import flask
from tests.smtp import SmtpSink

COMMANDS = ("mail-worker", "purge", "resync", "scale-out", "upgrade", "seed", "contacts", "user", "db", "openapi")
STOP_SECONDS = 60  # on a machine that does much else


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def operate(app: Flask) -> Callable[..., Result]:
    """Types a command, as in `operate("user", "list")`."""
    runner = app.test_cli_runner()
    return lambda *command, **options: runner.invoke(args=list(command), **options)


def counts(database: Engine, *tables: str) -> list[int]:
    with database.connect() as connection:
        return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]  # noqa: S608


def test_accounts_are_listed_the_oldest_first(operate: Callable[..., Result], client: FlaskClient) -> None:
    sign_up(client, "ada")
    register(client, "charles")
    lines = operate("user", "list").output.splitlines()
    assert [line.split()[1:5] for line in lines] == [
        ["ada", "ada@example.org", "verified", "last"],
        ["charles", "charles@example.org", "not", "verified"],
    ]


@pytest.mark.parametrize("name", ["charles", "CHARLES", "charles@example.org"])
def test_an_address_is_taken_as_proved(operate: Callable[..., Result], client: FlaskClient, name: str) -> None:
    register(client, "charles")
    person = {"username": "charles", "password": "notes on the analytical engine"}
    assert problem(client.post("/api/v1/auth/login", json=person)) == (403, "email-not-verified")
    assert operate("user", "verify", name).exit_code == 0
    assert operate("user", "verify", name).exit_code == 0
    assert client.post("/api/v1/auth/login", json=person).status_code == 200


def test_all_sessions_of_one_account_are_ended(operate: Callable[..., Result], ada: Account) -> None:
    tablet, charles = sign_in(ada, device="Tablet"), sign_up(ada.client, "charles")
    assert operate("user", "sign-out", "ada").exit_code == 0
    assert [problem(device.get("/users/me")) for device in (ada, tablet)] == [(401, "session-revoked")] * 2
    assert charles.get("/users/me").status_code == 200


def test_an_account_is_deleted_with_all_that_belongs_to_it(
    operate: Callable[..., Result], ada: Account, migrated: Engine
) -> None:
    assert ada.post("/contacts", json={"first_name": "Charles"}).status_code == 201
    assert operate("user", "delete", "ada", "--yes").exit_code == 0
    assert problem(ada.get("/users/me")) == (401, "session-revoked")
    tables = ("users", "sessions", "one_time_tokens", "outbox", "address_books", "contacts")
    assert counts(migrated, *tables) == [0] * len(tables)


@pytest.mark.parametrize(("typed", "remaining"), [("n\n", 1), ("", 1), ("y\n", 0)])
def test_an_account_is_deleted_only_when_the_operator_says_yes(
    operate: Callable[..., Result], ada: Account, migrated: Engine, typed: str, remaining: int
) -> None:
    ended = operate("user", "delete", "ada", input=typed)
    assert "Delete ada (ada@example.org) with 0 contacts" in ended.output
    assert ended.exit_code == remaining
    assert counts(migrated, "users") == [remaining]


@pytest.mark.parametrize("command", [["verify"], ["sign-out"], ["delete", "--yes"]])
def test_an_account_that_there_is_not_is_named(operate: Callable[..., Result], command: list[str]) -> None:
    ended = operate("user", *command, "nobody")
    assert ended.exit_code == 1
    assert ended.output == "Error: There is no account 'nobody'.\n"


def test_purging_removes_what_has_expired_and_nothing_else(
    operate: Callable[..., Result], ada: Account, migrated: Engine
) -> None:
    ada.client.post("/api/v1/auth/password/forgot", json={"email": "ada@example.org"})
    operate("purge")
    before = counts(migrated, "users", "sessions", "outbox")
    assert before == [1, 1, 1]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        ended = operate("purge")
    assert ended.exit_code == 0
    assert re.search("^1 sessions removed$", ended.output, re.MULTILINE)
    assert counts(migrated, "users", "sessions", "one_time_tokens") == [1, 0, 0]
    assert "1 sessions" not in operate("purge").output


def test_purging_removes_accounts_that_nobody_verified_for_a_week(
    operate: Callable[..., Result], ada: Account, migrated: Engine
) -> None:
    register(ada.client, "typo", email="typo@gmial.example.org")
    ada.client.post("/api/v1/auth/password/forgot", json={"email": "typo@gmial.example.org"})
    for days, users in ((6.99, 2), (7.01, 1)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            assert operate("purge").exit_code == 0
        assert counts(migrated, "users") == [users]
    assert counts(migrated, "outbox") == [0]
    assert register(ada.client, "typo", email="typo@gmial.example.org").status_code == 201
    assert register(ada.client, "ada").status_code == 409


def test_purging_forgets_networks_that_nobody_signs_in_from(
    operate: Callable[..., Result], ada: Account, migrated: Engine
) -> None:
    for days, networks in ((89, 1), (91, 0)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            assert operate("purge").exit_code == 0
        assert counts(migrated, "known_networks") == [networks]


def test_a_demonstration_has_its_user_and_contacts(operate: Callable[..., Result], client: FlaskClient) -> None:
    first = operate("seed", "--contacts", "12")
    found = re.search(r"Signed up demo with the password (\S+)", first.output)
    assert found
    person = {"username": "demo", "password": found[1]}
    token = body(client.post("/api/v1/auth/login", json=person))["access_token"]
    assert operate("seed", "--contacts", "3").exit_code == 0
    listed = body(client.get("/api/v1/contacts", headers={"Authorization": f"Bearer {token}"}))
    assert listed["total"] == 15
    assert not all(item["name"].isascii() for item in listed["items"])


def test_every_command_explains_itself(operate: Callable[..., Result]) -> None:
    listed = operate("--help").output
    for command in (*COMMANDS, "contacts import", "contacts export", "user delete"):
        assert command.split()[0] in listed
        explained = operate(*command.split(), "--help")
        assert explained.exit_code == 0
        assert len(explained.output.splitlines()) > 4


@contextmanager
def mail_worker(settings: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mail-worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:  # noqa: S603
        yield process
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_mail_worker_sends_until_ctrl_c(client: FlaskClient, settings: dict[str, object], sink: SmtpSink) -> None:
    with mail_worker({**settings, "MAIL_SERVER": sink.host, "MAIL_PORT": sink.port}) as worker:
        register(client, "ada")
        (letter,) = sink.wait_for(1, seconds=60)
        assert letter["To"] == "ada@example.org"
        worker.send_signal(signal.SIGINT)
        assert worker.wait(STOP_SECONDS) == 0
        assert worker.stderr is not None
        assert b"Traceback" not in worker.stderr.read()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_commands_work_as_processes_too(client: FlaskClient, settings: dict[str, object]) -> None:
    register(client, "ada")
    listed = flask("user", "list", settings=settings)
    assert listed.returncode == 0
    assert listed.stdout.rstrip().endswith("ada  ada@example.org  not verified  not signed in")
    missing = flask("user", "verify", "nobody", settings=settings)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.endswith("Error: There is no account 'nobody'.\n")

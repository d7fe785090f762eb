"""The list of common passwords equals its source's, and a comparison does not tell how a hash was made."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from project.extensions import bcrypt
from project.users import passwords
from project.users.models import User
from tests.accounts import API, PASSWORD, Account, body, sign_up
from tests.auth.factors import enrol


def test_common_passwords_are_those_of_their_source() -> None:
    found = {word for word in FREQUENCY_LISTS["passwords"] if len(word) >= passwords.SHORTEST}
    assert found == passwords.COMMON


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_more_rounds_do_not_tell_which_accounts_are_from_before(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, and a right one, take as much work whoever it is for."""
    sign_up(make_app(BCRYPT_LOG_ROUNDS=4).test_client())
    client, compare, work = (
        make_app(BCRYPT_LOG_ROUNDS=7).test_client(),
        bcrypt.check_password_hash,
        list[int](),
    )
    sign_up(client, "grace")

    def counted(password_hash: str, password: str) -> bool:
        work.append(2 ** int(password_hash.split("$")[2]))
        return bool(compare(password_hash, password))

    def sign_in(name: str, password: str) -> tuple[int, int]:
        work.clear()
        return status_of(client, name, password), sum(work)

    monkeypatch.setattr(bcrypt, "check_password_hash", counted)
    for name in ("ada", "grace", "nobody"):
        assert sign_in(name, "not the password") == (401, 2**7)
    for name in ("ada", "grace"):
        assert sign_in(name, PASSWORD) == (200, 2**7)


def status_of(client: FlaskClient, name: str, password: str) -> int:
    return client.post(f"{API}/auth/login", json={"username": name, "password": password}).status_code


def hash_of(database: Engine, name: str = "ada") -> str:
    with database.connect() as connection:
        return str(connection.execute(select(User.password_hash).where(User.username == name)).scalar_one())


@pytest.fixture
def aged(make_app: Callable[..., Flask]) -> Account:
    """Somebody whose password was hashed before BCRYPT_LOG_ROUNDS was raised."""
    ada = sign_up(make_app(BCRYPT_LOG_ROUNDS=4).test_client())
    return replace(ada, client=make_app(BCRYPT_LOG_ROUNDS=5).test_client())


def test_a_sign_in_hashes_the_password_anew_where_the_rounds_have_changed(aged: Account, migrated: Engine) -> None:
    old = hash_of(migrated)
    assert status_of(aged.client, "ada", "not the password") == 401
    assert hash_of(migrated) == old
    assert status_of(aged.client, "ada@example.org", PASSWORD) == 200
    renewed = hash_of(migrated)
    assert renewed.startswith("$2b$05$")
    assert status_of(aged.client, "ada", PASSWORD) == 200
    assert hash_of(migrated) == renewed
    assert body(aged.get("/users/me")) == aged.user


def test_the_first_step_of_a_sign_in_hashes_anew_too(make_app: Callable[..., Flask], migrated: Engine) -> None:
    enrol(sign_up(make_app(BCRYPT_LOG_ROUNDS=5).test_client()))
    client = make_app(BCRYPT_LOG_ROUNDS=4).test_client()
    assert status_of(client, "ada", PASSWORD) == 403
    assert hash_of(migrated).startswith("$2b$04$")


def test_a_password_that_changes_meanwhile_stays(
    aged: Account, migrated: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one signs nobody in, although it was right when compared."""
    generate, another = bcrypt.generate_password_hash, bcrypt.generate_password_hash("another password", 5).decode()

    def change_meanwhile(password: str) -> bytes:
        with migrated.begin() as connection:
            connection.execute(update(User).values(password_hash=another))
        return bytes(generate(password))

    monkeypatch.setattr(bcrypt, "generate_password_hash", change_meanwhile)
    assert status_of(aged.client, "ada", PASSWORD) == 401
    assert hash_of(migrated) == another


class OneTurn:
    """Lets one password be hashed and no more, as when many sign in at once."""

    turns = 1

    def acquire(self, timeout: float) -> bool:
        self.turns -= 1
        return self.turns >= 0 < timeout

    def release(self) -> None: ...


def test_nobody_is_refused_for_a_better_hash_when_many_sign_in(
    aged: Account, migrated: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = hash_of(migrated)
    monkeypatch.setattr(passwords, "hashing", OneTurn())
    assert status_of(aged.client, "ada", PASSWORD) == 200
    assert hash_of(migrated) == old

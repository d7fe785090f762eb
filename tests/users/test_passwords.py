"""The list of common passwords is the one that its source has, and comparing tells nothing of how a hash was made."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from project.extensions import bcrypt
from project.users import passwords
from tests.accounts import API, PASSWORD, sign_up


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

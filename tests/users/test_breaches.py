"""Passwords that were stolen elsewhere, and words that everybody here would try."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from project.config import InvalidSetting
from project.users import breaches
from tests.accounts import problem, register

MakeApp = Callable[..., Flask]

STOLEN = [f"stolen password {number}" for number in range(500)]


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def write(path: Path, lines: list[str], ending: str = "\r\n") -> Path:
    path.write_bytes("".join(f"{line}{ending}" for line in lines).encode())
    return path


FORMS: dict[str, Callable[[str], str]] = {
    "hash and count": lambda password: f"{sha1(password)}:{len(password)}",
    "hash": sha1,
    "lower case": lambda password: sha1(password).lower(),
    "prefix": lambda password: sha1(password)[:16],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_each_password_of_the_list_is_found_and_no_other(
    tmp_path: Path, form: Callable[[str], str], ending: str
) -> None:
    path = write(tmp_path / "list", sorted(map(form, STOLEN)), ending)
    assert [password for password in STOLEN if not breaches.contains(path, password)] == []
    assert [number for number in range(2000) if breaches.contains(path, f"another password {number}")] == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_lists_are_searched_too(tmp_path: Path, count: int) -> None:
    path = write(tmp_path / "list", sorted(map(sha1, STOLEN[:count])))
    path.write_bytes(path.read_bytes().removesuffix(b"\r\n"))
    assert [breaches.contains(path, password) for password in STOLEN[:count]] == [True] * count
    assert not breaches.contains(path, "another password")


def test_a_password_of_the_list_is_weak(make_app: MakeApp, tmp_path: Path) -> None:
    path = write(tmp_path / "list", sorted(map(FORMS["hash and count"], STOLEN)))
    client = make_app(BREACHED_PASSWORDS_FILE=str(path)).test_client()
    assert problem(register(client, password=STOLEN[7])) == (422, "weak-password")
    assert register(client, password="another password").status_code == 201


@pytest.mark.parametrize("content", [b"", b"password\n", b"12345\n", b"PK\x03\x04", b"G" * 40])
def test_what_is_no_list_is_refused_at_the_start(make_app: MakeApp, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    for path in (tmp_path / "list", tmp_path, tmp_path / "nothing"):
        with pytest.raises(InvalidSetting, match=r"^BREACHED_PASSWORDS_FILE: "):
            make_app(BREACHED_PASSWORDS_FILE=str(path))


@pytest.mark.parametrize(
    "password",
    [
        "Analytical",
        "ANALYTICAL!!",
        "analytical2026",
        "engine-analytical",
        "(engine) 1843",
        "engine password",
    ],
)
def test_words_of_the_place_make_no_password(make_app: MakeApp, password: str) -> None:
    client = make_app(FORBIDDEN_PASSWORDS="Analytical, engine").test_client()
    assert problem(register(client, password=password)) == (422, "weak-password")


def test_with_words_enough_besides_they_may_stand_in_one(make_app: MakeApp) -> None:
    client = make_app(FORBIDDEN_PASSWORDS="Analytical,engine").test_client()
    assert register(client, password="notes on the analytical engine").status_code == 201

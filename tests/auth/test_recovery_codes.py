"""Recovery codes replace a lost device; each is valid once."""

import hashlib
import os
import sys
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from project.users import passwords
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_up
from tests.auth.factors import enrol, login_token, second_step


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def test_a_code_opens_the_account_once_and_the_owner_is_told(ada: Account) -> None:
    _, codes = enrol(ada)
    answer = second_step(ada.client, login_token(ada), recovery_code=codes[0])
    assert answer.status_code == 200
    ada.tokens = body(answer)
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert session["authenticated_by"] == ["password", "recovery_code"]
    assert body(ada.get("/auth/second-factors"))["recovery_codes_left"] == 9
    (letter,) = [letter for letter in mailed(ada.client.application) if "recovery code" in letter.subject]
    assert "Codes left: 9" in letter.text
    assert problem(second_step(ada.client, login_token(ada), recovery_code=codes[0])) == (401, "invalid-code")


def test_case_spaces_and_hyphens_do_not_matter(ada: Account) -> None:
    _, codes = enrol(ada)
    pasted = codes[3].replace("-", "\u2011")
    for typed in (codes[0].upper(), codes[1].replace("-", ""), f" {codes[2][:3]} {codes[2][3:]}", f"\u200e{pasted}"):
        assert second_step(ada.client, login_token(ada), recovery_code=typed).status_code == 200


def test_new_codes_void_the_old_ones(ada: Account) -> None:
    _, codes = enrol(ada)
    answer = ada.post("/auth/recovery-codes", json={"password": PASSWORD, "code": codes[0]})
    assert answer.status_code == 201
    renewed = body(answer)["recovery_codes"]
    assert len(set(renewed) - set(codes)) == 10
    assert problem(second_step(ada.client, login_token(ada), recovery_code=codes[1])) == (401, "invalid-code")
    assert second_step(ada.client, login_token(ada), recovery_code=renewed[0]).status_code == 200


def test_there_are_none_without_a_factor(ada: Account) -> None:
    assert problem(ada.post("/auth/recovery-codes", json={"password": PASSWORD})) == (409, "quota-exceeded")


def test_they_are_somebodys_own(ada: Account, client: FlaskClient) -> None:
    _, codes = enrol(ada)
    eve = sign_up(client, "eve")
    enrol(eve)
    assert problem(second_step(client, login_token(eve), recovery_code=codes[0])) == (401, "invalid-code")


@pytest.mark.parametrize("proof", [{}, {"code": "123456", "recovery_code": "aaaaa-aaaaa"}, {"recovery_code": 1}])
def test_exactly_one_proof_is_sent(ada: Account, proof: dict[str, object]) -> None:
    enrol(ada)
    assert problem(second_step(ada.client, login_token(ada), **proof)) == (422, "validation-failed")


def test_the_password_alone_makes_no_new_ones(ada: Account) -> None:
    enrol(ada)
    assert problem(ada.post("/auth/recovery-codes", json={"password": PASSWORD})) == (403, "second-factor-required")


def test_the_operator_is_the_way_back_for_who_lost_everything(ada: Account) -> None:
    enrol(ada)
    runner = ada.client.application.test_cli_runner()
    assert runner.invoke(args=["user", "remove-second-factors", "ada"]).output == "1 second factors removed\n"
    assert problem(ada.get("/users/me")) == (401, "session-revoked")
    credentials = {"username": "ada", "password": PASSWORD}
    assert ada.client.post(f"{API}/auth/login", json=credentials).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_hashing_codes_yields_to_requests(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    scrypt, found = hashlib.scrypt, set[int]()

    def watched(*arguments: Any, **options: Any) -> bytes:
        found.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return scrypt(*arguments, **options)

    monkeypatch.setattr(hashlib, "scrypt", watched)
    enrol(ada)
    assert found == {passwords.NICE}

"""An authenticator app: set up, asked for at sign-in, each code valid once."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from project.database.base import now
from project.users.factors import service
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_in, sign_up
from tests.auth import test_passkeys as passkeys
from tests.auth.factors import App, begin, enrol, login, login_token, second_step


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def confirm(ada: Account, app: App, code: str) -> tuple[int, object]:
    answer = ada.post(f"/auth/second-factors/totp/{app.id}/confirm", json={"code": code})
    return answer.status_code, body(answer)


def test_without_a_factor_the_password_opens_a_session(ada: Account) -> None:
    answer = login(ada)
    assert answer.status_code == 200
    (first, *_) = body(ada.get("/auth/sessions"))["items"]
    assert first["authenticated_by"] == ["password"]


def test_an_app_gets_a_secret_as_text_as_a_link_and_as_a_picture(ada: Account) -> None:
    made = body(ada.post("/auth/second-factors/totp", json={"password": PASSWORD, "name": "My phone"}))
    assert made["uri"] == f"otpauth://totp/Contacts:ada?secret={made['secret']}&issuer=Contacts"
    assert ElementTree.fromstring(made["qr"]).tag.endswith("svg")  # noqa: S314  # our own
    assert len(made["secret"]) == 32
    assert body(ada.get("/auth/second-factors")) == {"items": [], "recovery_codes_left": 0}
    assert login(ada).status_code == 200


def test_with_its_first_code_it_is_on_and_brings_recovery_codes(ada: Account) -> None:
    app, codes = enrol(ada)
    assert len(set(codes)) == 10
    assert all(len(code) == 11 and code[5] == "-" for code in codes)
    listed = body(ada.get("/auth/second-factors"))
    assert [(item["id"], item["kind"]) for item in listed["items"]] == [(app.id, "totp")]
    assert listed["recovery_codes_left"] == 10
    (letter,) = [letter for letter in mailed(ada.client.application) if "second factor was added" in letter.subject]
    assert "Authenticator app" in letter.text


def test_a_right_password_is_then_answered_by_a_login_token(ada: Account) -> None:
    app, _ = enrol(ada)
    asked = login(ada, device="Ada's tablet")
    assert problem(asked) == (403, "second-factor-required")
    assert body(asked)["methods"] == ["totp", "recovery_code"]
    assert "options" not in body(asked)
    answer = second_step(ada.client, body(asked)["login_token"], code=app.later())
    assert answer.status_code == 200
    ada.tokens = body(answer)
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert session["authenticated_by"] == ["password", "totp"]
    assert session["device"] == "Ada's tablet"


def test_a_wrong_password_is_answered_as_ever(ada: Account) -> None:
    enrol(ada)
    answer = login(ada, password="not my password at all")
    assert problem(answer) == (401, "invalid-credentials")
    assert set(body(answer)) == {"type", "title", "status", "detail", "request_id"}


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_differ_by_one_step(ada: Account, steps: int) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app, _ = enrol(ada)
        clock.shift(timedelta(seconds=90))
        assert second_step(ada.client, login_token(ada), code=app.code(steps=steps)).status_code == 200


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_clock_may_not_differ_by_two(ada: Account, steps: int) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app, _ = enrol(ada)
        clock.shift(timedelta(seconds=90))
        answer = second_step(ada.client, login_token(ada), code=app.code(steps=steps))
        assert problem(answer) == (401, "invalid-code")


def test_a_code_is_good_once_the_one_that_confirmed_included(ada: Account) -> None:
    with time_machine.travel(now(), tick=False):
        app = begin(ada)
        code = app.code()
        assert confirm(ada, app, code)[0] == 200
        assert problem(second_step(ada.client, login_token(ada), code=code)) == (401, "invalid-code")
        later = app.code(steps=1)
        assert second_step(ada.client, login_token(ada), code=later).status_code == 200
        assert problem(second_step(ada.client, login_token(ada), code=later)) == (401, "invalid-code")


def test_no_code_is_good_that_is_older_than_the_last_one(ada: Account) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app, _ = enrol(ada)
        clock.shift(timedelta(seconds=90))
        assert second_step(ada.client, login_token(ada), code=app.code(steps=1)).status_code == 200
        for steps in (0, -1):
            answer = second_step(ada.client, login_token(ada), code=app.code(steps=steps))
            assert problem(answer) == (401, "invalid-code")


def test_a_code_used_to_change_something_signs_nobody_in(ada: Account) -> None:
    with time_machine.travel(now(), tick=False):
        app, _ = enrol(ada)
        code = app.later()
        assert ada.post("/auth/recovery-codes", json={"password": PASSWORD, "code": code}).status_code == 201
        assert problem(second_step(ada.client, login_token(ada), code=code)) == (401, "invalid-code")


@pytest.mark.parametrize("shape", ["{0} {1}", " {0}-{1} ", "{0}\u00a0{1}", "\u200e{0}\u202f{1}\u2069"])
def test_a_code_may_be_typed_as_apps_show_it(ada: Account, shape: str) -> None:
    app, _ = enrol(ada)
    code = app.later()
    assert second_step(ada.client, login_token(ada), code=shape.format(code[:3], code[3:])).status_code == 200


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\uff10", "\u0966"])
def test_a_code_may_be_typed_in_the_digits_of_ones_keyboard(ada: Account, zero: str) -> None:
    app, _ = enrol(ada)
    typed = "".join(chr(ord(zero) + int(digit)) for digit in app.later())
    assert second_step(ada.client, login_token(ada), code=typed).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "½23456", "²23456", None, 123456, ["123456"]])
def test_what_is_no_code_is_refused(ada: Account, code: object) -> None:
    enrol(ada)
    assert second_step(ada.client, login_token(ada), code=code).status_code in (401, 422)


def test_a_wrong_first_code_switches_nothing_on(ada: Account) -> None:
    app = begin(ada)
    wrong = next(code for code in ("000000", "000001", "000002", "000003") if code not in (app.code(), app.later()))
    answer = ada.post(f"/auth/second-factors/totp/{app.id}/confirm", json={"code": wrong})
    assert problem(answer) == (403, "wrong-code")
    assert login(ada).status_code == 200


def test_a_secret_waits_for_an_hour(ada: Account) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        app = begin(ada)
        clock.shift(timedelta(seconds=3599))
        ada = sign_in(ada)
        assert confirm(ada, app, app.code())[0] == 200
        other = begin(ada, code=app.code(steps=1))
        clock.shift(timedelta(seconds=3600))
        ada.tokens = body(ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]}))
        assert confirm(ada, other, other.code())[0] == 404


def test_a_new_secret_replaces_one_that_waits(ada: Account) -> None:
    first, second = begin(ada), begin(ada)
    assert confirm(ada, first, first.code())[0] == 404
    assert confirm(ada, second, second.code())[0] == 200
    assert confirm(ada, second, second.code())[0] == 404


def test_somebody_elses_factor_is_not_found(ada: Account, client: FlaskClient) -> None:
    app, _ = enrol(ada)
    eve = sign_up(client, "eve")
    assert confirm(eve, app, app.code())[0] == 404
    assert problem(eve.patch(f"/auth/second-factors/{app.id}", json={"name": "Mine"})) == (404, "not-found")
    assert problem(eve.delete(f"/auth/second-factors/{app.id}", json={"password": PASSWORD})) == (404, "not-found")


def test_the_first_factor_ends_every_other_session_and_app_password(ada: Account) -> None:
    other = sign_in(ada)
    assert ada.post("/auth/app-passwords", json={"device": "Phone", "password": PASSWORD}).status_code == 201
    enrol(ada)
    assert problem(other.get("/users/me")) == (401, "session-revoked")
    assert ada.get("/users/me").status_code == 200
    assert body(ada.get("/auth/app-passwords"))["items"] == []


def test_the_first_factor_voids_a_change_of_address_that_the_password_alone_asked_for(ada: Account) -> None:
    assert ada.post("/auth/email", json={"email": "eve@example.org", "password": PASSWORD}).status_code == 202
    sent = {"token": mailed(ada.client.application, to="eve@example.org")[0].token}
    enrol(ada)
    assert problem(ada.client.post(f"{API}/auth/verify-email", json=sent)) == (410, "link-expired")


def test_a_second_app_brings_no_codes_and_ends_no_session(ada: Account) -> None:
    app, _ = enrol(ada)
    other = sign_in_twice(ada, app)
    with time_machine.travel(now() + timedelta(seconds=90)):
        _, codes = enrol(ada, code=app.code())
    assert codes == []
    assert other.get("/users/me").status_code == 200
    assert len(body(ada.get("/auth/second-factors"))["items"]) == 2


def test_an_app_that_waited_while_the_last_room_was_taken_is_one_too_many(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST", 1)
    waiting = begin(ada)
    passkeys.register(ada)
    assert confirm(ada, waiting, waiting.code())[0] == 409
    assert [item["kind"] for item in body(ada.get("/auth/second-factors"))["items"]] == ["passkey"]


def sign_in_twice(ada: Account, app: App) -> Account:
    answer = second_step(ada.client, login_token(ada), code=app.later())
    return Account(ada.client, ada.user, body(answer), PASSWORD)


def test_a_factor_is_renamed(ada: Account) -> None:
    app, _ = enrol(ada)
    assert body(ada.patch(f"/auth/second-factors/{app.id}", json={"name": "The old phone"}))["name"] == "The old phone"
    assert body(ada.get("/auth/second-factors"))["items"][0]["name"] == "The old phone"


def test_a_factor_is_removed_by_the_password_and_a_code(ada: Account) -> None:
    app, codes = enrol(ada)
    path = f"/auth/second-factors/{app.id}"
    assert problem(ada.delete(path, json={"password": PASSWORD})) == (403, "second-factor-required")
    assert problem(ada.delete(path, json={"password": "wrong", "code": codes[0]})) == (403, "wrong-password")
    assert problem(ada.delete(path, json={"password": PASSWORD, "code": "000000"})) == (403, "wrong-code")
    token = login_token(ada)
    assert ada.delete(path, json={"password": PASSWORD, "code": codes[0]}).status_code == 204
    assert body(ada.get("/auth/second-factors")) == {"items": [], "recovery_codes_left": 0}
    assert problem(second_step(ada.client, token, recovery_code=codes[1])) == (401, "invalid-code")
    assert login(ada).status_code == 200
    subjects = [letter.subject for letter in mailed(ada.client.application)]
    assert "A second factor was removed from your contacts" in subjects


def test_what_is_stored_shows_no_secret(ada: Account, migrated: Engine) -> None:
    app, codes = enrol(ada)
    token = login_token(ada)
    with migrated.connect() as connection:
        tables = ("second_factors", "recovery_codes", "challenges", "outbox")
        stored = " ".join(str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in tables)  # noqa: S608
    assert app.id.replace("-", "") in stored.replace("-", "")
    secrets = [app.secret, token, *codes, *(code.replace("-", "") for code in codes)]
    assert [secret for secret in secrets if secret in stored] == []

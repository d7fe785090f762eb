"""Passkeys, by an authenticator without a browser: registered, used as second factor, and used alone."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.database.base import now
from tests.accounts import API, PASSWORD, Account, body, mailed, problem, sign_in, sign_up
from tests.auth.authenticator import BACKED_UP, PRESENT, VERIFIED, Authenticator, decode, encode
from tests.auth.factors import enrol, login, second_step


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def creation(ada: Account, **proof: Any) -> dict[str, Any]:
    answer = ada.post("/auth/passkeys/registration", json={"password": PASSWORD, **proof})
    assert answer.status_code == 200, answer.text
    return dict(body(answer))


def add(ada: Account, credential: dict[str, Any], name: str = "My phone") -> TestResponse:
    answer: TestResponse = ada.post("/auth/passkeys", json={"name": name, "credential": credential})
    return answer


def register(ada: Account, device: Authenticator | None = None, **proof: Any) -> Authenticator:
    device = device or Authenticator()
    made = add(ada, device.create(creation(ada, **proof)))
    assert made.status_code == 201, made.text
    return device


def asked(client: FlaskClient) -> dict[str, Any]:
    answer = client.post(f"{API}/auth/passkeys/login/options")
    assert answer.status_code == 200, answer.text
    return dict(body(answer))


def enter(client: FlaskClient, token: str, credential: object, **more: Any) -> TestResponse:
    sent = {"login_token": token, "credential": credential, **more}
    return client.post(f"{API}/auth/passkeys/login", json=sent)


def sign_in_by(passkey: Authenticator, client: FlaskClient, **more: Any) -> TestResponse:
    given = asked(client)
    return enter(client, given["login_token"], passkey.get(given["options"]), **more)


def answered(ada: Account, device: Authenticator) -> dict[str, Any]:
    """The device's answer to what a signed-in user is asked."""
    required = ada.post("/auth/recovery-codes", json={"password": PASSWORD})
    assert problem(required) == (403, "second-factor-required")
    return device.get(body(required)["options"])


def test_the_options_ask_for_a_passkey_that_knows_its_user(ada: Account) -> None:
    options = creation(ada)
    assert options["rp"] == {"name": "Contacts", "id": "localhost"}
    assert options["user"]["name"] == "ada"
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert len(decode(options["challenge"])) == 32
    assert {-8, -7, -257} == {parameter["alg"] for parameter in options["pubKeyCredParams"]}


def test_the_first_passkey_brings_recovery_codes_and_ends_other_sessions(ada: Account) -> None:
    other = sign_in(ada)
    made = add(ada, Authenticator().create(creation(ada)))
    assert made.status_code == 201
    assert (body(made)["kind"], body(made)["name"], body(made)["last_used_at"]) == ("passkey", "My phone", None)
    assert len(body(made)["recovery_codes"]) == 10
    assert problem(other.get("/users/me")) == (401, "session-revoked")
    assert "A second factor was added to your contacts" in [mail.subject for mail in mailed(ada.client.application)]


def test_it_opens_a_session_without_a_name_and_a_password(ada: Account) -> None:
    device = register(ada)
    answer = sign_in_by(device, ada.client, device="Ada's tablet")
    assert answer.status_code == 200
    ada.tokens = body(answer)
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert (session["authenticated_by"], session["device"]) == (["passkey"], "Ada's tablet")
    (factor,) = body(ada.get("/auth/second-factors"))["items"]
    assert factor["last_used_at"]


def test_it_completes_a_sign_in_by_password(ada: Account) -> None:
    device = register(ada)
    required = body(login(ada))
    assert required["methods"] == ["passkey", "recovery_code"]
    assert required["options"]["allowCredentials"] == [
        {"id": encode(device.id), "type": "public-key", "transports": ["hybrid", "internal"]}
    ]
    answer = second_step(ada.client, required["login_token"], credential=device.get(required["options"]))
    assert answer.status_code == 200
    ada.tokens = body(answer)
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert session["authenticated_by"] == ["password", "passkey"]


def test_it_confirms_what_asks_for_the_password(ada: Account) -> None:
    device = register(ada)
    change = {"current_password": PASSWORD, "password": "an entirely different sentence"}
    required = ada.put("/auth/password", json=change)
    assert problem(required) == (403, "second-factor-required")
    assert "login_token" not in body(required)
    credential = device.get(body(required)["options"])
    assert ada.put("/auth/password", json={**change, "credential": credential}).status_code == 204
    again = {"current_password": change["password"], "password": PASSWORD, "credential": credential}
    assert problem(ada.put("/auth/password", json=again)) == (403, "wrong-code")


def test_the_user_may_have_several_and_a_device_makes_no_second(ada: Account) -> None:
    first = register(ada)
    options = creation(ada, credential=answered(ada, first))
    assert [excluded["id"] for excluded in options["excludeCredentials"]] == [encode(first.id)]
    refused = add(ada, first.create(options))
    assert problem(refused) == (422, "passkey-refused")
    assert body(refused)["detail"] == "This passkey is registered already."


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (Authenticator(origin="https://evil.example.org"), "Unexpected client data origin"),
        (Authenticator(origin="http://localhost:3000"), "Unexpected client data origin"),
        (Authenticator(rp_id="example.org"), "Unexpected RP ID hash"),
        (Authenticator(flags=PRESENT), "User verification is required"),
        (Authenticator(flags=VERIFIED), "User presence was required"),
        (Authenticator(id=b"x" * 1024), "longer than 1023 bytes"),
    ],
)
def test_a_refused_passkey_says_which_check_failed(ada: Account, device: Authenticator, words: str) -> None:
    refused = add(ada, device.create(creation(ada)))
    assert problem(refused) == (422, "passkey-refused")
    assert words in body(refused)["detail"]
    assert body(ada.get("/auth/second-factors"))["items"] == []


def test_a_page_within_a_page_of_others_gets_nothing(ada: Account) -> None:
    refused = add(ada, Authenticator().create(creation(ada), crossOrigin=True))
    assert problem(refused) == (422, "passkey-refused")


def test_a_registration_is_answered_once_by_its_own_user_in_time(ada: Account, client: FlaskClient) -> None:
    eve = sign_up(client, "eve")
    options = creation(ada)
    assert problem(add(eve, Authenticator().create(options))) == (422, "passkey-refused")
    assert add(ada, Authenticator().create(options)).status_code == 201
    assert problem(add(ada, Authenticator().create(options))) == (422, "passkey-refused")
    late = creation(eve)
    with time_machine.travel(now() + timedelta(seconds=301)):
        assert problem(add(eve, Authenticator().create(late))) == (422, "passkey-refused")
    invented = {**late, "challenge": encode(secrets.token_bytes(32))}
    assert problem(add(eve, Authenticator().create(invented))) == (422, "passkey-refused")


WHOLE: list[dict[str, Any]] = [
    {"id": "x"},
    {"rawId": "AAAA"},
    {"rawId": 1},
    {"type": "password"},
    {"response": None},
    {"response": []},
    {"response": {}},
]
PARTS: list[dict[str, Any]] = [
    {"clientDataJSON": "!"},
    {"clientDataJSON": 1},
    {"clientDataJSON": encode(b"\xff")},
    {"clientDataJSON": encode(b"[]")},
    {"clientDataJSON": encode(b'{"type": "webauthn.get", "challenge": 1, "origin": []}')},
]
OF_CREATION = [
    *PARTS,
    {"attestationObject": encode(b"\x9f" * 9)},
    {"attestationObject": "A"},
    {"attestationObject": None},
]
OF_REQUEST = [
    *PARTS,
    {"authenticatorData": "AAAA"},
    {"authenticatorData": None},
    {"signature": "AAAA"},
    {"signature": {}},
    {"userHandle": 1},
    {"userHandle": "AAAA"},
    {"userHandle": encode(b"x" * 64)},
]


def spoilt(credential: dict[str, Any], spoil: dict[str, Any]) -> dict[str, Any]:
    if spoil in WHOLE:
        return {**credential, **spoil}
    return {**credential, "response": {**credential["response"], **spoil}}


@pytest.mark.parametrize("spoil", [*WHOLE, *OF_CREATION])
def test_junk_is_not_registered(ada: Account, spoil: dict[str, Any]) -> None:
    refused = add(ada, spoilt(Authenticator().create(creation(ada)), spoil))
    assert problem(refused) == (422, "passkey-refused")
    assert body(ada.get("/auth/second-factors"))["items"] == []


@pytest.mark.parametrize("spoil", [*WHOLE, *OF_REQUEST])
def test_junk_signs_nobody_in(ada: Account, spoil: dict[str, Any]) -> None:
    device, given = register(ada), asked(ada.client)
    credential = spoilt(device.get(given["options"]), spoil)
    assert problem(enter(ada.client, given["login_token"], credential)) == (401, "invalid-passkey")
    required = body(login(ada))
    answer = second_step(ada.client, required["login_token"], credential=spoilt(device.get(required["options"]), spoil))
    assert problem(answer) == (401, "invalid-code")


@pytest.mark.parametrize("credential", [None, "credential", 1, []])
def test_what_is_no_object_is_not_valid(ada: Account, credential: object) -> None:
    given = asked(ada.client)
    assert problem(enter(ada.client, given["login_token"], credential)) == (422, "validation-failed")


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example.org"},
        {"rp_id": "example.org"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"id": b"another passkey"},
        {"user_handle": None},
        {"user_handle": encode(bytes(16))},
    ],
)
def test_signing_in_refuses_all_else_alike(ada: Account, changed: dict[str, Any]) -> None:
    device = register(ada)
    for name, value in changed.items():
        setattr(device, name, value)
    answer = sign_in_by(device, ada.client)
    assert problem(answer) == (401, "invalid-passkey")
    assert body(answer)["detail"] == "The passkey is not known here, or its answer is not valid."


def test_another_key_signs_nothing(ada: Account) -> None:
    device = register(ada)
    device.key = Authenticator().key
    assert problem(sign_in_by(device, ada.client)) == (401, "invalid-passkey")


def test_a_challenge_is_answered_once_and_in_time(ada: Account) -> None:
    device = register(ada)
    given = asked(ada.client)
    credential = device.get(given["options"])
    assert enter(ada.client, given["login_token"], credential).status_code == 200
    assert problem(enter(ada.client, given["login_token"], credential)) == (401, "invalid-passkey")
    other = asked(ada.client)
    assert problem(enter(ada.client, other["login_token"], credential)) == (401, "invalid-passkey")
    late = asked(ada.client)
    with time_machine.travel(now() + timedelta(seconds=301)):
        answer = enter(ada.client, late["login_token"], device.get(late["options"]))
    assert problem(answer) == (401, "invalid-passkey")


def test_a_login_token_of_one_way_is_none_of_the_other(ada: Account) -> None:
    device = register(ada)
    required, given = body(login(ada)), asked(ada.client)
    answer = enter(ada.client, required["login_token"], device.get(required["options"]))
    assert problem(answer) == (401, "invalid-passkey")
    crossed = second_step(ada.client, given["login_token"], credential=device.get(given["options"]))
    assert problem(crossed) == (401, "invalid-code")
    mixed = second_step(ada.client, required["login_token"], credential=device.get(given["options"]))
    assert problem(mixed) == (401, "invalid-code")


def test_somebody_elses_passkey_completes_no_sign_in(ada: Account, client: FlaskClient) -> None:
    eve = sign_up(client, "eve")
    register(ada)
    own = register(eve)
    required = body(login(ada))
    answer = second_step(client, required["login_token"], credential=own.get(required["options"]))
    assert problem(answer) == (401, "invalid-code")


def test_a_counter_that_goes_back_refuses_and_tells_the_owner(ada: Account) -> None:
    device = register(ada, Authenticator(count=4))
    device.count = 5
    assert sign_in_by(device, ada.client).status_code == 200
    for count in (5, 4, 0):
        device.count = count
        assert problem(sign_in_by(device, ada.client)) == (401, "invalid-passkey")
    alarms = [mail for mail in mailed(ada.client.application) if "may have been copied" in mail.subject]
    assert len(alarms) == 3
    assert "My phone" in alarms[0].text
    device.count = 6
    assert sign_in_by(device, ada.client).status_code == 200


def test_a_counter_that_goes_back_refuses_at_every_door(ada: Account) -> None:
    device = register(ada, Authenticator(count=5))
    required = body(login(ada))
    answer = second_step(ada.client, required["login_token"], credential=device.get(required["options"]))
    assert problem(answer) == (401, "invalid-code")
    confirming = {"password": PASSWORD, "credential": answered(ada, device)}
    assert problem(ada.post("/auth/recovery-codes", json=confirming)) == (403, "wrong-code")
    assert len([mail for mail in mailed(ada.client.application) if "may have been copied" in mail.subject]) == 2


def test_nobody_raises_the_alarm_without_the_key(ada: Account) -> None:
    device = register(ada, Authenticator(count=5))
    device.key, device.count = Authenticator().key, 1
    assert problem(sign_in_by(device, ada.client)) == (401, "invalid-passkey")
    assert [mail for mail in mailed(ada.client.application) if "may have been copied" in mail.subject] == []


def test_a_passkey_that_does_not_count_is_taken_again_and_again(ada: Account) -> None:
    device = register(ada, Authenticator(flags=PRESENT | VERIFIED | BACKED_UP))
    for _ in range(3):
        assert sign_in_by(device, ada.client).status_code == 200


APK = f"android:apk-key-hash:{'s' * 43}"


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://app.example.org", APK])
def test_origins_of_apps_may_use_passkeys(make_app: Callable[..., Flask], origin: str) -> None:
    client = make_app(APP_ORIGINS=f"https://app.example.org,{APK}").test_client()
    device = register(sign_up(client), Authenticator(origin=origin))
    assert sign_in_by(device, client).status_code == 200


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://Contacts.Example.org:443/", "https://contacts.example.org"),
        ("https://contacts.example.org:8443", "https://contacts.example.org:8443"),
        ("http://[::1]:8000", "http://localhost:8000"),
    ],
)
def test_the_origin_of_the_public_url_is_taken_as_browsers_write_it(
    make_app: Callable[..., Flask], public_url: str, origin: str
) -> None:
    client = make_app(PUBLIC_URL=public_url).test_client()
    device = Authenticator(origin=origin, rp_id=urlsplit(origin).hostname or "")
    assert sign_in_by(register(sign_up(client), device), client).status_code == 200


def plain(credential: dict[str, Any]) -> dict[str, Any]:
    """The same in base64 with padding, as some apps' libraries write it."""
    written = {name: b64encode(decode(credential[name])).decode() for name in ("id", "rawId")}
    response = {
        name: b64encode(decode(value)).decode() if isinstance(value, str) else value
        for name, value in credential["response"].items()
    }
    return {**credential, **written, "response": response}


def test_plain_base64_is_taken_too(ada: Account) -> None:
    device = Authenticator(id=b"\xfb\xff" * 8)
    assert encode(device.id).startswith("-_")
    assert add(ada, plain(device.create(creation(ada)))).status_code == 201
    given = asked(ada.client)
    assert enter(ada.client, given["login_token"], plain(device.get(given["options"]))).status_code == 200


def test_a_removed_passkey_opens_nothing(ada: Account) -> None:
    device = register(ada)
    _, codes = enrol(ada, credential=answered(ada, device))
    assert codes == []
    passkey = next(item for item in body(ada.get("/auth/second-factors"))["items"] if item["kind"] == "passkey")
    path = f"/auth/second-factors/{passkey['id']}"
    options = body(ada.delete(path, json={"password": PASSWORD}))["options"]
    assert ada.delete(path, json={"password": PASSWORD, "credential": device.get(options)}).status_code == 204
    assert problem(sign_in_by(device, ada.client)) == (401, "invalid-passkey")
    assert body(login(ada))["methods"] == ["totp", "recovery_code"]


def test_an_ended_account_has_no_passkeys(ada: Account) -> None:
    device = register(ada)
    options = body(ada.delete("/users/me", json={"password": PASSWORD}))["options"]
    assert ada.delete("/users/me", json={"password": PASSWORD, "credential": device.get(options)}).status_code == 204
    assert problem(sign_in_by(device, ada.client)) == (401, "invalid-passkey")

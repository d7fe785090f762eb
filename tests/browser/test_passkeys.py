"""Passkeys in a real Chromium with its virtual authenticator (WebDriver's, by the DevTools protocol).

A page on another port plays the app: it calls the API as one does from a browser, with CORS.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page
from sqlalchemy import update
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from project.database.base import now
from project.extensions import db
from project.users.factors.models import Challenge
from tests.accounts import PASSWORD, Account, body, mailed, sign_up
from tests.faulty_tcp import HOST, free_port
from tests.servers import served

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

SECONDS = 15
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SCRIPT = """
async (call) => {
    const ask = async (method, path, sent) => {
        const headers = {"Content-Type": "application/json"};
        if (call.token) headers.Authorization = `Bearer ${call.token}`;
        const answer = await fetch(`${call.api}/api/v1/auth${path}`,
            {method, headers, body: sent && JSON.stringify(sent)});
        const text = await answer.text();
        return {status: answer.status, ...(text ? JSON.parse(text) : {})};
    };
    const create = async (options) => (await navigator.credentials.create(
        {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON();
    const get = async (options) => (await navigator.credentials.get(
        {publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})).toJSON();
    const steps = {
        async register() {
            const options = await ask("POST", "/passkeys/registration", {password: call.password, ...call.proof});
            if (options.status !== 200) return options;
            return ask("POST", "/passkeys", {name: "This browser", credential: await create(options)});
        },
        async options() { return ask("POST", "/passkeys/login/options"); },
        async answer() { return get(call.options); },
        async enter() {
            return ask("POST", "/passkeys/login", {login_token: call.login_token, credential: call.credential});
        },
        async signIn() {
            const asked = await ask("POST", "/passkeys/login/options");
            const credential = await get({...asked.options, ...call.changed});
            return ask("POST", "/passkeys/login", {login_token: asked.login_token, credential});
        },
        async secondFactor() {
            const asked = await ask("POST", "/login", {username: call.username, password: call.password});
            if (asked.status !== 403) return asked;
            const credential = await get(asked.options);
            return ask("POST", "/login/second-factor", {login_token: asked.login_token, credential});
        },
    };
    try {
        return await steps[call.step]();
    } catch (error) {
        return {error: error.name};
    }
}
"""


@Request.application
def page_of_the_app(_: Request) -> Response:
    return Response("<!doctype html><title>An app</title>", content_type="text/html")


@pytest.fixture
def origin() -> Iterator[str]:
    """Where the page of the app is; another port of localhost, as with a development server."""
    port = free_port()
    server = make_server(HOST, port, page_of_the_app, threaded=True)
    thread = Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://localhost:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(make_app: Callable[..., Flask], origin: str) -> Iterator[Flask]:
    port = free_port()
    app = make_app(PUBLIC_URL=f"http://{HOST}:{port}", APP_ORIGINS=origin)
    with served(app, port):
        yield app


@dataclass
class Device:
    """A browser on the app's page, with an authenticator."""

    page: Page
    devtools: CDPSession
    authenticator: str
    api: str

    def do(self, step: str, **call: Any) -> dict[str, Any]:
        sent = {"api": self.api, "step": step, "password": PASSWORD, "username": "ada", **call}
        return dict(self.page.evaluate(SCRIPT, sent))

    def passkey(self) -> dict[str, Any]:
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        (passkey,) = found["credentials"]
        return dict(passkey)

    def replace(self, **changed: Any) -> None:
        """Another copy of the passkey, in the place of the one that is there."""
        passkey = self.passkey()
        self.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})
        copy = {"authenticatorId": self.authenticator, "credential": {**passkey, **changed}}
        self.devtools.send("WebAuthn.addCredential", copy)

    def verify_nobody(self) -> None:
        who = {"authenticatorId": self.authenticator, "isUserVerified": False}
        self.devtools.send("WebAuthn.setUserVerified", who)


@pytest.fixture
def device(chromium: Browser, app: Flask, origin: str) -> Iterator[Device]:
    context = chromium.new_context()
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(origin)
    yield Device(page, devtools, added["authenticatorId"], app.config["PUBLIC_URL"])
    context.close()


@pytest.fixture
def ada(app: Flask) -> Account:
    return sign_up(app.test_client())


@pytest.fixture
def passkey(device: Device, ada: Account) -> dict[str, Any]:
    """The passkey that Ada's browser has registered."""
    made = device.do("register", token=ada.tokens["access_token"])
    assert made["status"] == 201, made
    assert len(made["recovery_codes"]) == 10
    return device.passkey()


def test_a_passkey_is_registered_and_signs_in_without_a_name(
    device: Device, passkey: dict[str, Any], ada: Account
) -> None:
    assert (passkey["rpId"], passkey["isResidentCredential"], passkey["userName"]) == ("localhost", True, "ada")
    entered = device.do("signIn")
    assert entered["status"] == 200, entered
    ada.tokens = entered
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert session["authenticated_by"] == ["passkey"]


def test_a_passkey_completes_a_sign_in_by_password(device: Device, passkey: dict[str, Any], ada: Account) -> None:
    entered = device.do("secondFactor")
    assert entered["status"] == 200, entered
    ada.tokens = entered
    (session,) = [item for item in body(ada.get("/auth/sessions"))["items"] if item["current"]]
    assert session["authenticated_by"] == ["password", "passkey"]


def test_a_browser_makes_no_second_passkey_for_the_same_user(
    device: Device, passkey: dict[str, Any], ada: Account
) -> None:
    codes = body(ada.post("/auth/recovery-codes", json={"password": PASSWORD}))
    proof = {"credential": device.do("answer", options=codes["options"])}
    assert device.do("register", token=ada.tokens["access_token"], proof=proof) == {"error": "InvalidStateError"}


def test_an_answer_is_good_once(device: Device, passkey: dict[str, Any]) -> None:
    asked = device.do("options")
    credential = device.do("answer", options=asked["options"])
    first = device.do("enter", login_token=asked["login_token"], credential=credential)
    assert first["status"] == 200
    other = device.do("options")
    for token in (asked["login_token"], other["login_token"]):
        replayed = device.do("enter", login_token=token, credential=credential)
        assert (replayed["status"], replayed["type"]) == (401, "/problems/invalid-passkey")


def test_another_origin_signs_nobody_in(device: Device, passkey: dict[str, Any], origin: str) -> None:
    """The same host, and so the same passkey, but a port that is not in APP_ORIGINS."""
    port = free_port()
    server = make_server(HOST, port, page_of_the_app, threaded=True)
    thread = Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        device.page.goto(f"http://localhost:{port}")
        refused = device.do("signIn")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (refused["status"], refused["type"]) == (401, "/problems/invalid-passkey")


def test_the_browser_itself_refuses_another_domain(device: Device, passkey: dict[str, Any], ada: Account) -> None:
    assert device.do("signIn", changed={"rpId": "example.org"}) == {"error": "SecurityError"}


def test_a_counter_that_goes_back_is_refused_and_told(device: Device, passkey: dict[str, Any], ada: Account) -> None:
    for _ in range(2):
        assert device.do("signIn")["status"] == 200
    device.replace(signCount=passkey["signCount"])
    refused = device.do("signIn")
    assert (refused["status"], refused["type"]) == (401, "/problems/invalid-passkey")
    subjects = [letter.subject for letter in mailed(ada.client.application)]
    assert "A passkey of your contacts may have been copied" in subjects


def test_without_verifying_who_holds_it_the_browser_gives_no_answer(device: Device, passkey: dict[str, Any]) -> None:
    device.verify_nobody()
    assert device.do("signIn") == {"error": "NotAllowedError"}


def test_and_an_answer_without_it_is_refused(device: Device, passkey: dict[str, Any]) -> None:
    device.verify_nobody()
    refused = device.do("signIn", changed={"userVerification": "discouraged"})
    assert (refused["status"], refused["type"]) == (401, "/problems/invalid-passkey")


def test_a_late_answer_is_refused(device: Device, passkey: dict[str, Any], app: Flask) -> None:
    asked = device.do("options")
    credential = device.do("answer", options=asked["options"])
    expire(app)
    late = device.do("enter", login_token=asked["login_token"], credential=credential)
    assert (late["status"], late["type"]) == (401, "/problems/invalid-passkey")


def expire(app: Flask) -> None:
    """As if five minutes had passed for every challenge."""
    with app.app_context():
        db.session.execute(update(Challenge).values(expires_at=now()))
        db.session.commit()

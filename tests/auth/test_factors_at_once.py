"""One code, login token or challenge, used many times at once, signs in once."""

import secrets
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from project.users.factors import recovery_codes
from tests.accounts import API, PASSWORD, Account, body, sign_up
from tests.auth.authenticator import Authenticator
from tests.auth.factors import begin, enrol, login, login_token
from tests.auth.test_passkeys import asked, register
from tests.concurrency import at_once, call_patiently
from tests.servers import Server, gunicorn

SHARED = {
    "JWT_SECRET_KEY": secrets.token_urlsafe(48),
    "ENCRYPTION_KEYS": f"{secrets.token_urlsafe(32)}=",
    "RATE_LIMITS": "off",
    "BCRYPT_LOG_ROUNDS": 4,
    "MAIL_WORKER": "none",
}
TIMES = 32


@pytest.fixture(scope="module")
def server(migrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of two processes for all tests here; its database is emptied before each."""
    url = migrated.url.render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("live")
    with gunicorn({"INSTANCE_FOLDER": folder, "DATABASE_URL": url, **SHARED}, workers=2) as server:
        yield server


@pytest.fixture
def settings(settings: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The server's settings; recovery codes are hashed at their full cost, as there."""
    monkeypatch.setitem(recovery_codes.COST, "n", 2**14)
    return settings | SHARED


@pytest.fixture
def ada(client: FlaskClient, server: Server) -> Account:
    return sign_up(client)


def outcomes(server: Server, path: str, bodies: list[dict[str, Any]], token: str = "") -> Counter[int]:
    calls = [partial(call_patiently, server.url, "POST", f"{API}{path}", body=sent, token=token) for sent in bodies]
    return Counter(answer.status for answer in at_once(calls))


def test_of_32_uses_of_one_code_one_signs_in(server: Server, ada: Account) -> None:
    app, _ = enrol(ada)
    code = app.later()
    bodies = [{"login_token": login_token(ada), "code": code} for _ in range(TIMES)]
    assert outcomes(server, "/auth/login/second-factor", bodies) == {200: 1, 401: TIMES - 1}
    assert len(body(ada.get("/auth/sessions"))["items"]) == 2


@pytest.mark.slow
def test_of_32_uses_of_one_recovery_code_one_signs_in(server: Server, ada: Account) -> None:
    _, codes = enrol(ada)
    bodies = [{"login_token": login_token(ada), "recovery_code": codes[0]} for _ in range(TIMES)]
    assert outcomes(server, "/auth/login/second-factor", bodies) == {200: 1, 401: TIMES - 1}
    assert body(ada.get("/auth/second-factors"))["recovery_codes_left"] == 9


def test_a_login_token_opens_one_session_and_takes_five_guesses(server: Server, ada: Account) -> None:
    _, codes = enrol(ada)
    token = login_token(ada)
    bodies = [{"login_token": token, "recovery_code": code} for code in codes]
    assert outcomes(server, "/auth/login/second-factor", bodies) == {200: 1, 401: 9}
    guessed = login_token(ada)
    wrong = [{"login_token": guessed, "recovery_code": "aaaaa-aaaaa"}] * 12
    assert outcomes(server, "/auth/login/second-factor", wrong) == {401: 12}
    right = [{"login_token": guessed, "recovery_code": code} for code in codes]
    assert outcomes(server, "/auth/login/second-factor", right) == {401: 10}


def test_a_code_is_good_once_at_all_doors_together(server: Server, ada: Account) -> None:
    app, _ = enrol(ada)
    code = app.later()
    sign_ins = [{"login_token": login_token(ada), "code": code} for _ in range(8)]
    changes = [{"password": PASSWORD, "code": code}] * 8
    calls = [
        partial(call_patiently, server.url, "POST", f"{API}{path}", body=sent, token=ada.tokens["access_token"])
        for path, bodies in (("/auth/login/second-factor", sign_ins), ("/auth/recovery-codes", changes))
        for sent in bodies
    ]
    assert Counter(answer.status < 300 for answer in at_once(calls)) == {True: 1, False: 15}


def test_an_app_is_confirmed_once(server: Server, ada: Account) -> None:
    app = begin(ada)
    path = f"/auth/second-factors/totp/{app.id}/confirm"
    found = outcomes(server, path, [{"code": app.code()}] * 8, ada.tokens["access_token"])
    assert found[200] == 1
    assert set(found) <= {200, 403, 404}
    assert body(ada.get("/auth/second-factors"))["recovery_codes_left"] == 10


def test_of_many_answers_to_one_challenge_one_signs_in(server: Server, ada: Account) -> None:
    device = register(ada)
    given = asked(ada.client)
    credential = device.get(given["options"])
    bodies = [{"login_token": given["login_token"], "credential": credential}] * 16
    assert outcomes(server, "/auth/passkeys/login", bodies) == {200: 1, 401: 15}


def test_one_counter_of_a_passkey_signs_in_once(server: Server, ada: Account) -> None:
    device = register(ada, Authenticator(count=1))
    device.count = 2
    bodies = []
    for _ in range(8):
        required = body(login(ada))
        bodies.append({"login_token": required["login_token"], "credential": device.get(required["options"])})
    assert outcomes(server, "/auth/login/second-factor", bodies) == {200: 1, 401: 7}


def test_one_passkey_is_registered_once(server: Server, ada: Account) -> None:
    answer = ada.post("/auth/passkeys/registration", json={"password": PASSWORD})
    credential = Authenticator().create(body(answer))
    sent = {"name": "My phone", "credential": credential}
    found = outcomes(server, "/auth/passkeys", [sent] * 8, ada.tokens["access_token"])
    assert found == {201: 1, 422: 7}

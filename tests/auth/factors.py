"""People with second factors, set up as an app does it, and the codes that an authenticator app shows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.database.base import now
from tests.accounts import API, Account, body


@dataclass
class App:
    """An authenticator app. A code is good once: after the one that it shows now comes the later one."""

    id: str
    secret: str

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(now() + steps * timedelta(seconds=30))

    def later(self) -> str:
        """The code of the next step, which is good already, and still is if that step begins meanwhile."""
        return self.code(steps=1)


def begin(account: Account, **proof: Any) -> App:
    made = account.post("/auth/second-factors/totp", json={"password": account.password, **proof})
    assert made.status_code == 201, made.text
    return App(body(made)["id"], body(made)["secret"])


def enrol(account: Account, **proof: Any) -> tuple[App, list[str]]:
    """An app that is on, by the code that it shows now, and the recovery codes that it brought."""
    app = begin(account, **proof)
    confirmed = account.post(f"/auth/second-factors/totp/{app.id}/confirm", json={"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return app, body(confirmed)["recovery_codes"]


def login(account: Account, **more: Any) -> TestResponse:
    credentials = {"username": account.user["username"], "password": account.password, **more}
    return account.client.post(f"{API}/auth/login", json=credentials)


def login_token(account: Account) -> str:
    asked = login(account)
    assert asked.status_code == 403, asked.text
    return str(body(asked)["login_token"])


def second_step(client: FlaskClient, token: str, **proof: Any) -> TestResponse:
    return client.post(f"{API}/auth/login/second-factor", json={"login_token": token, **proof})

"""People for tests: accounts made as an app makes them, by HTTP and a mailed link; and the mails that they get."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from functools import partialmethod
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.mail import worker

API = "/api/v1"
PASSWORD = "notes on the analytical engine"


@dataclass
class Account:
    """Somebody who is signed in. The session is good at every application with the same database and key."""

    client: FlaskClient
    user: dict[str, Any]
    tokens: dict[str, Any]
    password: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **request: Any) -> TestResponse:
        """Call a path below /api/v1, as in `ada.get("/users/me")`; the rest is Werkzeug's, `json=` for one."""
        return self.client.open(f"{API}{path}", method=method, headers={**self.headers, **(headers or {})}, **request)

    get = partialmethod(call, "GET")
    post = partialmethod(call, "POST")
    put = partialmethod(call, "PUT")
    patch = partialmethod(call, "PATCH")
    delete = partialmethod(call, "DELETE")


@dataclass(frozen=True)
class Letter:
    """A mail that was sent."""

    to: str
    subject: str
    text: str
    html: str

    @property
    def link(self) -> str:
        """The one link that has a line of its own."""
        (link,) = re.findall(r"^(https?://\S+token=\S+)$", self.text, re.MULTILINE)
        return str(link)

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]


def sign_up(client: FlaskClient, username: str = "ada", *, password: str = PASSWORD) -> Account:
    """Register `username`@example.org, follow the mailed link, and sign in."""
    registered = register(client, username, password=password)
    assert registered.status_code == 201, registered.text
    letter = mailed(client.application, to=f"{username}@example.org")[-1]
    verified = client.post(f"{API}/auth/verify-email", json={"token": letter.token})
    assert verified.status_code == 200, verified.text
    return sign_in(Account(client, body(verified), {}, password))


def register(
    client: FlaskClient, username: str = "ada", *, email: str | None = None, password: str = PASSWORD
) -> TestResponse:
    person = {"username": username, "email": email or f"{username}@example.org", "password": password}
    return client.post(f"{API}/auth/register", json=person)


def sign_in(account: Account, *, device: str = "Test phone") -> Account:
    """A further session of an account, on another device."""
    credentials = {"username": account.user["username"], "password": account.password}
    answer = account.client.post(f"{API}/auth/login", json=credentials, headers={"User-Agent": device})
    assert answer.status_code == 200, answer.text
    return replace(account, tokens=body(answer))


def mailed(app: Flask, *, to: str | None = None) -> list[Letter]:
    """Send what is due; all mails that the application has sent, or those to one address, the newest last.

    For applications without a MAIL_SERVER, which keep their mails in `instance/mail/`.
    """
    with app.app_context():
        worker.send_due()
    files = sorted(Path(app.config["INSTANCE_FOLDER"], "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    letters = [read(file.read_bytes()) for file in files]
    return [letter for letter in letters if to in (None, letter.to)]


def read(raw: bytes) -> Letter:
    """A mail as it was sent, of which both halves must be there."""
    message = message_from_bytes(raw, policy=policy.default)
    text, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    halves = (half.get_content().replace("\r\n", "\n") for half in (text, html))
    return Letter(str(message["To"]), str(message["Subject"]), *halves)


def body(answer: TestResponse) -> Any:
    """The JSON of an answer, whatever it is."""
    return answer.get_json()


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and type of a refusal, as in `(404, "not-found")`; that it is problem+json is asserted."""
    assert answer.content_type == "application/problem+json", answer.text
    assert body(answer)["status"] == answer.status_code
    return answer.status_code, body(answer)["type"].removeprefix("/problems/")

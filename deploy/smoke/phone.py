"""A client of the API, as an app on a phone is one: through the proxy, with a mailbox."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any

from stack import Stack, check, wait_for

API = "/api/v1"
PASSWORD = "notes on the analytical engine"  # noqa: S105  # of people who do not exist


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self) -> tuple[int, str]:
        """Status and type of a refusal; that it is a problem with its request's id is checked."""
        check(self.headers["Content-Type"] == "application/problem+json", self.status, "is no problem:", self.body)
        check(self.json["request_id"] == self.headers["X-Request-ID"], "a problem without its request's id")
        return self.status, self.json["type"].removeprefix("/problems/")


class Phone:
    """One connection to the proxy, and a token once somebody has signed in."""

    def __init__(self, stack: Stack) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=70)
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, (dict, list)):
            sent["Content-Type"], body = "application/json", json.dumps(body)
        self.connection.request(method, path, body, sent)
        return Answer(self.connection.getresponse())

    def expect(self, status: int, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call a path below /api/v1; another status than this one is not what should be."""
        answer = self.call(method, API + path, body, **headers)
        check(answer.status == status, method, path, "answers", answer.status, "instead of", status, answer.body[:500])
        return answer


def sign_in(stack: Stack, name: str, **headers: str) -> Phone:
    phone, credentials = Phone(stack), {"username": name, "password": PASSWORD}
    phone.token = phone.expect(200, "POST", "/auth/login", credentials, **headers).json["access_token"]
    return phone


def sign_up(stack: Stack, name: str) -> Phone:
    """Register, prove the address by the mail, and sign in."""
    phone, address = Phone(stack), f"{name}@example.org"
    phone.expect(201, "POST", "/auth/register", {"username": name, "email": address, "password": PASSWORD})
    phone.expect(403, "POST", "/auth/login", {"username": name, "password": PASSWORD})
    phone.expect(200, "POST", "/auth/verify-email", {"token": mailed_token(stack, address)})
    return sign_in(stack, name)


def mailed_token(stack: Stack, address: str) -> str:
    wait_for(lambda: mails(stack, f"search?query=to:{address}")["messages"], f"the mail to {address}", 60)
    newest = mails(stack, f"search?query=to:{address}")["messages"][0]
    found = re.search(r"token=(\S+)", mails(stack, f"message/{newest['ID']}")["Text"])
    check(found, "no token in the mail to", address)
    return found[1] if found else ""


def mails(stack: Stack, path: str) -> Any:
    """What mailpit's API answers, asked from inside, for its port is not published."""
    return json.loads(stack.shell("mailpit", f"wget -q -O - 'http://127.0.0.1:8025/api/v1/{path}'"))

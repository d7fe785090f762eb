"""A session on a phone: calls with the access token, and a new pair of tokens when that one has expired."""

import json
import time
from collections.abc import Callable
from http.client import HTTPException
from threading import Lock
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SECONDS = 30
REFRESH_SECONDS = 3  # so that a lost answer is asked for again within the ten seconds of grace
TRIES = 3
PASSING = {429, 502, 503, 504}


class SignedOut(Exception):
    """The session is over: ask for the password, and keep what is on the phone."""


class Answer(NamedTuple):
    status: int
    body: Any
    wait: int | None = None
    """Seconds, where the server says how long (`Retry-After`)."""

    @property
    def problem(self) -> str:
        """What went wrong, as in "token-expired"; empty for a success."""
        return "" if self.status < 400 else str(self.body["type"]).removeprefix("/problems/")


class Session:
    """Calls the API for one user. `save` keeps the pair of tokens where only this app can read it."""

    def __init__(self, url: str, pair: dict[str, Any], save: Callable[[dict[str, Any]], None]) -> None:
        self.url, self.pair, self.save = url, pair, save
        self.refreshing = Lock()

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Call a path below /api/v1, more than once if need be: only what may be repeated. Raises SignedOut."""
        token = self.pair["access_token"]
        answer = self.send(method, path, body, token=token)
        if answer.problem == "token-expired":
            self.refresh(token)
            answer = self.send(method, path, body, token=self.pair["access_token"])
        if answer.status == 401:
            raise SignedOut(answer.problem)
        return answer

    def refresh(self, expired: str) -> None:
        """Spend the refresh token: one thread does, and the others go on with what it got."""
        with self.refreshing:
            if self.pair["access_token"] != expired:
                return
            answer = self.send("POST", "/auth/refresh", token=self.pair["refresh_token"], seconds=REFRESH_SECONDS)
            if answer.status == 401:
                raise SignedOut(answer.problem)
            if answer.status == 200:
                self.save(answer.body)
                self.pair = answer.body

    def send(self, method: str, path: str, body: object = None, *, token: str, seconds: float = SECONDS) -> Answer:
        """Send a request until it is answered; raises OSError or HTTPException when the network stays away."""
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310
        for _ in range(TRIES - 1):
            try:
                answer = once(request, seconds)
            except (OSError, HTTPException):
                continue
            if answer.status not in PASSING:
                return answer
            time.sleep(answer.wait or 1)
        return once(request, seconds)


def once(request: Request, seconds: float) -> Answer:
    try:
        with urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return Answer(answer.status, json.loads(answer.read() or b"null"))
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, json.loads(refusal.read()), int(refusal.headers["Retry-After"] or 0) or None)

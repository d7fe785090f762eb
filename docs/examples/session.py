"""A session on a phone: calls with the access token, and a new pair of tokens when that one has expired."""

import json
import time
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from random import uniform
from threading import Lock
from typing import Any, NamedTuple
from urllib.request import HTTPErrorProcessor, Request, build_opener

SECONDS = 30
REFRESH_SECONDS = 3  # all other calls wait for it
TRIES = 3
PASSING = {429, 502, 503, 504}
LONGEST_WAIT = 60


class SignedOut(Exception):
    """The session is over: ask for the password, and keep what is on the phone."""


class Unfinished(OSError):
    """The server did not go on, or something else answered in its place. A later call may succeed."""


class Answer(NamedTuple):
    status: int
    body: Any
    wait: float | None = None
    """Seconds, where the server says how long (`Retry-After`)."""

    @property
    def problem(self) -> str:
        """What went wrong, as in "token-expired"; empty for a success."""
        return "" if self.status < 400 else str(self.body["type"]).removeprefix("/problems/")

    def expect(self, *fields: str) -> dict[str, Any]:
        """The body of a success with these fields. Raises Unfinished."""
        if self.problem or not isinstance(self.body, dict) or None in map(self.body.get, fields):
            raise Unfinished(self.problem or f"not the API's answer: {self.status} without {', '.join(fields)}")
        return self.body


class Session:
    """Calls the API for one user. `save` keeps the pair of tokens where only this app can read it."""

    def __init__(self, url: str, pair: dict[str, Any], save: Callable[[dict[str, Any]], None]) -> None:
        self.url, self.pair, self.save = url, pair, save
        self.refreshing = Lock()

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Call a path below /api/v1, more than once if need be: only what may be repeated.

        Raises SignedOut, or OSError, of which Unfinished is one.
        """
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
            pair = answer.expect("access_token", "refresh_token")
            self.save(pair)
            self.pair = pair

    def send(self, method: str, path: str, body: object = None, *, token: str, seconds: float = SECONDS) -> Answer:
        """Send a request until the API answers it; raises OSError."""
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else encoded(body)
        request = Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310
        for attempt in range(TRIES - 1):
            try:
                answer = once(request, seconds)
            except OSError:
                continue
            if answer.status not in PASSING or (answer.wait or 0) > LONGEST_WAIT:
                return of_the_api(answer)
            time.sleep(answer.wait or 2**attempt * uniform(0.5, 1.5))  # noqa: S311
        return of_the_api(once(request, seconds))


def encoded(body: object) -> bytes:
    """JSON in UTF-8. Lone surrogates, left where a text was cut, become question marks; the server refuses them."""
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


class AsItCame(HTTPErrorProcessor):
    """Returns every status as it came. The API never redirects, and a redirect would pass the token on."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response

    https_response = http_response


OPENER = build_opener(AsItCame)


def once(request: Request, seconds: float) -> Answer:
    try:
        with OPENER.open(request, timeout=seconds) as answer:
            status, headers, text = answer.status, answer.headers, answer.read()
    except HTTPException as error:
        raise OSError(f"The answer broke off: {error!r}") from error
    try:
        body = json.loads(text or b"null")
    except (ValueError, RecursionError):
        body = None
    return Answer(status, body, wait_of(headers))


def wait_of(headers: Message) -> float | None:
    """`Retry-After` in seconds. A date (RFC 9110 §10.2.3) counts from the answer's `Date`, not the phone's clock."""
    told = headers["Retry-After"] or ""
    try:
        if told.isdecimal():
            return int(told)
        return max(0, (parsedate_to_datetime(told) - parsedate_to_datetime(headers["Date"])).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def of_the_api(answer: Answer) -> Answer:
    """The answer, if it is the API's. Raises Unfinished for that of a load balancer or a captive portal."""
    status, body, wait = answer
    if status == 204 or (status < 300 and isinstance(body, dict | list)):
        return answer
    if status >= 400 and isinstance(body, dict) and str(body.get("type")).startswith("/problems/"):
        return answer
    if status == 413:  # a proxy's limit, too, means to send less
        return Answer(status, {"type": "/problems/too-large"}, wait)
    raise Unfinished(f"not the API's answer: {status}")

"""What somebody with a socket and bad intentions tries, where no other test is about it."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from project.web import responses
from tests.servers import Server, gunicorn

SECONDS = 10
SECRET = "canary-in-a-broken-request"
JSON = "Content-Type: application/json"


def raw(server: Server, *sent: bytes) -> bytes:
    """All that is answered, on one connection, until it ends; after the last part nothing more is sent."""
    parts, answered = urlsplit(server.url), b""
    with socket.create_connection((parts.hostname, parts.port or 80), SECONDS) as connection:
        for part in sent:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while received := connection.recv(65_536):
                answered += received
    return answered


def request(line: str, *headers: str, body: str = "") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *headers, "", body]).encode("latin-1")


def statuses(answered: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 ([0-9]{3}) ", answered, re.MULTILINE)]


FORGOT = "POST /api/v1/auth/password/forgot"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
BOTH = {
    "a length and chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "chunks and a length": ["Transfer-Encoding: chunked", "Content-Length: 5"],
    "two lengths": ["Content-Length: 0", f"Content-Length: {len(SMUGGLED)}"],
    "a list of lengths": [f"Content-Length: 0, {len(SMUGGLED)}"],
    "a length with a sign": ["Content-Length: +0"],
    "a length of other digits": ["Content-Length: \u00b2"],
    "chunks twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "chunks before something else": ["Transfer-Encoding: chunked, identity"],
    "chunks in disguise": ["Transfer-Encoding: \x0bchunked"],
    "chunks with a space before the colon": ["Transfer-Encoding : chunked"],
    "chunks on a folded line": ["Transfer-Encoding:\r\n chunked"],
    "an encoding that nobody knows": ["Transfer-Encoding: cow"],
    "a bare line feed": ["X-Nothing: 1\nTransfer-Encoding: chunked"],
    "a name with a blank": ["Content Length: 5"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One without a database: nothing here gets so far."""
    folder = tmp_path_factory.mktemp("security")
    with gunicorn({"INSTANCE_FOLDER": str(folder), "MAIL_WORKER": "none"}, workers=1) as server:
        yield server


@pytest.mark.parametrize("headers", BOTH.values(), ids=BOTH)
def test_a_request_of_two_lengths_is_refused_and_what_follows_is_no_request(server: Server, headers: list[str]) -> None:
    answered = raw(server, request(FORGOT, JSON, *headers, body=f"0\r\n\r\n{SMUGGLED}"))
    assert statuses(answered) == [400]
    assert b"\r\nConnection: close\r\n" in answered


@pytest.mark.parametrize(
    "body",
    [
        "zz\r\n{}\r\n0\r\n\r\n",
        "5\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}",
        "-1\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "2 \n{}\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_are_none_are_malformed_and_end_the_connection(server: Server, body: str) -> None:
    answered = raw(server, request(FORGOT, JSON, "Transfer-Encoding: chunked", body=body + SMUGGLED))
    assert statuses(answered) == [400]
    assert b'"type":"/problems/malformed-request"' in answered


def test_a_body_that_breaks_off_is_not_taken_for_the_whole(server: Server) -> None:
    body = '{"email": "ada@example.org"}'
    assert statuses(raw(server, request(FORGOT, JSON, f"Content-Length: {len(body) + 1}", body=body))) == [400]


NO_REQUESTS = {
    "no version": f"GET /reset-password?token={SECRET}\r\n\r\n",
    "no path": "GET\r\n\r\n",
    "an unknown version": f"GET /reset-password?token={SECRET} HTTP/9.9\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a control character": f"GET / HTTP/1.1\r\nAuthorization: Bearer {SECRET}\x01\r\n\r\n",
    "a header without a colon": f"GET / HTTP/1.1\r\n{SECRET}\r\n\r\n",
    "half an address": f"GET http://[::1/{SECRET} HTTP/1.1\r\n\r\n",
    "an expectation": f"GET / HTTP/1.1\r\nExpect: {SECRET}\r\n\r\n",
    "an endless address": f"GET /{SECRET * 400} HTTP/1.1\r\n\r\n",
    "an endless header": f"GET / HTTP/1.1\r\nAuthorization: Bearer {SECRET * 400}\r\n\r\n",
    "endless headers": "GET / HTTP/1.1\r\n" + f"X-Nothing: {SECRET}\r\n" * 2000 + "\r\n",
}
TOO_LONG = {"an endless address": 414, "an endless header": 431, "endless headers": 431}


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_is_no_request_is_refused_as_everything_else_and_neither_repeated_nor_logged(
    server: Server, name: str
) -> None:
    answered = raw(server, NO_REQUESTS[name].encode("latin-1"))
    head, _, body = answered.partition(b"\r\n\r\n")
    assert statuses(answered) == [TOO_LONG.get(name, 400)]
    assert b"\r\nContent-Type: application/problem+json\r\n" in head
    assert json.loads(body)["status"] == statuses(answered)[0]
    for header, value in responses.SECURITY_HEADERS.items():
        assert f"\r\n{header}: {value}\r\n".encode() in head
    assert SECRET.encode() not in answered
    assert SECRET not in server.output

"""Import and export, as an app asks for them."""

from collections.abc import Iterable
from contextlib import closing, suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.accounts import API, Account
from tests.concurrency import Answer
from tests.contacts.calls import done, parameters
from tests.servers import Server

PATIENCE = 120  # seconds

VCARD, CSV, JSON = "text/vcard", "text/csv", "application/json"
FORMATS = {
    "vCard 4.0": ({"format": "vcard"}, VCARD),
    "vCard 3.0": ({"format": "vcard", "version": "3.0"}, VCARD),
    "CSV": ({"format": "csv"}, CSV),
    "JSON": ({"format": "json"}, JSON),
}
"""What asks for each format, and its media type."""


def send(account: Account, data: bytes, media_type: str = VCARD, path: str = "/contacts/import") -> TestResponse:
    answer: TestResponse = account.post(path, data=data, headers={"Content-Type": media_type})
    return answer


def send_to(server: Server, account: Account, data: bytes | Iterable[bytes], media_type: str = VCARD) -> Answer:
    """Send a file to a live server, in chunks where it comes in pieces."""
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # a server need not read what it refuses
            connection.request("POST", f"{API}/contacts/import", data, {**account.headers, "Content-Type": media_type})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def bring(account: Account, data: bytes, media_type: str = VCARD) -> dict[str, Any]:
    """The report of a file that is an import."""
    report: dict[str, Any] = done(send(account, data, media_type), 201)
    return report


def brought(account: Account, data: bytes, media_type: str = VCARD) -> tuple[int, int, int]:
    """How many contacts a file made, left and changed, when nothing in it failed."""
    report = bring(account, data, media_type)
    assert report["failed"] == []
    return report["created"], report["unchanged"], report["updated"]


def take(account: Account, **query: str) -> bytes:
    """The export as it is without any `Accept`."""
    with account.get(f"/contacts/export?{parameters(query)}") as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

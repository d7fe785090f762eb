"""Import and export, as an app asks for them."""

from typing import Any

from werkzeug.test import TestResponse

from tests.accounts import Account
from tests.contacts.calls import done, parameters

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

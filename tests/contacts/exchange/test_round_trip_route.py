"""What came in comes out: through the routes, in every format, into the same book and into an empty one."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from project.contacts.models import AddressBook
from tests.accounts import Account
from tests.contacts.calls import Contact, listed, token
from tests.contacts.exchange.calls import CSV, FORMATS, JSON, VCARD, bring, brought, take
from tests.contacts.exchange.files import CORPUS, FILES
from tests.contacts.exchange.strategies import CONTACTS

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

PICTURE_URL = re.compile(rb';X-PICTURE="[^"]*"')  # of the account's own copy
OWN = ("id", "revision", "created_at", "updated_at", "photo_url")
every_format = pytest.mark.parametrize(("query", "media_type"), FORMATS.values(), ids=FORMATS)
every_file = pytest.mark.parametrize("file", FILES)


def bring_file(account: Account, file: str) -> int:
    """Import a file of the corpus; how many contacts it made."""
    created, unchanged, updated = brought(account, (CORPUS / file).read_bytes(), media_type_of(file))
    assert created > 0
    assert (unchanged, updated) == (0, 0)
    return created


def media_type_of(file: str) -> str:
    return CSV if file.endswith(".csv") else VCARD


def contents(account: Account) -> list[dict[str, Any]]:
    """The contacts without what differs from book to book, in an order of their own."""
    found = (content(contact) for contact in listed(account, limit=500))
    return sorted(found, key=lambda each: json.dumps(each, sort_keys=True))


def content(contact: Contact) -> dict[str, Any]:
    kept = {name: value for name, value in contact.items() if name not in OWN}
    return {**kept, "has photo": contact["photo_url"] is not None}


@every_file
def test_what_comes_in_again_makes_nothing_new_the_file_or_what_went_out_in_any_format(ada: Account, file: str) -> None:
    created = bring_file(ada, file)
    before, known = listed(ada), token(ada)
    assert brought(ada, (CORPUS / file).read_bytes(), media_type_of(file)) == (0, created, 0)
    for query, media_type in FORMATS.values():
        assert brought(ada, take(ada, **query), media_type) == (0, created, 0)
    assert (listed(ada), token(ada)) == (before, known)


@every_format
@every_file
def test_what_goes_out_makes_equal_contacts_in_an_empty_book(
    ada: Account, ben: Account, file: str, query: dict[str, str], media_type: str
) -> None:
    created = bring_file(ada, file)
    assert brought(ben, take(ada, **query), media_type) == (created, 0, 0)
    assert contents(ben) == contents(ada)
    assert lines(take(ben)) == lines(take(ada))


def lines(exported: bytes) -> list[bytes]:
    """All lines of all cards but those of the server's own, in an order of their own."""
    unfolded = PICTURE_URL.sub(b"", exported.replace(b"\r\n ", b"")).split(b"\r\n")
    return sorted(line for line in unfolded if not line.startswith((b"REV", b"UID")))


@every_format
@settings(
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(contacts=st.lists(CONTACTS, min_size=1, max_size=20))
@pytest.mark.slow
def test_any_contacts_make_equal_ones_in_an_empty_book(  # noqa: PLR0913  # two people, their book, and how it goes out
    migrated: Engine,
    ada: Account,
    ben: Account,
    query: dict[str, str],
    media_type: str,
    contacts: list[dict[str, Any]],
) -> None:
    with migrated.begin() as connection:
        connection.execute(delete(AddressBook))
    report = bring(ada, json.dumps(contacts).encode(), JSON)
    assert report["failed"] == []
    exported = take(ada, **query)
    assert brought(ada, exported, media_type) == (0, report["created"], 0)
    assert brought(ben, exported, media_type) == (report["created"], 0, 0)
    assert contents(ben) == contents(ada)

"""POST /contacts/import without a media type that says the format: the content does."""

import codecs
import json

import pytest

from tests.accounts import Account, problem
from tests.contacts.calls import create, listed, names
from tests.contacts.exchange.calls import CSV, VCARD, bring, brought, send, take
from tests.contacts.exchange.files import CORPUS, FILES, vcard

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
BYTES = "application/octet-stream"
CARD = vcard("FN:Zoë Lovelace", "N:Lovelace;Zoë;;;")
ROW = "first_name;last_name\r\nZoë;Lovelace\r\n".encode()
ITEMS = json.dumps([{"first_name": "Zoë", "last_name": "Lovelace"}], ensure_ascii=False).encode()
SPELLINGS = {
    "as it is": lambda data: data,
    "with a mark": lambda data: codecs.BOM_UTF8 + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 of the other order": lambda data: codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "after empty lines": lambda data: b"\r\n\n" + data,
}


@pytest.mark.parametrize(
    "media_type", [BYTES, "", "application/octet-stream; charset=binary", "Application/Octet-Stream"]
)
@pytest.mark.parametrize("data", [CARD, ROW, ITEMS], ids=["vCard", "CSV", "JSON"])
def test_no_format_needs_a_media_type(ada: Account, media_type: str, data: bytes) -> None:
    assert brought(ada, data, media_type) == (1, 0, 0)
    assert names(ada) == ["Zoë Lovelace"]
    assert brought(ada, data, media_type) == (0, 1, 0)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("data", [CARD, ROW, ITEMS], ids=["vCard", "CSV", "JSON"])
def test_whatever_the_encoding(ada: Account, spelling: str, data: bytes) -> None:
    assert brought(ada, SPELLINGS[spelling](data), BYTES) == (1, 0, 0)
    assert names(ada) == ["Zoë Lovelace"]


@pytest.mark.parametrize("name", FILES)
def test_files_of_other_programs_are_what_their_type_says(ada: Account, name: str) -> None:
    data = (CORPUS / name).read_bytes()
    undeclared = bring(ada, data, BYTES)
    declared = bring(ada, data, CSV if name.endswith(".csv") else VCARD)
    assert undeclared["created"] == declared["unchanged"] > 0
    assert undeclared["unknown_columns"] == declared["unknown_columns"]


@pytest.mark.parametrize("chosen", ["vcard", "csv", "json"])
def test_an_export_comes_back(ada: Account, chosen: str) -> None:
    create(ada, first_name="Ada", notes=CARD.decode())
    assert brought(ada, take(ada, format=chosen), BYTES) == (0, 1, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"# from my old phone\r\n" + CARD,
        CARD.replace(b"BEGIN:VCARD", b"begin : vcard"),
        CARD.replace(b"\r\n", b"\r"),
        CARD.replace(b"\r\n", b"\n\n"),
    ],
)
def test_a_card_however_it_begins(ada: Account, data: bytes) -> None:
    assert brought(ada, data, BYTES) == (1, 0, 0)


def test_rows_of_which_a_cell_is_a_card(ada: Account) -> None:
    data = b'"First Name";"Notes"\r\nAda;"\r\n' + CARD + b'"\r\n'
    assert brought(ada, data, BYTES) == (1, 0, 0)
    assert names(ada) == ["Ada"]


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", (422, "unreadable-import")),
        (b" \r\n", (422, "unreadable-import")),
        (b"PK\x03\x04" + bytes(400), (422, "unreadable-import")),
        (b"<html><body>Sign in</body></html>", (422, "unreadable-import")),
        (b'{"first_name": "Ada"}', (422, "unreadable-import")),
        (b'[{"first_name": "Ada"}', (400, "malformed-request")),
        (b"[NaN]", (400, "malformed-request")),
    ],
)
def test_what_is_none_of_them(ada: Account, data: bytes, answer: tuple[int, str]) -> None:
    assert problem(send(ada, data, BYTES)) == answer
    assert listed(ada) == []

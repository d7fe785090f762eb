"""POST /contacts/import: files in, contact by contact; a file that comes again makes nothing new."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from project.contacts.exchange.importing import PORTION
from tests import applications, images
from tests.accounts import Account, body, problem
from tests.contacts import statements
from tests.contacts.calls import changes, create, delete, done, listed, names, show, token
from tests.contacts.exchange.calls import CSV, JSON, VCARD, bring, brought, send
from tests.contacts.exchange.files import vcard

on_one_engine = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
MANY = 1_500
PHOTO = images.jpeg(64, 64)


def with_photo(photo: bytes, *lines: str) -> bytes:
    return vcard("FN:Ada", "UID:ada-1", *lines, f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(photo).decode()}")


@on_one_engine
@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (VCARD, vcard("N:Lovelace;Ada", "TEL;CELL:+44 20 7946 0958", version="2.1")),
        (VCARD, vcard("N:Lovelace;Ada;;;", "FN:Ada Lovelace", "TEL;TYPE=CELL:+44 20 7946 0958")),
        (VCARD, vcard("FN:Ada Lovelace", "N:Lovelace;Ada;;;", "TEL;VALUE=uri:tel:+442079460958", version="4.0")),
        ("text/x-vcard", vcard("N:Lovelace;Ada;;;", "TEL:+442079460958")),
        ("text/directory; profile=vcard", vcard("N:Lovelace;Ada;;;", "TEL:+442079460958")),
        (CSV, b"first_name,last_name,phone\r\nAda,Lovelace,+442079460958\r\n"),
        (CSV, b"Given Name,Family Name,Phone 1 - Value\nAda,Lovelace,+442079460958\n"),
        (CSV, b"First Name,Last Name,Mobile Phone\nAda,Lovelace,+442079460958\n"),
        (JSON, b'[{"first_name": "Ada", "last_name": "Lovelace", "phone": "+442079460958"}]'),
    ],
)
def test_every_format_makes_the_same_contact(ada: Account, media_type: str, data: bytes) -> None:
    assert brought(ada, data, media_type) == (1, 0, 0)
    (contact,) = listed(ada, phone="+44 20 7946 0958")
    assert (contact["first_name"], contact["last_name"], contact["name"]) == ("Ada", "Lovelace", "Ada Lovelace")
    assert brought(ada, data, media_type) == (0, 1, 0)


@on_one_engine
class TestABadCardDoesNotStopTheOthers:
    def test_of_a_vcard(self, ada: Account) -> None:
        report = bring(
            ada, vcard("FN:Ada") + b"BEGIN:VCARD\r\nFN:Charles\r\n" + vcard("X-NOTHING:1") + vcard("FN:Grace")
        )
        assert report["failed"] == [
            {"line": 5, "name": "Charles", "detail": "The card has no END:VCARD.", "contact": None},
            {"line": 7, "name": "", "detail": "The card has no name, and nothing to call it by.", "contact": None},
        ]
        assert report["created"] == 2
        assert names(ada) == ["Ada", "Grace"]

    def test_of_a_csv(self, ada: Account) -> None:
        report = bring(ada, b"first_name,notes\nAda,\n,nobody\nGrace,a,b\nEmmy,\n", CSV)
        assert [failure["line"] for failure in report["failed"]] == [3, 4]
        assert names(ada) == ["Ada", "Emmy"]

    def test_of_json_which_is_reported_by_item(self, ada: Account) -> None:
        items = [
            {"first_name": "Ada"},
            {"first_name": 1, "name": "One"},
            "Grace",
            {"unknown": 1},
            {"last_name": "Emmy"},
        ]
        report = bring(ada, json.dumps(items).encode(), JSON)
        assert [(failure["line"], failure["name"]) for failure in report["failed"]] == [(2, "One"), (3, ""), (4, "")]
        assert report["failed"][0]["detail"].startswith("/first_name: ")
        assert names(ada) == ["Ada", "Emmy"]

    def test_not_even_when_all_are_bad(self, ada: Account) -> None:
        known = token(ada)
        report = bring(ada, vcard("X-NOTHING:1"))
        assert (report["created"], len(report["failed"])) == (0, 1)
        assert changes(ada, known)["sync_token"] == known


@on_one_engine
class TestACardFindsItsContact:
    def test_by_a_uid_that_is_its_id(self, ada: Account) -> None:
        contact = create(ada, first_name="Ada")
        assert brought(ada, vcard("FN:Countess", f"UID:urn:uuid:{contact['id']}", version="4.0")) == (0, 0, 1)
        assert show(ada, contact["id"])["name"] == "Countess"

    def test_by_a_uid_that_is_any_other(self, ada: Account) -> None:
        assert brought(ada, vcard("FN:Ada", "UID:ada-1")) == (1, 0, 0)
        (before,) = listed(ada)
        assert brought(ada, vcard("FN:Ada", "TEL:1", "UID:ada-1")) == (0, 0, 1)
        (after,) = listed(ada)
        assert after == {**before, "phone": "1", "revision": after["revision"], "updated_at": after["updated_at"]}
        assert after["revision"] > before["revision"]

    def test_by_its_content_where_it_has_none(self, ada: Account) -> None:
        assert brought(ada, vcard("FN:Ada", "TEL:1")) == (1, 0, 0)
        assert brought(ada, vcard("FN:Ada", "TEL:1") * 2 + vcard("FN:Ada", "TEL:2")) == (1, 2, 0)
        assert names(ada) == ["Ada", "Ada"]

    def test_in_json_by_its_id(self, ada: Account) -> None:
        contact = create(ada, first_name="Ada")
        changed = {**contact, "nickname": "Countess"}
        assert brought(ada, json.dumps([changed, {"id": str(uuid4()), "first_name": "Grace"}]).encode(), JSON) == (
            1,
            0,
            1,
        )
        assert show(ada, contact["id"])["nickname"] == "Countess"

    def test_in_the_bin_and_takes_it_out(self, ada: Account) -> None:
        brought(ada, vcard("FN:Ada", "UID:ada-1"))
        (contact,) = listed(ada)
        delete(ada, contact["id"])
        assert brought(ada, vcard("FN:Ada", "UID:ada-1")) == (1, 0, 0)
        assert [each["id"] for each in listed(ada)] == [contact["id"]]

    def test_within_one_file_which_is_never_silent(self, ada: Account) -> None:
        file = vcard("FN:Ada", "TEL:1", "UID:1") + vcard("FN:Countess", "EMAIL:ada@example.org", "UID:1")
        report = bring(ada, file)
        assert (report["created"], report["updated"]) == (1, 1)
        detail = "The card in line 1 has the same UID. They became one contact."
        assert report["failed"] == [{"line": 7, "name": "Countess", "detail": detail, "contact": "updated"}]
        (contact,) = listed(ada)
        assert (contact["name"], contact["phone"], contact["email"]) == ("Countess", "1", "ada@example.org")
        assert brought(ada, file) == (0, 2, 0)

    def test_within_one_file_an_older_one_adds_only_what_is_missing(self, ada: Account) -> None:
        newer = vcard("FN:Ada", "TEL:1", "UID:1", "REV:20210101T000000Z")
        older = vcard("FN:Countess", "EMAIL:ada@example.org", "UID:1", "REV:20200101T000000Z")
        report = bring(ada, newer + older)
        assert (report["created"], [failure["name"] for failure in report["failed"]]) == (1, ["Countess"])
        (contact,) = listed(ada)
        assert (contact["name"], contact["phone"], contact["email"]) == ("Ada", "1", "ada@example.org")

    def test_but_never_somebody_elses(self, ada: Account, ben: Account) -> None:
        theirs = create(ada, first_name="Ada")
        assert brought(ben, vcard("FN:Ben", f"UID:{theirs['id']}")) == (1, 0, 0)
        assert listed(ada) == [theirs]
        assert [(each["id"], each["name"]) for each in listed(ben)] == [(theirs["id"], "Ben")]


def test_an_import_is_one_revision(ada: Account) -> None:
    create(ada, first_name="Charles")
    known = token(ada)
    report = brought(ada, b"".join(vcard(f"FN:Ada {number}") for number in range(1, 31)))
    delta = changes(ada, known)
    assert report == (30, 0, 0)
    assert len(delta["changed"]) == 30
    assert len({contact["revision"] for contact in delta["changed"]}) == 1


@on_one_engine
def test_an_import_that_changes_nothing_is_none(ada: Account) -> None:
    brought(ada, vcard("FN:Ada"))
    known, tag = token(ada), ada.get("/contacts").headers["ETag"]
    assert brought(ada, vcard("FN:Ada")) == (0, 1, 0)
    assert (token(ada), ada.get("/contacts").headers["ETag"]) == (known, tag)


@pytest.mark.slow
def test_thousands_of_cards_take_few_statements(ada: Account) -> None:
    data = b"".join(vcard(f"FN:Ada {number}", f"UID:{number}") for number in range(MANY))
    with statements.listening() as first:
        assert brought(ada, data) == (MANY, 0, 0)
    with statements.listening() as second:
        assert brought(ada, data.replace(b"FN:Ada", b"FN:Countess")) == (0, 0, MANY)
    assert max(len(first), len(second)) <= 2 + 8 * -(-MANY // PORTION)


@on_one_engine
def test_what_is_no_address_and_no_date_is_kept(ada: Account) -> None:
    brought(ada, vcard("FN:Ada", "EMAIL:ada at example", "BDAY:some day", "ANNIVERSARY:2999-99-99"))
    (contact,) = listed(ada)
    assert (contact["email"], contact["birthday"]) == (None, None)
    assert {(each["kind"], each["value"]) for each in contact["details"]} == {
        ("other", "ada at example"),
        ("other", "some day"),
        ("other", "2999-99-99"),
    }


@on_one_engine
def test_what_a_card_lacks_stays(ada: Account) -> None:
    brought(ada, with_photo(PHOTO, "TEL:1", "X-MOOD:good"))
    (before,) = listed(ada)
    assert brought(ada, vcard("FN:Ada", "TITLE:Analyst", "UID:ada-1")) == (0, 0, 1)
    (after,) = listed(ada)
    assert (before["phone"], after["phone"], after["job_title"]) == ("1", "1", "Analyst")
    assert after["photo_url"] == before["photo_url"]
    assert b"X-MOOD:good" in ada.get("/contacts/export").data


@on_one_engine
class TestAPhoto:
    def test_comes_with_its_contact_once(self, served: FlaskClient, ada: Account) -> None:
        assert brought(ada, with_photo(PHOTO)) == (1, 0, 0)
        (contact,) = listed(ada)
        with served.get(contact["photo_url"].removeprefix("http://127.0.0.1:8000")) as picture:
            assert picture.data[:4] == b"RIFF"
        assert brought(ada, with_photo(PHOTO)) == (0, 1, 0)
        assert listed(ada) == [contact]

    def test_is_replaced_by_another(self, ada: Account) -> None:
        brought(ada, with_photo(PHOTO))
        (before,) = listed(ada)
        assert brought(ada, with_photo(images.png(64, 64))) == (0, 0, 1)
        (after,) = listed(ada)
        assert after["photo_url"] not in (None, before["photo_url"])

    def test_that_cannot_be_used_costs_only_itself(self, ada: Account) -> None:
        report = bring(ada, with_photo(b"no picture"))
        assert report["created"] == 1
        (failure,) = report["failed"]
        assert (failure["line"], failure["name"]) == (1, "Ada")
        assert failure["detail"].startswith("The contact came without its photo. ")
        assert listed(ada)[0]["photo_url"] is None


class TestTheLastRoom:
    @pytest.fixture(autouse=True)
    def small(self, served: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        applications.change_settings(monkeypatch, served.application, max_contacts_per_user=3)

    def test_is_filled_exactly(self, ada: Account) -> None:
        create(ada, first_name="Charles")
        report = bring(ada, b"".join(vcard(f"FN:Ada {number}") for number in range(4)))
        assert report["created"] == 2
        assert [(failure["line"], failure["name"]) for failure in report["failed"]] == [(9, "Ada 2"), (13, "Ada 3")]
        assert report["failed"][0]["detail"] == "There are at most 3 contacts in an address book."
        assert names(ada) == ["Ada 0", "Ada 1", "Charles"]
        assert problem(ada.post("/contacts", json={"first_name": "Grace"})) == (409, "quota-exceeded")

    def test_is_not_needed_by_contacts_that_are_there(self, ada: Account) -> None:
        file = b"".join(vcard(f"FN:Ada {number}", f"UID:{number}") for number in range(3))
        assert brought(ada, file) == (3, 0, 0)
        assert brought(ada, file.replace(b"FN:Ada", b"FN:Countess")) == (0, 0, 3)


@on_one_engine
class TestRefused:
    @pytest.mark.parametrize(
        "media_type", ["text/plain", "application/zip", "multipart/form-data; boundary=x", "text/vcardx", "vcard"]
    )
    def test_another_media_type(self, ada: Account, media_type: str) -> None:
        assert problem(send(ada, vcard("FN:Ada"), media_type)) == (415, "unsupported-media-type")

    @pytest.mark.parametrize(
        ("media_type", "data"),
        [
            (VCARD, b"PK\x03\x04" + bytes(400)),
            (VCARD, b'[{"first_name": "Ada"}]'),
            (CSV, b""),
            (CSV, b"colour,size\nred,4\n"),
            (CSV, b"PK\x03\x04" + bytes(400)),
            (JSON, b'{"first_name": "Ada"}'),
            (JSON, b'"Ada"'),
            (JSON, b"[" + b"{}," * 2_000_001 + b"{}]"),
            ("text/vcard; charset=utf-16", vcard("FN:Ada") + b"!"),
            ("text/vcard; charset=idna", vcard("FN:Ada")),
            ("text/vcard; charset=base64", vcard("FN:Ada")),
        ],
    )
    def test_what_is_no_such_file(self, ada: Account, media_type: str, data: bytes) -> None:
        assert problem(send(ada, data, media_type)) == (422, "unreadable-import")
        assert listed(ada) == []

    @pytest.mark.parametrize("data", [b"", b"[", b"[NaN]", b'[{"a": 1, "a": 2}]', b"\xff", b"[" * 40 + b"]" * 40])
    def test_what_is_no_json(self, ada: Account, data: bytes) -> None:
        assert problem(send(ada, data, JSON)) == (400, "malformed-request")

    def test_json_in_another_encoding(self, ada: Account) -> None:
        data = '[{"first_name": "Ada"}]'.encode("utf-16")
        assert problem(send(ada, data, "application/json; charset=utf-16")) == (415, "unsupported-media-type")

    @pytest.mark.slow
    def test_more_than_twenty_mebibytes(self, ada: Account) -> None:
        file = vcard("FN:Ada")
        padding = b"\r\n" * (10 * 2**20)
        assert problem(send(ada, file + padding)) == (413, "too-large")
        assert brought(ada, (file + padding)[: 20 * 2**20]) == (1, 0, 0)

    def test_a_parameter_that_there_is_not(self, ada: Account) -> None:
        answer = send(ada, vcard("FN:Ada"), path="/contacts/import?dry_run=true")
        assert problem(answer) == (422, "validation-failed")
        assert [error["parameter"] for error in body(answer)["errors"]] == ["dry_run"]
        assert listed(ada) == []


@on_one_engine
@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "utf-16", "utf-16le", "iso-8859-1", "windows-1252", "us-ascii"])
def test_a_file_is_in_the_encoding_that_its_type_declares(ada: Account, charset: str) -> None:
    written = "utf-8" if charset == "us-ascii" else charset  # those who say so mean UTF-8
    data = vcard("FN:Zoë").decode().encode(written)
    assert brought(ada, data, f'text/vcard; charset="{charset}"') == (1, 0, 0)
    assert names(ada) == ["Zoë"]


@on_one_engine
def test_fields_that_the_server_makes_are_ignored_in_json(ada: Account) -> None:
    made: dict[str, Any] = {"revision": 99, "name": "Grace", "photo_url": "x", "created_at": 1, "updated_at": None}
    assert brought(ada, json.dumps([{"first_name": "Ada", **made}]).encode(), JSON) == (1, 0, 0)
    (contact,) = listed(ada)
    assert (contact["name"], contact["revision"], contact["photo_url"]) == ("Ada", 1, None)


@on_one_engine
def test_the_report_is_what_the_document_says(ada: Account) -> None:
    report = done(send(ada, vcard("X-NOTHING:1") + vcard("FN:Ada")), 201)
    assert list(report) == [
        "created", "unchanged", "updated", "photos_pending", "failed", "unknown_columns", "next_line",
    ]  # fmt: skip
    assert [list(failure) for failure in report["failed"]] == [["line", "name", "detail", "contact"]]

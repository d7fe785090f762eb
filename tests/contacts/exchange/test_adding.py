"""An import adds and never undoes: which card is which contact, and what it may change."""

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from tests.accounts import Account, body
from tests.contacts.calls import create, delete, done, listed, show, token
from tests.contacts.exchange.calls import CSV, FORMATS, JSON, bring, brought, take
from tests.contacts.exchange.files import vcard

PAIRS = {
    "suffix": (["N:Smith;John;;;Sr.", "TEL:1"], ["N:Smith;John;;;Jr.", "TEL:1"]),
    "prefix": (["N:Smith;;;Mr.;", "TEL:1"], ["N:Smith;;;Mrs.;", "TEL:1"]),
    "middle name": (["N:Smith;John;A.;;", "TEL:1"], ["N:Smith;John;B.;;", "TEL:1"]),
    "seventh component of N": (["N:Smith;John;;;;;II"], ["N:Smith;John;;;;;III"]),
    "department": (["FN:Firm", "ORG:Firm;Sales", "TEL:1"], ["FN:Firm", "ORG:Firm;Support", "TEL:1"]),
    "third unit": (["FN:Firm", "ORG:Firm;Sales;North"], ["FN:Firm", "ORG:Firm;Sales;South"]),
    "FN": (["N:Smith;;;;", "FN:Mr. Smith"], ["N:Smith;;;;", "FN:Mrs. Smith"]),
    "social profile": (
        ["FN:A", "X-SOCIALPROFILE;TYPE=twitter:https://twitter.com/a"],
        ["FN:A", "X-SOCIALPROFILE;TYPE=twitter:https://twitter.com/b"],
    ),
    "phonetic name": (["FN:A", "X-PHONETIC-LAST-NAME:B"], ["FN:A", "X-PHONETIC-LAST-NAME:C"]),
    "gender": (["FN:A", "GENDER:F"], ["FN:A", "GENDER:M"]),
    "key": (["FN:A", "KEY:https://example.org/a"], ["FN:A", "KEY:https://example.org/b"]),
    "role": (["FN:A", "ROLE:Clerk"], ["FN:A", "ROLE:Chief"]),
    "given names that are a list": (["N:B;Ada,Mary;;;"], ["N:B;Ada\\,Mary;;;"]),
}
every_pair = pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)


@every_pair
def test_cards_without_uid_that_differ_are_two_contacts_however_often_they_come(
    ada: Account, one: list[str], other: list[str]
) -> None:
    file = vcard(*one) + vcard(*other)
    assert brought(ada, file) == (2, 0, 0)
    known = token(ada)
    assert brought(ada, file) == (0, 2, 0)
    assert brought(ada, vcard(*other) + vcard(*one)) == (0, 2, 0)
    assert token(ada) == known
    assert len(listed(ada)) == 2


def test_rows_that_differ_in_a_middle_name_or_a_title_are_two_contacts(ada: Account) -> None:
    names = b"First Name,Middle Name,Last Name,Home Phone\nJohn,A.,Smith,1\nJohn,B.,Smith,1\n"
    titles = b"Title,Last Name,Job Title,Home Phone\nMr.,Smith,,1\nMrs.,Smith,,1\n"
    for file in (names, titles):
        assert brought(ada, file, CSV) == (2, 0, 0)
        assert brought(ada, file, CSV) == (0, 2, 0)


def test_software_time_and_picture_make_no_other_contact(ada: Account) -> None:
    assert brought(ada, vcard("FN:A", "PRODID:-//X//1", "REV:20200101T000000Z", "PHOTO:https://example.org/1")) == (
        1,
        0,
        0,
    )
    assert brought(ada, vcard("FN:A", "PRODID:-//X//2", "REV:20210101T000000Z", "PHOTO:https://example.org/2")) == (
        0,
        1,
        0,
    )


def former_id(owner_id: str, **content: object) -> UUID:
    """The id that version 1.0 gave a card without a UID."""
    blank = dict.fromkeys(
        ("first_name", "last_name", "nickname", "company", "job_title", "email", "phone", "birthday", "notes")
    )
    whole = {**blank, "favorite": False, "labels": [], "details": [], "addresses": [], **content}
    return uuid5(UUID(owner_id), "content:" + json.dumps(whole, sort_keys=True))


def test_a_book_of_before_keeps_its_ids(ada: Account) -> None:
    """Version 1.0 had one contact for both Smiths, the last one that came."""
    owner_id = body(ada.get("/users/me"))["id"]
    known = str(former_id(owner_id, first_name="John", last_name="Smith", phone="1"))
    done(
        ada.put(
            f"/contacts/{known}", json={"first_name": "John", "last_name": "Smith", "name_suffix": "Jr.", "phone": "1"}
        ),
        201,
    )
    file = vcard("N:Smith;John;;;Sr.", "TEL:1") + vcard("N:Smith;John;;;Jr.", "TEL:1")
    assert brought(ada, file) == (1, 1, 0)
    assert brought(ada, file) == (0, 2, 0)
    assert {contact["name_suffix"] for contact in listed(ada)} == {"Sr.", "Jr."}
    assert show(ada, known)["name_suffix"] == "Jr."


CHANGES = {"phone": "2", "favorite": True, "labels": ["Mine"], "notes": "mine", "first_name": "Countess"}


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (vcard("N:B;A;;;", "TEL:1", "NOTE:n", "CATEGORIES:Theirs"), "text/vcard"),
        (vcard("N:B;A;;;", "TEL:1", "NOTE:n", "CATEGORIES:Theirs", "UID:a-1"), "text/vcard"),
        (vcard("N:B;A;;;", "TEL:1", "UID:5f3b9d0c-6c0b-4c38-9f0a-0e5c7c1d2e3f"), "text/vcard"),
        (vcard("N:B;A;;;", "TEL:1", "UID:a-2", "REV:20010101T000000Z"), "text/vcard"),
        (b"first_name,last_name,phone,labels\nA,B,1,Theirs\n", CSV),
        (b"first_name,last_name,phone,uid\nA,B,1,a-3\n", CSV),
        (b'[{"first_name": "A", "last_name": "B", "phone": "1"}]', JSON),
        (b'[{"id": "5f3b9d0c-6c0b-4c38-9f0a-0e5c7c1d2e30", "first_name": "A", "phone": "1"}]', JSON),
    ],
)
def test_the_same_file_again_undoes_nothing(ada: Account, data: bytes, media_type: str) -> None:
    assert brought(ada, data, media_type) == (1, 0, 0)
    (contact,) = listed(ada)
    changed = done(ada.patch(f"/contacts/{contact['id']}", json=CHANGES))
    for _ in range(2):
        assert brought(ada, data, media_type) == (0, 1, 0)
        assert listed(ada) == [changed]


def test_a_card_is_still_the_same_after_another_version_of_it(ada: Account) -> None:
    first, second = vcard("FN:A", "TEL:1", "UID:a"), vcard("FN:A", "TEL:2", "UID:a")
    assert [brought(ada, file) for file in (first, second, first)] == [(1, 0, 0), (0, 0, 1), (0, 1, 0)]
    assert listed(ada)[0]["phone"] == "2"


def test_an_older_card_changes_nothing_and_a_newer_one_the_fields_that_it_has(ada: Account) -> None:
    brought(ada, vcard("N:B;A;;;", "TEL:1", "EMAIL:a@example.org", "UID:a", "REV:20010101T000000Z"))
    (contact,) = listed(ada)
    changed = done(
        ada.patch(
            f"/contacts/{contact['id']}", json={**CHANGES, "details": [{"kind": "url", "value": "x.example.org"}]}
        )
    )
    assert brought(ada, vcard("N:B;A;;;", "TEL:9", "UID:a", "REV:20020101T000000Z")) == (0, 1, 0)
    assert listed(ada) == [changed]

    later = f"{datetime.now(UTC) + timedelta(minutes=1):%Y%m%dT%H%M%SZ}"
    newer = vcard("N:B;A;;;", "TEL:3", "TEL;TYPE=work:4", "CATEGORIES:Theirs", "UID:a", f"REV:{later}")
    assert brought(ada, newer) == (0, 0, 1)
    (after,) = listed(ada)
    assert (after["first_name"], after["phone"], after["email"]) == ("A", "3", "a@example.org")
    assert (after["favorite"], after["notes"], after["labels"]) == (True, "mine", ["Mine", "Theirs"])
    assert after["details"] == [
        {"kind": "url", "label": None, "value": "x.example.org"},
        {"kind": "phone", "label": "work", "value": "4"},
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("query", "media_type"), FORMATS.values(), ids=FORMATS)
def test_an_export_of_before_an_edit_does_not_undo_it(ada: Account, query: dict[str, str], media_type: str) -> None:
    contact = create(ada, first_name="A", phone="1", labels=["Theirs"])
    exported = take(ada, **query)
    time.sleep(1)  # REV has seconds
    changed = done(ada.patch(f"/contacts/{contact['id']}", json=CHANGES))
    assert brought(ada, exported, media_type) == (0, 1, 0)
    assert listed(ada) == [changed]


def test_an_exported_file_that_was_edited_is_imported(ada: Account) -> None:
    create(ada, first_name="A", phone="1")
    exported = take(ada, format="csv").replace(b",1,", b",2,")
    assert brought(ada, exported, CSV) == (0, 0, 1)
    assert listed(ada)[0]["phone"] == "2"


def test_a_contact_of_the_bin_comes_out_as_its_card_has_it(ada: Account) -> None:
    file = vcard("FN:A", "TEL:1")
    brought(ada, file)
    (contact,) = listed(ada)
    done(ada.patch(f"/contacts/{contact['id']}", json={"phone": "2"}))
    delete(ada, contact["id"])
    assert brought(ada, file) == (1, 0, 0)
    (after,) = listed(ada)
    assert (after["id"], after["phone"]) == (contact["id"], "1")


def test_a_contact_whose_id_is_all_zeros_is_exported(ada: Account, ben: Account) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    done(ada.put(f"/contacts/{nobody}", json={"first_name": "Zero"}), 201)
    create(ada, first_name="One")
    for query, media_type in FORMATS.values():
        assert bring(ben, take(ada, **query), media_type)["failed"] == []
        assert {contact["first_name"] for contact in listed(ben)} == {"Zero", "One"}

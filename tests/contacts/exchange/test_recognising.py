"""A card is found again: after an upgrade, after a merge, beside others that say the same but show other pictures."""

import base64
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update

from project.contacts import rows
from project.contacts.aliases import ADD, ALIAS, MOST
from project.contacts.exchange import digests
from project.contacts.rows import TABLE as CONTACT
from project.extensions import db
from tests import images
from tests.accounts import Account
from tests.contacts.calls import create, delete, done, fill, listed, names, show, token
from tests.contacts.exchange.calls import CSV, JSON, VCARD, bring, brought, take
from tests.contacts.exchange.files import vcard

SOMETHING = UUID("01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3d")
BOOK_OF_BEFORE = json.loads(Path(__file__).with_name("book_of_1.0.json").read_text(encoding="utf-8"))


def rename(account: Account, contact_id: str) -> str:
    """Give a contact an id that no reader makes, as if the card that it was made of were read in another way now."""
    old, new = UUID(contact_id), uuid5(SOMETHING, contact_id)
    with account.client.application.app_context():
        led = [dict(row) for row in db.session.execute(select(ALIAS).where(ALIAS.c.contact_id == old)).mappings()]
        db.session.execute(delete_rows(ALIAS).where(ALIAS.c.contact_id == old))
        db.session.execute(update(CONTACT).where(CONTACT.c.id == old).values(id=new))
        if led:
            db.session.execute(ADD, [{**row, "contact_id": new} for row in led])
        db.session.commit()
    return str(new)


def ids(account: Account) -> set[str]:
    return {contact["id"] for contact in listed(account)}


CARD = ["N:Lovelace;Ada;;;", "TEL:1", "CATEGORIES:Family", "NOTE:Bernoulli"]
FILES = {
    "vCard": (vcard(*CARD), VCARD),
    "CSV": (b"First Name,Last Name,Home Phone,Notes\nAda,Lovelace,1,Bernoulli\n", CSV),
    "JSON": (b'[{"first_name": "Ada", "phone": "1"}]', JSON),
}


@pytest.mark.parametrize(("data", "media_type"), FILES.values(), ids=FILES)
def test_a_card_without_uid_stays_the_same_however_it_is_read(ada: Account, data: bytes, media_type: str) -> None:
    assert brought(ada, data, media_type) == (1, 0, 0)
    contact_id = rename(ada, listed(ada)[0]["id"])
    done(ada.patch(f"/contacts/{contact_id}", json={"first_name": "Countess", "phone": "2", "notes": None}))
    known = token(ada)
    assert brought(ada, data, media_type) == (0, 1, 0)
    assert (ids(ada), token(ada)) == ({contact_id}, known)


def forget_readings(account: Account) -> None:
    """Make contacts remember no card by what was read of it, as if it were read in another way now."""
    with account.client.application.app_context():
        for row in db.session.execute(select(CONTACT.c.id, CONTACT.c.extra)).all():
            lines = [re.sub(r"(?<=[:,])[0-9a-f]{24}(,|$)", "", line) for line in rows.plain(row.extra) or ()]
            db.session.execute(update(CONTACT).where(CONTACT.c.id == row.id).values(extra=lines))
        db.session.commit()


def test_a_card_with_a_uid_undoes_nothing_however_it_is_read(ada: Account) -> None:
    file = vcard("UID:a", *CARD) + vcard("UID:b", "FN:Ben") + vcard("KIND:group", "FN:Team", "MEMBER:b")
    assert brought(ada, file) == (2, 0, 0)
    forget_readings(ada)
    contact = listed(ada, q="Ada")[0]
    done(ada.patch(f"/contacts/{contact['id']}", json={"first_name": "Countess", "phone": "2", "notes": None}))
    known = token(ada)
    assert brought(ada, file) == (0, 2, 0)
    assert token(ada) == known


def test_a_group_that_names_a_member_later_labels_it(ada: Account) -> None:
    assert brought(ada, vcard("UID:b", "FN:Ben")) == (1, 0, 0)
    assert brought(ada, vcard("UID:b", "FN:Ben") + vcard("KIND:group", "FN:Team", "MEMBER:b")) == (0, 0, 1)
    assert listed(ada)[0]["labels"] == ["Team"]


SAME_TEXT = {
    "another order": vcard(*reversed(CARD)),
    "other software": vcard("PRODID:-//X//1", *CARD, "REV:20200101T000000Z", version="4.0"),
    "folded": vcard("N:Love\r\n lace;Ada;;;", *CARD[1:]),
    "blank properties": vcard(*CARD, "UID:", "ORG:;", "TITLE:"),
    "a photo at an address": vcard(*CARD, "PHOTO;VALUE=uri:https://example.org/1?token=2"),
    "line feeds alone": vcard(*CARD).replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("data", SAME_TEXT.values(), ids=SAME_TEXT)
def test_what_differs_from_export_to_export_makes_no_other_card(ada: Account, data: bytes) -> None:
    assert brought(ada, vcard(*CARD)) == (1, 0, 0)
    contact_id = rename(ada, listed(ada)[0]["id"])
    assert brought(ada, data) == (0, 1, 0)
    assert ids(ada) == {contact_id}


def test_digests_are_those_that_books_have() -> None:
    """Never to be changed: contacts are found by them."""
    lines = "\nFN:Ada\nitem1.TEL;TYPE=CELL:+44\n 20\nPHOTO;ENCODING=b:AAAA\nBBBB\nREV:1\nNOTE:ä".encode()
    assert digests.of_lines(lines) == "e3ee95b7bfdf6caea479e0a250758ae6"
    assert digests.of_row(["First Name", "Phone", "Fax"], ["Ada ", "1", ""]) == "e431fb284cde11db1fdd7d724ec84972"
    assert digests.of_item({"first_name": "Ada", "phone": "1", "email": None}) == "7ecad92d01aa1a3309e757ca776cc69f"


@pytest.mark.parametrize("sample", BOOK_OF_BEFORE, ids=[sample["name"] for sample in BOOK_OF_BEFORE])
def test_a_card_of_a_book_of_1_0_is_known_though_it_was_read_in_another_way(
    ada: Account, sample: dict[str, Any]
) -> None:
    """The contacts are as version 1.0 has made them of these files, under ids that hash what it read."""
    file, media_type = sample["file"].encode(), sample["type"]
    assert brought(ada, json.dumps([sample["contact"]]).encode(), JSON) == (1, 0, 0)
    before = show(ada, sample["contact"]["id"])
    assert brought(ada, file, media_type) == (0, 1, 0)
    assert listed(ada) == [show(ada, before["id"])] == [before]

    changed = done(ada.patch(f"/contacts/{before['id']}", json={"first_name": "Countess", "favorite": True}))
    known = token(ada)
    assert brought(ada, file, media_type) == (0, 1, 0)
    assert (listed(ada), token(ada)) == ([changed], known)


def test_a_card_that_says_more_than_a_contact_of_1_0_is_another(ada: Account) -> None:
    contact_id = str(uuid5(SOMETHING, "a"))
    file = json.dumps([{"id": contact_id, "first_name": "Ada", "phone": "1", "notes": "x"}]).encode()
    assert brought(ada, file, JSON) == (1, 0, 0)
    assert brought(ada, vcard("FN:Ada", "TEL:1", "NOTE:y")) == (1, 0, 0)
    assert brought(ada, vcard("FN:Ada", "TEL:1", "ROLE:Clerk")) == (1, 0, 0)
    assert brought(ada, vcard("N:;Ada;;;", "FN:ada", "TEL:1", "NOTE:x", "CATEGORIES:myContacts")) == (0, 1, 0)
    assert len(listed(ada)) == 3


def test_each_contact_of_1_0_is_one_cards(ada: Account) -> None:
    """Of two that say the same, that with more of its addresses."""
    contents = [
        {"id": str(uuid5(SOMETHING, city)), "first_name": "Ada", "addresses": [{"city": city}]} for city in ("A", "B")
    ]
    assert brought(ada, json.dumps(contents).encode(), JSON) == (2, 0, 0)
    other, one = (vcard("FN:Ada", f"ADR:;;;{city};;;", "CATEGORIES:myContacts") for city in ("B", "A"))
    assert brought(ada, other + one + other) == (0, 3, 0)
    assert brought(ada, vcard("FN:Ada", "ADR:;;;C;;;")) == (1, 0, 0)


def test_no_contact_takes_ever_more_spellings_of_its_card(ada: Account) -> None:
    spellings = [vcard("FN:Ada", f"TEL;TYPE={','.join(['CELL'] * number)}:1") for number in range(1, MOST + 5)]
    assert brought(ada, spellings[0]) == (1, 0, 0)
    for file in spellings[1:]:
        assert brought(ada, file) == (0, 1, 0)
    with ada.client.application.app_context():
        assert len(db.session.scalars(select(ALIAS.c.id)).all()) == MOST


# Pictures


def with_picture(name: str, edge: int) -> str:
    return f"{name};ENCODING=b;TYPE=JPEG:{base64.b64encode(images.jpeg(edge, edge)).decode()}"


@pytest.mark.parametrize("name", ["PHOTO", "LOGO", "SOUND"])
def test_cards_that_differ_only_in_pictures_are_two_contacts(ada: Account, name: str) -> None:
    one, other = (vcard("FN:Ada", "TEL:1", with_picture(name, edge)) for edge in (64, 80))
    assert brought(ada, one + other) == (2, 0, 0)
    known = token(ada)
    assert brought(ada, other + one) == (0, 2, 0)
    assert (token(ada), len(listed(ada))) == (known, 2)


@pytest.mark.parametrize("name", ["PHOTO", "LOGO"])
def test_they_are_two_whenever_they_come(ada: Account, name: str) -> None:
    one, other = (vcard("FN:Ada", "TEL:1", with_picture(name, edge)) for edge in (64, 80))
    assert [brought(ada, file) for file in (one, other, one, other)] == [(1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0)]
    assert len(listed(ada)) == 2


def test_a_card_without_a_picture_is_the_one_that_had_none_yet_or_still(ada: Account) -> None:
    bare, pictured = vcard("FN:Ada", "TEL:1"), vcard("FN:Ada", "TEL:1", with_picture("PHOTO", 64))
    assert [brought(ada, file) for file in (bare, pictured, bare)] == [(1, 0, 0), (0, 0, 1), (0, 1, 0)]
    assert listed(ada)[0]["photo_url"]


# Contacts that were merged away


def merge(account: Account, target: str, *others: str) -> dict[str, Any]:
    return dict(done(account.post(f"/contacts/{target}/merge", json={"ids": list(others)})))


IDENTIFIED = {
    "UUID": ["UID:5f3b9d0c-6c0b-4c38-9f0a-0e5c7c1d2e3f"],
    "URN": ["UID:urn:uuid:5F3B9D0C-6C0B-4C38-9F0A-0E5C7C1D2E3F"],
    "text": ["UID:abc-1"],
    "none": [],
}


@pytest.mark.parametrize("uid", IDENTIFIED.values(), ids=IDENTIFIED)
def test_a_contact_that_was_merged_away_does_not_come_back(ada: Account, uid: list[str]) -> None:
    file = vcard("N:King;Augusta;;;", "TEL:2", "CATEGORIES:Theirs", *uid)
    brought(ada, file)
    (loser,), winner = listed(ada), create(ada, first_name="Ada", phone="1")
    merged = merge(ada, winner["id"], loser["id"])
    done(ada.patch(f"/contacts/{winner['id']}", json={"labels": []}))
    known = token(ada)
    assert brought(ada, file) == (0, 1, 0)
    assert (ids(ada), token(ada)) == ({winner["id"]}, known)
    assert show(ada, winner["id"])["first_name"] == merged["first_name"] == "Ada"


def test_a_newer_card_of_it_adds_to_the_one_that_stays(ada: Account) -> None:
    brought(ada, vcard("FN:Augusta", "TEL:2", "UID:a"))
    (loser,), winner = listed(ada), create(ada, first_name="Ada")
    merge(ada, winner["id"], loser["id"])
    assert brought(ada, vcard("FN:Augusta King", "TEL:3", "EMAIL:king@example.org", "UID:a")) == (0, 0, 1)
    (after,) = listed(ada)
    assert (after["id"], after["name"], after["phone"]) == (winner["id"], "Ada", "2")
    assert after["email"] == "king@example.org"


def test_both_cards_in_one_file_are_reported_as_nothing(ada: Account) -> None:
    file = vcard("FN:Augusta", "TEL:2", "UID:a") + vcard("FN:Ada", "TEL:1", "UID:b")
    assert brought(ada, file) == (2, 0, 0)
    one, other = listed(ada)
    merge(ada, one["id"], other["id"])
    assert brought(ada, file) == (0, 2, 0)


def test_merges_lead_on_to_the_last_that_stays(ada: Account) -> None:
    files = [vcard(f"FN:{name}", f"UID:{name}") for name in ("A", "B", "C")]
    for file in files:
        brought(ada, file)
    first, second, third = (contact["id"] for contact in listed(ada))
    merge(ada, second, first)
    merge(ada, third, second)
    assert [brought(ada, file) for file in files] == [(0, 1, 0)] * 3
    assert ids(ada) == {third}


def test_whoever_was_taken_out_of_the_bin_again_is_found_by_his_own_card(ada: Account) -> None:
    file = vcard("FN:Augusta", "UID:a")
    brought(ada, file)
    (loser,), winner = listed(ada), create(ada, first_name="Ada")
    merge(ada, winner["id"], loser["id"])
    done(ada.post(f"/contacts/{loser['id']}/restore"))
    assert brought(ada, vcard("FN:Augusta", "TEL:1", "UID:a")) == (0, 0, 1)
    assert show(ada, loser["id"])["phone"] == "1"


def test_a_contact_that_was_deleted_comes_back_by_the_card_of_one_that_was_merged_into_it(ada: Account) -> None:
    """An import adds: what a user deleted by hand and imports again is there again."""
    file = vcard("FN:Augusta", "TEL:2", "UID:a")
    brought(ada, file)
    (loser,), winner = listed(ada), create(ada, first_name="Ada")
    merge(ada, winner["id"], loser["id"])
    delete(ada, winner["id"])
    assert brought(ada, file) == (1, 0, 0)
    (after,) = listed(ada)
    assert (after["id"], after["name"], after["phone"]) == (winner["id"], "Ada", "2")


@pytest.mark.parametrize("uid", IDENTIFIED.values(), ids=IDENTIFIED)
def test_a_backup_leads_to_whoever_stayed_in_another_account_too(ada: Account, ben: Account, uid: list[str]) -> None:
    file = vcard("FN:Augusta", "TEL:2", *uid)
    brought(ada, file)
    (loser,), winner = listed(ada), create(ada, first_name="Ada")
    merge(ada, winner["id"], loser["id"])
    assert bring(ben, take(ada, format="json"), JSON)["created"] == 1
    assert brought(ben, file) == (0, 1, 0)
    assert names(ben) == ["Ada"]
    assert json.loads(take(ben, format="json"))[0]["aliases"] == json.loads(take(ada, format="json"))[0]["aliases"]


@pytest.mark.parametrize("wrong", [["x"], "x", [1], {"a": 1}])
def test_aliases_that_are_none_fail_their_item(ada: Account, wrong: object) -> None:
    report = bring(ada, json.dumps([{"first_name": "Ada", "aliases": wrong}]).encode(), JSON)
    assert (report["created"], [each["detail"].partition(":")[0] for each in report["failed"]]) == (0, ["/aliases"])


def test_others_are_not_led_to_ones_contacts(ada: Account, ben: Account) -> None:
    file = vcard("FN:Augusta", "UID:a")
    brought(ada, file)
    (loser,), winner = listed(ada), create(ada, first_name="Ada")
    merge(ada, winner["id"], loser["id"])
    assert brought(ben, file) == (1, 0, 0)


def test_aliases_go_with_their_contact_and_their_account(ada: Account) -> None:
    contacts = fill(ada, [{"first_name": "Ada"}, {"first_name": "Augusta"}])
    merge(ada, contacts[0]["id"], contacts[1]["id"])
    assert ada.post("/users/me/delete", json={"password": ada.password}).status_code == 204
    with ada.client.application.app_context():
        assert db.session.scalars(select(ALIAS.c.id)).all() == []

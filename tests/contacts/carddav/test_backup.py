"""An account's export and its import into another one: contacts, what only phones know of them, and groups."""

import re
from collections.abc import Iterable
from json import dumps, loads
from typing import Any

import pytest

from tests.accounts import Account
from tests.applications import change_settings
from tests.contacts.calls import create, delete, listed
from tests.contacts.carddav import iphone
from tests.contacts.carddav.calls import Device, card, device
from tests.contacts.carddav.test_groups import ADA, GRACE, GROUP, group, two
from tests.contacts.exchange.calls import bring, take

JSON = "application/json"


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def properties(text: str, without: Iterable[str] = ()) -> list[str]:
    """The lines of a card, but for these."""
    return sorted(line for line in unfolded(text).split("\r\n") if not line.startswith(tuple(without)))


def items(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = loads(take(account, format="json"))
    return found


def test_a_backup_brings_the_cards_of_groups_into_another_account(ada: Account, ben: Account, phone: Device) -> None:
    two(phone)
    text = group("Friends", ADA, "never came")
    phone.put("my group.vcf", text)
    assert [item["kind"] for item in items(ada) if "kind" in item] == ["group"]
    report = bring(ben, take(ada, format="json"), JSON)
    assert (report["created"], report["failed"]) == (2, [])
    other = device(ben)
    assert other.get(f"{GROUP.lower()}.vcf").text == text
    assert other.sync().changed == {other.href(f"{uid.lower()}.vcf") for uid in (ADA, GRACE, GROUP)}
    assert {contact["id"].upper(): contact["labels"] for contact in listed(ben)} == {ADA: ["Friends"], GRACE: []}
    create(ben, id="cccccccc-0000-4000-8000-000000000001", labels=["Friends"])
    assert "cccccccc" in other.get(f"{GROUP.lower()}.vcf").text
    bring(ben, card("never came").encode())
    assert listed(ben, q="Ada Lovelace", label="Friends")


def test_the_same_backup_again_changes_nothing(ada: Account, phone: Device) -> None:
    two(phone)
    phone.put("my group.vcf", group("Friends", ADA))
    backup, token = take(ada, format="json"), phone.sync().token
    bring(ada, backup, JSON)
    assert phone.sync().token == token
    edited = group("Friends", ADA).replace("END:VCARD", "NOTE:x\r\nEND:VCARD")
    phone.put("my group.vcf", edited)
    bring(ada, backup, JSON)
    assert phone.get("my group.vcf").text == edited
    phone.delete("my group.vcf")
    bring(ada, backup, JSON)
    assert phone.get("my group.vcf").text == group("Friends", ADA)


def test_a_book_of_groups_alone_is_brought_back(ada: Account, ben: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends"))
    report = bring(ben, take(ada, format="json"), JSON)
    assert (report["created"], report["failed"]) == (0, [])
    other = device(ben)
    assert other.get(f"{GROUP.lower()}.vcf").text == group("Friends")
    quota = other.propfind(other.book, "{DAV:}quota-used-bytes")[other.book].text("{DAV:}quota-used-bytes")
    assert quota == str(len(group("Friends")))


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_groups_are_among_the_vcards(ada: Account, ben: Account, phone: Device, version: str) -> None:
    two(phone)
    phone.put("my group.vcf", group("Friends", ADA))
    ada.patch(f"/contacts/{GRACE.lower()}", json={"labels": ["Friends"]})
    exported = take(ada, version=version).decode()
    assert exported.count("BEGIN:VCARD\r\n") == exported.count(f"VERSION:{version}\r\n") == 3
    last = unfolded(exported[exported.rindex("BEGIN:VCARD") :]).upper()
    kind, member = (
        ("KIND", "MEMBER") if version == "4.0" else ("X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER")
    )
    assert f"\r\n{kind}:GROUP\r\n" in last
    assert all(f"\r\n{member}:URN:UUID:{uid}\r\n" in last for uid in (ADA, GRACE))
    assert bring(ben, exported.encode())["failed"] == []
    assert [contact["labels"] for contact in listed(ben)] == [["Friends"], ["Friends"]]


def test_a_card_of_no_group_is_reported(ada: Account) -> None:
    cards = [None, 1, "", "x", card(GROUP), group("Friends") + card(ADA), "x" + group("Friends"),
             group("Friends").replace(f"UID:{GROUP}\r\n", ""), group("Friends\0"),
             group("Friends").replace("FN:", "BEGIN:VCARD\r\nFN:")]  # fmt: skip
    report = bring(ada, dumps([{"kind": "group", "name": "Friends", "card": each} for each in cards]).encode(), JSON)
    assert [failure["line"] for failure in report["failed"]] == list(range(1, len(cards) + 1))
    assert {failure["name"] for failure in report["failed"]} == {"Friends"}


def test_a_group_whose_place_is_taken_is_reported(ada: Account, ben: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends"))
    create(ben, id=GROUP.lower())
    assert [failure["line"] for failure in bring(ben, take(ada, format="json"), JSON)["failed"]] == [1]
    delete(ben, GROUP.lower())
    other = device(ben)
    other.put(f"{GROUP.lower()}.vcf", card(ADA))
    assert bring(ben, take(ada, format="json"), JSON)["failed"] == []
    assert len(other.sync().changed) == 2


def test_a_full_book_takes_no_groups(
    ada: Account, ben: Account, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends"))
    backup = take(ada, format="json")
    change_settings(monkeypatch, ben.client.application, max_book_bytes=10)
    assert [failure["line"] for failure in bring(ben, backup, JSON)["failed"]] == [1]
    assert device(ben).sync().changed == set()


def test_an_iphones_card_keeps_its_properties_in_another_account(ada: Account, ben: Account, phone: Device) -> None:
    """Its photo is then the square that apps show, and its lines are in another order."""
    phone.put(f"{iphone.UID}.vcf", iphone.CARD)
    phone.put(f"{iphone.GROUP_UID}.vcf", iphone.group("Engines", iphone.UID))
    bring(ben, take(ada, format="json"), JSON)
    other = device(ben)
    (name,) = {href for href in other.sync().changed if iphone.UID.lower() in href}
    text = other.call("GET", name).text
    generated = ("PHOTO", "REV", "UID", "FN", "PRODID", "item", "TEL", "EMAIL", "BDAY", "X-SOCIALPROFILE", "IMPP")
    expected = iphone.CARD.replace("END:VCARD", "CATEGORIES:Engines\r\nEND:VCARD")
    assert set(properties(expected, generated)) <= set(properties(text, generated))
    assert re.search(r"\r\nPHOTO;[^:]*X-ABCROP-RECTANGLE=[^:]*ENCODING=b", unfolded(text))
    assert (contact := listed(ben)[0])["photo_url"]
    same = {"id", "photo_url", "revision", "created_at", "updated_at", "section"}
    original = listed(ada)[0]
    assert {key: contact[key] for key in contact.keys() - same} == {
        key: original[key] for key in original.keys() - same
    }
    assert other.get(f"{iphone.GROUP_UID.lower()}.vcf").text == iphone.group("Engines", iphone.UID)

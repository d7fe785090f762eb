"""A device that puts its whole book again: under the same names, under others, after a wipe, and beside an app."""

from collections.abc import Callable

import pytest

from tests.accounts import Account
from tests.contacts.calls import Contact, changes, listed
from tests.contacts.carddav import iphone
from tests.contacts.carddav.calls import Device, card, device
from tests.contacts.carddav.test_groups import GROUP, group
from tests.contacts.carddav.watching import Watch

COUNT = 25
UIDS = [f"AAAAAAAA-0000-4000-8000-{number:012}" for number in range(COUNT)]
Name = Callable[[str], str]


def text_of(uid: str) -> str:
    number = int(uid[-4:])
    return card(uid, f"TEL:+44 20 7946 {number:04}", f"X-CUSTOM:{number}", fn=f"Ada {number}", n=f";Ada {number};;;")


def own(uid: str) -> str:
    return f"{uid}.vcf"


def other(uid: str) -> str:
    return f"again {uid[-3:]}.vcf"


def put_all(phone: Device, name: Name, status: int = 201) -> None:
    for uid in UIDS:
        assert phone.put(name(uid), text_of(uid)).status_code == status


def check(ada: Account, phone: Device, name: Name) -> None:
    """Devices that sync from nothing and apps see each card once, as it was put."""
    texts = phone.multiget(*phone.sync().changed).cards()
    assert texts == {phone.href(name(uid)): text_of(uid) for uid in UIDS}
    assert phone.sync("", "{DAV:}getetag", "{urn:ietf:params:xml:ns:carddav}address-data").cards() == texts
    assert sorted(contact["id"] for contact in listed(ada)) == [uid.lower() for uid in UIDS]


def counted(ada: Account) -> int:
    number: int = ada.get("/users/me").get_json()["contacts_count"]
    return number


@pytest.mark.parametrize("name", [own, other])
def test_all_deleted_and_put_again(ada: Account, phone: Device, name: Name) -> None:
    put_all(phone, own)
    since = phone.sync().token
    copy, token = followed(ada, {}, None)
    for uid in UIDS:
        assert phone.delete(own(uid)).status_code == 204
    assert phone.sync().changed == set()
    put_all(phone, name)
    check(ada, phone, name)
    delta = phone.sync(since)
    assert delta.changed == {phone.href(name(uid)) for uid in UIDS}
    assert delta.gone == (set() if name is own else {phone.href(own(uid)) for uid in UIDS})
    assert len(followed(ada, copy, token)[0]) == COUNT
    assert counted(ada) == COUNT


def followed(ada: Account, copy: dict[str, Contact], since: str | None) -> tuple[dict[str, Contact], str]:
    delta = changes(ada, since, limit=1_000)
    copy = {**copy, **{contact["id"]: contact for contact in delta["changed"]}}
    return {key: value for key, value in copy.items() if key not in delta["deleted"]}, delta["sync_token"]


def test_all_put_again_without_deleting(ada: Account, phone: Device) -> None:
    """The same bytes change nothing, under a new name they are refused with the address of the card that there is."""
    put_all(phone, own)
    token = phone.sync().token
    put_all(phone, own, 204)
    assert phone.sync().token == token
    for uid in UIDS[:5]:
        refused = phone.put(other(uid), text_of(uid))
        assert refused.status_code == 409
        assert phone.href(own(uid)) in refused.text
    check(ada, phone, own)


def test_put_again_then_deleted_under_the_old_names(ada: Account, phone: Device) -> None:
    """A device that moves a card one by one: deleted there, put here, deleted there again."""
    put_all(phone, own)
    for uid in UIDS:
        assert phone.delete(own(uid)).status_code == 204
        assert phone.put(other(uid), text_of(uid)).status_code == 201
        assert phone.delete(own(uid)).status_code == 404
    check(ada, phone, other)


def test_the_whole_book_is_wiped_and_restored_by_an_app(ada: Account, phone: Device) -> None:
    put_all(phone, own)
    since = phone.sync().token
    for uid in UIDS:
        ada.delete(f"/contacts/{uid.lower()}")
    assert phone.sync(since).gone == {phone.href(own(uid)) for uid in UIDS}
    for uid in UIDS:
        ada.post(f"/contacts/{uid.lower()}/restore")
    check(ada, phone, own)
    assert phone.sync(since).changed == {phone.href(own(uid)) for uid in UIDS}


def test_another_device_puts_what_it_knows_and_deletes_nothing_else(ada: Account, phone: Device) -> None:
    """Deleted and put again by a device that does not know a property: it is still there."""
    put_all(phone, own)
    android = device(ada, "Android")
    for uid in UIDS:
        android.delete(own(uid))
        plain = text_of(uid).replace(f"X-CUSTOM:{int(uid[-4:])}\r\n", "")
        assert android.put(own(uid), plain).status_code == 201
    assert all("X-CUSTOM" in text for text in phone.multiget(*phone.sync().changed).cards().values())


def test_groups_survive_that_their_members_are_put_again(ada: Account, phone: Device) -> None:
    watch, members = Watch(phone), UIDS[:20]
    for uid in members:
        phone.put(own(uid), text_of(uid))
    phone.put(f"{GROUP}.vcf", group("Friends", *members))
    watch.look()
    android = device(ada, "Android")
    for uid in members:
        android.delete(own(uid))
        watch.look()
        assert android.put(own(uid), text_of(uid)).status_code == 201
        watch.look()
    assert [contact["labels"] for contact in listed(ada)] == [["Friends"]] * len(members)
    assert phone.get(f"{GROUP}.vcf").text == group("Friends", *members)


@pytest.mark.parametrize("is_first", [True, False])
def test_groups_and_members_are_all_put_again(ada: Account, phone: Device, *, is_first: bool) -> None:
    """In either order, with the group among what was deleted."""
    phone.put(own(iphone.UID), iphone.CARD)
    text = iphone.group("Engines", iphone.UID)
    phone.put("group.vcf", text)
    for name in (own(iphone.UID), "group.vcf"):
        phone.delete(name)
    puts = [("group 2.vcf", text), ("ada 2.vcf", iphone.CARD)]
    for name, each in puts if is_first else reversed(puts):
        assert phone.put(name, each).status_code == 201
    assert listed(ada)[0]["labels"] == ["Engines"]
    assert phone.get("group 2.vcf").text == text
    assert phone.get("ada 2.vcf").text == iphone.CARD.replace("END:VCARD", "CATEGORIES:Engines\r\nEND:VCARD")

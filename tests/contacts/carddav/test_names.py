"""Names that a device chooses, and those that contacts have by their ids: no card hides another one."""

from collections.abc import Callable
from json import dumps

import pytest

from tests.accounts import Account
from tests.contacts.calls import batch, create, done, listed
from tests.contacts.carddav.calls import Device, card, unmet
from tests.contacts.carddav.test_groups import GROUP, group
from tests.contacts.exchange.calls import bring

OTHER, OWN = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
NAME = f"{OWN}.vcf"
CONTENT = {"first_name": "Grace"}

DOORS: list[Callable[[Account], object]] = [
    lambda ada: done(ada.post("/contacts", json={"id": OWN, **CONTENT}), 201),
    lambda ada: done(ada.put(f"/contacts/{OWN}", json=CONTENT), 201),
    lambda ada: batch(ada, [{"op": "create", "id": OWN, "contact": CONTENT}]),
    lambda ada: bring(ada, card(OWN, fn="Grace", n=";Grace;;;").encode()),
    lambda ada: bring(ada, dumps([{"id": OWN, **CONTENT}]).encode(), "application/json"),
]


def served(phone: Device) -> dict[str, str]:
    """The UIDs of all cards by their names, which PROPFIND, a first sync, multiget and GET agree on."""
    hrefs = phone.sync().changed
    assert set(phone.propfind(phone.book, "{DAV:}getetag", depth="1")) == {phone.book, *hrefs}
    texts = phone.multiget(*sorted(hrefs)).cards()
    assert texts.keys() == hrefs
    assert {href: phone.call("GET", href).text for href in hrefs} == texts
    return {href.removeprefix(phone.book): uid_of(text) for href, text in texts.items()}


def uid_of(text: str) -> str:
    return text.partition("\r\nUID:")[2].partition("\r\n")[0].lower()


@pytest.mark.parametrize("come", DOORS)
def test_a_contact_whose_name_a_card_has_gets_another(
    ada: Account, phone: Device, come: Callable[[Account], object]
) -> None:
    text = card(OTHER)
    assert phone.put(NAME, text).status_code == 201
    token = phone.sync().token
    come(ada)
    names = served(phone)
    assert names.pop(NAME) == OTHER
    ((name, uid),) = names.items()
    assert uid == OWN
    delta = phone.sync(token)
    assert (delta.changed, delta.gone) == ({phone.href(name)}, set())
    assert phone.get(NAME).text == text
    assert phone.put(name, card(OWN, "NOTE:x")).status_code == 204
    assert phone.put(NAME, card(OTHER, "NOTE:y")).status_code == 204
    assert {contact["id"]: contact["notes"] for contact in listed(ada)} == {OWN: "x", OTHER: "y"}


def test_a_card_cannot_take_the_name_of_a_contact(ada: Account, phone: Device) -> None:
    create(ada, id=OWN, **CONTENT)
    assert unmet(phone.put(NAME, card(OTHER))) == (409, "{urn:ietf:params:xml:ns:carddav}no-uid-conflict")
    assert served(phone) == {NAME: OWN}


@pytest.mark.parametrize("again", ["restore", "put"])
def test_the_name_of_a_deleted_contact_is_given_away(ada: Account, phone: Device, again: str) -> None:
    create(ada, id=OWN, **CONTENT)
    ada.delete(f"/contacts/{OWN}")
    assert phone.put(NAME, card(OTHER)).status_code == 201
    if again == "restore":
        done(ada.post(f"/contacts/{OWN}/restore"))
    else:
        ada.put(f"/contacts/{OWN}", json=CONTENT)
    names = served(phone)
    assert names.pop(NAME) == OTHER
    assert list(names.values()) == [OWN]


def test_a_card_in_the_bin_keeps_its_name_for_when_it_is_restored(ada: Account, phone: Device) -> None:
    phone.put(NAME, card(OTHER))
    phone.delete(NAME)
    create(ada, id=OWN, **CONTENT)
    done(ada.post(f"/contacts/{OTHER}/restore"))
    names = served(phone)
    assert names.pop(NAME) == OTHER
    assert list(names.values()) == [OWN]


def test_a_deleted_contact_comes_back_as_a_device_puts_it(ada: Account, phone: Device) -> None:
    phone.put(NAME, card(OTHER))
    create(ada, id=OWN, **CONTENT)
    (name,) = served(phone).keys() - {NAME}
    phone.delete(name)
    assert phone.put(f"{OWN}-2.vcf", card(OWN)).status_code == 201
    assert served(phone) == {NAME: OTHER, f"{OWN}-2.vcf": OWN}


@pytest.mark.parametrize("come", DOORS)
def test_a_contact_whose_name_a_group_has_gets_another(
    ada: Account, phone: Device, come: Callable[[Account], object]
) -> None:
    text = group("Friends")
    phone.put(NAME, text)
    come(ada)
    names = served(phone)
    assert names.pop(NAME) == GROUP.lower()
    assert list(names.values()) == [OWN]
    assert phone.get(NAME).text == text
    assert phone.put(NAME, group("Friends", OWN)).status_code == 204


def test_a_group_may_be_edited_though_a_contact_has_its_id(ada: Account, phone: Device) -> None:
    phone.put(NAME, group("Friends", uid=OWN))
    create(ada, id=OWN, **CONTENT)
    assert phone.put(NAME, group("Best friends", uid=OWN)).status_code == 204
    assert len(served(phone)) == 2


def test_a_group_cannot_take_the_name_of_a_contact(ada: Account, phone: Device) -> None:
    create(ada, id=OWN, **CONTENT)
    assert unmet(phone.put(NAME, group("Friends"))) == (409, "{urn:ietf:params:xml:ns:carddav}no-uid-conflict")


def test_two_contacts_whose_names_are_taken_in_one_batch(ada: Account, phone: Device) -> None:
    ids = [OWN, OWN[:-1] + "3"]
    for number, each in enumerate(ids):
        phone.put(f"{each}.vcf", card(f"other-{number}"))
    batch(ada, [{"op": "create", "id": each, "contact": CONTENT} for each in ids])
    assert sorted(served(phone).values()) == [*ids, "other-0", "other-1"]

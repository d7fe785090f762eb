"""What DAVx5 sends: discovery, then each sync in its order, with both of its ways to keep groups."""

import pytest

from tests.accounts import Account
from tests.contacts.calls import create, listed
from tests.contacts.carddav.calls import D, device, unmet
from tests.contacts.carddav.davx5 import AGENT, SYNC, UID, Android, card, group


@pytest.fixture
def android(ada: Account) -> Android:
    return Android(device(ada, "Pixel"))


def test_the_book_is_found_and_an_edit_goes_up_and_down(ada: Account, android: Android) -> None:
    assert android.set_up() == android.device.book
    contact = create(ada, first_name="Grace", last_name="Hopper")
    android.sync()
    name = f"{contact['id']}.vcf"
    assert "\r\nFN:Grace Hopper\r\n" in android.cards[name]
    android.edit(f"{UID}.vcf", card(UID, "TEL;TYPE=cell:+44 20 7946 0958"))
    android.edit(name, android.cards[name].replace("FN:", "TITLE:Admiral\r\nFN:"))
    android.sync()
    assert {each["name"]: each["job_title"] for each in listed(ada)} == {
        "Ada Lovelace": None,
        "Grace Hopper": "Admiral",
    }
    assert android.cards[f"{UID}.vcf"] == card(UID, "TEL;TYPE=cell:+44 20 7946 0958")
    before = android.token
    android.sync()
    assert android.token == before


def test_an_edit_of_what_was_deleted_is_uploaded_anew(ada: Account, android: Android) -> None:
    android.edit(f"{UID}.vcf", card(UID))
    android.sync()
    ada.delete(f"/contacts/{UID}")
    android.edit(f"{UID}.vcf", card(UID, "NOTE:an edit"))
    android.sync()
    android.sync()
    assert [each["notes"] for each in listed(ada)] == ["an edit"]
    assert android.cards == {f"{UID}.vcf": card(UID, "NOTE:an edit")}


def test_an_edit_that_came_too_late_is_given_up(ada: Account, android: Android) -> None:
    android.edit(f"{UID}.vcf", card(UID))
    android.sync()
    ada.patch(f"/contacts/{UID}", json={"notes": "first"})
    android.edit(f"{UID}.vcf", card(UID, "NOTE:second"))
    android.sync()
    assert [each["notes"] for each in listed(ada)] == ["first"]
    assert "NOTE:first" in android.cards[f"{UID}.vcf"]


def test_a_contact_that_is_edited_keeps_its_categories(ada: Account, android: Android) -> None:
    """In its default mode DAVx5 neither maps CATEGORIES nor keeps them."""
    contact = create(ada, first_name="Ada", labels=["Poets"], favorite=True)
    android.sync()
    name = f"{contact['id']}.vcf"
    android.edit(name, card(contact["id"], "NOTE:an edit", fn="Ada", n=";Ada;;;"))
    android.sync()
    (found,) = listed(ada)
    assert (found["labels"], found["favorite"], found["notes"]) == (["Poets"], True, "an edit")
    assert "CATEGORIES:Poets" in android.cards[name]


def test_groups_as_cards(ada: Account, android: Android) -> None:
    android.edit(f"{UID}.vcf", card(UID))
    android.edit("friends.vcf", group("friends", "Friends", UID))
    android.sync()
    assert listed(ada)[0]["labels"] == ["Friends"]
    assert android.cards["friends.vcf"] == group("friends", "Friends", UID)
    other = create(ada, first_name="Grace", labels=["Friends"])
    android.sync()
    assert f"urn:uuid:{other['id']}" in android.cards["friends.vcf"].replace("\r\n ", "")
    android.deleted.add("friends.vcf")
    android.sync()
    assert [each["labels"] for each in listed(ada)] == [[], []]
    assert "friends.vcf" not in android.cards


def test_groups_as_categories(ada: Account, android: Android) -> None:
    text = card(UID, "CATEGORIES:Friends,Poets")
    android.edit(f"{UID}.vcf", text)
    android.sync()
    assert listed(ada)[0]["labels"] == ["Friends", "Poets"]
    android.edit(f"{UID}.vcf", card(UID))
    android.sync()
    assert listed(ada)[0]["labels"] == []


def test_an_old_token_begins_anew(android: Android) -> None:
    android.edit(f"{UID}.vcf", card(UID))
    android.sync()
    answer = android.device.call("REPORT", android.device.book, SYNC.format(token="http://old"), User_Agent=AGENT)
    assert unmet(answer) == (403, f"{D}valid-sync-token")


@pytest.mark.parametrize(
    "line",
    [
        "TEL;TYPE=cell,voice,pref;X-ANDROID-IS-PRIMARY=1:+1 555 0100",
        "X-SIP:sip:ada@example.org",
        "item1.X-ABRELATEDNAMES:Annabella\r\nitem1.X-ABLabel:_$!<Mother>!$_",
        "group1.EMAIL:ada@example.org\r\ngroup1.X-ABLABEL:Custom",
        "IMPP;X-SERVICE-TYPE=Jabber:xmpp:ada@example.org",
        "item1.X-ABDATE;VALUE=DATE:1835-07-08\r\nitem1.X-ABLABEL:_$!<Anniversary>!$_",
        "X-PHONETIC-FIRST-NAME:Ay-da\r\nX-PHONETIC-MIDDLE-NAME:x\r\nX-PHONETIC-LAST-NAME:y",
        "NOTE:" + "ä" * 60_000,
        "RELATED;TYPE=spouse;VALUE=text:William",
        "X-DAVX5-UNKNOWN;CHARSET=UTF-8:value\\, more",
        "FOO.BAR:x",
        "ORG:A;B;C;D",
    ],
)
def test_what_it_writes_comes_back_as_it_was(android: Android, line: str) -> None:
    android.edit("a.vcf", card("a", line))
    android.sync()
    assert android.cards == {"a.vcf": card("a", line)}
    assert android.device.get("a.vcf").text == card("a", line)

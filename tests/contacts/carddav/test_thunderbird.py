"""What Thunderbird sends: everything in one multiget at first, then deltas with the cards themselves."""

from urllib.parse import unquote

import pytest

from tests.accounts import Account
from tests.contacts.calls import create, listed
from tests.contacts.carddav.calls import D, device, unmet
from tests.contacts.carddav.thunderbird import AGENT, NEW, SYNC, UID, Thunderbird


@pytest.fixture
def bird(ada: Account) -> Thunderbird:
    return Thunderbird(device(ada, "Thunderbird"))


def test_the_book_is_found_read_and_kept_up_to_date(ada: Account, bird: Thunderbird) -> None:
    assert bird.set_up() == bird.device.book
    bird.fetch_all()
    assert bird.cards == {}
    contact = create(ada, first_name="Grace")
    bird.sync()
    assert "FN:Grace" in bird.cards[bird.device.href(f"{contact['id']}.vcf")]
    ada.delete(f"/contacts/{contact['id']}")
    bird.sync()
    assert bird.cards == {}


def test_a_new_card_in_4_0_is_kept_in_3_0_with_all_that_it_had(ada: Account, bird: Thunderbird) -> None:
    bird.fetch_all()
    bird.put(f"{UID}.vcf", NEW)
    text = bird.cards[bird.device.href(f"{UID}.vcf")]
    for line in ("VERSION:3.0", f"UID:{UID}", "NICKNAME:Countess", "X-CUSTOM1;VALUE=TEXT:first", "N:Lovelace;Ada;;;"):
        assert f"\r\n{line}\r\n" in text
    (contact,) = listed(ada)
    assert (contact["email"], contact["birthday"], contact["company"]) == (
        "ada@example.org",
        "1815-12-10",
        "Analytical Society",
    )
    bird.sync()
    assert bird.cards == {bird.device.href(f"{UID}.vcf"): text}


def test_an_edit_of_a_card_of_ours_comes_back_unchanged(ada: Account, bird: Thunderbird) -> None:
    """It writes the properties that it read in another order and with other line ends than they came."""
    contact = create(ada, first_name="Grace", labels=["Navy"], email="grace@example.org")
    bird.fetch_all()
    (href, text) = next(iter(bird.cards.items()))
    body = [line for line in text.split("\r\n") if line][2:-1]
    edited = "".join(
        f"{line}\r\n" for line in ("BEGIN:VCARD", "VERSION:3.0", *reversed(body), "TITLE:Admiral", "END:VCARD")
    )
    bird.put(unquote(href.rpartition("/")[2]), edited)
    assert bird.cards[href] == edited
    (found,) = listed(ada)
    assert (found["id"], found["job_title"], found["labels"]) == (contact["id"], "Admiral", ["Navy"])


def test_a_refused_token_is_400_so_that_it_begins_anew(bird: Thunderbird) -> None:
    for token in ("", "data:,old"):
        answer = bird.device.call("REPORT", bird.device.book, SYNC.format(token=token), User_Agent=AGENT, Depth="1")
        assert token or answer.status_code == 207
        assert not token or unmet(answer) == (400, f"{D}valid-sync-token")


def test_the_last_writer_wins(ada: Account, bird: Thunderbird) -> None:
    bird.put(f"{UID}.vcf", NEW)
    ada.patch(f"/contacts/{UID}", json={"nickname": "Enchantress"})
    bird.put(f"{UID}.vcf", NEW)
    assert listed(ada)[0]["nickname"] == "Countess"


def test_a_card_is_deleted_without_a_condition(ada: Account, bird: Thunderbird) -> None:
    bird.put(f"{UID}.vcf", NEW)
    assert bird.device.delete(f"{UID}.vcf", User_Agent=AGENT).status_code == 204
    assert listed(ada) == []


@pytest.mark.parametrize("spelled", ["urn:uuid:{}", "URN:UUID:{}", "{}"])
def test_a_uid_as_it_writes_it_names_the_file(ada: Account, bird: Thunderbird, spelled: str) -> None:
    uid = spelled.format(UID)
    name = f"{uid}.vcf"
    answer = bird.device.call(
        "PUT", bird.device.book + name, NEW.replace(UID, uid), Content_Type="text/vcard", User_Agent=AGENT
    )
    assert answer.status_code == 201
    assert f"\r\nUID:{uid}\r\n" in bird.device.get(name).text

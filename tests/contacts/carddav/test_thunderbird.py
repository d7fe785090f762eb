"""What Thunderbird sends: everything in one multiget at first, then deltas with the cards themselves."""

from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest

from tests.accounts import Account
from tests.contacts.calls import create, listed
from tests.contacts.carddav.calls import OK, C, D, Device, Multistatus, device, multistatus, unmet

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"
XML = "text/xml"
NAMES = 'xmlns="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/"'
FIND = f"<propfind {NAMES}><prop>{{names}}</prop></propfind>"
FIRST = "<resourcetype/><displayname/><current-user-principal/><current-user-privilege-set/>"
SYNC = (
    f"<sync-collection {NAMES}><sync-token>{{token}}</sync-token><sync-level>1</sync-level>"
    "<prop><getetag/><card:address-data/></prop></sync-collection>"
)
MULTIGET = (
    f"<card:addressbook-multiget {NAMES}><prop><getetag/><card:address-data/></prop>{{hrefs}}"
    "</card:addressbook-multiget>"
)
UID = "f3a2b1c0-1234-4f00-9c11-d0d0d0d0d0d0"
NEW = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nEMAIL;PREF=1:ada@example.org\r\nEMAIL:ada@work.example.org\r\n"
    "FN:Ada Lovelace\r\nNICKNAME:Countess\r\nN:Lovelace;Ada;;;\r\nTEL;VALUE=TEXT;TYPE=work:+44 20\r\n"
    'BDAY;VALUE=DATE:18151210\r\nORG:Analytical Society;"Engines"\r\nX-CUSTOM1;VALUE=TEXT:first\r\n'
    f"IMPP:xmpp:ada@example.org\r\nTZ;VALUE=TEXT:Europe/London\r\nUID:{UID}\r\nEND:VCARD\r\n"
)


@dataclass
class Thunderbird:
    """An address book of Thunderbird; cards by href."""

    device: Device
    cards: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def call(self, method: str, path: str, body: str, depth: str) -> Multistatus:
        return multistatus(
            self.device.call(method, path, body, Depth=depth, Content_Type=XML, User_Agent=AGENT, Accept="text/xml")
        )

    def set_up(self) -> str:
        (root,) = self.call("PROPFIND", "/carddav/", FIND.format(names=FIRST), "0").values()
        (principal,) = root.hrefs(f"{D}current-user-principal")
        (described,) = self.call(
            "PROPFIND", str(principal), FIND.format(names="<resourcetype/><card:addressbook-home-set/>"), "0"
        ).values()
        (home,) = described.hrefs(f"{C}addressbook-home-set")
        names = "<resourcetype/><displayname/><current-user-privilege-set/>"
        found = self.call("PROPFIND", str(home), FIND.format(names=names), "1")
        books = [
            href
            for href, each in found.items()
            if next(iter(each.properties)) == OK and each.found[f"{D}resourcetype"].find(f"{C}addressbook") is not None
        ]
        (book,) = books
        privileges = found[book].found[f"{D}current-user-privilege-set"]
        assert privileges.find(f".//{D}write") is not None
        return book

    def fetch_all(self) -> None:
        names = "<resourcetype/><getetag/><cs:getctag/>"
        listed = self.call("PROPFIND", self.device.book, FIND.format(names=names), "1")
        hrefs = [href for href, each in listed.items() if each.found.get(f"{D}getetag") is not None]
        if hrefs:
            body = MULTIGET.format(hrefs="".join(f"<href>{href}</href>" for href in hrefs))
            self.cards = self.call("REPORT", self.device.book, body, "1").cards()
        names = "<displayname/><cs:getctag/><sync-token/>"
        (state,) = self.call("PROPFIND", self.device.book, FIND.format(names=names), "0").values()
        self.token = state.text(f"{D}sync-token") or ""

    def sync(self) -> None:
        delta = self.call("REPORT", self.device.book, SYNC.format(token=self.token), "1")
        for href in delta.gone:
            self.cards.pop(href, None)
        self.cards |= delta.cards()
        self.token = delta.token

    def put(self, name: str, text: str) -> None:
        """Without conditions; then it reads the card back."""
        answer = self.device.put(name, text, Content_Type="text/vcard", User_Agent=AGENT)
        assert answer.status_code in (201, 204)
        href = self.device.href(name)
        found = self.call("REPORT", self.device.book, MULTIGET.format(hrefs=f"<href>{href}</href>"), "1")
        self.cards |= found.cards()


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

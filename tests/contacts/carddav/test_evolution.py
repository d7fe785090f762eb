"""What Evolution sends: no deltas, but ctag, ETags and cards in batches."""

from dataclasses import dataclass, field
from hashlib import sha1

import pytest

from tests.accounts import Account
from tests.contacts.calls import create, listed
from tests.contacts.carddav.calls import CS, D, Device, Multistatus, device, multistatus

AGENT = "Evolution/3.56.2"
XML = 'application/xml; charset="utf-8"'
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
CTAG = f'{HEAD}<D:propfind xmlns:D="DAV:"><D:prop><C:getctag xmlns:C="http://calendarserver.org/ns/"/></D:prop></D:propfind>'
ETAGS = f'{HEAD}<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
MULTIGET = (
    f'{HEAD}<B:addressbook-multiget xmlns:D="DAV:" xmlns:B="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>'
    '<B:address-data content-type="text/vcard" version="3.0"/></D:prop>{hrefs}</B:addressbook-multiget>'
)
LIST = (
    f'{HEAD}<B:addressbook-query xmlns:D="DAV:" xmlns:B="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>'
    '<B:address-data><B:prop name="VERSION"/><B:prop name="UID"/></B:address-data></D:prop></B:addressbook-query>'
)


def card(uid: str, *lines: str) -> str:
    whole = (
        "BEGIN:VCARD", "VERSION:3.0", "PRODID:-//Evolution//NONSGML 3.56.2//EN", f"UID:{uid}", "FN:Ada Lovelace",
        "N:Lovelace;Ada;;;", "X-EVOLUTION-FILE-AS:Lovelace\\, Ada", *lines,
        "X-EVOLUTION-WEBDAV-ETAG:", "REV:2026-11-28T07:00:00Z(1)", "END:VCARD",
    )  # fmt: skip
    return "\r\n".join(whole)


@dataclass
class Evolution:
    """An address book of Evolution; texts and ETags by href."""

    device: Device
    cards: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    ctag: str | None = None

    def call(self, method: str, path: str, body: str, depth: str) -> Multistatus:
        return multistatus(self.device.call(method, path, body, Depth=depth, Content_Type=XML, User_Agent=AGENT))

    def open(self) -> None:
        answer = self.device.call("OPTIONS", self.device.book, User_Agent=AGENT)
        assert "addressbook" in answer.headers["DAV"]
        assert "PUT" in answer.headers["Allow"].split(", ")

    def sync(self) -> bool:
        (state,) = self.call("PROPFIND", self.device.book, CTAG, "0").values()
        if state.text(f"{CS}getctag") == self.ctag:
            return False
        self.ctag = state.text(f"{CS}getctag")
        listed = self.call("PROPFIND", self.device.book, ETAGS, "1")
        etags = {href: each.text(f"{D}getetag") or "" for href, each in listed.items() if f"{D}getetag" in each.found}
        changed = [href for href, etag in etags.items() if self.etags.get(href) != etag]
        self.cards = {href: text for href, text in self.cards.items() if href in etags}
        for start in range(0, len(changed), 100):
            hrefs = "".join(f"<D:href>{href}</D:href>" for href in changed[start : start + 100])
            self.cards |= self.call("REPORT", self.device.book, MULTIGET.format(hrefs=hrefs), "1").cards()
        self.etags = etags
        return True

    def save(self, uid: str, text: str) -> None:
        """Keeps its own text where the answer has a strong ETag, without reading the card back."""
        name = sha1(uid.encode(), usedforsecurity=False).hexdigest() if "/" in uid else uid
        href = self.device.href(f"{name}.vcf")
        condition = {"If_Match": self.etags[href]} if href in self.etags else {"If_None_Match": "*"}
        answer = self.device.call(
            "PUT", href, text, Content_Type='text/vcard; charset="utf-8"', User_Agent=AGENT, **condition
        )
        assert answer.status_code in (201, 204), answer.text
        self.cards[href] = text
        if "ETag" in answer.headers:
            self.etags[href] = answer.headers["ETag"]
        else:
            self.cards |= self.call(
                "REPORT", self.device.book, MULTIGET.format(hrefs=f"<D:href>{href}</D:href>"), "1"
            ).cards()


@pytest.fixture
def evolution(ada: Account) -> Evolution:
    return Evolution(device(ada, "Laptop"))


def test_the_book_is_writable_and_follows_the_ctag(ada: Account, evolution: Evolution) -> None:
    evolution.open()
    assert evolution.sync()
    assert not evolution.sync()
    contact = create(ada, first_name="Grace")
    assert evolution.sync()
    assert list(evolution.cards) == [evolution.device.href(f"{contact['id']}.vcf")]
    ada.delete(f"/contacts/{contact['id']}")
    assert evolution.sync()
    assert evolution.cards == {}


@pytest.mark.parametrize("uid", ["pas-id-69297A5000000000", "a/b c", "ä:ö", "20AC-é@host.example.org"])
def test_its_own_text_is_what_the_server_has(ada: Account, evolution: Evolution, uid: str) -> None:
    evolution.sync()
    evolution.save(uid, card(uid, "X-EVOLUTION-SPOUSE:William", "TEL;TYPE=WORK,VOICE;X-EVOLUTION-UI-SLOT=1:+44 20"))
    evolution.save(uid, card(uid, "X-EVOLUTION-SPOUSE:William King", "TEL;X-EVOLUTION-UI-SLOT=1;TYPE=WORK:+44 20"))
    (href, text) = next(iter(evolution.cards.items()))
    assert evolution.device.call("GET", href).text == text
    evolution.sync()
    assert evolution.cards == {href: text}
    assert listed(ada)[0]["phone"] == "+44 20"


def test_a_listing_has_the_uids_of_all_cards(ada: Account, evolution: Evolution) -> None:
    for uid in ("one", "two"):
        evolution.save(uid, card(uid))
    create(ada, first_name="Grace")
    found = evolution.call("REPORT", evolution.device.book, LIST, "0")
    assert len(found.changed) == 3
    assert all("\r\nUID:" in text for text in found.cards().values())
    assert {text.partition("\r\nUID:")[2].partition("\r\n")[0] for text in found.cards().values()} >= {"one", "two"}


def test_what_is_gone_already_is_404(evolution: Evolution) -> None:
    evolution.save("one", card("one"))
    for expected in (204, 404):
        answer = evolution.device.delete("one.vcf", User_Agent=AGENT)
        assert answer.status_code == expected
    assert evolution.device.delete("one", User_Agent=AGENT).status_code == 404


def test_a_card_that_another_has_changed_is_not_overwritten(ada: Account, evolution: Evolution) -> None:
    evolution.save("one", card("one"))
    ada.patch(f"/contacts/{listed(ada)[0]['id']}", json={"notes": "first"})
    href = evolution.device.href("one.vcf")
    answer = evolution.device.call(
        "PUT", href, card("one"), Content_Type="text/vcard", If_Match=evolution.etags[href], User_Agent=AGENT
    )
    assert answer.status_code == 412
    evolution.sync()
    assert "NOTE:first" in evolution.cards[href]

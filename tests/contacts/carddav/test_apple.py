"""What iOS and macOS send, in their order, from a bare host to edits and groups."""

from collections.abc import Mapping

import pytest

from tests.accounts import Account
from tests.contacts.calls import listed, show
from tests.contacts.carddav import iphone
from tests.contacts.carddav.calls import (
    CS,
    C,
    D,
    Device,
    Multistatus,
    basic,
    card,
    device,
    multistatus,
    query,
    unmet,
)

ME = "http://me.com/_namespaces/"
ACCOUNTSD = {
    "User-Agent": "iOS/17.5.1 (21F90) accountsd/1.0",
    "Accept": "*/*",
    "Content-Type": "text/xml",
    "Brief": "t",
    "Prefer": "return=minimal",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "gzip, deflate",
}
DATAACCESSD = {**ACCOUNTSD, "User-Agent": "iOS/17.5.1 (21F90) dataaccessd/1.0"}
MACOS = {**ACCOUNTSD, "User-Agent": "macOS/14.5 (23F79) AddressBookCore/2561.600.31 AddressBookSourceSync/2561.600.31"}
FIND = """<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:current-user-principal/>
    <A:principal-URL/>
    <A:resourcetype/>
  </A:prop>
</A:propfind>
"""
PRINCIPAL = """<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <B:addressbook-home-set xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <B:directory-gateway xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <A:displayname/>
    <C:email-address-set xmlns:C="http://calendarserver.org/ns/"/>
    <A:principal-collection-set/>
    <A:principal-URL/>
    <A:resource-id/>
    <A:supported-report-set/>
  </A:prop>
</A:propfind>
"""
HOME = """<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:add-member/>
    <D:bulk-requests xmlns:D="http://me.com/_namespaces/"/>
    <A:current-user-privilege-set/>
    <A:displayname/>
    <B:max-image-size xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <B:max-resource-size xmlns:B="urn:ietf:params:xml:ns:carddav"/>
    <C:me-card xmlns:C="http://calendarserver.org/ns/"/>
    <A:owner/>
    <C:push-transports xmlns:C="http://calendarserver.org/ns/"/>
    <C:pushkey xmlns:C="http://calendarserver.org/ns/"/>
    <A:quota-available-bytes/>
    <A:quota-used-bytes/>
    <A:resource-id/>
    <A:resourcetype/>
    <A:supported-report-set/>
    <A:sync-token/>
  </A:prop>
</A:propfind>
"""
CTAG = """<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <C:getctag xmlns:C="http://calendarserver.org/ns/"/>
    <A:sync-token/>
  </A:prop>
</A:propfind>
"""
ETAGS = """<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:getetag/>
  </A:prop>
</A:propfind>
"""
SYNC = """<?xml version="1.0" encoding="UTF-8"?>
<A:sync-collection xmlns:A="DAV:">
  <A:sync-token>{token}</A:sync-token>
  <A:sync-level>1</A:sync-level>
  <A:prop>
    <A:getetag/>
  </A:prop>
</A:sync-collection>
"""
MULTIGET = """<?xml version="1.0" encoding="UTF-8"?>
<B:addressbook-multiget xmlns:B="urn:ietf:params:xml:ns:carddav">
  <A:prop xmlns:A="DAV:">
    <A:getetag/>
    <B:address-data/>
  </A:prop>
{hrefs}
</B:addressbook-multiget>
"""
ME_CARD = """<?xml version="1.0" encoding="UTF-8"?>
<A:propertyupdate xmlns:A="DAV:">
  <A:set>
    <A:prop>
      <C:me-card xmlns:C="http://calendarserver.org/ns/"><A:href>{href}</A:href></C:me-card>
    </A:prop>
  </A:set>
</A:propertyupdate>
"""


class Phone:
    """An iPhone, or a Mac, that keeps the cards and ETags of the book."""

    def __init__(self, device: Device, headers: Mapping[str, str]) -> None:
        self.device, self.headers = device, dict(headers)
        self.cards: dict[str, str] = {}
        self.etags: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, data: str, *, depth: str = "0") -> Multistatus:
        """Without a password first, as on each new connection."""
        headers = {**self.headers, "Depth": depth}
        refused = self.device.client.open(path, method=method, data=data, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == 'Basic realm="Contacts", charset="UTF-8"'
        signed = basic("ada", self.device.password)
        return multistatus(self.device.client.open(path, method=method, data=data, headers={**headers, **signed}))

    def set_up(self) -> str:
        """The book that is found from the bare host."""
        way = self.device.client.open(
            "/.well-known/carddav", method="PROPFIND", data=FIND, headers={**self.headers, "Depth": "0"}
        )
        assert way.status_code == 301
        (root,) = self.ask("PROPFIND", way.headers["Location"], FIND).values()
        (principal,) = root.hrefs(f"{D}current-user-principal")
        assert principal
        options = self.device.call("OPTIONS", principal, **underscored(self.headers))
        assert "addressbook" in options.headers["DAV"].split(", ")
        (described,) = self.ask("PROPFIND", principal, PRINCIPAL).values()
        assert described.text(f"{D}displayname") == "ada"
        (home,) = described.hrefs(f"{C}addressbook-home-set")
        assert home
        found = self.ask("PROPFIND", home, HOME, depth="1")
        (book,) = [
            href for href, each in found.items() if each.found[f"{D}resourcetype"].find(f"{C}addressbook") is not None
        ]
        assert len({way.headers["Location"], principal, home, book}) == 4
        assert f"{{{ME}}}bulk-requests" not in found[book].found
        assert int(found[book].text(f"{C}max-image-size") or 0) > 10**6
        assert found[book].found[f"{D}current-user-privilege-set"].find(f".//{D}write") is not None
        return book

    def sync(self) -> None:
        (state,) = self.ask("PROPFIND", self.device.book, CTAG).values()
        if state.text(f"{CS}getctag") == self.token:
            return
        if not self.token:
            listed = self.ask("PROPFIND", self.device.book, ETAGS, depth="1")
            changed = {href: each.text(f"{D}getetag") for href, each in listed.items() if href != self.device.book}
            self.token = state.text(f"{D}sync-token") or ""
        else:
            delta = self.ask("REPORT", self.device.book, SYNC.format(token=self.token))
            for href in delta.gone:
                self.cards.pop(href, None)
                self.etags.pop(href, None)
            changed, self.token = dict(delta.etags()), delta.token
        wanted = [href for href, etag in changed.items() if etag != self.etags.get(href)]
        if wanted:
            hrefs = "\n".join(f'  <A:href xmlns:A="DAV:">{href}</A:href>' for href in wanted)
            found = self.ask("REPORT", self.device.book, MULTIGET.format(hrefs=hrefs))
            self.cards |= found.cards()
            self.etags |= found.etags()

    def put(self, uid: str, card: str) -> None:
        href = self.device.href(f"{uid}.vcf")
        condition = {"If-Match": self.etags[href]} if href in self.etags else {"If-None-Match": "*"}
        headers = {**self.headers, **condition, "Content-Type": "text/vcard"}
        answer = self.device.call("PUT", href, card, **underscored(headers))
        assert answer.status_code == (204 if href in self.etags else 201), answer.text
        self.cards[href] = card
        if "ETag" in answer.headers:
            self.etags[href] = answer.headers["ETag"]

    def card(self, uid: str) -> str:
        return self.cards[self.device.href(f"{uid}.vcf")]


def underscored(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


@pytest.fixture(params=["iPhone", "Mac"])
def apple(ada: Account, request: pytest.FixtureRequest) -> Phone:
    return Phone(device(ada, request.param), DATAACCESSD if request.param == "iPhone" else MACOS)


def test_the_book_is_found_from_a_bare_host(apple: Phone) -> None:
    assert apple.set_up() == apple.device.book
    assert Phone(apple.device, ACCOUNTSD).set_up() == apple.device.book


def test_what_is_put_stays_byte_for_byte_through_all_methods(ada: Account, ben: Account, apple: Phone) -> None:
    apple.set_up()
    apple.sync()
    apple.put(iphone.UID, iphone.CARD)
    apple.sync()
    assert apple.card(iphone.UID) == iphone.CARD
    phone, name = apple.device, f"{iphone.UID}.vcf"
    assert phone.get(name).text == iphone.CARD
    assert phone.call("HEAD", phone.href(name)).headers["ETag"] == apple.etags[phone.href(name)]
    assert phone.sync("", f"{D}getetag", f"{C}address-data").cards() == {phone.href(name): iphone.CARD}
    assert unmet(phone.call("PROPFIND", phone.href(name), ETAGS)) == (403, f"{D}propfind-finite-depth")
    me = multistatus(phone.call("PROPPATCH", phone.book, ME_CARD.format(href=phone.href(name))))[phone.book]
    assert set(me.properties) == {"HTTP/1.1 403 Forbidden"}
    assert phone.delete(name, If_Match=apple.etags[phone.href(name)]).status_code == 204
    apple.sync()
    assert apple.cards == {}
    ada.post(f"/contacts/{iphone.UID.lower()}/restore")
    apple.sync()
    assert apple.card(iphone.UID) == iphone.CARD
    contact = show(ada, iphone.UID.lower())
    assert contact["photo_url"]
    assert contact["phonetic_first_name"] == "AY-duh"
    assert ("email", "Difference, Engine") in {(detail["kind"], detail["label"]) for detail in contact["details"]}


def test_a_card_and_its_group_are_the_same_by_every_way_of_reading(ada: Account, apple: Phone) -> None:
    apple.set_up()
    group = iphone.group("Engines; & more", iphone.UID)
    labelled = iphone.CARD.replace("END:VCARD", "CATEGORIES:Engines\\; & more\r\nEND:VCARD")
    apple.put(iphone.GROUP_UID, group)
    apple.put(iphone.UID, iphone.CARD)
    apple.sync()
    apple.put(iphone.UID, labelled)
    apple.sync()
    phone = apple.device
    texts = {phone.href(f"{iphone.UID}.vcf"): labelled, phone.href(f"{iphone.GROUP_UID}.vcf"): group}
    etags = {href: apple.etags[href] for href in texts}
    assert {href: phone.call("GET", href).text for href in texts} == texts
    assert {href: phone.call("HEAD", href).headers["ETag"] for href in texts} == etags
    for found in (phone.multiget(*texts), phone.report(query()), phone.sync("", f"{D}getetag", f"{C}address-data")):
        assert (found.cards(), found.etags()) == (texts, etags)
    listing = phone.propfind(phone.book, f"{D}getetag", f"{D}getcontentlength", depth="1")
    alone = {href: phone.propfind(href, f"{D}getetag", f"{D}getcontentlength")[href] for href in texts}
    for some in (listing, alone):
        assert {href: some[href].text(f"{D}getetag") for href in texts} == etags
        lengths = {href: some[href].text(f"{D}getcontentlength") for href in texts}
        assert lengths == {href: str(len(text.encode())) for href, text in texts.items()}
    assert {href: phone.call("PUT", href, text, If_Match=etags[href]).status_code for href, text in texts.items()} == (
        dict.fromkeys(texts, 204)
    )
    assert {href: phone.call("GET", href).headers["ETag"] for href in texts} == etags


def test_a_group_gives_its_members_nothing_but_a_label(ada: Account, apple: Phone) -> None:
    apple.set_up()
    apple.put(iphone.UID, iphone.CARD)
    group = iphone.group("Engines; & more", iphone.UID)
    apple.put(iphone.GROUP_UID, group)
    apple.sync()
    assert apple.card(iphone.GROUP_UID) == group
    labelled = iphone.CARD.replace("END:VCARD", "CATEGORIES:Engines\\; & more\r\nEND:VCARD")
    assert apple.card(iphone.UID) == labelled
    edited = iphone.CARD.replace("TITLE:Programmer", "TITLE:Analyst")
    apple.put(iphone.UID, edited)
    apple.sync()
    assert apple.card(iphone.UID) == labelled.replace("TITLE:Programmer", "TITLE:Analyst")
    assert listed(ada)[0]["labels"] == ["Engines; & more"]
    apple.put(iphone.GROUP_UID, iphone.group("Engines; & more"))
    apple.sync()
    assert apple.card(iphone.UID) == edited
    assert listed(ada)[0]["labels"] == []


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"job_title": "Analyst"}, {"TITLE"}),
        ({"notes": None}, {"NOTE"}),
        ({"email": "countess@example.org"}, {"EMAIL"}),
        ({"last_name": "King"}, {"N", "FN"}),
        ({"labels": ["Poets"], "favorite": True}, {"CATEGORIES", "X-FAVORITE"}),
        ({"birthday": None}, {"BDAY"}),
        ({"addresses": []}, {"ADR"}),
        ({"phonetic_last_name": "Luv"}, {"X-PHONETIC-LAST-NAME"}),
        ({"company": "Society"}, {"ORG"}),
    ],
)
def test_an_edit_by_an_app_changes_nothing_else(
    ada: Account, apple: Phone, changes: dict[str, object], names: set[str]
) -> None:
    apple.put(iphone.UID, iphone.CARD)
    assert ada.patch(f"/contacts/{iphone.UID.lower()}", json=changes).status_code == 200
    apple.sync()
    before, after = (set(unfolded(text)) for text in (iphone.CARD, apple.card(iphone.UID)))
    touched = {line.partition(":")[0].partition(";")[0].rpartition(".")[2] for line in before ^ after}
    assert touched - {"X-ABLabel", "REV"} == names


def test_what_an_app_has_deleted_does_not_come_back(ada: Account, apple: Phone) -> None:
    """Also where it was written by a property of another name than the one that we write."""
    apple.put("one", card("one", "X-AIM;type=HOME:countess", "ANNIVERSARY:1835-07-08", "X-LONG:" + "x" * 70_000))
    (contact,) = listed(ada)
    assert {detail["kind"] for detail in contact["details"]} == {"im", "date"}
    ada.patch(f"/contacts/{contact['id']}", json={"details": []})
    apple.sync()
    text = apple.card("one")
    assert "countess" not in text
    assert "1835" not in text
    assert "X-LONG:xxx" in text
    assert "PRODID" not in text


def test_a_delta_is_asked_for_with_an_old_token_after_a_refusal(apple: Phone) -> None:
    apple.set_up()
    apple.put(iphone.UID, iphone.CARD)
    answer = apple.device.call("REPORT", apple.device.book, SYNC.format(token="data:,old"), **underscored(DATAACCESSD))
    assert unmet(answer) == (403, f"{D}valid-sync-token")
    apple.token = ""
    apple.sync()
    assert apple.card(iphone.UID) == iphone.CARD


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")

"""Thunderbird: its requests, in their order, with the cards that it keeps."""

from dataclasses import dataclass, field

from tests.contacts.carddav.calls import OK, C, D, Device, Multistatus, multistatus

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

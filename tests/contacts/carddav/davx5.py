"""DAVx5: its requests, in their order, with the cards that it keeps."""

from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.contacts.carddav.calls import C, D, Device, Multistatus, multistatus

AGENT = "DAVx5/4.5.19-ose (dav4jvm; okhttp/5.3.0) Android/16"
XML = "application/xml; charset=utf-8"
FIND = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<propfind xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav">'
    "<prop>{names}</prop></propfind>"
)
FIRST = (
    "<resourcetype /><displayname /><current-user-principal /><CARD:addressbook-home-set />"
    "<CARD:addressbook-description />"
)
PRINCIPAL = "<displayname /><group-membership /><resourcetype /><CARD:addressbook-home-set />"
HOME = (
    "<current-user-privilege-set /><displayname /><owner /><resourcetype />"
    '<n0:transports xmlns:n0="https://bitfire.at/webdav-push" /><n1:topic xmlns:n1="https://bitfire.at/webdav-push" />'
    "<CARD:addressbook-description />"
)
STATE = (
    "<supported-report-set /><sync-token />"
    '<n0:getctag xmlns:n0="http://calendarserver.org/ns/" /><CARD:max-resource-size /><CARD:supported-address-data />'
)
SYNC = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<sync-collection xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" '
    'xmlns:CARD="urn:ietf:params:xml:ns:carddav"><sync-token>{token}</sync-token><sync-level>1</sync-level>'
    "<prop><getetag /><resourcetype /></prop></sync-collection>"
)
MULTIGET = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<CARD:addressbook-multiget xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" '
    'xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop><getcontenttype /><getetag /><CARD:address-data /></prop>'
    "{hrefs}</CARD:addressbook-multiget>"
)
UID = "7d2a1f0e-0c5b-4b64-9a27-6b3c1f5c9e01"
PICTURELESS = "PRODID:DAVx5/4.5.19-ose ez-vcard/0.12.2"


def card(uid: str, *lines: str, fn: str = "Ada Lovelace", n: str = "Lovelace;Ada;;;") -> str:
    whole = ("BEGIN:VCARD", "VERSION:3.0", PICTURELESS, f"UID:{uid}", f"FN:{fn}", f"N:{n}", *lines, "END:VCARD")
    return "".join(f"{line}\r\n" for line in whole)


def group(uid: str, name: str, *members: str) -> str:
    lines = (f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}" for member in members)
    return card(uid, "X-ADDRESSBOOKSERVER-KIND:group", *lines, fn=name, n=name)


@dataclass
class Android:
    """DAVx5 with its local cards; what was edited or deleted is sent with the next sync."""

    device: Device
    cards: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str | None] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    token: str = ""

    def propfind(self, path: str, names: str, depth: str) -> Multistatus:
        answer = self.device.call(
            "PROPFIND", path, FIND.format(names=names), Depth=depth, Content_Type=XML, User_Agent=AGENT
        )
        return multistatus(answer)

    def set_up(self) -> str:
        (root,) = self.propfind("/carddav/", FIRST, "0").values()
        (principal,) = root.hrefs(f"{D}current-user-principal")
        assert principal
        options = self.device.call("OPTIONS", principal, User_Agent=AGENT)
        assert "addressbook" in options.headers["DAV"].split(", ")
        (described,) = self.propfind(principal, PRINCIPAL, "0").values()
        (home,) = described.hrefs(f"{C}addressbook-home-set")
        found = self.propfind(str(home), HOME, "1")
        (book,) = [
            href for href, each in found.items() if each.found[f"{D}resourcetype"].find(f"{C}addressbook") is not None
        ]
        privileges = found[book].found[f"{D}current-user-privilege-set"]
        assert all(privileges.find(f".//{D}{name}") is not None for name in ("bind", "unbind", "write-content"))
        return book

    def edit(self, name: str, text: str) -> None:
        self.edited[name] = text

    def sync(self) -> None:
        (state,) = self.propfind(self.device.book, STATE, "0").values()
        data = state.found[f"{C}supported-address-data"]
        assert [each.get("version") for each in data] == ["3.0"]
        has_sent = bool(self.deleted or self.edited)
        self.send_deleted()
        self.send_edited()
        if has_sent or state.text(f"{D}sync-token") != self.token:
            self.download()

    def send_deleted(self) -> None:
        for name in self.deleted:
            etag = self.etags.pop(name)
            answer = self.device.delete(name, User_Agent=AGENT, **({"If_Match": etag} if etag else {}))
            assert answer.status_code in (204, 404, 412)
            self.cards.pop(name)
        self.deleted.clear()

    def send_edited(self) -> None:
        for name, text in dict(self.edited).items():
            etag = self.etags.get(name)
            condition = {"If_Match": etag} if etag else {"If_None_Match": "*"}
            headers = {"Content_Type": "text/vcard; charset=utf-8", "User_Agent": AGENT, **condition}
            answer = self.device.put(name, text, **headers)
            assert answer.status_code in (201, 204, 404, 409, 412), "the whole sync would end here"
            if answer.status_code == 404:
                self.etags.pop(name)
                continue
            del self.edited[name]
            if answer.status_code in (201, 204):
                self.cards[name], self.etags[name] = text, answer.headers.get("ETag")
            else:  # the edit is given up, and what the server has comes down
                self.etags[name] = None
                self.cards.pop(name, None)

    def download(self) -> None:
        answer = self.device.call(
            "REPORT", self.device.book, SYNC.format(token=self.token), Depth="0", Content_Type=XML, User_Agent=AGENT
        )
        delta = multistatus(answer)
        for href in delta.gone:
            self.cards.pop(name_in(href), None)
            self.etags.pop(name_in(href), None)
        changed = [href for href, etag in delta.etags().items() if self.etags.get(name_in(href)) != etag]
        for start in range(0, len(changed), 10):
            hrefs = "".join(f"<href>{href}</href>" for href in changed[start : start + 10])
            body = MULTIGET.format(hrefs=hrefs)
            asked = self.device.call("REPORT", self.device.book, body, Content_Type=XML, User_Agent=AGENT, Depth="0")
            for href, each in multistatus(asked).items():
                self.cards[name_in(href)] = each.text(f"{C}address-data") or ""
                self.etags[name_in(href)] = each.text(f"{D}getetag")
        self.token = delta.token


def name_in(href: str) -> str:
    return unquote(href.rpartition("/")[2])

"""A phone that syncs by CardDAV, through the proxy."""

from __future__ import annotations

import base64
import re
import uuid
from xml.etree import ElementTree

from phone import PASSWORD, Answer, Phone, sign_in
from stack import Stack, check

D = "{DAV:}"
FIND = '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>'
SYNC = (
    '<sync-collection xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><sync-token>{}</sync-token>'
    "<sync-level>1</sync-level><prop><getetag/><C:address-data/></prop></sync-collection>"
)
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{}\r\nN:Łukasz;;;;\r\nFN:Łukasz\r\nNOTE:{}\r\nEND:VCARD\r\n"
LARGE = "x" * 2**21  # bytes; more than other bodies may have
REFUSED = {"MKCOL": 403, "MOVE": 405, "LOCK": 405, "POST": 405}


def a_phone_syncs_by_carddav(stack: Stack) -> None:
    made = sign_in(stack, "ada").expect(201, "POST", "/auth/app-passwords", {"device": "iPhone", "password": PASSWORD})
    phone = Device(stack, made.json["username"], made.json["password"])
    book = phone.find_book()
    spoken = phone.expect(200, "OPTIONS", book).headers
    check(spoken["DAV"] == "1, 3, addressbook" and "PUT" in spoken["Allow"], "the proxy hides what is spoken")
    name = str(uuid.uuid4()).upper()
    text, path = CARD.format(name, LARGE).encode(), f"{book}{name}.vcf"
    token, _ = phone.changes(book, "")
    etag = phone.expect(201, "PUT", path, text, Content_Type="text/vcard").headers["ETag"]
    got = phone.expect(200, "GET", path, Accept_Encoding="gzip")
    check((got.body, got.headers["ETag"]) == (text, etag) and etag[0] == '"', "another card came back")
    phone.expect(412, "PUT", path, text, Content_Type="text/vcard", If_None_Match="*")
    token, changed = phone.changes(book, token)
    check(changed == {path: text.decode()}, "the delta is", changed.keys())
    for method, status in REFUSED.items():
        phone.expect(status, method, path, Destination=f"{book}x.vcf")
    phone.expect(204, "DELETE", path, If_Match=etag)
    check(phone.changes(book, token)[1] == {path: None}, "what was deleted is not in the delta")
    check(Device(stack, "ada", "wrong").call("PROPFIND", book).status == 401, "a wrong password opens the book")


class Device(Phone):
    """One connection, with an app password in each request."""

    def __init__(self, stack: Stack, username: str, password: str) -> None:
        super().__init__(stack)
        self.basic = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()

    def expect(self, status: int, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """Call a path; another status than this one is not what should be."""
        sent = body.encode() if isinstance(body, str) else body
        answer = self.call(method, path, sent, Authorization=self.basic, **headers)
        check(answer.status == status, method, path, "answers", answer.status, "instead of", status, answer.body[:500])
        return answer

    def find_book(self) -> str:
        """From the bare host, as RFC 6764 has it."""
        way_in = self.call("PROPFIND", "/.well-known/carddav", Depth="0").headers["Location"]
        check(way_in == "/carddav/", "the way in is", way_in)
        found = self.expect(207, "PROPFIND", way_in, FIND, Depth="0").body.decode()
        principal = re.search(r"principal><D:href>([^<]+)", found)
        check(principal, "no principal in", found)
        return f"{principal[1]}books/contacts/" if principal else ""

    def changes(self, book: str, token: str) -> tuple[str, dict[str, str | None]]:
        """The next token, and the cards by their addresses; None for what was deleted."""
        root = ElementTree.fromstring(self.expect(207, "REPORT", book, SYNC.format(token)).body)  # noqa: S314  # ours
        found = {each.findtext(f"{D}href") or "": data_of(each) for each in root.findall(f"{D}response")}
        return root.findtext(f"{D}sync-token") or "", found


def data_of(response: ElementTree.Element) -> str | None:
    return next((each.text for each in response.iter("{urn:ietf:params:xml:ns:carddav}address-data")), None)

"""Requests as CardDAV devices send them, and what they read in the answers."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import Account, body

D, C, CS = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}", "{http://calendarserver.org/ns/}"
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/"'
OK = "HTTP/1.1 200 OK"


@dataclass
class Device:
    """A device with an app password of its own."""

    client: FlaskClient
    user_id: str
    password: str
    id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def book(self) -> str:
        return f"/carddav/{self.user_id}/books/contacts/"

    def call(self, method: str, path: str, data: str | bytes = b"", **headers: str) -> TestResponse:
        """A request; headers are written with underscores. The path is sent as it is."""
        sent = {**basic("ada", self.password), **self.headers}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.client.open(path, method=method, data=data, headers=sent, buffered=True)

    def put(self, name: str, card: str | bytes, **headers: str) -> TestResponse:
        return self.call("PUT", self.href(name), card, **{"Content_Type": "text/vcard; charset=utf-8", **headers})

    def get(self, name: str, **headers: str) -> TestResponse:
        return self.call("GET", self.href(name), **headers)

    def delete(self, name: str, **headers: str) -> TestResponse:
        return self.call("DELETE", self.href(name), **headers)

    def href(self, name: str) -> str:
        return self.book + quote(name, safe="")

    def propfind(self, path: str, *names: str, depth: str = "0", **headers: str) -> dict[str, "Answer"]:
        asked = propfind(*names)
        return multistatus(self.call("PROPFIND", path, asked, Depth=depth, **headers))

    def report(self, content: str, **headers: str) -> "Multistatus":
        return multistatus(self.call("REPORT", self.book, content, **headers))

    def sync(self, token: str = "", *names: str, limit: int | None = None, **headers: str) -> "Multistatus":
        return self.report(sync_collection(token, *(names or (f"{D}getetag",)), limit=limit), **headers)

    def multiget(self, *addresses: str) -> "Multistatus":
        return self.report(multiget(addresses))


@dataclass
class Answer:
    """A response of a multistatus: its own status, or its properties by status and name."""

    status: str | None
    properties: dict[str, dict[str, Element]]

    @property
    def found(self) -> dict[str, Element]:
        return self.properties.get(OK, {})

    def text(self, name: str) -> str | None:
        return self.found[name].text

    def hrefs(self, name: str) -> list[str | None]:
        return [each.text for each in self.found[name].iter(f"{D}href")]


class Multistatus(dict[str, Answer]):
    """Responses by href, each of which comes once."""

    token = ""

    @property
    def changed(self) -> set[str]:
        return {href for href, answer in self.items() if answer.status is None}

    @property
    def gone(self) -> set[str]:
        return {href for href, answer in self.items() if answer.status == "HTTP/1.1 404 Not Found"}

    def cards(self) -> dict[str, str]:
        return {href: answer.text(f"{C}address-data") or "" for href, answer in self.items() if answer.status is None}

    def etags(self) -> dict[str, str]:
        return {href: answer.text(f"{D}getetag") or "" for href, answer in self.items() if answer.status is None}


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def device(account: Account, name: str = "iPhone", **headers: str) -> Device:
    """A new device, by the route that an app uses."""
    answer = account.post("/auth/app-passwords", json={"device": name, "password": account.password})
    assert answer.status_code == 201, answer.text
    made = body(answer)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Device(account.client, account.user["id"], made["password"], made["id"], sent)


def element(name: str, content: str = "") -> str:
    namespace, _, local = name.removeprefix("{").rpartition("}")
    return f'<{local} xmlns="{namespace}">{content}</{local}>'


def propfind(*names: str) -> str:
    return f"<D:propfind {NAMESPACES}><D:prop>{''.join(map(element, names))}</D:prop></D:propfind>"


def sync_collection(token: str, *names: str, limit: int | None = None) -> str:
    limited = f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>" if limit else ""
    return (
        f"<D:sync-collection {NAMESPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
        f"{limited}<D:prop>{''.join(map(element, names))}</D:prop></D:sync-collection>"
    )


def multiget(addresses: Any) -> str:
    hrefs = "".join(f"<D:href>{address}</D:href>" for address in addresses)
    return (
        f"<C:addressbook-multiget {NAMESPACES}><D:prop><D:getetag/><C:address-data/></D:prop>{hrefs}"
        "</C:addressbook-multiget>"
    )


def query(content: str = "", *, prop: str = "<D:getetag/><C:address-data/>") -> str:
    return f"<C:addressbook-query {NAMESPACES}><D:prop>{prop}</D:prop>{content}</C:addressbook-query>"


def multistatus(answer: TestResponse) -> Multistatus:
    assert answer.status_code == 207, answer.text
    assert answer.content_type == "application/xml; charset=utf-8"
    root = fromstring(answer.data)
    assert root.tag == f"{D}multistatus"
    found = Multistatus()
    for response in root.findall(f"{D}response"):
        href = response.findtext(f"{D}href") or ""
        assert href not in found, href
        found[href] = Answer(response.findtext(f"{D}status"), dict(properties(response)))
    found.token = root.findtext(f"{D}sync-token") or ""
    return found


def properties(response: Element) -> Iterator[tuple[str, dict[str, Element]]]:
    for propstat in response.findall(f"{D}propstat"):
        prop = propstat.find(f"{D}prop")
        assert prop is not None
        yield propstat.findtext(f"{D}status") or "", {each.tag: each for each in prop}


def unmet(answer: TestResponse) -> tuple[int, str]:
    """Status and element of a refusal by a precondition."""
    assert answer.content_type == "application/xml; charset=utf-8", answer.text
    root = fromstring(answer.data)
    assert root.tag == f"{D}error"
    return answer.status_code, root[0].tag


def card(uid: str, *lines: str, fn: str = "Ada Lovelace", n: str = "Lovelace;Ada;;;") -> str:
    """A vCard 3.0 as devices write it."""
    return "".join(
        f"{line}\r\n"
        for line in ("BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"N:{n}", f"FN:{fn}", *lines, "END:VCARD")
    )

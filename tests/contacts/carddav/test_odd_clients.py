"""Requests as clients of other servers send them, by those servers' and clients' bug reports."""

from base64 import b64encode
from collections.abc import Callable
from socket import create_connection
from unicodedata import normalize
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.accounts import Account, sign_up
from tests.contacts.calls import listed
from tests.contacts.carddav.calls import (
    CS,
    C,
    D,
    Device,
    basic,
    card,
    device,
    multiget,
    multistatus,
    propfind,
    query,
    unmet,
)
from tests.servers import Server

UID = "AAAAAAAA-0000-4000-8000-000000000001"
ETAG = f"{D}getetag"


@pytest.fixture
def kept(phone: Device) -> str:
    """The address of a card."""
    assert phone.put("ada.vcf", card(UID)).status_code == 201
    return phone.href("ada.vcf")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + propfind(ETAG).encode(),
        propfind(ETAG).encode("utf-16"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + propfind(ETAG).encode(),
        b'<?xml version="1.0" encoding="utf-8" standalone="no"?>\r\n<!-- \xc3\xa9 -->' + propfind(ETAG).encode(),
        b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
        b'<x0:propfind xmlns:x0="DAV:" xmlns:x1="DAV:"><x1:prop><x0:getetag xmlns:x0="DAV:"/></x1:prop></x0:propfind>',
        b'<A:propfind xmlns:A="DAV:">\n<!-- c --><?pi x?><A:prop>t<A:getetag>was</A:getetag></A:prop>\n</A:propfind>',
        b'<D:propfind xmlns:D="DAV:" xmlns:E="http://x"><E:more/><D:prop><D:getetag/></D:prop><E:more/></D:propfind>',
    ],
)
def test_xml_may_be_written_in_any_way(phone: Device, kept: str, body: bytes) -> None:
    for media_type in ("text/xml", "application/xml; charset=utf-8", "application/x-www-form-urlencoded", ""):
        found = multistatus(phone.call("PROPFIND", kept, body, Depth="0", Content_Type=media_type))
        assert found[kept].text(ETAG)


def test_a_propfind_that_includes_more_than_all(phone: Device, kept: str) -> None:
    body = '<propfind xmlns="DAV:"><allprop/><include><sync-token/><owner/><x xmlns="urn:x"/></include></propfind>'
    found = multistatus(phone.call("PROPFIND", phone.book, body, Depth="0"))[phone.book]
    assert {f"{D}sync-token", f"{D}owner", f"{D}resourcetype", f"{D}displayname"} <= found.found.keys()
    assert found.properties["HTTP/1.1 404 Not Found"].keys() == {"{urn:x}x"}


def test_names_without_a_namespace_and_of_odd_ones(phone: Device, kept: str) -> None:
    body = (
        '<propfind xmlns="DAV:"><prop><a xmlns=""/><b xmlns="urn:&quot;&amp;&lt;"/><c xmlns="http://x/ü?a=1&amp;b=2"/>'
        '<getetag xml:lang="de"/></prop></propfind>'
    )
    found = multistatus(phone.call("PROPFIND", kept, body, Depth="0"))[kept]
    assert found.properties["HTTP/1.1 404 Not Found"].keys() == {"a", '{urn:"&<}b', "{http://x/ü?a=1&b=2}c"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Prefer": "return=minimal"},
        {"Prefer": "respond-async, return=minimal; x=1"},
        {"Prefer": 'return="minimal"'},
        {"Prefer": "RETURN=MINIMAL"},
        {"Brief": "t"},
        {"Brief": "T"},
    ],
)
def test_what_is_not_there_is_left_out_of_reports_too(phone: Device, kept: str, headers: dict[str, str]) -> None:
    asked = query(prop='<D:getetag/><x xmlns="urn:x"/>')
    for body in (asked, multiget([kept]).replace("<C:address-data/>", '<x xmlns="urn:x"/>')):
        found = multistatus(phone.call("REPORT", phone.book, body, **headers))
        assert list(found[kept].properties) == ["HTTP/1.1 200 OK"]


@pytest.mark.parametrize(
    "media_type",
    [
        "text/vcard; version=3.0",
        'text/vcard; charset="utf-8"; version="4.0"',
        "TEXT/VCARD;CHARSET=UTF-8",
        "text/vcard;charset=utf8",
        "text/vcard; charset=UTF-8; component=vcard",
        "text/x-vcard",
        "text/directory; profile=vCard",
        "",
    ],
)
def test_cards_have_many_media_types(phone: Device, media_type: str) -> None:
    assert phone.put("a.vcf", card(UID), Content_Type=media_type).status_code == 201


@pytest.mark.parametrize(
    "name", ["é.vcf", "日本.vcf", "a+b.vcf", "a%41.vcf", "=+&;@,$!*'()[]{}|^`\"<>\\#?.vcf", "x" * 255]
)
def test_a_name_of_any_letters_has_one_address_everywhere(phone: Device, name: str) -> None:
    """Composed and decomposed letters are two names, as they are two strings to clients."""
    assert phone.put(name, card(UID)).status_code == 201
    href = phone.href(name)
    assert phone.sync().changed == {href}
    assert set(phone.propfind(phone.book, ETAG, depth="1")) == {phone.book, href}
    assert phone.multiget(quote(name, safe="")).gone == {quote(name, safe="")}
    assert phone.multiget(href).cards() == {href: card(UID)}
    assert phone.get(name).text == card(UID)
    assert phone.delete(name).status_code == 204


def test_composed_and_decomposed_names_are_two(phone: Device) -> None:
    for number, name in enumerate((normalize("NFC", "é.vcf"), normalize("NFD", "é.vcf"))):
        assert phone.put(name, card(f"{UID[:-1]}{number}")).status_code == 201
    assert len(phone.sync().changed) == 2


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_may_end_in_any_way(ada: Account, phone: Device, end: str, *, last: bool) -> None:
    text = card(UID, "NOTE:a", "TEL:1").replace("\r\n", end)
    text = text if last else text.removesuffix(end)
    answer = phone.put("a.vcf", text)
    assert answer.status_code == 201
    if "ETag" in answer.headers:
        assert phone.get("a.vcf").data == text.encode()
    assert listed(ada)[0]["notes"] == "a"
    assert phone.multiget(phone.href("a.vcf")).cards()[phone.href("a.vcf")] == phone.get("a.vcf").text


@pytest.mark.parametrize("before", ["﻿", "\r\n\r\n", " \t\r\n"])
@pytest.mark.parametrize("after", ["", "\r\n\r\n", "\0"])
def test_what_stands_around_a_card_is_no_reason_to_refuse_it(phone: Device, before: str, after: str) -> None:
    answer = phone.put("a.vcf", f"{before}{card(UID)}{after}")
    assert answer.status_code == 201
    got = phone.get("a.vcf")
    assert ("ETag" in answer.headers) <= (got.text == f"{before}{card(UID)}{after}")
    assert "BEGIN:VCARD\r\n" in got.text


@pytest.mark.parametrize(
    "text",
    [
        card(UID).lower().replace("3.0", "3.0"),
        card(UID).replace("VERSION:3.0\r\n", ""),
        card(UID).replace("VERSION:3.0", "VERSION: 3.0"),
        card(UID).replace("N:Lovelace;Ada;;;\r\n", ""),
        card(UID).replace("FN:Ada Lovelace\r\n", ""),
        card(UID).replace("UID:", "UID;TYPE=uuid:"),
        card(UID).replace(UID, UID[:20] + "\r\n " + UID[20:]),
        card(UID, "TEL;TYPE=\"cell,voice\";X=\"a:b;c\":1", ":no name", "no colon", "ITEM1.X-ABLABEL:x"),
        card(UID, "item1.item2.TEL:1", "X-Ä:1", "X:" + "y" * 70_000),
        card(UID, "NOTE:=C3=A9", "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=A9=\r\nb"),
        card(UID, "PHOTO;VALUE=uri:http://127.0.0.1:1/x.jpg", "PHOTO:data:image/png;base64,AAAA", "PHOTO:"),
        card(UID, "AGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:x\\nEND:VCARD", "REV:1", "REV:x"),
    ],
)  # fmt: skip
def test_a_sloppy_card_is_taken_and_comes_back(ada: Account, phone: Device, text: str) -> None:
    answer = phone.put("a.vcf", text)
    assert answer.status_code == 201, answer.text
    got = phone.get("a.vcf")
    if "ETag" in answer.headers:
        assert got.text == text
    assert phone.multiget(phone.href("a.vcf")).cards() == {phone.href("a.vcf"): got.text}
    assert len(listed(ada)) == 1
    again = phone.put("a.vcf", got.text, If_Match=got.headers["ETag"])
    assert again.status_code == 204
    assert phone.get("a.vcf").text == got.text


def test_the_uid_of_a_card_stays(phone: Device, kept: str) -> None:
    assert unmet(phone.put("ada.vcf", card(f"{UID[:-1]}2"))) == (409, f"{C}no-uid-conflict")
    assert unmet(phone.put("other.vcf", card(UID.lower()))) == (409, f"{C}no-uid-conflict")
    assert phone.put("ada.vcf", card(f"urn:uuid:{UID.lower()}")).status_code == 204
    without = card(UID, "NOTE:x").replace(f"UID:{UID}\r\n", "")
    assert phone.put("ada.vcf", without).status_code == 204
    assert f"UID:urn:uuid:{UID.lower()}" in phone.get("ada.vcf").text
    assert phone.sync().changed == {kept}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET", "HEAD", "PROPFIND"])
@pytest.mark.parametrize("condition", ["*", '"x"', 'W/"x"', '"x", "y"', "x"])
def test_conditions_on_what_is_not_there(phone: Device, method: str, condition: str) -> None:
    body = card(UID) if method == "PUT" else ""
    answer = phone.call(method, phone.href("none.vcf"), body, Content_Type="text/vcard", If_Match=condition, Depth="0")
    assert answer.status_code == 404
    assert phone.sync().changed == set()


@pytest.mark.parametrize("condition", ["*", '"{}"', 'W/"{}"', '"x", "{}"', '"x" , W/"{}"'])
def test_conditions_that_are_met(phone: Device, kept: str, condition: str) -> None:
    tag = phone.get("ada.vcf").headers["ETag"].strip('"')
    assert phone.put("ada.vcf", card(UID, "NOTE:x"), If_Match=condition.format(tag)).status_code == 204
    tag = phone.get("ada.vcf").headers["ETag"].strip('"')
    assert phone.get("ada.vcf", If_None_Match=condition.format(tag)).status_code == 304
    assert phone.delete("ada.vcf", If_Match=condition.format(tag)).status_code == 204


@pytest.mark.parametrize(
    "spelling", ["{}", "http://other.example.org{}", "https://ada:x@127.0.0.1:99{}", "{}?x=1", "{}#y"]
)
def test_multiget_takes_addresses_as_clients_spell_them(phone: Device, kept: str, spelling: str) -> None:
    assert phone.multiget(spelling.format(kept)).changed == {kept}
    assert phone.multiget(f"\n   {kept}\n  ").changed == {kept}
    assert phone.multiget(kept.replace("a", "%61").replace("-", "%2D").replace(".", "%2e")).changed == {kept}


@pytest.mark.parametrize(
    "address",
    ["", "/", "ada.vcf", "//x/ada.vcf", "/carddav/x/books/contacts/a.vcf", "http://", "%", "%ff.vcf", "\U0001f600"],
)
def test_multiget_answers_for_addresses_that_are_none(phone: Device, kept: str, address: str) -> None:
    found = phone.multiget(address, kept)
    assert found.changed == {kept}
    assert len(found) == 2


@pytest.mark.parametrize("token", ["", " \n ", None])
def test_a_sync_may_begin_in_several_ways(phone: Device, kept: str, token: str | None) -> None:
    element = "<D:sync-token/>" if token is None else f"<D:sync-token>{token}</D:sync-token>"
    for level in ("<D:sync-level>1</D:sync-level>", ""):
        body = f'<D:sync-collection xmlns:D="DAV:">{element}{level}<D:prop><D:getetag/></D:prop></D:sync-collection>'
        assert phone.report(body).changed == {kept}


def test_a_sync_that_asks_for_all_properties(phone: Device, kept: str) -> None:
    body = (
        '<D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:sync-token/><D:prop>'
        "<D:getcontenttype/><D:getetag/><D:allprop/><C:address-data><C:allprop/></C:address-data></D:prop>"
        "<D:sync-level/></D:sync-collection>"
    ).replace("<D:sync-level/>", "<D:sync-level>1</D:sync-level>")
    assert phone.report(body).cards() == {kept: card(UID)}


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.0"])
def test_a_limit_that_is_none_is_refused(phone: Device, kept: str, limit: str) -> None:
    body = (
        '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level>'
        f"<D:limit><D:nresults>{limit}</D:nresults></D:limit><D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
    assert phone.call("REPORT", phone.book, body).status_code == 400


PEOPLE = {
    "Ada": ("TEL:+44 20", "EMAIL;TYPE=WORK:ada@example.org"),
    "Ægir": ("EMAIL:aegir@example.org",),
    "straße": (),
}
HAS_PHONE, HAS_EMAIL = "<C:prop-filter name='TEL'/>", "<C:prop-filter name='EMAIL'/>"
AT_WORK = "<C:param-filter name='type'><C:text-match>work</C:text-match></C:param-filter>"


def named(text: str, attributes: str = "") -> str:
    match = f"<C:text-match {attributes}>{text}</C:text-match>"
    return f"<C:filter><C:prop-filter name='fn'>{match}</C:prop-filter></C:filter>"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("<C:filter><C:prop-filter name='FN'/></C:filter>", "Ada Ægir straße"),
        (named("ADA"), "Ada"),
        (named("STRASSE"), "straße"),
        (named("æ", "match-type='starts-with'"), "Ægir"),
        (named("æ", "collation='i;ascii-casemap'"), ""),
        (named("ada", "negate-condition='yes'"), "Ægir straße"),
        (f"<C:filter><C:prop-filter name='EMAIL'>{AT_WORK}</C:prop-filter></C:filter>", "Ada"),
        ("<C:filter><C:prop-filter name='EMAIL'><C:is-not-defined/></C:prop-filter></C:filter>", "straße"),
        (f"<C:filter test='allof'>{HAS_PHONE}{HAS_EMAIL}</C:filter>", "Ada"),
        (f"<C:filter test='anyof'>{HAS_PHONE}{HAS_EMAIL}</C:filter>", "Ada Ægir"),
        ("<C:filter><x:prop-filter xmlns:x='urn:ietf:params:xml:ns:caldav' name='X'/></C:filter>", "Ada Ægir straße"),
    ],
)
def test_filters_as_clients_write_them(phone: Device, content: str, names: str) -> None:
    for number, (name, lines) in enumerate(PEOPLE.items()):
        phone.put(f"{name}.vcf", card(f"{UID[:-1]}{number}", *lines, fn=name, n=f";{name};;;"))
    texts = phone.report(query(content)).cards().values()
    assert {text.partition("FN:")[2].partition("\r")[0] for text in texts} == set(names.split())


@pytest.mark.parametrize(
    ("method", "status"),
    [("MKCOL", 403), ("MOVE", 405), ("COPY", 405), ("LOCK", 405), ("UNLOCK", 405), ("POST", 405), ("PATCH", 405),
     ("ACL", 405), ("SEARCH", 405), ("MKCALENDAR", 405)],
)  # fmt: skip
def test_methods_that_there_are_not_change_nothing(phone: Device, kept: str, method: str, status: int) -> None:
    for path in (kept, phone.href("none.vcf")):
        answer = phone.call(method, path, card(UID), Destination=phone.href("b.vcf"), Overwrite="T")
        assert answer.status_code == status
        assert status == 403 or "PUT" in answer.headers["Allow"]
    assert phone.sync().changed == {kept}


@pytest.mark.parametrize("method", ["OPTIONS", "PROPFIND", "REPORT", "GET", "PUT"])
def test_whoever_does_not_say_who_he_is_is_asked(phone: Device, kept: str, method: str) -> None:
    for path in ("/carddav/", phone.book, kept):
        answer = phone.client.open(path, method=method)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Contacts", charset="UTF-8"'


@pytest.mark.parametrize("path", ["/.well-known/carddav", "/.well-known/carddav/"])
@pytest.mark.parametrize("method", ["GET", "PROPFIND", "OPTIONS", "REPORT", "HEAD"])
def test_the_well_known_address(phone: Device, path: str, method: str) -> None:
    answer = phone.client.open(path, method=method)
    assert (answer.status_code, answer.headers["Location"]) == (301, "/carddav/")


def test_a_card_with_a_slash_behind_is_none(phone: Device, kept: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PROPFIND"):
        assert phone.call(method, f"{kept}/", card(UID), Depth="0").status_code == 404


def test_an_address_may_be_spelled_with_its_host_and_percent_signs(phone: Device, kept: str) -> None:
    spelled = phone.book.replace("books", "%62ooks").replace("contacts", "contact%73")
    assert phone.call("GET", f"{spelled}%61da.vcf").text == card(UID)
    assert set(multistatus(phone.call("PROPFIND", spelled, propfind(ETAG), Depth="1"))) == {phone.book, kept}


def test_a_proppatch_of_what_is_unknown_is_answered_name_by_name(phone: Device, kept: str) -> None:
    body = (
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>x</D:displayname>'
        '<x xmlns="urn:x">1</x></D:prop></D:set><D:remove><D:prop><y xmlns="urn:y"/></D:prop></D:remove>'
        "</D:propertyupdate>"
    )
    for path in (phone.book, kept):
        found = multistatus(phone.call("PROPPATCH", path, body))[path]
        assert found.properties["HTTP/1.1 403 Forbidden"].keys() == {f"{D}displayname", "{urn:x}x", "{urn:y}y"}
    assert phone.propfind(phone.book, f"{D}displayname")[phone.book].text(f"{D}displayname") == "Contacts"


def test_a_ctag_and_a_token_change_with_each_change_and_no_other_time(phone: Device, kept: str) -> None:
    def ctag() -> tuple[str | None, str | None]:
        found = phone.propfind(phone.book, f"{CS}getctag", f"{D}sync-token")[phone.book]
        return found.text(f"{CS}getctag"), found.text(f"{D}sync-token")

    before = ctag()
    assert before[0] == before[1] == phone.sync().token
    phone.get("ada.vcf")
    phone.put("ada.vcf", card(UID))
    phone.put("ada.vcf", card(UID, "NOTE:x"), If_Match='"x"')
    phone.put("b.vcf", card(UID))
    assert ctag() == before
    phone.put("ada.vcf", card(UID, "NOTE:x"))
    assert ctag() != before


@pytest.mark.parametrize("name", ["ädä".encode("latin-1"), "ädä".encode(), b"", b"ada@example.org", b"\\ada"])
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_only_the_password_counts(phone: Device, kept: str, name: bytes, scheme: str) -> None:
    credentials = b64encode(name + b":" + phone.password.encode()).decode()
    for written in (f"{scheme} {credentials}", f"{scheme}  {credentials} "):
        assert phone.call("GET", kept, Authorization=written).status_code == 200


@pytest.mark.parametrize(
    "sent", ["Basic", "Basic ", "Basic !", "Basic YWRh", "Basic YQ", "Bearer {}", "Digest {}", "{}"]
)
def test_what_is_no_basic_is_refused(phone: Device, kept: str, sent: str) -> None:
    credentials = b64encode(f"ada:{phone.password}".encode()).decode()
    assert phone.call("GET", kept, Authorization=sent.format(credentials)).status_code == 401


def test_a_part_of_a_card_is_no_card(phone: Device, kept: str) -> None:
    assert phone.put("ada.vcf", card(UID, "NOTE:x"), Content_Range="bytes 0-9/99").status_code == 400
    assert phone.get("ada.vcf").text == card(UID)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_body_may_be_announced_and_come_in_pieces(client: FlaskClient, live_server: Callable[..., Server]) -> None:
    phone = device(sign_up(client))
    to = urlsplit(live_server().url)
    text = card(UID).encode()
    head = (
        f"PUT {phone.href('ada.vcf')} HTTP/1.1\r\nHost: {to.netloc}\r\nContent-Type: text/vcard\r\n"
        f"Authorization: {basic('ada', phone.password)['Authorization']}\r\n"
        "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    with create_connection((to.hostname, to.port), timeout=60) as phones, phones.makefile("rb") as answer:
        phones.sendall(head.encode())
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        for piece in (text[:7], text[7:30], text[30:], b""):
            phones.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        assert b"HTTP/1.1 201" in answer.read()
    assert phone.get("ada.vcf").data == text

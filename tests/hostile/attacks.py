"""Requests made to cost much: every place where text comes in, filled with what is dear to read.

Each grows with a number of bytes, so that the work of one can be compared with the work of one twice as large.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from project.web import budgets

NUMBER = "§"  # in a unit: the number of its repetition, in five digits
MARKS, WIDE = "\u0301\u0316", "\ufdfa"  # marks out of order; 18 characters when decomposed
HEAD = 7_000  # bytes of a path, a query or a header; nginx and gunicorn take 8 KiB
FILE = 64 * budgets.KIB  # bytes of an import or of XML, which may be larger and then take as much longer
API = "/api/v1"
CARD, CARDS_ID = "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c", f"01920b5e-8c1b-7d2a-9e40-5c7d9f0{NUMBER}"
BOOK = "/carddav/{user}/books/contacts/"
DAV = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'


class Sent(NamedTuple):
    """A request; `{user}` in its path is the sender's id."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Attack(NamedTuple):
    """A request of any size; `most` is the largest that is worth trying, in bytes of the part that grows."""

    make: Callable[[int], Sent]
    most: int
    sender: str = "nobody"


def repeated(unit: str, size: int) -> str:
    """As many units as so many bytes of UTF-8 hold, numbered where a unit asks for it."""
    count = size // len(unit.replace(NUMBER, "00000").encode())
    return "".join(unit.replace(NUMBER, f"{number:05}") for number in range(count)) if NUMBER in unit else unit * count


def in_json(method: str, path: str, before: str, unit: str, after: str) -> Attack:
    small = f"{API}{path}".startswith(budgets.SMALL)
    most = (budgets.SMALL_BODY if small else budgets.BODY) - 2_000
    media_type = {"Content-Type": "application/json"}

    def make(size: int) -> Sent:
        text = before + repeated(unit, size).removesuffix(",") + after
        return Sent(method, API + path, media_type, text.encode())

    return Attack(make, most, "nobody" if path.startswith("/auth") else "app")


def in_url(method: str, before: str, unit: str, after: str = "", sender: str = "nobody") -> Attack:
    """In a path or a query; `unit` is percent-encoded already."""
    return Attack(lambda size: Sent(method, before + repeated(unit, size) + after), HEAD, sender)


def in_header(method: str, path: str, name: str, before: str, unit: str, sender: str) -> Attack:  # noqa: PLR0913
    return Attack(lambda size: Sent(method, path, {name: before + repeated(unit, size)}), HEAD, sender)


def in_form(path: str, before: str, unit: str) -> Attack:
    media_type = {"Content-Type": "application/x-www-form-urlencoded"}
    return Attack(
        lambda size: Sent("POST", path, media_type, (before + repeated(unit, size)).encode()),
        budgets.SMALL_BODY - 2_000,
    )


def in_file(media_type: str, before: str, unit: str, after: str = "") -> Attack:
    def make(size: int) -> Sent:
        return Sent("POST", f"{API}/contacts/import", {"Content-Type": media_type}, text(size))

    def text(size: int) -> bytes:
        return (before + repeated(unit, size) + after).encode()

    return Attack(make, FILE, "app")


def in_xml(method: str, path: str, before: str, unit: str, after: str) -> Attack:
    def make(size: int) -> Sent:
        headers = {"Content-Type": "application/xml", "Depth": "1"}
        return Sent(method, path, headers, (before + repeated(unit, size) + after).encode())

    return Attack(make, FILE, "device")


def in_card(unit: str, before: str = "", after: str = "") -> Attack:
    head, end = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n{before}", f"{after}\r\nEND:VCARD\r\n"

    def make(size: int) -> Sent:
        body = head + repeated(unit, size) + end
        return Sent("PUT", f"{BOOK}hostile.vcf", {"Content-Type": "text/vcard"}, body.encode())

    return Attack(make, FILE, "device")


def in_part(before: str, unit: str, after: str, most: int = HEAD) -> Attack:
    """In the head of a part of a form with a picture."""
    media_type = {"Content-Type": "multipart/form-data; boundary=b"}

    def make(size: int) -> Sent:
        body = f"--b\r\n{before}{repeated(unit, size)}{after}\r\n\r\nx\r\n--b--\r\n"
        return Sent("PUT", f"{API}/users/me/avatar", media_type, body.encode())

    return Attack(make, most, "app")


def in_two(*halves: tuple[str, str, str]) -> Attack:
    """An import of two parts that grow, in which one may multiply what the other costs."""
    media_type = {"Content-Type": "text/vcard"}

    def make(size: int) -> Sent:
        parts = (before + repeated(unit, size // 2) + after for before, unit, after in halves)
        return Sent("POST", f"{API}/contacts/import", media_type, "".join(parts).encode())

    return Attack(make, FILE, "app")


def escaped(text: str) -> str:
    return quote(text)


PEOPLE = {
    f"{path}: {name}": in_json(method, path, before, unit, after)
    for method, path, fields in (
        ("POST", "/auth/login", {"username": '"password":"x"', "email": '"password":"x"'}),
        ("POST", "/auth/register", {"username": '"email":"a@b.org","password":"x"', "email": '"username":"ada"'}),
        ("POST", "/auth/password/forgot", {"email": '"a":1'}),
        ("POST", "/auth/password/reset", {"token": '"password":"x"', "password": '"token":"x"'}),
        ("POST", "/auth/verify-email", {"token": '"a":1'}),
        ("POST", "/auth/refresh", {"refresh_token": '"a":1'}),
        ("PATCH", "/users/me", {"username": '"a":1'}),
    )
    for field, others in fields.items()
    for name, before, unit, after in (
        (f"{field} of marks", f'{{{others},"{field}":"a', MARKS, '"}'),
        (f"{field} of marks in an address", f'{{{others},"{field}":"a@b', MARKS, '.org"}'),
        (f"{field} of labels", f'{{{others},"{field}":"a@b', ".xn--a", '.org"}'),
        (f"{field} of wide signs", f'{{{others},"{field}":"', WIDE, '"}'),
        (f"{field} of escapes", f'{{{others},"{field}":"', "\\ud83d\\ude00", '"}'),
        (f"{field} of dots", f'{{{others},"{field}":"e', ".", '"}'),
        (f"{field} as a number", f'{{{others},"{field}":1', "1", "}"),
        (f"{field} as a list", f'{{{others},"{field}":[', "[],", "]}"),
        (f"{field} as a nest", f'{{{others},"{field}":[', "[", "]}"),
        ("unknown names", f"{{{others}", ',"§":1', "}"),
        ("an unknown name of marks", f'{{{others},"', MARKS, '":1}'),
    )
}
CONTACTS = {
    f"{method} {path}: {name}": in_json(method, path, wrap[0] + before, unit, after + wrap[1])
    for method, path, wrap in (
        ("POST", "/contacts", ("", "")),
        ("PUT", f"/contacts/{CARD}", ("", "")),
        ("POST", "/contacts/batch", (f'{{"operations":[{{"op":"create","id":"{CARD}","contact":', "}]}")),
    )
    for name, before, unit, after in (
        ("a name of marks", '{"first_name":"a', MARKS, '"}'),
        ("notes of marks", '{"first_name":"a","notes":"a', MARKS, '"}'),
        ("notes of line ends", '{"first_name":"a","notes":"a', "\\r\\n", 'a"}'),
        ("an address of labels", '{"first_name":"a","email":"a@a', ".xn--a", '.org"}'),
        ("a number of digits", '{"first_name":"a","phone":"+', "1", '"}'),
        ("a date of digits", '{"first_name":"a","birthday":"', "1", '"}'),
        ("details", '{"first_name":"a","details":[', '{"kind":"phone","value":"§"},', "]}"),
        ("empty details", '{"first_name":"a","details":[', "{},", "]}"),
        ("labels", '{"first_name":"a","labels":[', '"§",', "]}"),
        ("addresses", '{"first_name":"a","addresses":[', '{"street":"§"},', "]}"),
        ("unknown names", '{"first_name":"a"', ',"§":1', "}"),
        ("an unknown name of tildes", '{"first_name":"a","', "~/", '":1}'),
        ("floats", '{"first_name":[', "1.0e1,", "]}"),
    )
}
NUMBERS = ",".join(f'{{"kind":"phone","value":"+54 911 §{number}"}}' for number in range(50))
BATCHES = {
    f"a batch: {name}": in_json("POST", "/contacts/batch", '{"operations":[', unit, "]}")
    for name, unit in {
        "nothing": "{},",
        "lists": "[],",
        "creates": f'{{"op":"create","id":"{CARDS_ID}","contact":{{"first_name":"§"}}}},',
        "creates that are not valid": f'{{"op":"create","id":"{CARDS_ID}","contact":{{"details":[{{}}]}}}},',
        "updates of nothing": f'{{"op":"update","id":"{CARD}","contact":{{"notes":"§"}}}},',
        "deletions": f'{{"op":"delete","id":"{CARD}"}},',
        "many numbers": f'{{"op":"create","id":"{CARDS_ID}","contact":{{"first_name":"a","details":[{NUMBERS}]}}}},',
    }.items()
} | {
    "a merge of many": in_json("POST", f"/contacts/{CARD}/merge", '{"ids":[', f'"{CARD}",', "]}"),
}
URLS = {
    **{
        f"GET /contacts?{name}: {what}": in_url("GET", f"{API}/contacts?{name}=", unit, sender="app")
        for name in ("q", "first_name", "email", "phone", "label", "cursor", "sort", "limit")
        for what, unit in {"marks": escaped(MARKS), "digits": "1", "words": "a+", "wide signs": escaped(WIDE)}.items()
    },
    "GET /contacts: parameters": in_url("GET", f"{API}/contacts?a=1", "&§=1", sender="app"),
    "GET /contacts: one parameter": in_url("GET", f"{API}/contacts?a=1", "&a=1", sender="app"),
    "GET /contacts: separators": in_url("GET", f"{API}/contacts?a=1", "&", sender="app"),
    "GET /birthdays: a zone": in_url("GET", f"{API}/contacts/birthdays?tz=Europe", "/a", sender="app"),
    "GET /birthdays: a zone above": in_url("GET", f"{API}/contacts/birthdays?tz=", "../", sender="app"),
    "GET /birthdays: digits": in_url("GET", f"{API}/contacts/birthdays?from=", "1", sender="app"),
    "GET /changes: a token": in_url("GET", f"{API}/contacts/changes?since=", "WzFd", sender="app"),
    "GET /duplicates: a cursor": in_url("GET", f"{API}/contacts/duplicates?cursor=", "W1", sender="app"),
    "GET /export: a format": in_url("GET", f"{API}/contacts/export?format=", "a", sender="app"),
    "a path of slashes": in_url("GET", "/", "/"),
    "a path of steps": in_url("GET", "/api/v1", "/contacts"),
    "a path of dots": in_url("GET", "/static", "/..%2f.."),
    "a path of marks": in_url("GET", "/problems/", escaped(MARKS)),
    "a path that is no UTF-8": in_url("GET", "/problems/", "%ff"),
    "a picture": in_url("GET", f"/pictures/{CARD}/", "a", ".webp"),
    "initials of marks": in_url("GET", "/avatars/A", escaped(MARKS[0]), "-1.svg"),
    "initials of wide signs": in_url("GET", "/avatars/", escaped(WIDE), "-1.svg"),
    "an asset": in_url("GET", "/docs/assets/", "a/"),
    "a contact": in_url("GET", f"{API}/contacts/", "a", sender="app"),
    "a mailed link": in_url("GET", "/verify-email?token=", "a"),
    "a mailed link of marks": in_url("GET", "/reset-password?token=", escaped(MARKS)),
    "a setup link": in_url("GET", "/carddav/setup/", "a"),
    "an address of CardDAV": in_url("PROPFIND", "/carddav/", "%2e%2e/", sender="device"),
    "a card of CardDAV": in_url("GET", BOOK, "%c3%a9", sender="device"),
}
HEADERS = {
    f"{method} {path}, {name}: {what}": in_header(method, path, name, before, unit, sender)
    for method, path, sender, name, what, before, unit in (
        ("GET", f"{API}/contacts", "app", "If-None-Match", "tags", '"a"', ',"§"'),
        ("GET", f"{API}/contacts", "app", "If-None-Match", "quotes", "", '"'),
        ("GET", f"{API}/contacts", "app", "If-None-Match", "weak ones", "", "W/"),
        ("DELETE", f"{API}/contacts/{CARD}", "app", "If-Match", "tags", '"a"', ',"§"'),
        ("PUT", f"{API}/contacts/{CARD}", "app", "If-Match", "commas", "", ","),
        ("GET", f"{API}/contacts/export", "app", "Accept", "ranges", "text/csv", ",text/vcard;q=0.§"),
        ("GET", f"{API}/contacts/export", "app", "Accept", "parameters", "text/csv", ";a=§"),
        ("GET", f"{API}/contacts/export", "app", "Accept", "quotes", "text/csv", ';a="\\'),
        ("GET", f"{API}/contacts", "app", "Accept-Language", "languages", "en", ",x-§;q=0.1"),
        ("GET", f"{API}/contacts", "app", "Cookie", "cookies", "a=1", "; §=1"),
        ("GET", f"{API}/contacts", "app", "Cookie", "quotes", "a=", '"\\'),
        ("GET", f"{API}/contacts", "app", "X-Request-ID", "a long id", "", "a"),
        ("GET", f"{API}/contacts", "app", "X-Forwarded-For", "proxies", "10.0.0.1", ", 10.0.0.1"),
        ("GET", f"{API}/contacts", "app", "Origin", "a long origin", "https://", "a."),
        ("GET", f"{API}/contacts", "app", "Range", "ranges", "bytes=0-1", ",§-"),
        ("GET", "/static/icon.svg", "nobody", "Range", "ranges", "bytes=0-1", ",§-"),
        ("GET", "/static/icon.svg", "nobody", "If-None-Match", "tags", '"a"', ',"§"'),
        ("GET", "/static/icon.svg", "nobody", "If-Modified-Since", "a long date", "Sun", ", 1"),
        ("OPTIONS", f"{API}/contacts", "nobody", "Access-Control-Request-Headers", "names", "a", ",§"),
        ("GET", f"{API}/users/me", "nobody", "Authorization", "a long token", "Bearer ", "eyJ9."),
        ("GET", f"{API}/users/me", "nobody", "Authorization", "a nest", "Bearer ", "W1tb"),
        ("GET", f"{API}/users/me", "nobody", "Authorization", "spaces", "Bearer", " "),
        ("PROPFIND", "/carddav/", "nobody", "Authorization", "a long password", "Basic ", "YTph"),
        ("PROPFIND", "/carddav/", "nobody", "Authorization", "a digest", "Digest a=1", ", §=1"),
        ("POST", f"{API}/auth/login", "nobody", "User-Agent", "marks", "a", "\u00cc\u0081"),
        ("POST", f"{API}/auth/login", "nobody", "Content-Type", "parameters", "application/json", "; §=1"),
        ("POST", f"{API}/auth/login", "nobody", "Content-Type", "quotes", "application/json", '; a="\\'),
        ("POST", f"{API}/auth/login", "nobody", "Content-Encoding", "codings", "gzip", ", gzip"),
        ("PUT", f"{API}/users/me/avatar", "app", "Content-Type", "a boundary", "multipart/form-data; boundary=", "a"),
        ("PUT", f"{API}/users/me/avatar", "app", "Content-Type", "pieces", "multipart/form-data", "; boundary*§=a"),
        ("PUT", f"{BOOK}a.vcf", "device", "If-Match", "tags", '"a"', ',"§"'),
        ("PROPFIND", BOOK, "device", "Depth", "digits", "", "1"),
        ("PROPFIND", BOOK, "device", "Prefer", "preferences", "return=minimal", ", a=§"),
    )
}
FORMS = {
    "a page: a password of marks": in_form("/reset-password", "token=x&password=a", escaped(MARKS)),
    "a page: a token of marks": in_form("/verify-email", "token=a", escaped(MARKS)),
    "a page: fields": in_form("/reset-password", "token=x", "&§=1"),
    "a page: separators": in_form("/verify-email", "token=x", "&"),
    "a page: escapes": in_form("/verify-email", "token=", "%"),
    "a part: parameters": in_part('Content-Disposition: form-data; name="file"', "; §=a", ""),
    "a part: pieces": in_part('Content-Disposition: form-data; name="file"', "; filename*§=a", ""),
    "a part: quotes": in_part('Content-Disposition: form-data; name="file', '\\"', '"'),
    "a part: headers": in_part('Content-Disposition: form-data; name="file"', "\r\n§: a", ""),
    "a part: boundaries": in_part('Content-Disposition: form-data; name="file"\r\n\r\n', "--b\r\n", "", FILE),
    "a part: nearly boundaries": in_part('Content-Disposition: form-data; name="file"\r\n\r\n', "\r\n--", "", FILE),
    "a part: line ends": in_part("", "\r", "", FILE),
}
GROUP = "KIND:group\r\n"
VCARD, END = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada\r\n", "\r\nEND:VCARD\r\n"
CARDS = {
    "names of parameters": in_file("text/vcard", f"{VCARD}TEL", ";A§=1", f":1{END}"),
    "values of a parameter": in_file("text/vcard", f"{VCARD}TEL;TYPE=a", ",§", f":1{END}"),
    "quoted labels": in_file("text/vcard", f'{VCARD}TEL;TYPE="', "a,", f'":1{END}'),
    "carets": in_file("text/vcard", f"{VCARD}TEL;LABEL=", "^n^^^'", f":1{END}"),
    "groups": in_file("text/vcard", VCARD, "item§.TEL:+441234§\r\nitem§.X-ABLabel:§\r\n", END),
    "one group": in_file("text/vcard", VCARD, "item1.X-ABLabel:§\r\n", END),
    "names of groups": in_file("text/vcard", VCARD, "a.", f"TEL:1{END}"),
    "unknown properties": in_file("text/vcard", VCARD, "X-§:1\r\n", END),
    "notes": in_file("text/vcard", VCARD, "NOTE:\u00e9\r\n", END),
    "departments": in_file("text/vcard", VCARD, "ORG:;a;b;c\r\n", END),
    "categories": in_file("text/vcard", f"{VCARD}CATEGORIES:a", ",§", END),
    "addresses": in_file("text/vcard", VCARD, "ADR:;;§;;;;\r\n", END),
    "numbers": in_file("text/vcard", VCARD, "TEL:+5491112§\r\n", END),
    "addresses of mail": in_file("text/vcard", VCARD, "EMAIL:a§@\u00e9.example.org\r\n", END),
    "links": in_file("text/vcard", VCARD, "URL:https://§.example.org\r\n", END),
    "dates": in_file("text/vcard", VCARD, "BDAY:1815121§\r\n", END),
    "photos": in_file("text/vcard", VCARD, "PHOTO:data:image/png;base64,AAAA\r\n", END),
    "relations": in_file("text/vcard", VCARD, "RELATED;TYPE=a:urn:uuid:§\r\n", END),
    "names": in_file("text/vcard", VCARD, "N:a;b,c;d;e;f\r\n", END),
    "names in many languages": in_file("text/vcard", VCARD, "FN;ALTID=1;LANGUAGE=a§:b\r\n", END),
    "cards with one UID": in_file("text/vcard", "", f"{VCARD}UID:one\r\nNOTE:§{END}"),
    "cards": in_file("text/vcard", "", f"{VCARD}TEL:§{END}"),
    "cards without names": in_file("text/vcard", "", "BEGIN:VCARD\r\nVERSION:3.0\r\nX:1\r\nEND:VCARD\r\n"),
    "version 2.1": in_file("text/vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\n", "TEL;CELL;QUOTED-PRINTABLE:=41=\r\n", END),
    "version 2.1: soft line breaks": in_file(
        "text/vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;ENCODING=QUOTED-PRINTABLE:a", "=\r\n", END
    ),
    "version 2.1: a charset that computes": in_file(
        "text/vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=punycode;ENCODING=QUOTED-PRINTABLE:a-", "9", END
    ),
    "beginnings": in_file("text/vcard", "", "BEGIN:VCARD\r\n"),
    "one photo": in_file("text/vcard", f"{VCARD}PHOTO;ENCODING=b:", "AAAA", END),
    "quotes of a parameter": in_file("text/vcard", f"{VCARD}TEL;TYPE=", 'a"', f":1{END}"),
    "folds": in_file("text/vcard", f"{VCARD}NOTE:", "a\r\n ", END),
    "line ends": in_file("text/vcard", VCARD, "\r", END),
    "marks": in_file("text/vcard", f"{VCARD}NOTE:", MARKS, END),
    "groups that hold one group": in_two(
        (f"BEGIN:VCARD\r\n{GROUP}UID:all\r\n", "MEMBER:§\r\n", "END:VCARD\r\n"),
        ("", f"BEGIN:VCARD\r\n{GROUP}MEMBER:all\r\nEND:VCARD\r\n", ""),
    ),
    "cards in all groups": in_two(
        ("", f"BEGIN:VCARD\r\n{GROUP}FN:§\r\nMEMBER:one\r\nEND:VCARD\r\n", ""),
        ("", "BEGIN:VCARD\r\nFN:A\r\nUID:one\r\nEND:VCARD\r\n", ""),
    ),
    "CSV: headings": in_file("text/csv", "first_name", ",§", "\nAda\n"),
    "CSV: rows": in_file("text/csv", "first_name,notes\n", "a,§\n"),
    "CSV: rows of many headings": in_file("text/csv", f"first_name{',Phone 1 - Value' * 900}\n", "a\n"),
    "CSV: cells": in_file("text/csv", "first_name,notes\n", f"a{',§' * 50}\n"),
    "CSV: quotes": in_file("text/csv", "first_name,notes\n", '"a""",§\n'),
    "CSV: a heading of marks": in_file("text/csv", "first_name,a", MARKS, "\nAda\n"),
    "CSV: several values": in_file("text/csv", "first_name,Phone 1 - Value\n", "a,1 ::: 2 ::: 3 ::: §\n"),
    "CSV: labels": in_file("text/csv", "first_name,Labels\n", f"a,{' ::: §' * 20}\n"),
    "CSV: one row": in_file("text/csv", "first_name,notes\nAda,", "\u00e9", "\n"),
    "CSV: a quote that stays open": in_file("text/csv", 'first_name,notes\nAda,"', "x\n"),
    "CSV: separators": in_file("text/csv", "first_name\nAda", ","),
    "JSON: contacts": in_file("application/json", '[{"first_name":"a"}', ',{"first_name":"§"}', "]"),
    "JSON: nothing": in_file("application/json", "[{}", ",{}", "]"),
    "JSON: details": in_file("application/json", '[{"first_name":"a","details":[{}', ",{}", "]}]"),
    "JSON: a nest": in_file("application/json", '[{"first_name":', "[", "]"),
    "JSON: spaces": in_file("application/json", "[", " ", "]"),
    "JSON: a number": in_file("application/json", "[1", "1", "]"),
}
DEVICES = {
    "PROPFIND: names": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><prop>", '<a§ xmlns="b"/>', "</prop></propfind>"),
    "PROPFIND: one name": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><prop>", "<getetag/>", "</prop></propfind>"),
    "PROPFIND: namespaces": in_xml(
        "PROPFIND", BOOK, f"<propfind {DAV}><prop>", '<a xmlns="urn:§"/>', "</prop></propfind>"
    ),
    "PROPFIND: all and names": in_xml(
        "PROPFIND", BOOK, f"<propfind {DAV}><allprop/><include>", "<a§/>", "</include></propfind>"
    ),
    "PROPFIND: attributes": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><prop", ' a§="1"', "/></propfind>"),
    "PROPFIND: declarations": in_xml("PROPFIND", BOOK, f"<propfind {DAV}", ' xmlns:a§="b"', "/>"),
    "PROPFIND: a long name": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><prop><a", "a", "/></prop></propfind>"),
    "PROPFIND: CDATA": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><![CDATA[", "a", "]]></propfind>"),
    "PROPFIND: a nest": in_xml("PROPFIND", BOOK, f"<propfind {DAV}>", "<a>", "</propfind>"),
    "PROPFIND: text": in_xml("PROPFIND", BOOK, f"<propfind {DAV}><prop>", "&amp;", "</prop></propfind>"),
    "PROPFIND: entities": in_xml("PROPFIND", BOOK, "<!DOCTYPE a [", '<!ENTITY a§ "b">', "]><a/>"),
    "PROPFIND: comments": in_xml("PROPFIND", BOOK, f"<propfind {DAV}>", "<!--a-->", "<allprop/></propfind>"),
    "PROPPATCH: names": in_xml(
        "PROPPATCH", BOOK, f"<propertyupdate {DAV}><set><prop>", "<a§/>", "</prop></set></propertyupdate>"
    ),
    "multiget: nobody": in_xml(
        "REPORT",
        BOOK,
        f"<C:addressbook-multiget {DAV}><prop><getetag/></prop>",
        "<href>/carddav/§</href>",
        "</C:addressbook-multiget>",
    ),
    "multiget: no card": in_xml(
        "REPORT",
        BOOK,
        f"<C:addressbook-multiget {DAV}><prop><C:address-data/></prop>",
        f"<href>{BOOK.replace('{user}', CARD)}§.vcf</href>",
        "</C:addressbook-multiget>",
    ),
    "multiget: parts of cards": in_xml(
        "REPORT",
        BOOK,
        f"<C:addressbook-multiget {DAV}><prop><C:address-data>",
        '<C:prop name="§"/>',
        "</C:address-data></prop></C:addressbook-multiget>",
    ),
    "query: filters": in_xml(
        "REPORT",
        BOOK,
        f"<C:addressbook-query {DAV}><prop><getetag/></prop><C:filter>",
        '<C:prop-filter name="X§"/>',
        "</C:filter></C:addressbook-query>",
    ),
    "query: texts": in_xml(
        "REPORT",
        BOOK,
        f'<C:addressbook-query {DAV}><prop><getetag/></prop><C:filter><C:prop-filter name="FN">',
        "<C:text-match>§</C:text-match>",
        "</C:prop-filter></C:filter></C:addressbook-query>",
    ),
    "query: parameters": in_xml(
        "REPORT",
        BOOK,
        f'<C:addressbook-query {DAV}><prop><getetag/></prop><C:filter><C:prop-filter name="FN">',
        '<C:param-filter name="X§"/>',
        "</C:prop-filter></C:filter></C:addressbook-query>",
    ),
    "query: a text of marks": in_xml(
        "REPORT",
        BOOK,
        f'<C:addressbook-query {DAV}><prop><getetag/></prop><C:filter><C:prop-filter name="NOTE"><C:text-match>a',
        MARKS,
        "</C:text-match></C:prop-filter></C:filter></C:addressbook-query>",
    ),
    "sync: names": in_xml(
        "REPORT", BOOK, f"<sync-collection {DAV}><sync-token/><prop>", "<a§/>", "</prop></sync-collection>"
    ),
    "sync: a token": in_xml(
        "REPORT", BOOK, f"<sync-collection {DAV}><sync-token>data:,", "WzFd", "</sync-token></sync-collection>"
    ),
    "a card: properties": in_card("X-§:1\r\n"),
    "a card: a note of marks": in_card(MARKS, "NOTE:"),
    "a card: folds": in_card("a\r\n ", "NOTE:"),
    "a card: groups": in_card("item§.TEL:1\r\nitem§.X-ABLabel:§\r\n"),
    "a card: parameters": in_card(";A§=1", "TEL", ":1"),
    "a card: labels": in_card(",§", "CATEGORIES:a"),
    "a card: numbers": in_card("TEL:+5491112§\r\n"),
    "a card: addresses": in_card("ADR:;;§;;;;\r\n"),
    "a card: notes": in_card("NOTE:\u00e9\r\n"),
    "a card: departments": in_card("ORG:;a;b;c\r\n"),
    "a card: ends": in_card("END:VCARD\r\n"),
    "a card: broken photos": in_card("PHOTO;ENCODING=b:AAAA\r\n"),
    "a group: members": in_card("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:§\r\n", "X-ADDRESSBOOKSERVER-KIND:group\r\n"),
}
ATTACKS: Mapping[str, Attack] = {
    **PEOPLE, **CONTACTS, **BATCHES, **URLS, **HEADERS, **FORMS, **CARDS, **DEVICES,
}  # fmt: skip

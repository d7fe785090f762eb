"""What each method does at each address, and what the properties say (RFC 4918, 6352, 6578)."""

import pytest

from tests.accounts import Account, problem
from tests.contacts.carddav.calls import CS, NAMESPACES, C, D, Device, card, device, multistatus, propfind, unmet

PLACES = ("root", "principal", "home", "book", "card")
UID = "AAAAAAAA-0000-4000-8000-000000000001"


@pytest.fixture
def places(phone: Device) -> dict[str, str]:
    phone.put("ada.vcf", card(UID))
    base = f"/carddav/{phone.user_id}/"
    return {
        "root": "/carddav/",
        "principal": base,
        "home": f"{base}books/",
        "book": phone.book,
        "card": phone.href("ada.vcf"),
    }


def test_a_phone_finds_the_book_from_a_bare_host(phone: Device) -> None:
    for method in ("GET", "PROPFIND", "OPTIONS", "POST"):
        answer = phone.client.open("/.well-known/carddav", method=method)
        assert (answer.status_code, answer.headers["Location"]) == (301, "/carddav/")
    principal = f"/carddav/{phone.user_id}/"
    for way in ("/", "/principals/", "/carddav", "/carddav/"):
        found = phone.propfind(way, f"{D}current-user-principal")["/carddav/"]
        assert found.hrefs(f"{D}current-user-principal") == [principal]
    home = phone.propfind(principal, f"{C}addressbook-home-set")[principal].hrefs(f"{C}addressbook-home-set")
    assert home == [f"{principal}books/"]
    listed = phone.propfind(str(home[0]), f"{D}resourcetype", depth="1")
    assert set(listed) == {f"{principal}books/", phone.book}
    assert {each.tag for each in listed[phone.book].found[f"{D}resourcetype"]} == {f"{D}collection", f"{C}addressbook"}


def test_addresses_of_collections_need_no_slash(phone: Device, places: dict[str, str]) -> None:
    for name in ("root", "principal", "home", "book"):
        assert set(phone.propfind(places[name].rstrip("/"), f"{D}owner")) == {places[name]}


@pytest.mark.parametrize("name", PLACES)
def test_options_tell_what_is_spoken(phone: Device, places: dict[str, str], name: str) -> None:
    answer = phone.call("OPTIONS", places[name])
    assert (answer.status_code, answer.headers["DAV"]) == (200, "1, 3, addressbook")
    allowed = set(answer.headers["Allow"].split(", "))
    assert {"OPTIONS", "PROPFIND", "PROPPATCH", "REPORT"} <= allowed
    assert {"PUT", "DELETE"} <= allowed or name not in ("book", "card")


@pytest.mark.parametrize("method", ["POST", "MOVE", "COPY", "LOCK", "ACL", "GET", "HEAD", "PUT", "DELETE", "MKCOL"])
def test_the_table_of_methods(phone: Device, places: dict[str, str], method: str) -> None:
    for name, place in places.items():
        answer = phone.call(method, place, Content_Type="text/vcard", If_None_Match="*")
        expected = 405
        if name == "card":
            expected = {"GET": 304, "HEAD": 304, "PUT": 403, "DELETE": 412, "MKCOL": 403}.get(method, 405)
        elif method in ("PUT", "DELETE") or (method == "MKCOL" and name != "book"):
            expected = 403
        assert answer.status_code == expected, (method, name)
        assert ("Allow" in answer.headers) == (expected == 405)


@pytest.mark.parametrize(("depth", "status"), [("infinity", 403), ("", 400), ("2", 400), ("0", 207), ("1", 207)])
def test_depths_of_propfind(phone: Device, places: dict[str, str], depth: str, status: int) -> None:
    answer = phone.call("PROPFIND", places["book"], propfind(f"{D}getetag"), Depth=depth)
    assert answer.status_code == status
    if status == 403:
        assert unmet(answer) == (403, f"{D}propfind-finite-depth")


def test_no_depth_is_infinity(phone: Device) -> None:
    assert unmet(phone.call("PROPFIND", phone.book)) == (403, f"{D}propfind-finite-depth")


def test_what_is_not_there_is_said_unless_it_is_not_wanted(phone: Device) -> None:
    asked = propfind(f"{D}displayname", "{urn:x}nothing", f"{C}address-data")
    whole = multistatus(phone.call("PROPFIND", phone.book, asked, Depth="0"))[phone.book]
    assert set(whole.properties["HTTP/1.1 404 Not Found"]) == {"{urn:x}nothing", f"{C}address-data"}
    for headers in ({"Prefer": "return=minimal"}, {"Brief": "t"}):
        answer = phone.call("PROPFIND", phone.book, asked, Depth="0", **headers)
        assert set(multistatus(answer)[phone.book].properties) == {"HTTP/1.1 200 OK"}
        assert ("Preference-Applied" in answer.headers) == ("Prefer" in headers)


def test_all_properties_and_all_names(phone: Device, places: dict[str, str]) -> None:
    for body in ("", f"<D:propfind {NAMESPACES}><D:allprop/></D:propfind>"):
        found = multistatus(phone.call("PROPFIND", places["card"], body, Depth="0"))[places["card"]].found
        assert set(found) == {
            f"{D}{name}"
            for name in ("resourcetype", "getetag", "getcontenttype", "getcontentlength", "getlastmodified")
        }
        assert found[f"{D}getcontentlength"].text == str(len(card(UID).encode()))
    body = f"<D:propfind {NAMESPACES}><D:propname/></D:propfind>"
    names = multistatus(phone.call("PROPFIND", phone.book, body, Depth="0"))[phone.book].found
    assert {f"{D}sync-token", f"{CS}getctag", f"{D}owner", f"{C}supported-address-data"} <= set(names)


def test_the_book_says_what_clients_look_for(phone: Device) -> None:
    names = ("current-user-privilege-set", "supported-report-set", "sync-token", "owner", "displayname")
    further = (f"{C}supported-address-data", f"{C}max-resource-size", f"{CS}getctag")
    found = phone.propfind(phone.book, *(f"{D}{name}" for name in names), *further)[phone.book]
    privileges = {each[0].tag for each in found.found[f"{D}current-user-privilege-set"]}
    assert privileges == {
        f"{D}{name}" for name in ("read", "write", "write-content", "bind", "unbind", "read-current-user-privilege-set")
    }
    reports = {each[0][0].tag for each in found.found[f"{D}supported-report-set"]}
    assert reports == {f"{D}sync-collection", f"{C}addressbook-multiget", f"{C}addressbook-query"}
    (data,) = found.found[f"{C}supported-address-data"]
    assert data.attrib == {"content-type": "text/vcard", "version": "3.0"}
    assert found.text(f"{D}sync-token") == found.text(f"{CS}getctag") == phone.sync().token


def test_properties_are_protected(phone: Device, places: dict[str, str]) -> None:
    content = "<D:set><D:prop><D:displayname>x</D:displayname><CS:me-card/></D:prop></D:set>"
    for place in places.values():
        found = multistatus(
            phone.call("PROPPATCH", place, f"<D:propertyupdate {NAMESPACES}>{content}</D:propertyupdate>")
        )[place]
        assert set(found.properties["HTTP/1.1 403 Forbidden"]) == {f"{D}displayname", f"{CS}me-card"}


def test_reports_that_there_are_not(phone: Device, places: dict[str, str]) -> None:
    for name in ("principal-property-search", "expand-property", "acl-principal-prop-set"):
        for place in places.values():
            answer = phone.call("REPORT", place, f"<D:{name} {NAMESPACES}/>")
            assert unmet(answer) == (403, f"{D}supported-report")


@pytest.mark.parametrize(
    "body",
    [
        "", "<a", "<!DOCTYPE a><a/>", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "<a/>", "<a>" * 101 + "</a>" * 101,
        '<?xml version="1.0" encoding="x-none"?><a/>', f"<D:propfind {NAMESPACES}/>", "\0", "<D:propfind/>",
    ],
)  # fmt: skip
def test_xml_that_is_none_is_refused(phone: Device, body: str) -> None:
    if body:
        assert problem(phone.call("PROPFIND", phone.book, body, Depth="0")) == (400, "malformed-request")
    assert phone.call("REPORT", phone.book, body).status_code in (400, 403)
    assert problem(phone.call("PROPPATCH", phone.book, body)) == (400, "malformed-request")


def test_xml_has_a_largest_size(phone: Device) -> None:
    body = f"<D:propfind {NAMESPACES}><D:prop><D:owner>{'x' * 2**23}</D:owner></D:prop></D:propfind>"
    assert problem(phone.call("PROPFIND", phone.book, body, Depth="0")) == (413, "too-large")


def test_nothing_is_answered_with_cors(phone: Device) -> None:
    answer = phone.call("OPTIONS", phone.book, Origin="https://app.example.org")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_renamed_user_has_the_same_addresses(ada: Account, phone: Device) -> None:
    ada.patch("/users/me", json={"username": "countess"})
    principal = f"/carddav/{phone.user_id}/"
    assert phone.propfind(principal, f"{D}displayname")[principal].text(f"{D}displayname") == "countess"
    ada.patch("/users/me", json={"username": "ada"})


def test_the_name_of_a_user_is_escaped(ada: Account) -> None:
    phone = device(ada, "<&>")
    assert phone.propfind(phone.book, f"{D}displayname")[phone.book].text(f"{D}displayname") == "Contacts"

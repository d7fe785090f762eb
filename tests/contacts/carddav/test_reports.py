"""The reports: sync by tokens, many cards by name, and filters."""

from itertools import count

import pytest

from project.contacts.carddav import reading
from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import create, delete
from tests.contacts.carddav.calls import NAMESPACES, C, D, Device, card, multiget, query, sync_collection, unmet

numbers = count(1)


def fill(phone: Device, amount: int) -> list[str]:
    """So many new cards, by their hrefs."""
    names = [f"card {next(numbers)}.vcf" for _ in range(amount)]
    for name in names:
        assert phone.put(name, card(f"uid of {name}", fn=name)).status_code == 201
    return [phone.href(name) for name in names]


def test_a_delta_has_what_changed_and_what_went(ada: Account, phone: Device) -> None:
    first, second, third = fill(phone, 3)
    token = phone.sync().token
    assert phone.sync(token).changed == set()
    assert phone.sync(token).token == token
    phone.call("DELETE", first)
    contact = create(ada, first_name="Grace")
    phone.call("PUT", third, card(f"uid of {third}"), Content_Type="text/vcard")
    delta = phone.sync(token)
    assert first in delta.gone
    assert phone.href(f"{contact['id']}.vcf") in delta.changed
    assert second not in delta
    delete(ada, contact["id"])
    after = phone.sync(delta.token)
    assert (after.changed, after.gone) == (set(), {phone.href(f"{contact['id']}.vcf")})


def test_pages_of_a_delta_lose_and_double_nothing(phone: Device) -> None:
    wanted = set(fill(phone, 25))
    token, seen = "", list[str]()
    for _page in range(20):
        answer = phone.sync(token, limit=7)
        over = [href for href, each in answer.items() if each.status == "HTTP/1.1 507 Insufficient Storage"]
        seen += answer.changed
        token = answer.token
        if not over:
            break
        assert over == [phone.book]
    assert (len(seen), set(seen)) == (25, wanted)
    assert phone.sync(token).changed == set()


def test_a_writer_between_pages_hides_nothing(ada: Account, phone: Device) -> None:
    wanted = set(fill(phone, 10))
    first = phone.sync("", limit=4)
    changed = sorted(wanted - first.changed)[0]
    phone.call("PUT", changed, card(f"uid of {changed.rpartition('/')[2].replace('%20', ' ')}", fn="New"))
    rest = phone.sync(first.token)
    assert first.changed | rest.changed == wanted


@pytest.mark.parametrize("token", ["junk", "data:,junk", "data:,", "http://x/1", "é"])
def test_a_token_that_is_none(phone: Device, token: str) -> None:
    answer = phone.call("REPORT", phone.book, sync_collection(token, f"{D}getetag"))
    assert unmet(answer) == (403, f"{D}valid-sync-token")
    answer = phone.call("REPORT", phone.book, sync_collection(token, f"{D}getetag"), User_Agent="X Thunderbird/140.0")
    assert unmet(answer) == (400, f"{D}valid-sync-token")


def test_levels_and_limits_are_checked(phone: Device) -> None:
    body = sync_collection("", f"{D}getetag")
    answer = phone.call("REPORT", phone.book, body.replace(">1<", ">infinite<"))
    assert unmet(answer) == (403, f"{D}sync-traversal-supported")
    for limit in ("0", "-1", "x", ""):
        limited = body.replace("<D:prop>", f"<D:limit><D:nresults>{limit}</D:nresults></D:limit><D:prop>")
        assert phone.call("REPORT", phone.book, limited).status_code == 400


def test_multiget_answers_each_once_in_the_order_asked(phone: Device) -> None:
    hrefs = fill(phone, 3)
    missing = phone.href("missing.vcf")
    asked = [hrefs[2], missing, hrefs[0], hrefs[2], "/elsewhere", f"/carddav/{phone.user_id}/", "http://h:1" + hrefs[1]]
    found = phone.multiget(*asked)
    assert list(found) == [hrefs[2], missing, hrefs[0], "/elsewhere", f"/carddav/{phone.user_id}/", hrefs[1]]
    assert found.gone == {missing, "/elsewhere", f"/carddav/{phone.user_id}/"}
    assert all(found.etags().values())


def test_multiget_of_many(phone: Device) -> None:
    hrefs = fill(phone, 3)
    names = [phone.href(f"missing {number}") for number in range(1_200)]
    found = phone.multiget(*names[:700], hrefs[0], *names[700:], hrefs[1])
    assert (len(found), found.changed) == (1_202, {hrefs[0], hrefs[1]})


def test_carriage_returns_survive_xml(phone: Device) -> None:
    (href,) = fill(phone, 1)
    answer = phone.call("REPORT", phone.book, multiget([href]))
    assert "&#13;\n" in answer.text
    assert "\r\n" in phone.multiget(href).cards()[href]


def test_another_version_is_not_converted(phone: Device) -> None:
    for attribute in ('version="4.0"', 'content-type="application/vcard+json"'):
        body = query(prop=f"<C:address-data {attribute}/>")
        assert unmet(phone.call("REPORT", phone.book, body)) == (403, f"{C}supported-address-data-conversion")
    assert phone.report(query(prop='<C:address-data content-type="text/vcard" version="3.0"/>')) == {}


def test_a_part_of_a_card_has_what_was_named(phone: Device) -> None:
    phone.put("a.vcf", card("a", "TEL:123", "NOTE:long", "EMAIL:a@example.org"))
    part = '<C:address-data><C:prop name="TEL"/><C:prop name="note" novalue="yes"/></C:address-data>'
    (text,) = phone.report(query(prop=part)).cards().values()
    assert "TEL:123" in text
    assert "UID:a" in text
    assert "NOTE:\r\n" in text
    assert "EMAIL" not in text


PEOPLE = {
    "ada": card("ada", "EMAIL;TYPE=work:Ada@Example.org", "NICKNAME:Countess", fn="Ada Lovelace"),
    "zoe": card("zoe", "TEL;TYPE=home:+49 30 1", fn="Zoë Straße", n="Straße;Zoë;;;"),
    "bob": card("bob", "item1.EMAIL:bob@example.com", "item1.X-ABLabel:x", fn="Bob Bee", n="Bee;Bob;;;"),
}


def matching(phone: Device, content: str) -> set[str]:
    found = phone.report(query(f"<C:filter>{content}</C:filter>"))
    return {href.rpartition("/")[2] for href in found.changed}


def prop(name: str, content: str = "") -> str:
    return f'<C:prop-filter name="{name}">{content}</C:prop-filter>'


def text(wanted: str, attributes: str = "") -> str:
    return f"<C:text-match {attributes}>{wanted}</C:text-match>"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("", "ada bob zoe"),
        (prop("EMAIL"), "ada bob"),
        (prop("email", text("EXAMPLE.ORG")), "ada"),
        (prop("EMAIL", "<C:is-not-defined/>"), "zoe"),
        (prop("FN", text("STRASSE")), "zoe"),
        (prop("FN", text("STRASSE", 'collation="i;ascii-casemap"')), ""),
        (prop("FN", text("ada", 'match-type="starts-with"')), "ada"),
        (prop("FN", text("bee", 'match-type="ends-with"')), "bob"),
        (prop("FN", text("bob bee", 'match-type="equals"')), "bob"),
        (prop("FN", text("bob", 'negate-condition="yes"')), "ada zoe"),
        (prop("item1.EMAIL"), "bob"),
        (prop("EMAIL", '<C:param-filter name="TYPE"/>'), "ada"),
        (prop("EMAIL", '<C:param-filter name="TYPE"><C:is-not-defined/></C:param-filter>'), "bob"),
        (prop("TEL", f'<C:param-filter name="TYPE">{text("HOME")}</C:param-filter>'), "zoe"),
        (prop("NICKNAME") + prop("TEL"), "ada zoe"),
    ],
)
def test_filters(phone: Device, content: str, names: str) -> None:
    for name, sent in PEOPLE.items():
        phone.put(name, sent)
    assert matching(phone, content) == set(names.split())


def test_all_of_several_filters(phone: Device) -> None:
    for name, sent in PEOPLE.items():
        phone.put(name, sent)
    both = f'<C:filter test="allof">{prop("EMAIL")}{prop("NICKNAME")}</C:filter>'
    assert {href.rpartition("/")[2] for href in phone.report(query(both)).changed} == {"ada"}


def test_a_query_has_a_limit(phone: Device) -> None:
    fill(phone, 3)
    found = phone.report(query("<C:limit><C:nresults>2</C:nresults></C:limit>"))
    assert len(found.changed) == 2
    assert found[phone.book].status == "HTTP/1.1 507 Insufficient Storage"


def test_another_collation_is_refused(phone: Device) -> None:
    condition = prop("FN", text("x", 'collation="i;octet"'))
    body = query(f"<C:filter>{condition}</C:filter>")
    assert unmet(phone.call("REPORT", phone.book, body)) == (403, f"{C}supported-collation")


def test_a_card_knows_multiget_of_itself(phone: Device) -> None:
    (href,) = fill(phone, 1)
    answer = phone.call("REPORT", href, multiget([href]))
    assert answer.status_code == 207
    body = f"<D:sync-collection {NAMESPACES}/>"
    assert unmet(phone.call("REPORT", href, body)) == (403, f"{D}supported-report")


def test_few_large_cards_are_in_memory_together(phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    hrefs = [phone.href(f"{number}.vcf") for number in range(9)]
    for number, href in enumerate(hrefs):
        phone.call("PUT", href, card(f"uid {number}", "X-LONG:" + "x" * 3_000), Content_Type="text/vcard")
    monkeypatch.setattr(reading, "LARGEST", 20_000)
    with statements.listening() as said:
        found = phone.multiget(*reversed(hrefs))
    assert list(found) == hrefs[::-1]
    assert all("X-LONG" in text for text in found.cards().values())
    assert len([each for each in said if "kept.body" in each.text]) == 5
    assert phone.sync("", f"{C}address-data").cards() == found.cards()
    assert phone.report(query()).cards() == found.cards()

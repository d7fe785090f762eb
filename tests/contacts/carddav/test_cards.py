"""One card by GET, PUT and DELETE: bytes, ETags, preconditions, names and UIDs."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.accounts import Account, body, problem
from tests.applications import change_settings
from tests.contacts.calls import create, listed, show
from tests.contacts.carddav.calls import C, Device, card, device, unmet

UID = "B9A1E2C3-0000-4000-8000-00000000ABCD"
NAME = f"{UID}.vcf"
TEXT = card(
    UID,
    "PRODID:-//Apple Inc.//iPhone OS 17.1//EN",
    "X-PHONETIC-FIRST-NAME:Ay-da",
    "item1.TEL;type=pref:+44 20 7946 0958",
    "item1.X-ABLabel:Difference Engine",
    "X-SOCIALPROFILE;type=twitter;x-user=ada:http://twitter.com/ada",
    "item2.X-ABRELATEDNAMES:Annabella",
    "item2.X-ABLabel:_$!<Mother>!$_",
    "NOTE:Two lines\\nand a long one " + "x" * 40 + "\r\n  folded",
)


def test_the_bytes_that_were_put_come_back(ada: Account, phone: Device) -> None:
    answer = phone.put(NAME, TEXT, If_None_Match="*")
    assert (answer.status_code, answer.data) == (201, b"")
    got = phone.get(NAME)
    assert (got.status_code, got.text) == (200, TEXT)
    assert got.headers["ETag"] == answer.headers["ETag"]
    assert got.content_type == "text/vcard; charset=utf-8"
    assert got.headers["Last-Modified"]
    (contact,) = listed(ada)
    assert (contact["id"], contact["name"], contact["phone"]) == (UID.lower(), "Ada Lovelace", "+44 20 7946 0958")


def test_head_is_get_without_the_body(phone: Device) -> None:
    phone.put(NAME, TEXT)
    got, asked = phone.get(NAME), phone.call("HEAD", phone.href(NAME))
    assert asked.data == b""
    assert {**asked.headers, "X-Request-ID": ""} == {**got.headers, "X-Request-ID": ""}


def test_the_same_bytes_again_change_nothing(phone: Device) -> None:
    first = phone.put(NAME, TEXT)
    again = phone.put(NAME, TEXT, If_Match=first.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (204, first.headers["ETag"])


def test_the_etag_is_that_of_the_json_api(ada: Account, phone: Device) -> None:
    tag = phone.put(NAME, TEXT).headers["ETag"]
    path = f"/contacts/{UID.lower()}"
    assert ada.get(path).headers["ETag"] == tag
    changed = ada.patch(path, {"If-Match": tag}, json={"company": "Analytical Society"})
    assert changed.status_code == 200
    assert phone.put(NAME, TEXT, If_Match=tag).status_code == 412
    assert phone.put(NAME, TEXT, If_Match=changed.headers["ETag"]).status_code == 204


def test_an_etag_that_a_proxy_made_weak_is_forgiven(phone: Device) -> None:
    tag = phone.put(NAME, TEXT).headers["ETag"]
    changed = TEXT.replace("Annabella", "Anne Isabella")
    assert phone.put(NAME, changed, If_Match=f"W/{tag}").status_code == 204
    assert phone.get(NAME, If_None_Match=f"W/{tag}").status_code == 200


def test_a_card_that_is_known_is_not_sent_again(phone: Device) -> None:
    tag = phone.put(NAME, TEXT).headers["ETag"]
    answer = phone.get(NAME, If_None_Match=tag)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": "*"}, 412),
        ({"If_Match": '"somebody-else"'}, 412),
        ({"If_Match": '""'}, 412),
        ({"If_Match": "*"}, 204),
        ({"If_None_Match": '"somebody-else"'}, 204),
    ],
)
def test_conditions_of_a_card_that_is_there(phone: Device, headers: Mapping[str, str], status: int) -> None:
    phone.put(NAME, TEXT)
    assert phone.put(NAME, TEXT, **headers).status_code == status
    assert phone.delete(NAME, **headers).status_code == status


@pytest.mark.parametrize("headers", [{"If_Match": '"7-7"'}, {"If_Match": "*"}])
def test_an_edit_of_what_is_not_there_is_404(phone: Device, headers: Mapping[str, str]) -> None:
    """DAVx5 then uploads the edit anew, where after 412 it would drop it."""
    assert problem(phone.put(NAME, TEXT, **headers)) == (404, "not-found")
    assert problem(phone.delete(NAME, **headers)) == (404, "not-found")


def test_deleting_puts_into_the_bin_and_restoring_brings_the_bytes_back(ada: Account, phone: Device) -> None:
    phone.put(NAME, TEXT)
    assert phone.delete(NAME).status_code == 204
    assert problem(phone.delete(NAME)) == (404, "not-found")
    assert problem(phone.get(NAME)) == (404, "not-found")
    assert ada.post(f"/contacts/{UID.lower()}/restore").status_code == 200
    assert phone.get(NAME).text == TEXT
    ada.delete(f"/contacts/{UID.lower()}")
    ada.post(f"/contacts/{UID.lower()}/restore")
    assert phone.get(NAME).text == TEXT


def test_a_contact_of_the_api_is_a_card_of_its_id(ada: Account, phone: Device) -> None:
    contact = create(ada, first_name="Grace", last_name="Hopper", labels=["Navy"], favorite=True)
    text = phone.get(f"{contact['id']}.vcf").text
    assert f"\r\nUID:{contact['id']}\r\n" in text
    for line in ("VERSION:3.0", "FN:Grace Hopper", "N:Hopper;Grace;;;", "CATEGORIES:Navy", "X-FAVORITE:TRUE"):
        assert f"\r\n{line}\r\n" in text


def test_an_edit_by_the_api_keeps_what_it_does_not_know(ada: Account, phone: Device) -> None:
    phone.put(NAME, TEXT)
    assert ada.patch(f"/contacts/{UID.lower()}", json={"nickname": "Countess"}).status_code == 200
    text = phone.get(NAME).text.replace("\r\n ", "")
    assert f"UID:{UID}\r\n" in text
    for line in TEXT.replace("\r\n ", "").split("\r\n"):
        if line.startswith(("X-SOCIAL", "X-PHON", "NOTE", "FN", "N:")):
            assert line in text
    assert "X-ABLabel:Difference Engine" in text
    assert "NICKNAME:Countess" in text


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "with space.vcf",
        "{braces}.vcf",
        "a+b==.vcf",
        "naïve é.vcf",
        "line\nbreak.vcf",
        "%41.vcf",
        "x" * 255,
        "?#&",
    ],
)
def test_names_are_the_clients(phone: Device, name: str) -> None:
    text = card("some uid of " + name.replace("\n", "\\n"))
    assert phone.put(name, text).status_code == 201
    assert phone.get(name).text == text
    found = phone.propfind(phone.book, "{DAV:}getetag", depth="1")
    assert phone.href(name) in found
    assert phone.multiget(phone.href(name)).cards() == {phone.href(name): text}


@pytest.mark.parametrize("step", ["%ff.vcf", "a%2Fb", "a%00b", "x" * 256, "%C3%A9" * 128, "%2e%2e"])
def test_a_name_that_no_card_can_have_is_refused(phone: Device, step: str) -> None:
    answer = phone.call("PUT", phone.book + step, TEXT, Content_Type="text/vcard")
    assert problem(answer) == (403, "forbidden")


def test_a_name_may_be_spelled_in_any_way(phone: Device) -> None:
    phone.put("a b.vcf", TEXT)
    for spelled in ("%61%20b%2Evcf", "a%20b.vcf"):
        assert phone.call("GET", phone.book + spelled).text == TEXT
        found = phone.multiget(f"https://elsewhere.example.org:8443{phone.book}{spelled}")
        assert set(found) == {phone.href("a b.vcf")}
    assert problem(phone.call("GET", phone.href("a b.vcf") + "/")) == (404, "not-found")


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "text/vcard; charset=iso-8859-1"])
def test_only_vcards_in_utf_8_are_taken(phone: Device, media_type: str) -> None:
    answer = phone.put(NAME, TEXT, Content_Type=media_type)
    assert unmet(answer) == (415, f"{C}supported-address-data")


@pytest.mark.parametrize("media_type", ["text/x-vcard", "text/directory; profile=vCard", "text/vcard;version=3.0"])
def test_vcards_have_several_media_types(phone: Device, media_type: str) -> None:
    assert phone.put(NAME, TEXT, Content_Type=media_type).status_code == 201


@pytest.mark.parametrize(
    "sent",
    [b"", b"hello", TEXT[:-12].encode(), (TEXT + TEXT).encode(), TEXT.replace("VERSION:3.0", "VERSION:9.0").encode()],
)
def test_what_is_not_one_vcard_is_refused(phone: Device, sent: bytes) -> None:
    assert unmet(phone.put(NAME, sent)) == (403, f"{C}valid-address-data")


def test_a_uid_is_of_one_card(phone: Device) -> None:
    phone.put(NAME, TEXT)
    answer = phone.put("other.vcf", TEXT)
    assert unmet(answer) == (409, f"{C}no-uid-conflict")
    assert phone.href(NAME) in answer.text
    assert unmet(phone.put(NAME, card("another"))) == (409, f"{C}no-uid-conflict")
    assert phone.get(NAME).text == TEXT


def test_two_spellings_of_a_uuid_are_one_uid(ada: Account, phone: Device) -> None:
    phone.put(NAME, TEXT)
    spelled = TEXT.replace(f"UID:{UID}", f"UID:urn:uuid:{UID.lower()}")
    answer = phone.put(NAME, spelled)
    assert (answer.status_code, phone.get(NAME).text) == (204, spelled)
    assert len(listed(ada)) == 1


@pytest.mark.parametrize("name", ["0192f3a0-1111-7000-8000-000000000001.vcf", "new.vcf"])
def test_a_card_without_uid_gets_one(ada: Account, phone: Device, name: str) -> None:
    answer = phone.put(name, TEXT.replace(f"UID:{UID}\r\n", ""))
    assert (answer.status_code, answer.headers.get("ETag")) == (201, None)
    (contact,) = listed(ada)
    assert f"\r\nUID:{contact['id']}\r\n" in phone.get(name).text
    assert phone.put(name, TEXT.replace(f"UID:{UID}\r\n", "")).status_code == 204
    assert [each["id"] for each in listed(ada)] == [contact["id"]]


def test_a_uid_in_the_bin_comes_back_under_the_new_name(ada: Account, phone: Device) -> None:
    phone.put("old.vcf", TEXT)
    token = phone.sync().token
    phone.delete("old.vcf")
    assert phone.put("new.vcf", TEXT).status_code == 201
    delta = phone.sync(token)
    assert (delta.changed, delta.gone) == ({phone.href("new.vcf")}, {phone.href("old.vcf")})
    assert show(ada, UID.lower())["name"] == "Ada Lovelace"


def test_a_name_that_was_deleted_and_used_again_is_living(phone: Device) -> None:
    phone.put("name.vcf", TEXT)
    token = phone.sync().token
    phone.delete("name.vcf")
    phone.put("name.vcf", card("another"))
    delta = phone.sync(token)
    assert delta.changed == {phone.href("name.vcf")}
    assert phone.href("name.vcf") not in delta.gone


def test_the_name_of_a_deleted_contact_may_be_anothers(phone: Device) -> None:
    """By default a contact is named for its id: so may be the card of another, once it is gone."""
    phone.put(NAME, TEXT)
    name = f"{UID.lower()}.vcf"
    phone.delete(NAME)
    phone.put(name, TEXT)
    token = phone.sync().token
    phone.delete(name)
    assert phone.put(name, card("another")).status_code == 201
    delta = phone.sync(token)
    assert delta.changed == {phone.href(name)}
    assert phone.href(name) not in delta.gone


def test_others_have_nothing_here(ada: Account, ben: Account, phone: Device) -> None:
    phone.put(NAME, TEXT)
    stranger = device(ben)
    for method in ("GET", "PUT", "DELETE", "PROPFIND", "REPORT", "OPTIONS", "MKCOL", "COPY", "PROPPATCH"):
        for path in (phone.href(NAME), phone.book, f"/carddav/{phone.user_id}/", phone.book + "%ff"):
            answer = stranger.call(method, path, TEXT, Content_Type="text/vcard", If_Match="*", Depth="0")
            assert problem(answer) == (404, "not-found"), (method, path)
    assert phone.get(NAME).text == TEXT


def test_a_card_larger_than_may_be_is_refused(ada: Account, phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_to(ada, monkeypatch, max_card_bytes=2_000)
    assert phone.put(NAME, card(UID, "NOTE:" + "x" * 1_500)).status_code == 201
    assert unmet(phone.put(NAME, card(UID, "NOTE:" + "x" * 2_000))) == (403, f"{C}max-resource-size")
    assert problem(phone.put(NAME, card(UID, "NOTE:" + "x" * 4_000))) == (413, "too-large")


def test_a_full_book_takes_no_more_and_lets_replace_and_delete(
    ada: Account, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.put(NAME, TEXT)
    limit_to(ada, monkeypatch, max_contacts_per_user=1)
    assert unmet(phone.put("two.vcf", card("two"))) == (507, "{DAV:}quota-not-exceeded")
    limit_to(ada, monkeypatch, max_contacts_per_user=9, max_book_bytes=len(TEXT.encode()) + 10)
    assert unmet(phone.put("two.vcf", card("two"))) == (507, "{DAV:}quota-not-exceeded")
    assert phone.put(NAME, TEXT.replace("Annabella", "Anne Isabella Milbanke")).status_code == 204
    assert phone.delete(NAME).status_code == 204


def limit_to(account: Account, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    change_settings(monkeypatch, account.client.application, **settings)


def test_quota_tells_the_bytes_that_are_kept(phone: Device) -> None:
    phone.put(NAME, TEXT)
    shorter = TEXT.replace("Annabella", "Anne")
    phone.put(NAME, shorter)
    found = phone.propfind(phone.book, "{DAV:}quota-used-bytes", "{DAV:}quota-available-bytes")[phone.book]
    used = len(shorter.encode())
    assert found.text("{DAV:}quota-used-bytes") == str(used)
    assert found.text("{DAV:}quota-available-bytes") == str(2**30 - used)


def test_the_answer_has_an_etag_only_for_the_very_bytes(ada: Account, phone: Device) -> None:
    for number, (sent, is_exact) in enumerate(
        [
            (card("one"), True),
            (card("two").replace("\r\n", "\n"), True),
            (card("three").replace("VERSION:3.0", "VERSION:4.0"), False),
            (card("four", "NOTE:bell \x07 here"), False),
            ("\ufeff" + card("five"), False),
            (card("six", "this is no property"), False),
            (card("seven").replace("VERSION:3.0\r\n", ""), False),
        ]
    ):
        answer = phone.put(f"{number}.vcf", sent)
        assert (answer.status_code, "ETag" in answer.headers) == (201, is_exact), sent
        got = phone.get(f"{number}.vcf")
        assert (got.text == sent) == is_exact
        assert "VERSION:3.0" in got.text
    assert len(body(ada.get("/contacts"))["items"]) == 7

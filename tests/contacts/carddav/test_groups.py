"""Groups are labels: what a device does to a group, apps see as labels, and the other way round."""

import pytest

from tests.accounts import Account
from tests.applications import change_settings
from tests.contacts.calls import create, listed, show
from tests.contacts.carddav.calls import Device, card, device, unmet

ADA, GRACE = "AAAAAAAA-0000-4000-8000-000000000001", "AAAAAAAA-0000-4000-8000-000000000002"
GROUP = "BBBBBBBB-0000-4000-8000-000000000009"


def group(name: str, *members: str, uid: str = GROUP) -> str:
    """A group as Apple's devices write it."""
    lines = [f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}" for member in members]
    return card(uid, "X-ADDRESSBOOKSERVER-KIND:group", *lines, fn=name, n=name)


def labels(account: Account) -> dict[str, list[str]]:
    return {contact["id"].upper(): contact["labels"] for contact in listed(account)}


def members(phone: Device) -> set[str]:
    text = phone.get(f"{GROUP}.vcf").text.replace("\r\n ", "")
    lines = [line for line in text.split("\r\n") if line.startswith("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:")]
    return {line.rpartition(":")[2].upper() for line in lines}


def two(phone: Device) -> None:
    for uid in (ADA, GRACE):
        assert phone.put(f"{uid}.vcf", card(uid)).status_code == 201


def test_a_group_comes_back_byte_for_byte_and_labels_its_members(ada: Account, phone: Device) -> None:
    two(phone)
    text = group("Friends", ADA)
    answer = phone.put(f"{GROUP}.vcf", text)
    assert answer.status_code == 201
    assert phone.get(f"{GROUP}.vcf").headers["ETag"] == answer.headers["ETag"]
    assert phone.get(f"{GROUP}.vcf").text == text
    assert labels(ada) == {ADA: ["Friends"], GRACE: []}
    assert phone.put(f"{GROUP}.vcf", text).headers["ETag"] == answer.headers["ETag"]
    assert phone.get(f"{ADA}.vcf").text == card(ADA, "CATEGORIES:Friends")
    assert phone.get(f"{GRACE}.vcf").text == card(GRACE)


def test_changing_members_changes_labels(ada: Account, phone: Device) -> None:
    two(phone)
    phone.put(f"{GROUP}.vcf", group("Friends", ADA))
    phone.put(f"{GROUP}.vcf", group("Friends", GRACE))
    assert labels(ada) == {ADA: [], GRACE: ["Friends"]}
    phone.put(f"{GROUP}.vcf", group("Best friends", GRACE))
    assert labels(ada) == {ADA: [], GRACE: ["Best friends"]}
    assert phone.delete(f"{GROUP}.vcf").status_code == 204
    assert labels(ada) == {ADA: [], GRACE: []}
    assert phone.get(f"{GROUP}.vcf").status_code == 404


def test_labels_given_by_apps_are_members(ada: Account, phone: Device) -> None:
    two(phone)
    tag = phone.put(f"{GROUP}.vcf", group("Friends", ADA)).headers["ETag"]
    token = phone.sync().token
    ada.patch(f"/contacts/{GRACE.lower()}", json={"labels": ["Friends"]})
    delta = phone.sync(token)
    assert delta.changed == {phone.href(f"{GROUP}.vcf"), phone.href(f"{GRACE}.vcf")}
    assert delta.etags()[phone.href(f"{GROUP}.vcf")] != tag
    assert members(phone) == {ADA, GRACE}
    ada.patch(f"/contacts/{ADA.lower()}", json={"labels": []})
    assert members(phone) == {GRACE}
    contact = create(ada, first_name="Alan", labels=["Friends"])
    assert members(phone) == {GRACE, contact["id"].upper()}
    assert phone.put(f"{GROUP}.vcf", group("Friends", GRACE)).status_code == 204
    assert show(ada, contact["id"])["labels"] == []


def test_a_member_that_comes_later_gets_the_label(ada: Account, phone: Device) -> None:
    text = group("Friends", ADA, "mailto")
    phone.put(f"{GROUP}.vcf", text)
    assert phone.get(f"{GROUP}.vcf").text == text
    answer = phone.put(f"{ADA}.vcf", card(ADA))
    assert (answer.status_code, answer.headers.get("ETag")) == (201, None)
    assert labels(ada) == {ADA: ["Friends"]}
    assert phone.get(f"{GROUP}.vcf").text == text


def test_a_group_is_no_contact(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends"))
    assert listed(ada) == []
    assert ada.get(f"/contacts/{GROUP.lower()}").status_code == 404
    assert set(phone.propfind(phone.book, "{DAV:}getetag", depth="1")) == {phone.book, phone.href(f"{GROUP}.vcf")}
    assert phone.sync().changed == {phone.href(f"{GROUP}.vcf")}
    assert phone.multiget(phone.href(f"{GROUP}.vcf")).cards() == {phone.href(f"{GROUP}.vcf"): group("Friends")}


def test_a_group_of_another_version_is_written_in_3(ada: Account, phone: Device) -> None:
    two(phone)
    text = group("Friends", ADA).replace("X-ADDRESSBOOKSERVER-", "").replace("VERSION:3.0", "VERSION:4.0")
    answer = phone.put(f"{GROUP}.vcf", text)
    assert (answer.status_code, answer.headers.get("ETag")) == (201, None)
    assert labels(ada)[ADA] == ["Friends"]
    got = phone.get(f"{GROUP}.vcf").text
    assert "VERSION:3.0" in got
    assert "X-ADDRESSBOOKSERVER-KIND:group" in got
    assert members(phone) == {ADA}


def test_a_deleted_group_is_gone_from_deltas_and_may_come_back(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends"))
    token = phone.sync().token
    phone.delete(f"{GROUP}.vcf")
    delta = phone.sync(token)
    assert delta.gone == {phone.href(f"{GROUP}.vcf")}
    assert phone.put(f"{GROUP}.vcf", group("Friends")).status_code == 201
    assert phone.sync(delta.token).changed == {phone.href(f"{GROUP}.vcf")}


def test_what_a_device_has_never_written_it_cannot_delete(ada: Account, phone: Device) -> None:
    rich = card(ADA, "CATEGORIES:Family", "item1.X-TWITTER:ada", "item1.X-ABLabel:bird", "TEL:123", "X-PLANET:Venus")
    phone.put(f"{ADA}.vcf", rich)
    android = device(ada, "Android")
    answer = android.put(f"{ADA}.vcf", card(ADA, "item1.EMAIL:ada@example.org", "item1.X-ABLabel:post"))
    assert (answer.status_code, answer.headers.get("ETag")) == (204, None)
    text = phone.get(f"{ADA}.vcf").text
    for kept in ("CATEGORIES:Family", "item2.X-TWITTER:ada", "item2.X-ABLabel:bird", "X-PLANET:Venus", "item1.EMAIL"):
        assert kept in text
    assert "TEL" not in text
    assert labels(ada) == {ADA: ["Family"]}
    fresh = phone.put(f"{ADA}.vcf", card(ADA, "TEL:456"))
    assert fresh.headers["ETag"]
    assert phone.get(f"{ADA}.vcf").text == card(ADA, "TEL:456")


def test_groups_count_for_the_quota(ada: Account, phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def used() -> int:
        found = phone.propfind(phone.book, "{DAV:}quota-used-bytes")[phone.book]
        return int(found.text("{DAV:}quota-used-bytes") or 0)

    text = group("Friends", ADA)
    phone.put(f"{GROUP}.vcf", text)
    assert used() == len(text)
    change_settings(monkeypatch, ada.client.application, max_book_bytes=len(text) + 10)
    larger = group("Friends", ADA, GRACE)
    assert unmet(phone.put(f"{GROUP}.vcf", larger)) == (507, "{DAV:}quota-not-exceeded")
    assert phone.put(f"{GROUP}.vcf", group("Best")).status_code == 204
    assert used() == len(group("Best"))
    phone.delete(f"{GROUP}.vcf")
    assert used() == 0


def test_a_member_that_an_app_has_labelled_can_be_taken_out(ada: Account, phone: Device) -> None:
    """By the very card that the device had put before."""
    two(phone)
    phone.put(f"{GROUP}.vcf", group("Friends", ADA))
    ada.patch(f"/contacts/{GRACE.lower()}", json={"labels": ["Friends"]})
    assert members(phone) == {ADA, GRACE}
    assert phone.put(f"{GROUP}.vcf", group("Friends", ADA)).status_code == 204
    assert labels(ada) == {ADA: ["Friends"], GRACE: []}


def test_a_new_group_whose_label_others_have_has_no_etag(ada: Account, phone: Device) -> None:
    two(phone)
    ada.patch(f"/contacts/{GRACE.lower()}", json={"labels": ["Friends"]})
    assert "ETag" not in phone.put(f"{GROUP}.vcf", group("Friends", ADA)).headers
    assert members(phone) == {ADA, GRACE}

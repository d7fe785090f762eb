"""Members that a group has named before they came: they get the label by whatever door they come."""

from collections.abc import Callable
from json import dumps
from uuid import UUID, uuid5

import pytest

from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import batch, create, done, listed, show
from tests.contacts.carddav.calls import Device, card
from tests.contacts.carddav.test_groups import GROUP, group
from tests.contacts.carddav.watching import Watch
from tests.contacts.exchange.calls import bring

COMING = "aaaaaaaa-0000-4000-8000-000000000001"
CONTENT = {"first_name": "Ada", "labels": ["Family"]}
Come = Callable[[Account], object]


def post(account: Account) -> object:
    return done(account.post("/contacts", json={"id": COMING, **CONTENT}), 201)


def put(account: Account) -> object:
    return done(account.put(f"/contacts/{COMING}", json=CONTENT), 201)


def operate(account: Account, verb: str) -> object:
    (result,) = batch(account, [{"op": verb, "id": COMING, "contact": CONTENT}])
    return result["contact"]


def import_vcard(account: Account) -> object:
    return bring(account, card(f"urn:uuid:{COMING.upper()}", "CATEGORIES:Family").encode(), "text/vcard")


def import_json(account: Account) -> object:
    return bring(account, dumps([{"id": COMING, **CONTENT}]).encode(), "application/json")


DOORS = [
    post,
    put,
    lambda each: operate(each, "create"),
    lambda each: operate(each, "replace"),
    import_vcard,
    import_json,
]


@pytest.mark.parametrize("come", DOORS)
def test_a_member_that_comes_by_another_door_gets_the_label(ada: Account, phone: Device, come: Come) -> None:
    watch, text = Watch(phone), group("Friends", COMING.upper(), "mailto")
    phone.put(f"{GROUP}.vcf", text)
    watch.look()
    answer = come(ada)
    if isinstance(answer, dict) and "labels" in answer:
        assert answer == show(ada, COMING)
    assert show(ada, COMING)["labels"] == ["Family", "Friends"]
    texts = watch.look()
    assert texts[phone.href(f"{GROUP}.vcf")] == text
    assert "CATEGORIES:Family,Friends" in texts[phone.href(f"{COMING}.vcf")]
    ada.patch(f"/contacts/{COMING}", json={"labels": ["Family"]})
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == group("Friends", "mailto")


def test_a_member_of_several_groups_gets_all_their_labels(ada: Account, phone: Device) -> None:
    other = GROUP.replace("B", "C")
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    phone.put(f"{other}.vcf", group("Poets", COMING, uid=other))
    post(ada)
    assert show(ada, COMING)["labels"] == ["Family", "Friends", "Poets"]


def test_a_uid_that_is_no_uuid_is_awaited_too(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends", "ada@example.org"))
    bring(ada, card("ada@example.org").encode(), "text/vcard")
    assert listed(ada)[0]["labels"] == ["Friends"]
    assert listed(ada)[0]["id"] == str(uuid5(UUID(ada.user["id"]), "uid:ada@example.org"))
    assert phone.get(f"{GROUP}.vcf").text == group("Friends", "ada@example.org")


def test_who_was_in_the_bin_gets_the_label_when_restored(ada: Account, phone: Device) -> None:
    watch, text = Watch(phone), group("Friends", COMING)
    post(ada)
    ada.delete(f"/contacts/{COMING}")
    phone.put(f"{GROUP}.vcf", text)
    watch.look()
    restored = done(ada.post(f"/contacts/{COMING}/restore"))
    assert restored == show(ada, COMING)
    assert restored["labels"] == ["Family", "Friends"]
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == text


def test_who_is_deleted_is_no_member_until_restored(ada: Account, phone: Device) -> None:
    watch = Watch(phone)
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    post(ada)
    watch.look()
    ada.delete(f"/contacts/{COMING}")
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == group("Friends")
    ada.post(f"/contacts/{COMING}/restore")
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == group("Friends", COMING)


def test_who_has_as_many_labels_as_may_be_stays_a_member_without(ada: Account, phone: Device) -> None:
    watch, text = Watch(phone), group("Friends", COMING)
    labels = [f"Label {number}" for number in range(20)]
    done(ada.put(f"/contacts/{COMING}", json={"first_name": "Ada", "labels": labels}), 201)
    assert phone.put(f"{GROUP}.vcf", text).headers["ETag"]
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == text
    ada.patch(f"/contacts/{COMING}", json={"labels": labels[1:]})
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == text


def test_a_group_that_names_it_no_more_does_not_await_it(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    phone.put(f"{GROUP}.vcf", group("Friends", COMING[:-1] + "2"))
    post(ada)
    assert show(ada, COMING)["labels"] == ["Family"]
    phone.delete(f"{GROUP}.vcf")
    second = {"id": COMING[:-1] + "2", "first_name": "Grace"}
    assert done(ada.post("/contacts", json=second), 201)["labels"] == []


def test_a_renamed_group_awaits_with_its_new_name(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    phone.put(f"{GROUP}.vcf", group("Best friends", COMING))
    post(ada)
    assert show(ada, COMING)["labels"] == ["Family", "Best friends"]


def test_the_label_goes_with_the_group_and_stays_while_another_has_its_name(ada: Account, phone: Device) -> None:
    other = GROUP.replace("B", "C")
    post(ada)
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    phone.put(f"{other}.vcf", group("Friends", COMING, uid=other))
    phone.put(f"{other}.vcf", group("Poets", COMING, uid=other))
    assert show(ada, COMING)["labels"] == ["Family", "Friends", "Poets"]


def test_another_spelling_of_a_uid_changes_the_group(ada: Account, phone: Device) -> None:
    watch = Watch(phone)
    phone.put(f"{GROUP}.vcf", group("Friends"))
    create(ada, id=COMING, labels=["Friends"])
    assert COMING in watch.look()[phone.href(f"{GROUP}.vcf")]
    assert phone.put(f"{COMING}.vcf", card(COMING.upper(), "CATEGORIES:Friends")).status_code == 204
    assert COMING.upper() in watch.look()[phone.href(f"{GROUP}.vcf")]


def test_a_device_that_comes_with_the_label_has_its_bytes(ada: Account, phone: Device) -> None:
    phone.put(f"{GROUP}.vcf", group("Friends", COMING))
    answer = phone.put(f"{COMING}.vcf", text := card(COMING, "CATEGORIES:Friends"))
    assert answer.headers["ETag"] == phone.get(f"{COMING}.vcf").headers["ETag"]
    assert phone.get(f"{COMING}.vcf").text == text


def test_a_batch_that_makes_changes_and_deletes_a_member(ada: Account, phone: Device) -> None:
    watch, text = Watch(phone), group("Friends", COMING)
    phone.put(f"{GROUP}.vcf", text)
    operations = [
        {"op": "create", "id": COMING, "contact": CONTENT},
        {"op": "update", "id": COMING, "contact": {"labels": []}},
    ]
    batch(ada, operations)
    assert show(ada, COMING)["labels"] == []
    assert watch.look()[phone.href(f"{GROUP}.vcf")] == group("Friends")
    batch(ada, [{"op": "delete", "id": COMING}, {"op": "restore", "id": COMING}])
    assert show(ada, COMING)["labels"] == []


def test_a_book_without_cards_awaits_nothing_and_looks_for_nothing(ada: Account) -> None:
    with statements.listening() as said:
        post(ada)
    assert not any("awaited_members" in each.text for each in said)

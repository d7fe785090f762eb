"""Ids in capitals, as Swift writes them, are the same ids; answers are in lower case (RFC 9562 §4)."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from project.database.base import new_id
from tests.accounts import Account, body, problem, sign_up
from tests.contacts.calls import Contact, batch, create, done, listed, show
from tests.contacts.carddav.calls import Device, card, device
from tests.images import png

Spelling = Callable[[str], str]


def alternating(identifier: str) -> str:
    return "".join(each.upper() if place % 2 else each for place, each in enumerate(identifier))


@pytest.fixture(params=[str.upper, str.title, alternating])
def spelled(request: pytest.FixtureRequest) -> Spelling:
    chosen: Spelling = request.param
    return chosen


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def contact(ada: Account) -> Contact:
    return create(ada, id="01920b5e-9a3c-7f10-b5d2-abcdefabcdef", first_name="Ada")


def test_one_contact_is_read_written_deleted_and_restored(ada: Account, contact: Contact, spelled: Spelling) -> None:
    path, etag = f"/contacts/{spelled(contact['id'])}", ada.get(f"/contacts/{contact['id']}").headers["ETag"]
    assert done(ada.get(path)) == contact
    assert ada.get(path, {"If-None-Match": etag}).status_code == 304
    assert done(ada.patch(path, {"If-Match": etag}, json={"nickname": "A"}))["id"] == contact["id"]
    assert problem(ada.patch(path, {"If-Match": etag}, json={"nickname": "B"})) == (412, "precondition-failed")
    replaced = ada.put(path, json={"id": spelled(contact["id"]), "first_name": "Augusta"})
    assert done(replaced)["id"] == contact["id"]
    assert replaced.headers["Location"].endswith(f"/contacts/{contact['id']}")
    assert ada.delete(path).status_code == 204
    assert problem(ada.get(path)) == (404, "not-found")
    assert done(ada.post(f"{path}/restore"))["id"] == contact["id"]
    assert [each["id"] for each in listed(ada)] == [contact["id"]]


def test_a_photo_is_put_and_taken_away(ada: Account, contact: Contact, spelled: Spelling) -> None:
    path = f"/contacts/{spelled(contact['id'])}/photo"
    assert done(ada.put(path, data={"file": (BytesIO(png(40, 40)), "p.png")}))["id"] == contact["id"]
    assert ada.delete(path).status_code == 204
    assert show(ada, contact["id"])["photo_url"] is None


def test_an_id_of_ones_own_is_kept_in_lower_case(ada: Account, spelled: Spelling) -> None:
    posted, put = str(new_id()), str(new_id())
    for answer in (
        ada.post("/contacts", json={"id": spelled(posted), "first_name": "Ada"}),
        ada.put(f"/contacts/{spelled(put)}", json={"first_name": "Ada"}),
    ):
        made = done(answer, 201)
        assert made["id"] in (posted, put)
        assert answer.headers["Location"] == f"/api/v1/contacts/{made['id']}"
    assert problem(ada.post("/contacts", json={"id": posted, "first_name": "Eve"})) == (409, "contact-exists")


def test_every_operation_of_a_batch(ada: Account, spelled: Spelling) -> None:
    contact_id = str(new_id())
    operations = [
        {"op": "create", "id": spelled(contact_id), "contact": {"first_name": "Ada"}},
        {"op": "replace", "id": contact_id, "contact": {"first_name": "Augusta"}},
        {"op": "update", "id": spelled(contact_id), "contact": {"nickname": "A"}},
        {"op": "delete", "id": spelled(contact_id)},
        {"op": "restore", "id": contact_id},
        {"op": "update", "id": spelled(contact_id), "if_revision": 0, "contact": {"nickname": "B"}},
        {"op": "destroy", "id": spelled(contact_id)},
    ]
    results = batch(ada, operations)
    assert [result["status"] for result in results] == [201, 200, 200, 204, 200, 412, 422]
    assert {result["id"] for result in results} == {contact_id}
    assert [each["first_name"] for each in listed(ada)] == ["Augusta"]


def test_contacts_are_merged(ada: Account, contact: Contact, spelled: Spelling) -> None:
    other = create(ada, phone="+44 20 7946 0958")
    ids = [spelled(other["id"]), other["id"]]
    merged = done(ada.post(f"/contacts/{spelled(contact['id'])}/merge", json={"ids": ids}))
    assert (merged["id"], merged["phone"]) == (contact["id"], other["phone"])
    assert problem(ada.post(f"/contacts/{contact['id']}/merge", json={"ids": [spelled(contact["id"])]}))[0] == 422


def test_what_is_imported_is_the_same_contact(ada: Account, contact: Contact, spelled: Spelling) -> None:
    item = {**contact, "id": spelled(contact["id"])}
    report = done(ada.post("/contacts/import", json=[item]), 201)
    assert (report["created"], report["unchanged"]) == (0, 1)


def test_a_session_and_an_app_password_end(ada: Account, spelled: Spelling) -> None:
    phone = device(ada)
    assert ada.delete(f"/auth/app-passwords/{spelled(phone.id)}").status_code == 204
    assert phone.call("PROPFIND", phone.book, Depth="0").status_code == 401
    assert ada.delete(f"/auth/sessions/{spelled(ada.tokens['session_id'])}").status_code == 204
    assert ada.get("/contacts").status_code == 401


@pytest.mark.parametrize("spelling", ["{{{0}}}", "urn:uuid:{0}", "{0} ", "x{0}"])
def test_another_spelling_is_refused_clearly(ada: Account, contact: Contact, spelling: str) -> None:
    answer = ada.post("/contacts", json={"id": spelling.format(contact["id"]), "first_name": "Eve"})
    assert problem(answer) == (422, "validation-failed")
    assert "canonical form, such as" in body(answer)["errors"][0]["detail"]


class TestCardDav:
    """Devices may write the name of a card that the server named in capitals, and the owner's id too."""

    @pytest.fixture
    def phone(self, ada: Account) -> Device:
        return device(ada)

    def test_a_card_is_read_written_and_deleted(self, phone: Device, contact: Contact, spelled: Spelling) -> None:
        name = f"{spelled(contact['id'])}.vcf"
        assert f"UID:{contact['id']}" in phone.get(name).text
        assert phone.put(name, card(contact["id"], fn="Augusta King", n="King;Augusta;;;")).status_code == 204
        assert "Augusta" in phone.get(f"{contact['id']}.vcf").text
        (address,) = phone.multiget(phone.href(name)).cards()
        assert address == phone.href(f"{contact['id']}.vcf")
        assert phone.delete(name).status_code == 204
        assert phone.get(f"{contact['id']}.vcf").status_code == 404

    def test_the_owner_is_found(self, phone: Device, contact: Contact, spelled: Spelling) -> None:
        book = f"/carddav/{spelled(phone.user_id)}/books/contacts/"
        assert phone.call("GET", f"{book}{contact['id']}.vcf").status_code == 200
        assert phone.call("PROPFIND", book, Depth="0").status_code == 207

    def test_a_name_that_a_device_chose_stays_as_it_is(self, phone: Device, spelled: Spelling) -> None:
        uid, other = str(new_id()), str(new_id())
        name = f"{spelled(uid)}.vcf"
        assert phone.put(name, card(spelled(uid))).status_code == 201
        assert phone.put(f"{other}.vcf", card(other)).status_code == 201
        assert phone.href(name) in phone.sync().changed
        assert phone.get(name).status_code == 200
        assert phone.get(f"{uid}.vcf").status_code == 404

"""Photos of imports and exports: known again when they come back, pending when there is no time, never dropped."""

import base64
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from project.contacts.exchange import storing
from tests import applications, images, places
from tests.accounts import Account, body
from tests.cloudinary_server import CloudinaryServer, refuse
from tests.contacts.calls import Contact, create, done, listed, token
from tests.contacts.exchange.calls import CSV, FORMATS, bring, brought, take
from tests.contacts.exchange.files import vcard
from tests.places import AtCloudinary

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

MANY = 300
every_format = pytest.mark.parametrize(("query", "media_type"), FORMATS.values(), ids=FORMATS)


def picture(number: int, edge: int = 64) -> bytes:
    """A picture like no other."""
    colour = (number % 256, number // 256, 77)
    return images.encode(Image.new("RGB", (edge, edge), colour), "JPEG")


def card(number: int, *lines: str) -> bytes:
    data = base64.b64encode(picture(number)).decode()
    return vcard(f"FN:Ada {number}", f"UID:{number}", *lines, f"PHOTO;ENCODING=b;TYPE=JPEG:{data}")


def photos(data: bytes) -> list[bytes]:
    """The pictures of an exported vCard."""
    lines = data.replace(b"\r\n ", b"").split(b"\r\n")
    found = [line for line in lines if line.startswith(b"PHOTO") and b";base64," in line]
    return [base64.b64decode(line.rpartition(b",")[2]) for line in found]


def with_photo(account: Account, number: int = 1) -> Contact:
    contact = create(account, first_name="Ada")
    shown: Contact = done(places.put(account, f"/contacts/{contact['id']}/photo", picture(number)))
    return shown


def test_a_photo_leaves_as_a_jpeg_that_any_reader_opens(ada: Account) -> None:
    with_photo(ada)
    (photo,) = photos(take(ada))
    with Image.open(io.BytesIO(photo)) as image:
        assert (image.format, image.size) == ("JPEG", (512, 512))
    assert b"PHOTO;X-PICTURE=" in take(ada, version="3.0")
    assert b"ENCODING=b;TYPE=JPEG:" in take(ada, version="3.0").replace(b"\r\n ", b"")


@every_format
def test_a_photo_that_comes_back_is_known(ada: Account, query: dict[str, str], media_type: str) -> None:
    with_photo(ada)
    before, known = listed(ada), token(ada)
    assert brought(ada, take(ada, **query), media_type) == (0, 1, 0)
    assert (listed(ada), token(ada)) == (before, known)


@every_format
def test_a_photo_is_the_same_however_often_it_is_moved(
    ada: Account, ben: Account, query: dict[str, str], media_type: str
) -> None:
    with_photo(ada)
    assert brought(ben, take(ada, **query), media_type) == (1, 0, 0)
    assert photos(take(ben)) == photos(take(ada))
    assert listed(ben)[0]["photo_url"] != listed(ada)[0]["photo_url"]


def test_an_exported_photo_that_was_edited_is_another(ada: Account) -> None:
    with_photo(ada)
    (photo,) = photos(take(ada))
    edited = photo[:-40] + bytes(20) + photo[-20:]
    contact = listed(ada)[0]
    line = f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(edited).decode()}"
    report = bring(ada, vcard("FN:Ada", f"UID:{contact['id']}", line))
    assert report["updated"] + len(report["failed"]) == 1
    assert listed(ada)[0]["photo_url"] != contact["photo_url"] or report["failed"]


def test_a_photo_that_the_user_replaced_or_removed_stays_so(ada: Account) -> None:
    file = card(1)
    assert brought(ada, file) == (1, 0, 0)
    (contact,) = listed(ada)
    replaced = done(places.put(ada, f"/contacts/{contact['id']}/photo", picture(2)))
    assert brought(ada, file) == (0, 1, 0)
    assert listed(ada)[0]["photo_url"] == replaced["photo_url"]
    assert ada.delete(f"/contacts/{contact['id']}/photo").status_code == 204
    assert brought(ada, file) == (0, 1, 0)
    assert listed(ada)[0]["photo_url"] is None


def test_photos_without_time_are_pending_and_come_with_the_same_file(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = b"".join(card(number) for number in range(3)) + vcard("FN:Without")
    with monkeypatch.context() as patch:
        patch.setattr(storing, "SECONDS", -1.0)
        report = bring(ada, file)
    assert (report["created"], report["photos_pending"], report["failed"]) == (4, 3, [])
    assert [contact["photo_url"] for contact in listed(ada)] == [None] * 4
    report = bring(ada, file)
    assert (report["unchanged"], report["updated"], report["photos_pending"]) == (1, 3, 0)
    assert len([contact for contact in listed(ada) if contact["photo_url"]]) == 3
    assert brought(ada, file) == (0, 4, 0)


def test_a_photo_of_the_users_own_is_not_replaced_by_a_pending_one(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(storing, "SECONDS", -1.0)
        assert bring(ada, card(1))["photos_pending"] == 1
    (contact,) = listed(ada)
    own = done(places.put(ada, f"/contacts/{contact['id']}/photo", picture(2)))
    assert brought(ada, card(1)) == (0, 1, 0)
    assert listed(ada)[0]["photo_url"] == own["photo_url"]


def test_a_photo_that_cannot_be_used_is_told_of_its_contact(ada: Account) -> None:
    report = bring(ada, vcard("FN:Ada", f"PHOTO;ENCODING=b:{base64.b64encode(b'no picture').decode()}"))
    assert (report["created"], report["photos_pending"]) == (1, 0)
    assert report["failed"][0]["contact"] == "created"


@pytest.mark.slow
def test_three_hundred_photos_come_in(ada: Account) -> None:
    file = b"".join(map(card, range(MANY)))
    report = bring(ada, file)
    assert (report["created"], report["failed"]) == (MANY, [])
    for _ in range(5):
        if report["photos_pending"] == 0:
            break
        report = bring(ada, file)
        assert report["failed"] == []
    assert len([contact for contact in listed(ada, limit=500) if contact["photo_url"]]) == MANY
    assert len(photos(take(ada))) == MANY


class TestAStoreThatDoesNotAnswer:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[AtCloudinary]:
        with places.opened("cloudinary", tmp_path) as place:
            assert isinstance(place, AtCloudinary)
            yield place

    @pytest.fixture
    def cloudinary(self, place: AtCloudinary) -> CloudinaryServer:
        return place.server

    @pytest.fixture(autouse=True)
    def there(self, served: FlaskClient, place: AtCloudinary, monkeypatch: pytest.MonkeyPatch) -> None:
        applications.change_settings(monkeypatch, served.application, cloudinary_url=place.server.url)

    @every_format
    def test_has_its_pictures_as_urls(
        self, ada: Account, cloudinary: CloudinaryServer, query: dict[str, str], media_type: str
    ) -> None:
        contact = with_photo(ada)
        known = token(ada)
        with cloudinary.failing(refuse(503, "Down")):
            exported = take(ada, **query)
        assert str(contact["photo_url"]).encode() in exported.replace(b"\r\n ", b"").replace(b"\\/", b"/")
        assert photos(exported) == []
        assert brought(ada, exported, media_type) == (0, 1, 0)
        assert token(ada) == known

    @pytest.mark.slow
    def test_takes_them_when_it_is_back(self, ada: Account, cloudinary: CloudinaryServer) -> None:
        """Photos that no store takes are pending, and the store is not asked for each of three hundred."""
        file = b"".join(card(number) for number in range(MANY))
        with cloudinary.failing(refuse(503, "Down")):
            report = bring(ada, file)
            asked = len(cloudinary.calls)
        assert (report["created"], report["photos_pending"], report["failed"]) == (MANY, MANY, [])
        assert asked <= 2 * storing.MOST_SILENCES
        for _ in range(10):
            if report["photos_pending"]:
                report = bring(ada, file)
                assert report["failed"] == []
        assert len([contact for contact in listed(ada, limit=500) if contact["photo_url"]]) == MANY
        assert brought(ada, file) == (0, MANY, 0)

    def test_gives_them_to_another_account_once_it_answers(
        self, ada: Account, ben: Account, cloudinary: CloudinaryServer
    ) -> None:
        with_photo(ada)
        with cloudinary.failing(refuse(503, "Down")):
            exported = take(ada)
        assert brought(ben, exported) == (1, 0, 0)
        assert photos(take(ben)) == photos(take(ada)) != []


@every_format
def test_a_file_of_any_format_is_a_whole_backup(
    ada: Account, ben: Account, query: dict[str, str], media_type: str
) -> None:
    lines = ["N:Smith;Dr. John,Jack;A.;Dr.;Jr.,M.D.", "FN:Dr. J. Smith", "ORG:Firm;R&D;North", "GENDER:M", "UID:a-1"]
    lines += [
        "EMAIL;TYPE=work:a@example.org",
        "TEL;TYPE=cell,voice:1",
        "item1.KEY:https://example.org/k",
        "X-MOOD:good",
    ]
    assert brought(ada, card(1, *lines).replace(b"UID:1\r\n", b"").replace(b"FN:Ada 1\r\n", b"")) == (1, 0, 0)
    assert brought(ben, take(ada, **query), media_type) == (1, 0, 0)

    def whole(account: Account) -> list[bytes]:
        written = take(account).replace(b"\r\n ", b"").split(b"\r\n")
        own = (b"REV", b"PHOTO")
        return [line for line in written if not line.startswith(own)]

    assert whole(ben) == whole(ada)
    assert photos(take(ben)) == photos(take(ada)) != []
    assert b"UID;VALUE=text:a-1" in whole(ben)
    assert brought(ben, take(ben, **query), media_type) == (0, 1, 0)


def test_json_has_besides_the_apis_fields_only_what_there_is(ada: Account) -> None:
    create(ada, first_name="Plain")
    bring(ada, vcard("FN:Ada", "UID:a-1", "X-MOOD:good"))
    exported = {contact["name"]: contact for contact in json.loads(take(ada, format="json"))}
    assert set(exported["Ada"]) - set(exported["Plain"]) == {"uid", "extra"}
    assert (exported["Ada"]["uid"], exported["Ada"]["extra"]) == ("a-1", ["X-MOOD:good"])


@pytest.mark.parametrize(
    "beside",
    [
        {"extra": "X-A:b"},
        {"extra": [1]},
        {"extra": ["BEGIN:VCARD"]},
        {"extra": ["no property"]},
        {"uid": 1},
        {"photo": []},
    ],
)
def test_json_that_is_no_backup_fails_its_item(ada: Account, beside: dict[str, object]) -> None:
    report = bring(
        ada, json.dumps([{"first_name": "Ada", **beside}, {"first_name": "Ben"}]).encode(), "application/json"
    )
    assert [failure["line"] for failure in report["failed"]] == [1]
    assert report["failed"][0]["detail"].startswith(f"/{next(iter(beside))}: ")
    assert [contact["name"] for contact in listed(ada)] == ["Ben"]


def test_a_table_has_the_picture_and_where_it_is(ada: Account) -> None:
    contact = with_photo(ada)
    (row,) = csv.DictReader(io.StringIO(take(ada, format="csv").decode()))
    assert row["photo_url"] == contact["photo_url"]
    assert [base64.b64decode(row["photo"])] == photos(take(ada))
    assert body(ada.get(f"/contacts/{contact['id']}")) == contact
    assert brought(ada, take(ada, format="csv"), CSV) == (0, 1, 0)

"""Photos of cards: the card keeps its bytes whatever the picture store does, and photos of apps reach devices once."""

import io
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, select

from project.contacts.models import KeptCard
from tests import applications, images, places
from tests.accounts import Account
from tests.cloudinary_server import hang_up
from tests.contacts.calls import create, listed, show
from tests.contacts.carddav.calls import C, D, Device, card
from tests.places import AtCloudinary, Place

UID = "AAAAAAAA-0000-4000-8000-00000000000A"
NAME, CONTACT = f"{UID}.vcf", UID.lower()
WITH_PHOTO = card(UID, f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(images.jpeg()).decode()}")
UNUSABLE = card(UID, f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(b'no picture at all').decode()}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with places.opened("cloudinary", tmp_path_factory.mktemp("photos")) as place:
        yield place


@pytest.fixture(scope="module")
def served(migrated: Engine, place: Place) -> Iterator[FlaskClient]:
    with applications.served(migrated, place.settings) as client:
        yield client


@pytest.fixture
def away(place: Place) -> Any:
    assert isinstance(place, AtCloudinary)
    return place.server.failing(hang_up)


def purge(account: Account) -> str:
    ended = account.client.application.test_cli_runner().invoke(args=["purge"])
    assert ended.exit_code == 0, ended.output
    return ended.output


def photo_in(text: str) -> Image.Image:
    (line,) = [line for line in text.replace("\r\n ", "").split("\r\n") if line.startswith("PHOTO")]
    return Image.open(io.BytesIO(b64decode(line.partition(":")[2])))


def test_a_photo_waits_for_a_store_that_is_away(ada: Account, phone: Device, away: Any) -> None:
    with away:
        answer = phone.put(NAME, WITH_PHOTO)
        assert (answer.status_code, bool(answer.headers["ETag"])) == (201, True)
        assert listed(ada)[0]["photo_url"] is None
        assert phone.get(NAME).text == WITH_PHOTO
        assert "0 photos of phones stored" in purge(ada)
    assert "1 photos of phones stored" in purge(ada)
    assert listed(ada)[0]["photo_url"]
    assert phone.get(NAME).text == WITH_PHOTO
    assert phone.put(NAME, WITH_PHOTO).status_code == 204
    assert "0 photos of phones stored" in purge(ada)


def test_what_an_app_has_done_meanwhile_stays(ada: Account, phone: Device, away: Any) -> None:
    with away:
        phone.put(NAME, WITH_PHOTO)
    ada.patch(f"/contacts/{CONTACT}", json={"nickname": "Countess"})
    assert "1 photos" in purge(ada)
    contact = show(ada, CONTACT)
    assert (contact["nickname"], bool(contact["photo_url"])) == ("Countess", True)
    assert photo_in(phone.get(NAME).text).size == (800, 800)


def test_a_photo_that_an_app_has_set_meanwhile_stays(ada: Account, phone: Device, place: Place, away: Any) -> None:
    with away:
        phone.put(NAME, WITH_PHOTO)
    assert places.put(ada, f"/contacts/{CONTACT}/photo", images.png()).status_code == 200
    before = show(ada, CONTACT)
    purge(ada)
    assert show(ada, CONTACT) == before


def test_a_photo_in_the_bin_is_stored_too(ada: Account, phone: Device, away: Any) -> None:
    with away:
        phone.put(NAME, WITH_PHOTO)
    phone.delete(NAME)
    assert "1 photos" in purge(ada)
    ada.post(f"/contacts/{CONTACT}/restore")
    assert show(ada, CONTACT)["photo_url"]
    assert phone.get(NAME).text == WITH_PHOTO


def test_a_picture_that_cannot_be_used_is_no_photo(ada: Account, phone: Device) -> None:
    assert phone.put(NAME, UNUSABLE).status_code == 201
    assert show(ada, CONTACT)["photo_url"] is None
    assert phone.get(NAME).text == UNUSABLE
    assert "0 photos" in purge(ada)


@pytest.mark.parametrize("way", ["get", "multiget", "sync"])
def test_the_photo_of_an_app_is_fetched_once(
    ada: Account, phone: Device, migrated: Engine, away: Any, way: str
) -> None:
    contact = create(ada, first_name="Grace")
    tag = places.put(ada, f"/contacts/{contact['id']}/photo", images.png()).headers["ETag"]
    href = phone.href(f"{contact['id']}.vcf")
    texts: dict[str, Callable[[], dict[str, str]]] = {
        "get": lambda: {href: phone.call("GET", href).text},
        "multiget": lambda: phone.multiget(href).cards(),
        "sync": lambda: phone.sync("", f"{D}getetag", f"{C}address-data").cards(),
    }
    first = texts[way]()[href]
    assert photo_in(first).format == "JPEG"
    with away:
        assert [read()[href] for read in texts.values()] == [first] * 3
    assert phone.call("GET", href).headers["ETag"] == tag
    with migrated.connect() as connection:
        (kept,) = connection.execute(select(KeptCard)).all()
    assert kept.body == first
    used = phone.propfind(phone.book, f"{D}quota-used-bytes")[phone.book].text(f"{D}quota-used-bytes")
    assert used == str(len(first.encode()))


def test_a_card_whose_photo_cannot_be_had_is_503_alone(ada: Account, phone: Device, away: Any) -> None:
    contact, other = create(ada, first_name="Grace"), create(ada, first_name="Emmy")
    places.put(ada, f"/contacts/{contact['id']}/photo", images.png())
    href, another = (phone.href(f"{each['id']}.vcf") for each in (contact, other))
    with away:
        found = phone.multiget(href, another)
        assert found[href].status == "HTTP/1.1 503 Service Unavailable"
        assert "FN:Emmy" in found.cards()[another]
        answer = phone.call("GET", href)
        assert (answer.status_code, bool(answer.headers["Retry-After"])) == (503, True)
        assert set(phone.sync().changed) == {href, another}
    assert photo_in(phone.multiget(href).cards()[href]).format == "JPEG"


def test_a_photo_that_an_app_removes_is_gone(ada: Account, phone: Device) -> None:
    phone.put(NAME, WITH_PHOTO)
    assert ada.delete(f"/contacts/{CONTACT}/photo").status_code == 204
    assert "PHOTO" not in phone.get(NAME).text
    edited = WITH_PHOTO.replace("FN:", "NICKNAME:Countess\r\nFN:")
    phone.put(NAME, edited)
    assert show(ada, CONTACT)["photo_url"]

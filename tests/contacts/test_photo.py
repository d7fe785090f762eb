"""Photos of contacts: as avatars, and shared, synchronised and let go of as contacts are."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, update

from project.contacts.models import AddressBook
from project.contacts.models import Contact as Row
from project.database.base import now
from tests import applications, images, places
from tests.accounts import Account, body, problem
from tests.cloudinary_server import CloudinaryServer, Handler, hang_up, refuse
from tests.concurrency import at_once
from tests.contacts.calls import Contact, changes, create, done, listed, page, show, token
from tests.places import AtCloudinary, Place, file, look
from tests.servers import Server, gunicorn

PICTURE, OTHER_PICTURE = images.jpeg(), images.transparent_png()

Purge = Callable[..., None]


@pytest.fixture(scope="module", params=["disk", "cloudinary"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with places.opened(request.param, tmp_path_factory.mktemp("photos")) as place:
        yield place


@pytest.fixture(scope="module")
def served(migrated: Engine, place: Place) -> Iterator[FlaskClient]:
    with applications.served(migrated, place.settings) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_kept(served: FlaskClient, place: Place) -> None:
    store = places.store_of(served.application)
    for owner in {name.removeprefix("pictures/").partition("/")[0] for name in place.kept()}:
        store.delete_owner(UUID(owner))


def path(contact: Contact) -> str:
    return f"/contacts/{contact['id']}/photo"


def put(account: Account, contact: Contact, picture: bytes = PICTURE) -> Contact:
    shown: Contact = done(places.put(account, path(contact), picture))
    return shown


@pytest.fixture
def purge(served: FlaskClient, migrated: Engine) -> Purge:
    """What the server does by itself when so much time has passed: for the bin days, for pictures minutes."""

    def run(*, days: int = 0, minutes: int = 0) -> None:
        with migrated.begin() as connection:
            moved = update(Row).where(Row.deleted_at.is_not(None)).values(deleted_at=now() - timedelta(days=days))
            connection.execute(moved)
        with time_machine.travel(now() + timedelta(minutes=minutes)):
            result = served.application.test_cli_runner().invoke(args=["purge"])
        assert result.exit_code == 0, result.output

    return run


def test_a_photo_is_shown_in_every_answer_that_shows_the_contact(ada: Account, place: Place) -> None:
    contact = create(ada, first_name="Charles")
    photographed = put(ada, contact, images.jpeg_from_a_phone())
    url = photographed["photo_url"]
    picture = place.fetch(ada.client, url)
    assert (look(picture).format, look(picture).size) == ("WEBP", (512, 512))
    assert not look(picture).getexif()
    assert list(place.kept().values()) == [picture]
    assert show(ada, contact["id"]) == listed(ada)[0] == changes(ada)["changed"][0] == photographed


def test_a_photo_changes_nothing_but_itself_and_the_revision(ada: Account) -> None:
    contact = create(ada, first_name="Charles", labels=["Engines"], notes="Difference")
    photographed = put(ada, contact)
    server_made = ("photo_url", "revision", "updated_at")
    assert {**contact, **{name: photographed[name] for name in server_made}} == photographed
    assert photographed["revision"] == contact["revision"] + 1


def test_a_photo_raises_the_tags_and_is_in_the_next_delta(ada: Account) -> None:
    contact = create(ada, first_name="Charles")
    create(ada, first_name="Mary")
    since, before = token(ada), ada.get("/contacts").headers["ETag"]
    answer = places.put(ada, path(contact), PICTURE)
    assert answer.headers["ETag"] == ada.get(f"/contacts/{contact['id']}").headers["ETag"]
    assert ada.get("/contacts", headers={"If-None-Match": before}).status_code == 200
    delta = changes(ada, since)
    assert [each["id"] for each in delta["changed"]] == [contact["id"]]
    ada.delete(path(contact))
    assert changes(ada, delta["sync_token"])["changed"][0]["photo_url"] is None


def test_a_photo_is_replaced_and_the_old_one_is_gone(ada: Account, place: Place) -> None:
    contact = create(ada)
    old, new = put(ada, contact)["photo_url"], put(ada, contact, OTHER_PICTURE)["photo_url"]
    assert old != new
    assert place.fetch(ada.client, old) is None
    assert list(place.kept().values()) == [place.fetch(ada.client, new)]


def test_a_photo_is_taken_away_once(ada: Account, place: Place) -> None:
    contact = create(ada)
    put(ada, contact)
    assert ada.delete(path(contact)).status_code == 204
    revision = show(ada, contact["id"])["revision"]
    assert ada.delete(path(contact)).status_code == 204
    assert show(ada, contact["id"])["revision"] == revision
    assert show(ada, contact["id"])["photo_url"] is None
    assert not place.kept()


def test_what_is_written_of_a_contact_leaves_its_photo(ada: Account) -> None:
    contact = create(ada)
    url = put(ada, contact)["photo_url"]
    where = f"/contacts/{contact['id']}"
    assert done(ada.patch(where, json={"notes": "Poet", "photo_url": None}))["photo_url"] == url
    assert done(ada.put(where, json={"first_name": "Ada", "photo_url": "https://example.org/x"}))["photo_url"] == url
    assert ada.delete(where).status_code == 204
    assert done(ada.post(f"{where}/restore"))["photo_url"] == url


def test_a_photo_can_be_demanded_to_be_of_the_contact_as_it_is_known(ada: Account, place: Place, purge: Purge) -> None:
    contact = create(ada)
    tag = ada.get(f"/contacts/{contact['id']}").headers["ETag"]
    ada.patch(f"/contacts/{contact['id']}", json={"notes": "changed meanwhile"})
    stale = places.put(ada, path(contact), PICTURE, headers={"If-Match": tag})
    assert problem(stale) == (412, "precondition-failed")
    assert body(stale)["current"] == show(ada, contact["id"])
    put(ada, contact)
    assert problem(ada.delete(path(contact), headers={"If-Match": tag})) == (412, "precondition-failed")
    known = ada.get(f"/contacts/{contact['id']}").headers["ETag"]
    assert ada.delete(path(contact), headers={"If-Match": known}).status_code == 204
    purge(minutes=61)
    assert not place.kept()


class TestNotFound:
    """Whatever the request carries, another's contact is like one that does not exist."""

    @pytest.fixture
    def not_hers(self, ada: Account, ben: Account) -> dict[str, str]:
        binned = create(ada)["id"]
        ada.delete(f"/contacts/{binned}")
        return {"another's": create(ben)["id"], "nobody's": str(uuid4()), "binned": binned}

    def test_a_good_picture_is_not_stored(self, ada: Account, place: Place, not_hers: dict[str, str]) -> None:
        for each in not_hers.values():
            assert problem(places.put(ada, f"/contacts/{each}/photo", PICTURE)) == (404, "not-found")
            assert problem(ada.delete(f"/contacts/{each}/photo")) == (404, "not-found")
        assert not place.kept()

    def test_a_bad_body_is_not_told(self, ada: Account, not_hers: dict[str, str]) -> None:
        for each in not_hers.values():
            where = f"/contacts/{each}/photo"
            answers = [
                places.send(ada, where, {}),
                places.put(ada, where, b"no picture"),
                places.put(ada, where, bytes(6 * 2**20)),
                places.put(ada, where, PICTURE, query_string="x=1"),
                places.put(ada, where, PICTURE, headers={"If-Match": '"1"'}),
                ada.put(where, json={"file": "ada.jpg"}),
                ada.put(where, data=b"", content_type="image/jpeg"),
                ada.delete(where, headers={"If-Match": "*"}),
            ]
            assert {problem(answer) for answer in answers} == {(404, "not-found")}


@pytest.mark.parametrize("spelled", ["upper", "title"])
def test_an_id_is_taken_in_any_case(ada: Account, spelled: str) -> None:
    contact = create(ada)
    answer = places.put(ada, f"/contacts/{getattr(contact['id'], spelled)()}/photo", PICTURE)
    assert done(answer)["id"] == contact["id"]


def test_what_cannot_be_used_is_refused_and_the_old_photo_stays(ada: Account, place: Place) -> None:
    contact = create(ada)
    before, kept = put(ada, contact), place.kept()
    refused = [
        places.send(ada, path(contact), {}),
        places.send(ada, path(contact), {"file": "https://example.org/ada.jpg"}),
        places.send(ada, path(contact), {"file": [file(PICTURE), file(PICTURE)]}),
        places.send(ada, path(contact), {"file": file(PICTURE), "id": "mine", "name": "Ada"}),
        places.put(ada, path(contact), images.SVG),
        places.put(ada, path(contact), images.bomb()),
    ]
    assert {problem(answer) for answer in refused} == {(422, "unusable-picture")}
    assert problem(places.put(ada, path(contact), bytes(6 * 2**20))) == (413, "too-large")
    assert problem(ada.put(path(contact), data=PICTURE, content_type="image/jpeg"))[0] == 415
    assert show(ada, contact["id"]) == before
    assert place.kept() == kept


def merged_with_photo(account: Account) -> Contact:
    """A contact that has the photo of another, which is in the bin since."""
    plain, photographed = create(account, first_name="Ada"), create(account, first_name="Ada")
    put(account, photographed)
    merged: Contact = done(account.post(f"/contacts/{plain['id']}/merge", json={"ids": [photographed["id"]]}))
    return merged


class TestLettingGo:
    def test_the_bin_keeps_a_photo_until_it_is_emptied(self, ada: Account, place: Place, purge: Purge) -> None:
        contact = create(ada)
        put(ada, contact)
        ada.delete(f"/contacts/{contact['id']}")
        assert page(ada, deleted=True)["items"][0]["photo_url"]
        purge(days=29)
        assert len(place.kept()) == 1
        purge(days=31)
        assert not place.kept()

    def test_merged_contacts_share_a_photo_until_neither_shows_it(self, ada: Account, place: Place) -> None:
        plain, photographed = create(ada, first_name="Ada"), create(ada, first_name="Ada")
        url = put(ada, photographed)["photo_url"]
        merged = done(ada.post(f"/contacts/{plain['id']}/merge", json={"ids": [photographed["id"]]}))
        assert merged["photo_url"] == url
        put(ada, merged, OTHER_PICTURE)
        assert place.fetch(ada.client, url) is not None
        restored = done(ada.post(f"/contacts/{photographed['id']}/restore"))
        assert restored["photo_url"] == url
        ada.delete(path(restored))
        assert place.fetch(ada.client, url) is None
        assert len(place.kept()) == 1

    def test_emptying_the_bin_leaves_a_photo_that_a_living_contact_shows(
        self, ada: Account, place: Place, purge: Purge
    ) -> None:
        merged = merged_with_photo(ada)
        purge(days=31)
        assert look(place.fetch(ada.client, merged["photo_url"])).size == (512, 512)
        ada.delete(path(merged))
        assert not place.kept()

    def test_a_photo_that_several_binned_contacts_share_goes_with_the_last(
        self, ada: Account, place: Place, purge: Purge
    ) -> None:
        merged = merged_with_photo(ada)
        ada.delete(f"/contacts/{merged['id']}")
        purge(days=31)
        assert not place.kept()

    def test_a_contact_whose_merged_photo_lost_keeps_it_in_the_bin(
        self, ada: Account, place: Place, purge: Purge
    ) -> None:
        target, other = create(ada, first_name="Ada"), create(ada, first_name="Ada")
        kept, lost = put(ada, target)["photo_url"], put(ada, other, OTHER_PICTURE)["photo_url"]
        merged = done(ada.post(f"/contacts/{target['id']}/merge", json={"ids": [other["id"]]}))
        assert merged["photo_url"] == kept
        assert place.fetch(ada.client, lost) is not None
        purge(days=31)
        assert place.fetch(ada.client, lost) is None
        assert place.fetch(ada.client, kept) is not None


@pytest.mark.parametrize("place", ["cloudinary"], indirect=True)
class TestTrouble:
    @pytest.fixture
    def cloudinary(self, place: Place) -> Iterator[CloudinaryServer]:
        assert isinstance(place, AtCloudinary)
        yield place.server
        place.server.meanwhile = None

    @pytest.mark.faults
    @pytest.mark.parametrize("fault", [refuse(500, "No."), hang_up], ids=["500", "no answer"])
    def test_without_cloudinary_the_old_photo_stays(
        self, ada: Account, place: Place, cloudinary: CloudinaryServer, fault: Callable[[Handler], None]
    ) -> None:
        contact = create(ada)
        before, kept = put(ada, contact), place.kept()
        with cloudinary.failing(fault):
            assert problem(places.put(ada, path(contact), OTHER_PICTURE)) == (503, "service-unavailable")
        assert (show(ada, contact["id"]), place.kept()) == (before, kept)

    def test_a_contact_that_goes_into_the_bin_meanwhile_gets_no_photo(
        self, ada: Account, place: Place, cloudinary: CloudinaryServer, purge: Purge
    ) -> None:
        contact = create(ada)
        on_another_phone = ada.client.application.test_client()
        where = f"/api/v1/contacts/{contact['id']}"
        cloudinary.meanwhile = lambda _: done(on_another_phone.delete(where, headers=ada.headers), 204)
        assert problem(places.put(ada, path(contact), PICTURE)) == (404, "not-found")
        cloudinary.meanwhile = None
        assert len(place.kept()) == 1
        purge(minutes=61)
        assert not place.kept()

    def test_an_address_book_that_goes_meanwhile_does_not_come_back(
        self, ada: Account, place: Place, cloudinary: CloudinaryServer, migrated: Engine, purge: Purge
    ) -> None:
        def lose_book(_: Handler) -> None:
            with migrated.begin() as connection:
                connection.execute(delete(AddressBook))

        contact = create(ada)
        cloudinary.meanwhile = lose_book
        assert problem(places.put(ada, path(contact), PICTURE)) == (404, "not-found")
        cloudinary.meanwhile = None
        assert page(ada)["total"] == 0
        purge(minutes=61)
        assert not place.kept()

    def test_nobody_waits_for_an_upload_to_the_address_book_of_theirs(
        self, ada: Account, cloudinary: CloudinaryServer
    ) -> None:
        """While the picture is on its way, no transaction holds the book."""
        contact = create(ada)
        on_another_phone = ada.client.application.test_client()
        written: list[int] = []

        def write(_: Handler) -> None:
            answer = on_another_phone.post("/api/v1/contacts", json={"first_name": "Mary"}, headers=ada.headers)
            written.append(answer.status_code)

        cloudinary.meanwhile = write
        put(ada, contact)
        assert written == [201]


@pytest.fixture(scope="module")
def server(served: FlaskClient) -> Iterator[Server]:
    shared = ("INSTANCE_FOLDER", "DATABASE_URL", "JWT_SECRET_KEY", "BCRYPT_LOG_ROUNDS", "MAIL_WORKER", "RATE_LIMITS")
    with gunicorn({name: served.application.config[name] for name in shared}, workers=2) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("place", ["disk"], indirect=True)
def test_of_many_photos_at_once_one_stays(server: Server, ada: Account, place: Place) -> None:
    contact = create(ada)
    bodies = [places.form(images.jpeg(size, 40)) for size in range(40, 48)]
    calls = [
        partial(places.put_patiently, server.url, ada.tokens["access_token"], path(contact), body) for body in bodies
    ]
    assert at_once(calls) == [200] * len(calls)
    url = show(ada, contact["id"])["photo_url"]
    assert list(place.kept().values()) == [place.fetch(ada.client, url)]
    assert show(ada, contact["id"])["revision"] == contact["revision"] + len(calls)

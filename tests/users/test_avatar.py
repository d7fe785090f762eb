"""One's own picture: on disk and at Cloudinary, replaced, refused, lost halfway, and gone with the account."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from PIL import ExifTags
from sqlalchemy import Engine, delete, select
from werkzeug.test import TestResponse

from project.pictures.cloudinary import DEADLINE_SECONDS
from project.pictures.removals import REQUEST_SECONDS, Removal
from project.pictures.store import Store
from project.users.models import User
from tests import applications, images, places
from tests.accounts import API, Account, body, problem, sign_up
from tests.cloudinary_server import CloudinaryServer, Fault, Handler, answer, hang, hang_up, refuse, trickle
from tests.concurrency import at_once, call
from tests.contacts.exchange.files import vcard
from tests.places import AtCloudinary, Place, file, look
from tests.servers import Server, gunicorn

AVATAR = "/users/me/avatar"
PERSONAL = (b"Ada Lovelace", b"Analytical Engines", b"St James", b"Exif", b"EXIF", b"XMP", b"ICCP", b"GPS")
SHARED = ("INSTANCE_FOLDER", "DATABASE_URL", "JWT_SECRET_KEY", "BCRYPT_LOG_ROUNDS", "MAIL_WORKER", "RATE_LIMITS")
numbers = count(1)


def once(place: str) -> Callable[[Any], Any]:
    """For what neither the engine nor, perhaps, the place has a part in."""
    on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    there = pytest.mark.parametrize("place", [place], indirect=True)
    return lambda test: on_sqlite(there(test))


@pytest.fixture(scope="module", params=["disk", "cloudinary"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with places.opened(request.param, tmp_path_factory.mktemp("avatars")) as place:
        yield place


@pytest.fixture(scope="module")
def served(migrated: Engine, place: Place) -> Iterator[FlaskClient]:
    """A client of one application for all tests here; each signs up as somebody else."""
    with applications.served(migrated, place.settings) as client:
        yield client


@pytest.fixture(scope="module")
def signed_up(served: FlaskClient) -> Account:
    return sign_up(served, "ada")


@pytest.fixture
def ada(signed_up: Account) -> Account:
    """Somebody without a picture."""
    assert signed_up.delete(AVATAR).status_code == 204
    return signed_up


@pytest.fixture
def guest(served: FlaskClient) -> Account:
    """Somebody who may be deleted."""
    return sign_up(served, f"guest{next(numbers)}")


@pytest.fixture(scope="module")
def server(served: FlaskClient) -> Iterator[Server]:
    """With the settings of the application here, so that who signed up here is signed in there."""
    with gunicorn({name: served.application.config[name] for name in SHARED}, workers=2) as server:
        yield server


@pytest.fixture
def cloudinary(place: Place) -> CloudinaryServer:
    if not isinstance(place, AtCloudinary):
        pytest.skip("of Cloudinary")
    return place.server


def put(account: Account, picture: bytes, **request: Any) -> dict[str, Any]:
    """The user as the answer shows her."""
    answer = places.put(account, AVATAR, picture, **request)
    assert answer.status_code == 200, answer.text
    user: dict[str, Any] = body(answer)
    return user


def avatar_url(account: Account) -> str:
    return str(body(account.get("/users/me"))["avatar_url"])


def kept(place: Place, account: Account) -> dict[str, bytes]:
    """The stored pictures of an account, in any store."""
    return {name: data for name, data in place.kept().items() if account.user["id"] in name}


def is_default(url: str) -> bool:
    return "/avatars/" in url and url.endswith(".svg")


def purge_after(account: Account, passed: timedelta) -> None:
    """Run the server's chores, so much later."""
    with time_machine.travel(datetime.now(UTC) + passed):
        result = account.client.application.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output


def test_a_phones_photo_is_shown_upright_square_and_without_a_word_about_its_owner(ada: Account, place: Place) -> None:
    user = put(ada, images.jpeg_from_a_phone())
    assert user == body(ada.get("/users/me"))
    fetched = place.fetch(ada.client, user["avatar_url"])
    picture = look(fetched)
    assert (picture.format, picture.size) == ("WEBP", (512, 512))
    assert not picture.getexif()
    assert not picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
    colours = [picture.convert("RGB").getpixel(at) for at in ((128, 128), (384, 128), (128, 384), (384, 384))]
    assert [nearest(colour) for colour in colours] == [images.RED, images.GREEN, images.BLUE, images.YELLOW]
    assert list(kept(place, ada).values()) == [fetched]
    assert not [word for word in PERSONAL if fetched and word in fetched]


def nearest(colour: Any) -> tuple[int, int, int]:
    known = (images.RED, images.GREEN, images.BLUE, images.YELLOW)
    return min(known, key=lambda each: sum(abs(a - b) for a, b in zip(each, colour, strict=True)))


@once("disk")
@pytest.mark.parametrize(
    "made",
    [
        images.heic_from_a_phone, images.png_with_metadata, images.transparent_png_with_palette, images.cmyk_jpeg,
        images.webp_with_metadata, images.gif_with_metadata, images.animated_gif, images.jpeg_and_html,
    ],
)  # fmt: skip
def test_every_kind_of_picture_is_taken_and_nothing_but_its_pixels_kept(
    ada: Account, place: Place, made: Callable[[], bytes]
) -> None:
    fetched = place.fetch(ada.client, put(ada, made())["avatar_url"])
    picture = look(fetched)
    assert (picture.format, picture.size, getattr(picture, "n_frames", 1)) == ("WEBP", (512, 512), 1)
    assert not [word for word in (*PERSONAL, images.HTML) if fetched and word in fetched]


@once("disk")
def test_what_a_file_is_called_and_said_to_be_does_not_matter(ada: Account, place: Place) -> None:
    part = file(images.png(), "../../../etc/passwd\\..\\avatar.svg", "text/html")
    assert places.send(ada, AVATAR, {"file": part}).status_code == 200
    assert "passwd" not in str(place.kept())
    assert look(place.fetch(ada.client, avatar_url(ada))).format == "WEBP"


def test_a_new_picture_has_a_new_address_and_the_old_one_is_gone(ada: Account, place: Place) -> None:
    old = put(ada, images.jpeg())["avatar_url"]
    new = put(ada, images.transparent_png())["avatar_url"]
    assert old != new
    assert place.fetch(ada.client, old) is None
    assert list(kept(place, ada).values()) == [place.fetch(ada.client, new)]


def test_the_same_picture_again_is_there_once(ada: Account, place: Place) -> None:
    """A phone that lost the answer sends it again."""
    for _ in range(3):
        put(ada, images.jpeg())
    assert len(kept(place, ada)) == 1


def test_a_picture_that_is_taken_away_is_gone_and_the_servers_own_is_back(ada: Account, place: Place) -> None:
    before = avatar_url(ada)
    put(ada, images.jpeg())
    for _ in range(2):
        assert ada.delete(AVATAR).status_code == 204
        assert avatar_url(ada) == before
        assert not kept(place, ada)


def test_nothing_is_noted_any_more_when_all_went_well(ada: Account, migrated: Engine) -> None:
    put(ada, images.jpeg())
    put(ada, images.png())
    ada.delete(AVATAR)
    with migrated.connect() as connection:
        assert not connection.execute(select(Removal.__table__)).all()


def test_at_first_there_is_a_picture_of_the_servers_own(ada: Account) -> None:
    assert is_default(avatar_url(ada))
    answered = ada.client.get(avatar_url(ada))
    assert (answered.status_code, answered.mimetype) == (200, "image/svg+xml")
    assert "immutable" in answered.headers["Cache-Control"]
    assert answered.headers["X-Content-Type-Options"] == "nosniff"


def test_the_account_takes_all_its_pictures_with_it(guest: Account, place: Place) -> None:
    put(guest, images.jpeg())
    for name in ("Charles", "Mary"):
        contact = body(guest.post("/contacts", json={"first_name": name}))
        assert places.put(guest, f"/contacts/{contact['id']}/photo", images.png()).status_code == 200
    assert len(kept(place, guest)) == 3
    assert guest.delete("/users/me", json={"password": guest.password}).status_code == 204
    assert not kept(place, guest)


def test_others_keep_their_pictures(ada: Account, guest: Account, place: Place) -> None:
    url = put(ada, images.jpeg())["avatar_url"]
    put(guest, images.jpeg())
    guest.delete(AVATAR)
    guest.delete("/users/me", json={"password": guest.password})
    assert look(place.fetch(ada.client, url)).size == (512, 512)


PICTURE = images.jpeg()
UNUSABLE: dict[str, Callable[[], dict[str, Any]]] = {
    "nothing": dict,
    "an empty file": lambda: {"file": file(b"")},
    "an address instead of a file": lambda: {"file": "https://example.org/ada.jpg"},
    "two files": lambda: {"file": [file(PICTURE), file(PICTURE)]},
    "two files of two names": lambda: {"file": file(PICTURE), "other": file(PICTURE)},
    "a file of another name": lambda: {"avatar": file(PICTURE)},
    "two further fields": lambda: {"file": file(PICTURE), "public_id": "someone-elses", "type": "avatar"},
    "a drawing": lambda: {"file": file(images.SVG, "ada.svg", "image/svg+xml")},
    "a page": lambda: {"file": file(images.HTML)},
    "a script": lambda: {"file": file(images.gif_and_script(), "ada.gif", "image/gif")},
    "half a picture": lambda: {"file": file(PICTURE[: len(PICTURE) // 2])},
    "a picture with nothing in it": lambda: {"file": file(images.png()[:40], "ada.png", "image/png")},
    "81 megapixels": lambda: {"file": file(images.bomb(), "ada.png", "image/png")},
    "zeroes": lambda: {"file": file(bytes(1000))},
}


@once("disk")
@pytest.mark.parametrize("form", UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_used_is_refused_at_once_and_the_old_picture_stays(
    ada: Account, place: Place, form: Callable[[], dict[str, Any]]
) -> None:
    before, pictures, data = put(ada, PICTURE)["avatar_url"], kept(place, ada), form()
    start = time.process_time()
    answered = places.send(ada, AVATAR, data)
    assert time.process_time() - start < 1
    assert problem(answered) == (422, "unusable-picture")
    assert (avatar_url(ada), kept(place, ada)) == (before, pictures)


@once("disk")
def test_five_mebibytes_are_taken(ada: Account) -> None:
    put(ada, PICTURE.ljust(5 * 2**20, b"\0"))


@once("disk")
@pytest.mark.parametrize("size", [5 * 2**20 + 1, 5 * 2**20 + 100_000, 6 * 2**20])
def test_a_picture_of_more_than_five_mebibytes_is_too_large_however_much_more(ada: Account, size: int) -> None:
    assert problem(places.put(ada, AVATAR, PICTURE.ljust(size, b"\0"))) == (413, "too-large")


FORM = "--limit\r\nContent-Disposition: form-data; {}\r\n{}\r\n"


def form(*written: tuple[str, bytes]) -> dict[str, Any]:
    """A form written by hand: each part's disposition and further headers, and its content."""
    parts = [FORM.format(*head.split("|")).encode("latin-1") + content + b"\r\n" for head, content in written]
    return {"data": b"".join(parts) + b"--limit--\r\n", "content_type": "multipart/form-data; boundary=limit"}


FORMS = {
    "without a file name": [('name="file"|Content-Type: image/jpeg\r\n', PICTURE.ljust(2 * 2**20, b"\0"))],
    "without a file name or a type": [('name="file"|', PICTURE)],
    "with nothing in quotes": [("name=file; filename=ada.jpg|", PICTURE)],
    "in the spelling of PHP": [('name="file[]"; filename="ada.jpg"|', PICTURE)],
    "before a field": [('name="file"; filename="ada.jpg"|', PICTURE), ('name="description"|', b"Ada")],
    "behind a field": [('name="public_id"|', b"someone-elses"), ('name="file"|', PICTURE)],
    "with an empty file name": [('name="file"; filename=""|', PICTURE)],
    "with a transfer encoding": [('name="file"|Content-Transfer-Encoding: binary\r\n', PICTURE)],
}


@once("disk")
@pytest.mark.parametrize("written", FORMS.values(), ids=FORMS)
def test_a_form_is_taken_as_clients_write_it(ada: Account, place: Place, written: list[tuple[str, bytes]]) -> None:
    answered = ada.put(AVATAR, **form(*written))
    assert answered.status_code == 200, answered.text
    (name,) = kept(place, ada)
    assert "someone-elses" not in name


MISTAKES = {
    "another name": ([('name="avatar"; filename="ada.jpg"|', PICTURE)], "its parts are `avatar`"),
    "no part": ([], "none at all"),
    "two files": ([('name="file"|', PICTURE), ('name="file[]"|', PICTURE)], "more than one file"),
    "two fields": ([('name="file"|', PICTURE), ('name="a"|', b""), ('name="b"|', b"")], "more than one field"),
    "many parts": ([(f'name="{number}"|', b"") for number in range(2000)], "more than 10 parts"),
    "a name that is not UTF-8": ([('name="file"; filename="Zo\xeb.jpg"|', PICTURE)], "UTF-8"),
}


@once("disk")
@pytest.mark.parametrize(("written", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_refusal_says_what_is_wrong_with_a_form(ada: Account, written: list[tuple[str, bytes]], said: str) -> None:
    answered = ada.put(AVATAR, **form(*written))
    assert problem(answered) == (422, "unusable-picture")
    assert said in body(answered)["detail"]


@once("disk")
def test_a_form_without_a_boundary_is_told_what_is_missing(ada: Account) -> None:
    answered = ada.put(AVATAR, data=form(("name=file|", PICTURE))["data"], content_type="multipart/form-data")
    assert "boundary" in body(answered)["detail"]


@once("disk")
@pytest.mark.parametrize("content_type", ["image/jpeg", "application/json", "text/plain", ""])
def test_a_body_that_is_no_form_is_of_an_unsupported_type(ada: Account, content_type: str) -> None:
    assert problem(ada.put(AVATAR, data=PICTURE, content_type=content_type)) == (415, "unsupported-media-type")


@once("disk")
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=none"]
)
def test_a_form_without_its_boundary_holds_no_picture(ada: Account, content_type: str) -> None:
    answered = ada.put(AVATAR, data=b"--other\r\n\r\n" + PICTURE, content_type=content_type)
    assert answered.status_code in (400, 422)
    assert answered.content_type == "application/problem+json"


@once("disk")
def test_a_parameter_is_refused_and_nothing_stored(ada: Account, place: Place) -> None:
    answered = places.put(ada, AVATAR, PICTURE, query_string="public_id=someone-elses")
    assert problem(answered) == (422, "validation-failed")
    assert not kept(place, ada)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_stranger_changes_nobodys_picture(served: FlaskClient, method: str) -> None:
    data = {"file": file(PICTURE)} if method == "PUT" else None
    assert problem(served.open(f"/api/v1{AVATAR}", method=method, data=data)) == (401, "authentication-required")


UPLOADS: dict[str, Callable[[Account, str], TestResponse]] = {
    "an avatar": lambda guest, _: places.put(guest, AVATAR, PICTURE),
    "a photo": lambda guest, contact_id: places.put(guest, f"/contacts/{contact_id}/photo", PICTURE),
    "an import": lambda guest, _: guest.post(
        "/contacts/import", data=vcard("FN:Ada", photo_line(PICTURE)), content_type="text/vcard"
    ),
}


@pytest.mark.parametrize("upload", UPLOADS.values(), ids=UPLOADS)
def test_a_picture_of_somebody_who_is_deleted_meanwhile_is_gone_at_once(
    guest: Account,
    place: Place,
    migrated: Engine,
    monkeypatch: pytest.MonkeyPatch,
    upload: Callable[[Account, str], TestResponse],
) -> None:
    """Its folder goes too, although the account's files were deleted before it came."""
    contact_id = body(guest.post("/contacts", json={"first_name": "Ada"}))["id"]
    put_whole = Store.put

    def put_late(store: Store, reference: str, data: bytes) -> str:
        kept = put_whole(store, reference, data)
        with migrated.begin() as connection:
            connection.execute(delete(User).where(User.id == UUID(guest.user["id"])))
        return kept

    monkeypatch.setattr(Store, "put", put_late)
    assert problem(upload(guest, contact_id)) == (401, "session-revoked")
    assert not kept(place, guest)
    assert guest.user["id"] not in [path.name for path in Path(str(place.settings["INSTANCE_FOLDER"])).rglob("*")]


def photo_line(picture: bytes) -> str:
    return f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(picture).decode()}"


@once("cloudinary")
@pytest.mark.faults
@pytest.mark.parametrize(
    "fault",
    [
        refuse(401, "Invalid Signature"), refuse(420, "Rate Limit Exceeded"), refuse(500, "No."), hang_up,
        answer(200, b"<html>Welcome to the hotel's network</html>"), answer(200, b"{}"), answer(502, b""),
    ],
    ids=["401", "420", "500", "no answer", "a page", "nothing", "502"],
)  # fmt: skip
def test_without_cloudinary_the_old_picture_stays_and_the_client_is_told_to_come_again(
    ada: Account, cloudinary: CloudinaryServer, place: Place, fault: Fault
) -> None:
    before = put(ada, PICTURE)["avatar_url"]
    with cloudinary.failing(fault):
        answered = places.put(ada, AVATAR, images.png())
        assert problem(answered) == (503, "service-unavailable")
        assert int(answered.headers["Retry-After"]) > 0
        assert avatar_url(ada) == before
    assert look(place.fetch(ada.client, before)).size == (512, 512)
    assert put(ada, images.png())["avatar_url"] != before


@pytest.mark.parametrize("place", ["cloudinary"], indirect=True)
@pytest.mark.faults
def test_an_old_picture_that_cannot_be_removed_now_is_removed_later(
    ada: Account, cloudinary: CloudinaryServer, place: Place
) -> None:
    put(ada, PICTURE)
    cloudinary.meanwhile = lambda handler: setattr(cloudinary, "fault", refuse(500, "No."))  # after the upload
    try:
        put(ada, images.png())
    finally:
        cloudinary.meanwhile = cloudinary.fault = None
    assert len(kept(place, ada)) == 2
    purge_after(ada, timedelta(minutes=4))
    assert len(kept(place, ada)) == 2
    purge_after(ada, timedelta(minutes=6))
    assert len(kept(place, ada)) == 1


@pytest.mark.parametrize("place", ["cloudinary"], indirect=True)
@pytest.mark.faults
def test_pictures_of_an_account_that_cannot_be_removed_now_are_removed_later(
    guest: Account, cloudinary: CloudinaryServer, place: Place
) -> None:
    put(guest, PICTURE)
    with cloudinary.failing(refuse(500, "No.")):
        assert guest.delete("/users/me", json={"password": guest.password}).status_code == 204
    assert len(kept(place, guest)) == 1
    purge_after(guest, timedelta(minutes=6))
    assert not kept(place, guest)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("place", ["disk"], indirect=True)
class TestLive:
    """On a real server with two processes."""

    def test_of_many_uploads_at_once_one_picture_stays(self, server: Server, ada: Account, place: Place) -> None:
        token, bodies = ada.tokens["access_token"], [places.form(images.jpeg(size, 40)) for size in range(40, 48)]
        calls = [partial(places.put_patiently, server.url, token, AVATAR, body) for body in bodies]
        assert at_once(calls) == [200] * len(calls)
        assert list(kept(place, ada).values()) == [place.fetch(ada.client, avatar_url(ada))]

    def test_uploads_and_removals_at_once_leave_nothing_that_nobody_shows(
        self, server: Server, ada: Account, place: Place
    ) -> None:
        token, body = ada.tokens["access_token"], places.form(images.jpeg(40, 40))
        puts = [partial(places.put_patiently, server.url, token, AVATAR, body)] * 4
        deletes = [partial(delete_at, server, token)] * 4
        assert sorted(at_once([*puts, *deletes])) == [200] * 4 + [204] * 4
        assert len(kept(place, ada)) == (0 if is_default(avatar_url(ada)) else 1)

    def test_a_body_of_unknown_length_is_read_as_far_as_a_picture_can_reach(self, server: Server, ada: Account) -> None:
        pieces = (bytes(2**16) for _ in range(100))
        assert places.put_to(server.url, ada.tokens["access_token"], AVATAR, pieces) == 413
        body = places.form(images.jpeg())
        halves = (body[: len(body) // 2], body[len(body) // 2 :])
        assert places.put_to(server.url, ada.tokens["access_token"], AVATAR, iter(halves)) == 200


def delete_at(server: Server, token: str) -> int:
    return call(server.url, "DELETE", f"{API}{AVATAR}", token=token).status


@once("cloudinary")
class TestSilence:
    """It takes the real time that it tests."""

    @pytest.mark.slow
    def test_a_cloudinary_that_never_ends_its_answer_is_answered_for_in_time(
        self, ada: Account, cloudinary: CloudinaryServer
    ) -> None:
        before, start = put(ada, PICTURE)["avatar_url"], time.monotonic()
        with cloudinary.failing(trickle):
            assert problem(places.put(ada, AVATAR, images.png())) == (503, "service-unavailable")
        assert time.monotonic() - start < DEADLINE_SECONDS + 2
        assert avatar_url(ada) == before

    @pytest.mark.slow
    def test_a_slow_upload_and_a_removal_that_hangs_take_less_than_10_seconds(
        self, ada: Account, cloudinary: CloudinaryServer
    ) -> None:
        def be_slow(_: Handler) -> None:
            time.sleep(DEADLINE_SECONDS - 0.5)
            cloudinary.fault, cloudinary.recovered = hang, threading.Event()

        before = put(ada, PICTURE)["avatar_url"]
        cloudinary.meanwhile = be_slow
        start = time.monotonic()
        try:
            user = put(ada, images.png())
        finally:
            cloudinary.meanwhile = cloudinary.fault = None
            cloudinary.recovered.set()
        assert DEADLINE_SECONDS + REQUEST_SECONDS - 1 < time.monotonic() - start < 10
        assert user["avatar_url"] != before

    def test_an_account_goes_at_once_whatever_cloudinary_does(
        self, guest: Account, cloudinary: CloudinaryServer
    ) -> None:
        put(guest, PICTURE)
        start = time.monotonic()
        with cloudinary.failing(hang):
            assert guest.delete("/users/me", json={"password": guest.password}).status_code == 204
        assert time.monotonic() - start < REQUEST_SECONDS + 1

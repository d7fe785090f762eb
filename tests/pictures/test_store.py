"""Where pictures live: the disk for real, Cloudinary as a server that plays it."""

import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID, uuid4

import cloudinary  # type: ignore[import-untyped]
import pytest
from cloudinary import utils
from structlog.testing import capture_logs

from project.errors import NotFound, ServiceUnavailable
from project.pictures.cloudinary import MOST_BYTES, MOST_CALLS, Cloudinary
from project.pictures.disk import Disk
from project.pictures.store import Store, open_store
from tests import images
from tests.cloudinary_server import (
    CLOUD,
    SECRET,
    CloudinaryServer,
    Fault,
    Handler,
    answer,
    hang,
    hang_after_headers,
    hang_up,
    refuse,
    trickle,
)

PUBLIC_URL = "https://contacts.example.org"
ADA, GRACE = UUID("01920000-0000-7000-8000-00000000000a"), UUID("01920000-0000-7000-8000-00000000000b")
PICTURE, OTHER_PICTURE = images.webp(), images.encode(images.quarters(32, 32), "WEBP")


@pytest.fixture
def server() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def on_disk(folder: Path) -> Store:
    return open_store(folder.parent, PUBLIC_URL, None)


@pytest.fixture
def at_cloudinary(folder: Path, server: CloudinaryServer) -> Store:
    return open_store(folder.parent, PUBLIC_URL, server.url)


@pytest.fixture(params=["disk", "cloudinary"])
def store(request: pytest.FixtureRequest, on_disk: Store, at_cloudinary: Store) -> Store:
    return on_disk if request.param == "disk" else at_cloudinary


@pytest.fixture
def fetch(on_disk: Store, server: CloudinaryServer) -> Callable[[str | None], bytes | None]:
    """What a client gets at a picture's address: from the application's folder, or from Cloudinary's delivery."""

    def fetch(url: str | None) -> bytes | None:
        assert url
        if url.startswith(PUBLIC_URL):
            return read(on_disk, url)
        assert url.startswith("https://res.cloudinary.com/")
        stored = server.pictures.get(url.partition("/upload/")[2].partition("/")[2].removesuffix(".webp"))
        return None if stored is None else stored.data

    return fetch


def read(store: Store, url: str) -> bytes | None:
    owner, name = url.removeprefix(f"{PUBLIC_URL}/pictures/").removesuffix(".webp").split("/")
    try:
        return store.find(UUID(owner), name).read_bytes()
    except NotFound:
        return None


def put(store: Store, data: bytes = PICTURE, owner: UUID = ADA) -> str:
    return store.put(store.new_reference(owner), data)


class TestEveryPlace:
    def test_a_picture_is_found_at_its_address(self, store: Store, fetch: Callable[..., bytes | None]) -> None:
        assert fetch(store.url(put(store))) == PICTURE

    def test_its_address_says_the_format(self, store: Store) -> None:
        assert str(store.url(put(store))).endswith(".webp")

    def test_a_reference_fits_its_column(self, store: Store) -> None:
        assert len(put(store)) < 200

    def test_what_is_kept_begins_with_what_was_noted(self, store: Store) -> None:
        noted = store.new_reference(ADA)
        assert store.put(noted, PICTURE).startswith(noted)

    def test_names_cannot_be_guessed_and_never_repeat(self, store: Store) -> None:
        names = {store.new_reference(ADA).rpartition("/")[2] for _ in range(1000)}
        assert len(names) == 1000
        assert all(len(name) == 48 for name in names)

    def test_a_new_picture_has_a_new_address(self, store: Store, fetch: Callable[..., bytes | None]) -> None:
        old, new = put(store), put(store, OTHER_PICTURE)
        assert store.url(old) != store.url(new)
        assert (fetch(store.url(old)), fetch(store.url(new))) == (PICTURE, OTHER_PICTURE)

    def test_a_deleted_picture_is_gone_and_the_others_stay(
        self, store: Store, fetch: Callable[..., bytes | None]
    ) -> None:
        first, second = put(store), put(store)
        store.delete(first)
        assert (fetch(store.url(first)), fetch(store.url(second))) == (None, PICTURE)

    def test_what_was_noted_can_be_deleted_too(self, store: Store, fetch: Callable[..., bytes | None]) -> None:
        """So it is after a crash between the upload and the commit."""
        noted = store.new_reference(ADA)
        kept = store.put(noted, PICTURE)
        store.delete(noted)
        assert fetch(store.url(kept)) is None

    def test_deleting_what_is_not_there_is_harmless(self, store: Store) -> None:
        kept = put(store)
        store.delete(kept)
        store.delete(kept)
        store.delete(store.new_reference(GRACE))

    def test_deleting_an_owner_takes_every_picture_of_theirs_and_no_other(
        self, store: Store, fetch: Callable[..., bytes | None]
    ) -> None:
        hers, others = [put(store) for _ in range(3)], put(store, owner=GRACE)
        store.delete_owner(ADA)
        assert [fetch(store.url(one)) for one in hers] == [None] * 3
        assert fetch(store.url(others)) == PICTURE

    def test_deleting_an_owner_may_be_repeated(self, store: Store) -> None:
        put(store)
        store.delete_owner(ADA)
        store.delete_owner(ADA)
        store.delete_owner(uuid4())

    def test_of_many_uploads_at_once_each_is_kept(self, store: Store, fetch: Callable[..., bytes | None]) -> None:
        with ThreadPoolExecutor(MOST_CALLS) as pool:
            kept = list(pool.map(lambda data: put(store, data), [PICTURE, OTHER_PICTURE] * 4))
        assert [fetch(store.url(one)) for one in kept] == [PICTURE, OTHER_PICTURE] * 4

    @pytest.mark.parametrize(
        "reference",
        [
            "",
            "disk:",
            "disk:../../secret",
            f"disk:{ADA}/../../secret",
            f"disk:{ADA}/{'0' * 47}",
            f"disk:{ADA}/{'0' * 48}.webp",
            f"disk:{str(ADA).upper()}/{'0' * 48}",
            f"cloudinary:{ADA}/{'0' * 48}@",
            f"cloudinary:{ADA}/{'0' * 48}@v1",
            f"cloudinary:{ADA}/",
        ],
    )
    def test_what_is_no_reference_of_ours_touches_nothing(
        self, at_cloudinary: Store, folder: Path, server: CloudinaryServer, reference: str
    ) -> None:
        (folder / str(ADA)).mkdir(parents=True)
        bystander = folder.parent / "secret.webp"
        bystander.write_bytes(b"")
        for act in (at_cloudinary.delete, at_cloudinary.read, lambda each: at_cloudinary.put(each, PICTURE)):
            with pytest.raises((ValueError, ServiceUnavailable)):
                act(reference)
        assert bystander.exists()
        assert not server.calls

    def test_a_picture_can_be_read_back(self, store: Store) -> None:
        assert store.read(put(store)) == PICTURE

    def test_reading_what_is_not_there_finds_nothing(self, store: Store) -> None:
        kept = put(store)
        store.delete(kept)
        for gone in (kept, store.new_reference(GRACE)):
            with pytest.raises(NotFound):
                store.read(gone)

    def test_a_reference_tells_its_picture_and_the_file_that_it_was_made_of(self, store: Store) -> None:
        reference = store.new_reference(ADA, PICTURE, source=b"a phone's own file")
        kept = store.put(reference, PICTURE)
        for each in (reference, kept):
            assert store.is_of(each, PICTURE)
            assert store.is_of(each, b"a phone's own file")
            assert not store.is_of(each, OTHER_PICTURE)
            assert not store.is_of(each, b"")

    def test_no_reference_is_of_no_picture(self, store: Store) -> None:
        assert not store.is_of(None, PICTURE)

    def test_two_references_for_one_picture_differ(self, store: Store) -> None:
        assert store.new_reference(ADA, PICTURE) != store.new_reference(ADA, PICTURE)


class TestDisk:
    def test_a_picture_is_a_file_in_its_owners_folder(self, on_disk: Store, folder: Path) -> None:
        put(on_disk)
        [path] = (folder / str(ADA)).iterdir()
        assert (path.suffix, path.read_bytes()) == (".webp", PICTURE)

    def test_its_address_is_at_this_server(self, on_disk: Store) -> None:
        reference = on_disk.new_reference(ADA)
        name = reference.rpartition("/")[2]
        assert on_disk.url(reference) == f"{PUBLIC_URL}/pictures/{ADA}/{name}.webp"

    def test_nothing_is_made_before_the_first_picture(self, on_disk: Store, folder: Path) -> None:
        on_disk.new_reference(ADA)
        on_disk.delete_owner(ADA)
        assert not folder.exists()

    def test_no_name_leads_out_of_the_owners_folder(self, on_disk: Store, folder: Path) -> None:
        reference = put(on_disk)
        name = reference.rpartition("/")[2]
        (folder / "secret.webp").write_bytes(b"secret")
        (folder / str(ADA) / "note.webp").write_bytes(b"not ours")
        assert on_disk.find(ADA, name).read_bytes() == PICTURE
        for wrong in ("../secret", "note", "", ".", name.upper(), f"{name}/", f"./{name}", f"{name}\0", f"{name}\n"):
            with pytest.raises(NotFound):
                on_disk.find(ADA, wrong)
        with pytest.raises(NotFound):
            on_disk.find(GRACE, name)

    def test_a_full_disk_is_unavailable_and_shows_no_half_picture(self, on_disk: Store, folder: Path) -> None:
        reference = on_disk.new_reference(ADA)
        with files_of_at_most(len(PICTURE) // 2), pytest.raises(ServiceUnavailable):
            on_disk.put(reference, PICTURE)
        with pytest.raises(NotFound):
            on_disk.find(ADA, reference.rpartition("/")[2])
        on_disk.delete(reference)
        assert not list((folder / str(ADA)).iterdir())

    def test_an_owner_is_deleted_with_what_broken_uploads_left(self, on_disk: Store, folder: Path) -> None:
        with files_of_at_most(10), pytest.raises(ServiceUnavailable):
            put(on_disk)
        assert list((folder / str(ADA)).iterdir())
        on_disk.delete_owner(ADA)
        assert not (folder / str(ADA)).exists()

    def test_a_folder_that_cannot_be_written_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        store = open_store(tmp_path / "file", PUBLIC_URL, None)
        for act in (put, lambda store: store.delete(store.new_reference(ADA))):
            with pytest.raises(ServiceUnavailable):
                act(store)

    def test_what_cannot_be_deleted_is_unavailable(self, on_disk: Store, folder: Path) -> None:
        (folder / str(ADA) / "folder").mkdir(parents=True)
        with pytest.raises(ServiceUnavailable):
            on_disk.delete_owner(ADA)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The operating system refuses to write more, as it does when a disk is full: logs are caught elsewhere."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with capture_logs():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestCloudinary:
    def test_the_upload_is_signed_and_says_all_that_it_must(
        self, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        reference = at_cloudinary.new_reference(ADA)
        at_cloudinary.put(reference, PICTURE)
        [(action, form)] = server.calls
        assert action == "upload"
        assert form["public_id"] == f"pictures/{ADA}/{reference.rpartition('/')[2]}"
        assert (form["overwrite"], form["invalidate"]) == ("1", "1")
        assert {*form} == {"api_key", "invalidate", "overwrite", "public_id", "signature", "timestamp"}

    def test_a_wrong_secret_is_refused(self, server: CloudinaryServer, folder: Path) -> None:
        """The stand-in would else prove nothing."""
        store = open_store(folder.parent, PUBLIC_URL, server.url.replace(SECRET, "wrong"))
        for act in ACTIONS.values():
            with pytest.raises(ServiceUnavailable):
                act(store)
        assert not server.pictures

    @pytest.mark.parametrize("data", [b"/etc/hostname", b"http://127.0.0.1:1/", b"data:image/webp;base64,AAAA"])
    def test_bytes_are_never_taken_for_a_path_or_an_address(
        self, at_cloudinary: Store, server: CloudinaryServer, data: bytes
    ) -> None:
        """They arrive as the file itself, which is then none that Cloudinary takes for a picture."""
        with pytest.raises(ServiceUnavailable), capture_logs() as logs:
            put(at_cloudinary, data)
        assert [log["cause"] for log in logs] == ["Invalid image file"]

    def test_the_address_has_the_version_and_is_the_sdks(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        url = at_cloudinary.url(put(at_cloudinary))
        [(public_id, stored)] = server.pictures.items()
        expected, _ = utils.cloudinary_url(
            public_id, secure=True, cloud_name=CLOUD, version=stored.version, format="webp"
        )
        assert url == expected == f"https://res.cloudinary.com/{CLOUD}/image/upload/v{stored.version}/{public_id}.webp"

    def test_the_picture_is_delivered_there(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        path = str(at_cloudinary.url(put(at_cloudinary))).removeprefix("https://res.cloudinary.com")
        with urlopen(server.address + path) as response:  # noqa: S310 - our own server
            assert (response.headers["Content-Type"], response.read()) == ("image/webp", PICTURE)

    def test_what_is_read_back_is_asked_of_the_api_by_a_signed_request(
        self, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        """Delivery would be by a public address, where caches may still have what was there before."""
        kept = put(at_cloudinary)
        server.calls.clear()
        at_cloudinary.read(kept)
        [(action, query)] = server.calls
        assert action == "download"
        assert query["public_id"] in server.pictures
        assert SECRET not in str(query)

    @pytest.mark.faults
    def test_more_than_a_picture_can_be_is_not_read(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        kept = put(at_cloudinary)
        for status, size in ((200, MOST_BYTES + 1), (302, 0), (206, 10)):
            with server.failing(answer(status, bytes(size))), pytest.raises(ServiceUnavailable):
                at_cloudinary.read(kept)

    def test_putting_again_overwrites_and_has_a_new_version(
        self, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        """A client that lost the answer and tries again makes no second picture."""
        reference = at_cloudinary.new_reference(ADA)
        first, second = at_cloudinary.put(reference, PICTURE), at_cloudinary.put(reference, OTHER_PICTURE)
        assert at_cloudinary.url(first) != at_cloudinary.url(second)
        assert [stored.data for stored in server.pictures.values()] == [OTHER_PICTURE]

    def test_addresses_are_made_without_asking(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        kept = put(at_cloudinary)
        server.calls.clear()
        for _ in range(100):
            at_cloudinary.url(kept)
        assert not server.calls

    def test_a_private_cdn_has_its_own_address(self) -> None:
        store = Cloudinary(f"cloudinary://key:secret@{CLOUD}/pictures.example.org")
        assert store.url(f"{ADA}/x@7") == f"https://pictures.example.org/image/upload/v7/pictures/{ADA}/x.webp"

    def test_a_deleted_picture_leaves_the_caches_too(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        kept = put(at_cloudinary)
        [public_id] = server.pictures
        at_cloudinary.delete(kept)
        assert server.invalidated == {public_id}

    def test_an_owner_of_many_pictures_is_deleted_page_by_page(self, folder: Path) -> None:
        with CloudinaryServer(page=2) as server:
            store = open_store(folder.parent, PUBLIC_URL, server.url)
            for _ in range(5):
                put(store)
            put(store, owner=GRACE)
            server.calls.clear()
            store.delete_owner(ADA)
            assert [parameters.get("next_cursor") for _, parameters in server.calls] == [None, "5f0c6a2e", "5f0c6a2e"]
            assert all(parameters["invalidate"] is True for _, parameters in server.calls)
            assert [public_id.split("/")[1] for public_id in server.pictures] == [str(GRACE)]

    def test_two_accounts_in_one_process_do_not_mix(self, folder: Path, server: CloudinaryServer) -> None:
        with CloudinaryServer(cloud="difference-engine", secret="another") as other:
            stores = [open_store(folder.parent, PUBLIC_URL, one.url) for one in (server, other)]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(put, stores * 4))
            assert (len(server.pictures), len(other.pictures)) == (4, 4)

    def test_the_sdks_global_configuration_has_no_say(self, at_cloudinary: Store, server: CloudinaryServer) -> None:
        cloudinary.config(
            cloud_name="other", api_key="other", api_secret="other", oauth_token="other", upload_preset="other",
            upload_prefix="http://127.0.0.1:1", signature_algorithm="sha256", signature_version=1, timeout=0.0001,
            secure_distribution="other.example.org", private_cdn=True, cname="other.example.org",
        )  # fmt: skip
        try:
            put(at_cloudinary)
            at_cloudinary.delete_owner(ADA)
            url = open_store(Path(), PUBLIC_URL, server.url).url(f"cloudinary:{ADA}/x@7")
        finally:
            cloudinary.reset_config()
        assert "upload_preset" not in server.calls[0][1]
        assert url == f"https://res.cloudinary.com/{CLOUD}/image/upload/v7/pictures/{ADA}/x.webp"


class TestMoving:
    def test_a_server_that_moved_to_cloudinary_keeps_its_old_pictures(
        self, on_disk: Store, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        old, new = put(on_disk), put(at_cloudinary)
        assert at_cloudinary.url(old) == on_disk.url(old)
        assert at_cloudinary.find(ADA, old.rpartition("/")[2]).read_bytes() == PICTURE
        at_cloudinary.delete(old)
        assert read(at_cloudinary, str(at_cloudinary.url(old))) is None
        assert len(server.pictures) == 1
        assert new.startswith("cloudinary:")

    def test_deleting_an_owner_empties_every_place(
        self, on_disk: Store, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        old = put(on_disk)
        put(at_cloudinary)
        at_cloudinary.delete_owner(ADA)
        assert read(on_disk, str(on_disk.url(old))) is None
        assert not server.pictures

    def test_without_the_account_a_picture_has_no_address_and_stays(
        self, on_disk: Store, at_cloudinary: Store, server: CloudinaryServer
    ) -> None:
        kept = put(at_cloudinary)
        assert on_disk.url(kept) is None
        with pytest.raises(ServiceUnavailable):
            on_disk.delete(kept)
        assert server.pictures


NONSENSE = {
    "nothing": answer(200, b""),
    "a page": answer(200, b"<html>Welcome to the hotel's network</html>"),
    "no text": answer(200, b"\xff\xfe\x00"),
    "a list": answer(200, b"[]"),
    "a number": answer(200, b"5"),
    "null": answer(200, b"null"),
    "no members": answer(200, b"{}"),
    "a deep list": answer(200, b"[" * 100_000),
    "an error that is a text": answer(200, b'{"error": "no"}'),
    "an error that is null": answer(200, b'{"error": null}'),
    "members of another kind": answer(200, b'{"public_id": "other", "version": 1, "result": "other", "deleted": []}'),
    "500 without JSON": answer(500, b"Internal Server Error"),
    "502 without a message": answer(502, b'{"error": {}}'),
    "204": answer(204, b""),
    "the end of the connection": hang_up,
}
REFUSALS = {str(status): refuse(status, "No.") for status in (400, 401, 403, 409, 418, 420, 429, 500, 503)}
SILENCES = [hang, hang_after_headers, trickle]


def read_nothing(store: Store) -> None:
    with pytest.raises(NotFound):
        store.read(store.new_reference(ADA))


ACTIONS: dict[str, Callable[[Store], object]] = {
    "put": put,
    "read": read_nothing,
    "delete": lambda store: store.delete(store.new_reference(ADA)),
    "delete_owner": lambda store: store.delete_owner(ADA),
}


@pytest.mark.faults
@pytest.mark.parametrize("name", ["put", "delete", "delete_owner"])
def test_an_account_that_is_not_found_is_unavailable(at_cloudinary: Store, server: CloudinaryServer, name: str) -> None:
    with server.failing(refuse(404, "No.")), pytest.raises(ServiceUnavailable):
        ACTIONS[name](at_cloudinary)


@pytest.mark.faults
@pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS)
class TestTrouble:
    @pytest.mark.parametrize("fault", [*NONSENSE.values(), *REFUSALS.values()], ids=[*NONSENSE, *REFUSALS])
    def test_nonsense_and_refusals_are_unavailable(
        self, at_cloudinary: Store, server: CloudinaryServer, act: Callable[[Store], object], fault: Fault
    ) -> None:
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            act(at_cloudinary)
        act(at_cloudinary)

    @pytest.mark.parametrize("fault", SILENCES)
    def test_silence_is_unavailable_in_time(
        self, folder: Path, server: CloudinaryServer, act: Callable[[Store], object], fault: Fault
    ) -> None:
        store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5))
        start = time.monotonic()
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            act(store)
        assert time.monotonic() - start < 1.5
        wait_until(lambda: act(store))

    def test_a_server_that_is_down_is_unavailable(self, folder: Path, act: Callable[[Store], object]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        url = f"cloudinary://key:secret@{CLOUD}?upload_prefix=http://127.0.0.1:{port}"
        with pytest.raises(ServiceUnavailable):
            act(open_store(folder.parent, PUBLIC_URL, url))


def wait_until(act: Callable[[], object], seconds: float = 5) -> None:
    """Until it succeeds, as it does when the calls that nobody waits for have ended."""
    end = time.monotonic() + seconds
    while True:
        try:
            act()
        except ServiceUnavailable:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


@pytest.mark.faults
@pytest.mark.parametrize("version", [b'"1"', b"1"])
def test_a_version_may_be_a_number_or_its_text(at_cloudinary: Store, server: CloudinaryServer, version: bytes) -> None:
    reference = at_cloudinary.new_reference(ADA)
    public_id = f"pictures/{reference.partition(':')[2]}".encode()
    with server.failing(answer(200, b'{"public_id": "%s", "version": %s}' % (public_id, version))):
        assert at_cloudinary.put(reference, PICTURE) == f"{reference}@1"


@pytest.mark.faults
@pytest.mark.parametrize("version", [b"null", b"true", b"-1", b"1.5", b'""', b'"../1"', b"[1]", b"%d" % 10**40])
def test_a_version_that_is_none_is_unavailable(at_cloudinary: Store, server: CloudinaryServer, version: bytes) -> None:
    reference = at_cloudinary.new_reference(ADA)
    public_id = f"pictures/{reference.partition(':')[2]}".encode()
    said = answer(200, b'{"public_id": "%s", "version": %s}' % (public_id, version))
    with server.failing(said), pytest.raises(ServiceUnavailable):
        at_cloudinary.put(reference, PICTURE)


@pytest.mark.faults
def test_pages_without_end_are_unavailable(at_cloudinary: Store, server: CloudinaryServer) -> None:
    endless = answer(200, b'{"deleted": {}, "next_cursor": "5f0c6a2e"}')
    with server.failing(endless), pytest.raises(ServiceUnavailable):
        at_cloudinary.delete_owner(ADA)


@pytest.mark.faults
def test_calls_without_an_answer_are_limited_and_make_room_again(folder: Path, server: CloudinaryServer) -> None:
    store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5))
    before = threading.active_count()
    with server.failing(trickle):
        for _ in range(3):
            with ThreadPoolExecutor(MOST_CALLS) as pool:
                outcomes = list(pool.map(outcome_of, [store] * MOST_CALLS))
            assert outcomes == ["ServiceUnavailable"] * MOST_CALLS
        assert threading.active_count() - before <= 2 * MOST_CALLS  # theirs, and those of the stand-in
        start = time.monotonic()
        assert outcome_of(store) == "ServiceUnavailable"
        assert time.monotonic() - start < 0.5
    wait_until(lambda: put(store))


@pytest.mark.faults
def test_hanging_calls_end_by_themselves(folder: Path, server: CloudinaryServer) -> None:
    store = Store(Disk(folder, PUBLIC_URL), Cloudinary(server.url, deadline=0.5))
    with server.failing(hang):
        with ThreadPoolExecutor(MOST_CALLS) as pool:
            assert {*pool.map(outcome_of, [store] * MOST_CALLS)} == {"ServiceUnavailable"}
        server.fault = None  # for new calls: the old ones have no answer yet
        wait_until(lambda: put(store))


def outcome_of(store: Store) -> str:
    try:
        return put(store)
    except ServiceUnavailable as error:
        return type(error).__name__


@pytest.mark.faults
@pytest.mark.parametrize("fault", SILENCES)
def test_a_removal_waits_as_long_as_it_is_given(at_cloudinary: Store, server: CloudinaryServer, fault: Fault) -> None:
    """A client waits for it after its own upload, and others' pictures do after it."""
    removals: list[Callable[[], None]] = [
        lambda: at_cloudinary.delete(at_cloudinary.new_reference(ADA), seconds=0.3),
        lambda: at_cloudinary.delete_owner(ADA, seconds=0.3),
    ]
    for remove in removals:
        start = time.monotonic()
        with server.failing(fault), pytest.raises(ServiceUnavailable):
            remove()
        assert time.monotonic() - start < 1


@pytest.mark.faults
def test_removing_page_by_page_has_one_deadline_for_all(folder: Path, server: CloudinaryServer) -> None:
    def tardily(handler: Handler) -> None:
        time.sleep(0.2)
        handler.send(200, b'{"deleted": {}, "next_cursor": "5f0c6a2e"}')

    store = open_store(folder.parent, PUBLIC_URL, server.url)
    start = time.monotonic()
    with server.failing(tardily), pytest.raises(ServiceUnavailable):
        store.delete_owner(ADA, seconds=0.5)
    assert time.monotonic() - start < 1


@pytest.mark.faults
@pytest.mark.slow
def test_the_client_waits_less_than_10_seconds(at_cloudinary: Store, server: CloudinaryServer) -> None:
    start = time.monotonic()
    with server.failing(trickle), pytest.raises(ServiceUnavailable):
        put(at_cloudinary)
    assert 5 < time.monotonic() - start < 7
    wait_until(lambda: put(at_cloudinary))


@pytest.mark.faults
def test_the_log_has_the_cause_and_no_secret(at_cloudinary: Store, server: CloudinaryServer) -> None:
    with server.failing(refuse(420, "Rate Limit Exceeded")), capture_logs() as logs, pytest.raises(ServiceUnavailable):
        put(at_cloudinary)
    assert logs == [
        {
            "event": "pictures_unavailable",
            "error": "RateLimited",
            "cause": "Rate Limit Exceeded",
            "log_level": "warning",
        }
    ]


@pytest.mark.faults
def test_the_client_learns_neither_the_cause_nor_the_account(at_cloudinary: Store, server: CloudinaryServer) -> None:
    with server.failing(refuse(401, f"Invalid Signature by {SECRET}")), pytest.raises(ServiceUnavailable) as error:
        put(at_cloudinary)
    assert str(error.value) == "The picture store is unavailable."
    assert error.value.headers["Retry-After"]

"""Pictures at Cloudinary, which a server plays: what it is asked, and what its answers mean."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import cloudinary  # type: ignore[import-untyped]
import pytest
from cloudinary import utils
from structlog.testing import capture_logs

from project.errors import ServiceUnavailable
from project.pictures.cloudinary import MOST_BYTES, Cloudinary
from project.pictures.store import Store, open_store
from tests.cloudinary_server import (
    CLOUD,
    SECRET,
    CloudinaryServer,
    answer,
)
from tests.pictures.stored import ACTIONS, ADA, GRACE, KEY, OTHER_PICTURE, PICTURE, PUBLIC_URL, put


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
        store = open_store(folder.parent, PUBLIC_URL, server.url.replace(SECRET, "wrong"), KEY)
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
            store = open_store(folder.parent, PUBLIC_URL, server.url, KEY)
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
            stores = [open_store(folder.parent, PUBLIC_URL, one.url, KEY) for one in (server, other)]
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
            url = open_store(Path(), PUBLIC_URL, server.url, KEY).url(f"cloudinary:{ADA}/x@7")
        finally:
            cloudinary.reset_config()
        assert "upload_preset" not in server.calls[0][1]
        assert url == f"https://res.cloudinary.com/{CLOUD}/image/upload/v7/pictures/{ADA}/x.webp"

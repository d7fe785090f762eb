"""What every place of pictures does, and how a server moves from one to the other."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from project.errors import NotFound, ServiceUnavailable
from project.pictures.cloudinary import MOST_CALLS
from project.pictures.store import Store, open_store
from tests.cloudinary_server import (
    CloudinaryServer,
)
from tests.pictures.stored import ADA, GRACE, KEY, OTHER_PICTURE, PICTURE, PUBLIC_URL, put, read


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
        assert len({name[:32] for name in names}) == 1000, "128 random bits"

    def test_a_name_tells_nobody_else_what_it_is_of(self, store: Store, folder: Path) -> None:
        reference = store.new_reference(ADA, PICTURE, source=OTHER_PICTURE)
        for content in (PICTURE, OTHER_PICTURE):
            for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.blake2b):
                assert digest(content).hexdigest()[:8] not in reference
        stranger = open_store(folder.parent, PUBLIC_URL, None, "another server's secret")
        assert store.is_of(reference, PICTURE)
        assert not stranger.is_of(reference, PICTURE)

    def test_names_are_recognised_after_a_change_of_the_key(self, store: Store, folder: Path) -> None:
        reference = store.new_reference(ADA, PICTURE)
        assert open_store(folder.parent, PUBLIC_URL, None, "a newer secret", KEY).is_of(reference, PICTURE)

    def test_names_of_an_older_version_are_still_good(self, store: Store, fetch: Callable[..., bytes | None]) -> None:
        digests = [hashlib.sha256(content).hexdigest()[:16] for content in (PICTURE, OTHER_PICTURE)]
        kept = store.put(f"{store.newest}:{ADA}/0123456789abcdef{''.join(digests)}", PICTURE)
        assert fetch(store.url(kept)) == PICTURE
        assert store.is_of(kept, PICTURE)
        assert store.is_of(kept, OTHER_PICTURE)
        assert not store.is_of(kept, b"")
        store.delete(kept)
        assert fetch(store.url(kept)) is None

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

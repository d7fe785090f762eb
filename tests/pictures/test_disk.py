"""Pictures on disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from project.errors import NotFound, ServiceUnavailable
from project.pictures.store import Store, open_store
from tests.pictures.stored import ADA, GRACE, KEY, PICTURE, PUBLIC_URL, put


class TestDisk:
    def test_a_picture_is_a_file_in_its_owners_folder(self, on_disk: Store, folder: Path) -> None:
        put(on_disk)
        [path] = (folder / str(ADA)).iterdir()
        assert (path.suffix, path.read_bytes()) == (".webp", PICTURE)

    def test_its_address_is_at_this_server(self, on_disk: Store) -> None:
        reference = on_disk.new_reference(ADA)
        name = reference.rpartition("/")[2]
        assert on_disk.url(reference) == f"{PUBLIC_URL}/pictures/{ADA}/{name}.webp"

    def test_with_the_last_picture_goes_its_folder(self, on_disk: Store, folder: Path) -> None:
        first, last = put(on_disk), put(on_disk)
        on_disk.delete(first)
        assert [path.name for path in folder.iterdir()] == [str(ADA)]
        on_disk.delete(last)
        assert list(folder.iterdir()) == []

    def test_a_folder_that_goes_meanwhile_is_made_again(self, on_disk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody deletes the last picture just before the next one is written."""
        open_file, goes = Path.open, iter([True, True, False])

        def opened(path: Path, mode: str = "r", **how: Any) -> Any:
            if next(goes, False):
                path.parent.rmdir()
            return open_file(path, mode, **how)

        monkeypatch.setattr(Path, "open", opened)
        reference = put(on_disk)
        assert on_disk.read(reference) == PICTURE

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
        assert not list(folder.iterdir())

    def test_an_owner_is_deleted_with_what_broken_uploads_left(self, on_disk: Store, folder: Path) -> None:
        with files_of_at_most(10), pytest.raises(ServiceUnavailable):
            put(on_disk)
        assert list((folder / str(ADA)).iterdir())
        on_disk.delete_owner(ADA)
        assert not (folder / str(ADA)).exists()

    def test_a_folder_that_cannot_be_written_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        store = open_store(tmp_path / "file", PUBLIC_URL, None, KEY)
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

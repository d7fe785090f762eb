"""Notes of pictures that are to go: what they outlive, when they are due, and that they are not given up."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, insert, select, update

from project.database.reading import PendingChanges
from project.errors import ServiceUnavailable
from project.extensions import db
from project.pictures import removals
from project.pictures.removals import Removal
from project.pictures.store import store
from project.users.models import User
from tests import images, places
from tests.cloudinary_server import Handler, refuse
from tests.places import AtCloudinary, OnDisk

ADA, GRACE = UUID("01920000-0000-7000-8000-00000000000a"), UUID("01920000-0000-7000-8000-00000000000b")
PICTURE = images.webp()


@pytest.fixture
def disk(instance_folder: Path) -> OnDisk:
    return OnDisk(instance_folder)


@pytest.fixture
def at_work(app: Flask) -> Iterator[None]:
    """Within the application, as its requests and its worker are."""
    with app.app_context():
        yield


@pytest.fixture
def cloudinary(make_app: Callable[..., Flask], instance_folder: Path) -> Iterator[AtCloudinary]:
    """Within an application that keeps its pictures at Cloudinary."""
    with places.opened("cloudinary", instance_folder) as place:
        assert isinstance(place, AtCloudinary)
        with make_app(**place.settings).app_context():
            yield place


@pytest.fixture(autouse=True)
def accounts(migrated: Engine, database_url: str) -> None:
    """Pictures are kept for those who have an account."""
    named = ((ADA, "ada"), (GRACE, "grace"))
    people = [
        {"id": who, "username": name, "username_key": name, "email": f"{name}@example.org", "password_hash": "x"}
        for who, name in named
    ]
    with migrated.begin() as connection:
        connection.execute(insert(User), [{**person, "email_key": person["email"]} for person in people])


def notes() -> list[str]:
    return list(db.session.scalars(select(Removal.what).order_by(Removal.what)))


def carry_out_after(**passed: float) -> int:
    with time_machine.travel(datetime.now(UTC) + timedelta(**passed)):
        return removals.commit_due_removals()


def put() -> str:
    """A picture that is kept: its note is cancelled."""
    reference = removals.commit_upload(ADA, PICTURE)
    removals.cancel(reference)
    db.session.commit()
    return reference


@pytest.mark.usefixtures("at_work")
class TestNotes:
    def test_a_picture_that_is_put_and_not_kept_is_removed_in_an_hour(self, disk: OnDisk) -> None:
        removals.commit_upload(ADA, PICTURE)
        assert carry_out_after(minutes=59) == 0
        assert list(disk.kept().values()) == [PICTURE]
        assert carry_out_after(minutes=61) == 1
        assert not disk.kept()
        assert not notes()

    def test_a_picture_that_is_kept_stays(self, disk: OnDisk) -> None:
        put()
        assert carry_out_after(days=1) == 0
        assert list(disk.kept().values()) == [PICTURE]

    def test_its_note_is_there_before_the_picture_is(self, disk: OnDisk, instance_folder: Path) -> None:
        """Whatever ends the process in between, the picture will be found."""
        (instance_folder / "pictures").write_bytes(b"no folder, so that putting fails")
        with pytest.raises(ServiceUnavailable):
            removals.commit_upload(ADA, PICTURE)
        db.session.rollback()
        assert len(notes()) == 1

    def test_nothing_that_is_pending_is_committed_with_it(self, disk: OnDisk) -> None:
        removals.queue("disk:pending")
        with pytest.raises(PendingChanges):
            removals.commit_upload(ADA, PICTURE)
        db.session.rollback()
        db.session.execute(update(Removal).values(due_at=datetime.now(UTC)))
        put()
        assert not notes()

    def test_a_note_that_is_rolled_back_is_none(self, disk: OnDisk) -> None:
        reference = put()
        removals.queue(reference)
        db.session.rollback()
        assert carry_out_after(days=1) == 0
        assert disk.kept()

    def test_what_is_noted_is_due_at_once(self, disk: OnDisk) -> None:
        removals.queue(put())
        db.session.commit()
        assert carry_out_after(seconds=1) == 1
        assert not disk.kept()

    def test_a_note_about_an_owner_is_about_all_pictures_of_theirs(self, disk: OnDisk) -> None:
        put()
        put()
        others = store.put(store.new_reference(GRACE), PICTURE)
        removals.queue(str(ADA))
        db.session.commit()
        assert carry_out_after(seconds=1) == 1
        assert store.read(others) == PICTURE
        assert len(disk.kept()) == 1

    def test_what_is_carried_out_leaves_no_note(self, disk: OnDisk) -> None:
        reference = put()
        removals.queue(reference)
        db.session.commit()
        removals.commit_removal(reference)
        assert not notes()
        assert not disk.kept()

    def test_nothing_to_carry_out_is_nothing(self) -> None:
        removals.commit_removal(None)
        assert not notes()

    def test_only_so_many_are_removed_at_a_time(self) -> None:
        for _ in range(removals.AT_ONCE + 1):
            removals.queue(store.new_reference(ADA))
        db.session.commit()
        assert [carry_out_after(seconds=1) for _ in range(3)] == [removals.AT_ONCE, 1, 0]


@pytest.mark.faults
class TestTrouble:
    def test_a_note_is_tried_again_until_the_store_answers(self, cloudinary: AtCloudinary) -> None:
        removals.queue(put())
        db.session.commit()
        with cloudinary.server.failing(refuse(500, "No.")):
            assert carry_out_after(seconds=1) == 1
            assert carry_out_after(minutes=4) == 0
            assert carry_out_after(minutes=6) == 1
        assert len(notes()) == 1
        assert carry_out_after(minutes=12) == 1
        assert not notes()
        assert not cloudinary.kept()

    def test_the_note_is_found_by_the_reference_with_its_version(self, cloudinary: AtCloudinary) -> None:
        """A picture has none when its note is made, and may have another when it is dropped."""
        kept = put()
        assert "@" in kept
        assert not notes()
        removals.queue(kept)
        db.session.commit()
        with cloudinary.server.failing(refuse(500, "No.")):
            removals.commit_removal(kept)
        assert notes() == [kept.partition("@")[0]]
        assert carry_out_after(seconds=1) == 0
        removals.commit_removal(kept)
        assert not notes()

    def test_a_picture_whose_account_was_taken_away_waits_for_it(self, cloudinary: AtCloudinary, app: Flask) -> None:
        kept = put()
        with app.app_context():
            removals.queue(kept)
            db.session.commit()
            assert carry_out_after(seconds=1) == 1
        assert len(cloudinary.kept()) == len(notes()) == 1

    def test_a_store_that_is_slow_does_not_keep_the_mails_waiting(
        self, cloudinary: AtCloudinary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(removals, "CHORE_SECONDS", 1.0)

        def tardily(_: Handler) -> None:
            time.sleep(0.1)

        for _ in range(30):
            removals.queue(store.new_reference(ADA))
        db.session.commit()
        cloudinary.server.meanwhile = tardily
        start = time.monotonic()
        tried = carry_out_after(seconds=1)
        assert time.monotonic() - start < 3
        assert 1 < tried < 30


def test_two_who_carry_out_the_same_do_no_harm(app: Flask, disk: OnDisk) -> None:
    """Each process has a worker, and both see what is due."""
    with app.app_context():
        kept = put()
        removals.queue(kept)
        db.session.commit()
        with app.app_context():
            removals.commit_removal(kept)
        removals.commit_removal(kept)
        assert not notes()
        assert not disk.kept()

"""Contacts from before they had name parts and departments get them out of their kept lines, and back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import flask_migrate
import orjson
import pytest
from sqlalchemy import Column, Engine, MetaData, Table, Uuid, create_engine, func, insert, select, update

from project import create_app
from project.config import ROOT
from project.database.base import driver_url, new_id
from tests.applications import release
from tests.commands import flask
from tests.conftest import postgresql_database, sqlite_database

BEFORE, AFTER = "0004", "0005"
MIGRATIONS = str(ROOT / "migrations")
KEYS = {
    "contacts": ("owner_id", "id"),
    "contact_groups": ("owner_id", "id"),
    "awaited_members": ("owner_id", "contact_id", "group_id"),
}
WRITTEN = datetime(2026, 3, 1, tzinfo=UTC)
PARTS = ("name_prefix", "middle_name", "name_suffix", "phonetic_first_name", "phonetic_last_name", "department")

LONG = "x" * 101
CASES: list[tuple[list[str], dict[str, str], list[str]]] = [
    (["N:;;Augusta;Dr.;Countess"], {"middle_name": "Augusta", "name_prefix": "Dr.", "name_suffix": "Countess"}, []),
    (["N:;;Philip,Paul;;Jr.,M.D."], {"middle_name": "Philip, Paul", "name_suffix": "Jr., M.D."}, []),
    (['N;SORT-AS="a:b":;;King;;'], {"middle_name": "King"}, ['N;SORT-AS="a:b":;;;;']),
    ([f"N:;;{LONG};Dr.;"], {"name_prefix": "Dr."}, [f"N:;;{LONG};;"]),
    (["N:;;;;;Second;III"], {}, ["N:;;;;;Second;III"]),
    (["N:;; a\\;b ;;"], {"middle_name": "a;b"}, []),
    (["N:;;a\\, c;;", "ORG:;a,b"], {"middle_name": "a, c", "department": "a,b"},
     ["N;X-REST=1:;;a\\, c;;", "ORG;X-REST=1:;a,b"]),
    (["N;LANGUAGE=en:Yukawa;Hideki;;;"], {}, ["N;LANGUAGE=en:Yukawa;Hideki;;;"]),
    (["ORG:;Numbers"], {"department": "Numbers"}, []),
    (["ORG:;Numbers;Notes"], {"department": "Numbers"}, ["ORG:;;Notes"]),
    (["ORG:Royal Society;Fellows"], {}, ["ORG:Royal Society;Fellows"]),
    (["X-PHONETIC-FIRST-NAME:エイダ", "x-phonetic-last-name:ラブレス"],
     {"phonetic_first_name": "エイダ", "phonetic_last_name": "ラブレス"}, []),
    (["X-PHONETIC-FIRST-NAME:a", "X-PHONETIC-FIRST-NAME:b"], {"phonetic_first_name": "a"}, ["X-PHONETIC-FIRST-NAME:b"]),
    (["X-PHONETIC-FIRST-NAME;LANGUAGE=ja:a", "X-PHONETIC-MIDDLE-NAME:m"], {},
     ["X-PHONETIC-FIRST-NAME;LANGUAGE=ja:a", "X-PHONETIC-MIDDLE-NAME:m"]),
    (["UID:ada-1", "FN;X-NAME=Ada Lovelace:Ada L.", "N:;;B;;", "X-MOOD:N:;;c"], {"middle_name": "B"},
     ["UID:ada-1", "FN;X-NAME=Ada Lovelace:Ada L.", "X-MOOD:N:;;c"]),
]  # fmt: skip


@pytest.fixture
def database(engine: str, tmp_path: Path) -> Iterator[Engine]:
    """A database as it was before."""
    with postgresql_database() if engine == "postgresql" else sqlite_database() as url:
        app = create_app({"DATABASE_URL": url, "INSTANCE_FOLDER": str(tmp_path), "MAIL_WORKER": "none"})
        with app.app_context():
            flask_migrate.upgrade(MIGRATIONS, BEFORE)
            database = create_engine(driver_url(url))
            yield database
            database.dispose()
        release(app)


def table(database: Engine, name: str) -> Table:
    ids = KEYS.get(name, ("owner_id",))
    return Table(name, MetaData(), *(Column(each, Uuid, primary_key=True) for each in ids), autoload_with=database)


def settle(database: Engine, *contacts: dict[str, Any]) -> UUID:
    """Give somebody a book with these contacts, all of revision 7."""
    owner_id = new_id()
    empty = dict.fromkeys(
        ("sort_key", "first_name_key", "last_name_key", "email_keys", "phone_keys", "search_text"), ""
    )
    books, rows = table(database, "address_books"), table(database, "contacts")
    with database.begin() as connection:
        book = {"owner_id": owner_id, "revision": 7, "living": len(contacts), "purged_revision": 0}
        connection.execute(insert(books), book)
        for contact in contacts:
            lists = dict.fromkeys(("labels", "details", "addresses"), "[]")
            times = {"created_at": WRITTEN, "updated_at": WRITTEN}
            row = {"owner_id": owner_id, "id": new_id(), "favorite": False, "revision": 7, **empty, **lists, **times}
            extra = orjson.dumps(contact.pop("extra", [])).decode()
            connection.execute(insert(rows), {**row, "extra": extra, **contact})
    return owner_id


def ada(extra: list[str]) -> dict[str, Any]:
    return {"name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace", "extra": extra}


def contacts(database: Engine) -> list[dict[str, Any]]:
    found = table(database, "contacts")
    with database.connect() as connection:
        rows = connection.execute(select(found).order_by(found.c.id)).mappings().all()
    return [{**row, "extra": orjson.loads(row["extra"] or "[]")} for row in rows]


def revisions(database: Engine) -> dict[UUID, int]:
    books = table(database, "address_books")
    with database.connect() as connection:
        return {row.owner_id: row.revision for row in connection.execute(select(books))}


def test_each_part_that_fits_becomes_a_field_and_all_else_stays(database: Engine) -> None:
    owner_id = settle(database, *(ada(before) for before, *_ in CASES))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    for contact, (_, fields, kept) in zip(contacts(database), CASES, strict=True):
        assert {name: contact[name] for name in PARTS if contact[name]} == fields
        assert contact["extra"] == kept
        assert contact["revision"] == (8 if fields else 7)
        assert contact["updated_at"].replace(tzinfo=UTC) == WRITTEN
    assert revisions(database) == {owner_id: 8}


def test_nothing_is_lost_on_the_way_back(database: Engine) -> None:
    settle(database, *(ada(before) for before, *_ in CASES))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    flask_migrate.downgrade(MIGRATIONS, BEFORE)
    assert {contact["name"] for contact in contacts(database)} == {"Ada Lovelace"}
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    for contact, (_, fields, kept) in zip(contacts(database), CASES, strict=True):
        assert {name: contact[name] for name in PARTS if contact[name]} == fields
        assert sorted(contact["extra"]) == sorted(kept)


def test_what_was_taken_out_is_put_back_where_it_was(database: Engine) -> None:
    lines = ['N;SORT-AS="a:b":;;King,Byron;Dr.;', "ORG:;Numbers;Notes", "X-PHONETIC-FIRST-NAME:a"]
    settle(database, ada(["UID:ada-1", *lines]))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    flask_migrate.downgrade(MIGRATIONS, BEFORE)
    ((uid, *others),) = (contact["extra"] for contact in contacts(database))
    assert (uid, sorted(others)) == ("UID:ada-1", sorted(lines))


def test_a_contact_is_called_and_found_by_its_new_fields(database: Engine) -> None:
    settle(
        database, ada(["N:;;King;Dr.;", "ORG:;Numbers"]), {"name": "紫 式部", "first_name": "紫", "last_name": "式部"}
    )
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    doctor, murasaki = contacts(database)
    assert (doctor["name"], doctor["sort_key"]) == ("Dr. Ada King Lovelace", "dr. ada king lovelace")
    assert {"king", "numbers", "dr."} <= set(doctor["search_text"].split("\n"))
    assert (murasaki["name"], murasaki["revision"]) == ("式部紫", 8)


def test_contacts_without_new_fields_and_tombstones_stay_as_they_are(database: Engine) -> None:
    settle(database, ada([]), ada(["X-MOOD:good"]), {**ada(["N:;;B;;"]), "deleted_at": WRITTEN, "wiped_at": WRITTEN})
    before = contacts(database)
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    assert [{**was, **dict.fromkeys(PARTS)} for was in before] == contacts(database)
    assert set(revisions(database).values()) == {7}


def test_what_is_in_the_bin_gets_its_fields_too(database: Engine) -> None:
    settle(database, {**ada(["N:;;B;;"]), "deleted_at": WRITTEN})
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    assert [contact["middle_name"] for contact in contacts(database)] == ["B"]


def test_what_was_broken_off_is_done_by_the_next_run(database: Engine) -> None:
    first, second, third = (settle(database, ada(["N:;;B;;"])) for _ in range(3))
    rows = table(database, "contacts")
    spoil = update(rows).where(rows.c.owner_id == second)
    with database.begin() as connection:
        connection.execute(spoil.values(extra="no JSON"))
    with pytest.raises(orjson.JSONDecodeError):
        flask_migrate.upgrade(MIGRATIONS, AFTER)
    assert revisions(database) == {first: 8, second: 7, third: 7}
    with database.begin() as connection:
        connection.execute(spoil.values(extra='["N:;;C;;"]'))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    assert revisions(database) == {first: 8, second: 8, third: 8}
    assert [contact["middle_name"] for contact in contacts(database)] == ["B", "C", "B"]


@pytest.mark.slow
def test_a_large_book_is_changed_piece_by_piece(database: Engine) -> None:
    owner_id = settle(database, *(ada(["N:;;B;;"]) for _ in range(1_100)))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    rows = table(database, "contacts")
    counted = select(rows.c.revision, func.count()).group_by(rows.c.revision).order_by(rows.c.revision)
    with database.connect() as connection:
        assert [tuple(row) for row in connection.execute(counted)] == [(8, 500), (9, 500), (10, 100)]
    assert revisions(database) == {owner_id: 10}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.slow
def test_while_one_book_is_written_to_the_others_are_done_and_free(database: Engine, tmp_path: Path) -> None:
    first, second = (settle(database, ada(["N:;;B;;"])) for _ in range(2))
    books = table(database, "address_books")
    url = database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": url, "INSTANCE_FOLDER": tmp_path}
    with ThreadPoolExecutor(1) as operator, database.begin() as writer:
        writer.execute(select(books).where(books.c.owner_id == second).with_for_update())
        migrating = operator.submit(flask, "db", "upgrade", AFTER, settings=settings)
        while revisions(database)[first] == 7:
            assert not migrating.done()
        with database.begin() as other:
            other.execute(select(books).where(books.c.owner_id == first).with_for_update(nowait=True))
        sleep(4)  # longer than a request waits for a lock
        assert not migrating.done()
        writer.commit()
        assert migrating.result().returncode == 0
    assert revisions(database) == {first: 8, second: 8}

"""Books whose keys an older version made are found and sorted as new ones are, after `flask purge` or a day."""

import hashlib
import json
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine

from project.cli import purging
from project.contacts import renewal, rows
from project.contacts.books import BOOK
from project.contacts.content import Content, blank
from project.contacts.naming import display_name
from project.contacts.portions import in_portions
from project.contacts.rows import TABLE as CONTACT
from project.extensions import db
from tests import applications
from tests.accounts import Account
from tests.contacts.calls import changes, create, delete, done, fill, names, token
from tests.contacts.statements import broken

SAMPLE = [
    "Łukasz Müller",
    "O’Brien J.R.R.",
    "Олена Шевченко",
    "김철수",
    "山田太郎",
    "أحمد",
    "Jean-Luc",
    "Ærø Ðóra",
    "ß ẞ ı İ",
    "Öztürk Đoković",
    "عبد الله",
    "トム・クルーズ",
    "אַלװער רמב״ם",
    "अँ चन्द्र",
    "أسماء زهرۀ",
    "🥰 St.-Pierre",
    "しょうた 山﨑",
]
PHONE = "*31#0612345678 p9, +36 1 234 5678 mellék 12, 1-800-FLOWERS, 011 49 30 1234567"


def test_what_keys_are_made_by_has_a_version(ada: Account) -> None:
    """If this fails, raise `rows.KEYS`, so that the books that are there are renewed, and write the new digest here."""
    contents: list[Content] = [{**blank(), "first_name": name, "phone": PHONE} for name in SAMPLE]
    with ada.client.application.app_context():
        derived = [rows.derived(content, display_name(content)) for content in contents]
    digest = hashlib.sha256(json.dumps(derived).encode()).hexdigest()[:16]
    assert (rows.KEYS, digest) == (3, "5d7928c159d6abe7")


def age(account: Account, **keys: str) -> None:
    """Let the book be one of an older version, whose keys these are."""
    with account.client.application.app_context():
        if keys:
            db.session.execute(update(CONTACT).values({CONTACT.c[name]: value for name, value in keys.items()}))
        db.session.execute(update(BOOK).values(keys_version="0 GB"))
        db.session.commit()


def purge(account: Account) -> list[str]:
    result: Result = account.client.application.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output
    return [line for line in result.output.splitlines() if line.endswith("search keys renewed")]


def versions(account: Account) -> list[str]:
    with account.client.application.app_context():
        return list(db.session.scalars(select(BOOK.c.keys_version)))


def phone_keys(account: Account) -> list[str]:
    with account.client.application.app_context():
        return list(db.session.scalars(select(CONTACT.c.phone_keys)))


OLD = {"search_text": "\nada\n", "name_order": "a", "name_section": "Z", "last_name_order": "a", "phone_keys": ""}


def test_an_old_book_is_found_sorted_and_divided_as_a_new_one(ada: Account) -> None:
    fill(ada, [{"first_name": name, "phone": "+44 20 7946 0958"} for name in ("Żaba", "Ada", "Жук")])
    before, known = ada.get("/contacts?limit=10"), token(ada)
    age(ada, **OLD)
    assert names(ada, q="zaba") == []
    assert purge(ada) == ["3 search keys renewed"]
    assert names(ada, q="zaba") == ["Żaba"]
    assert names(ada, phone="020 7946 0958", sort="-name") == ["Жук", "Żaba", "Ada"]
    after = ada.get("/contacts?limit=10")
    assert after.json["items"] == before.json["items"]
    assert after.headers["ETag"] != before.headers["ETag"]  # lists that are kept may be in another order
    delta = changes(ada, known)
    assert (delta["changed"], delta["deleted"]) == ([], [])
    assert broken() == {}


def test_what_is_as_it_should_be_is_not_written(ada: Account) -> None:
    create(ada, first_name="Ada")
    known = ada.get("/contacts").headers["ETag"]
    assert purge(ada) == ["0 search keys renewed"]
    age(ada)
    assert purge(ada) == ["0 search keys renewed"]
    assert ada.get("/contacts").headers["ETag"] == known
    assert versions(ada) == [rows_version(ada)]


def rows_version(account: Account) -> str:
    with account.client.application.app_context():
        return rows.keys_version()


def test_what_is_in_the_bin_is_renewed_and_a_tombstone_is_not(ada: Account) -> None:
    contact = create(ada, first_name="Żaba")
    delete(ada, contact["id"])
    age(ada, **OLD)
    assert purge(ada) == ["1 search keys renewed"]
    done(ada.post(f"/contacts/{contact['id']}/restore"))
    assert names(ada, q="zaba") == ["Żaba"]


def test_a_large_book_is_renewed_in_portions_and_goes_on_where_it_broke_off(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PORTIONS", renewal.PORTIONS._replace(rows=3, **smaller(3)))
    fill(ada, [{"first_name": f"Żaba {number}"} for number in range(8)])
    age(ada, **OLD)
    writes: list[int] = []

    def break_off(_: Any, __: Any, words: str, ___: Any, ____: Any, _____: Any) -> None:
        writes.extend([1] if words.startswith("UPDATE contacts") else [])
        if len(writes) == 2:
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", break_off)
    try:
        broken_off = ada.client.application.test_cli_runner().invoke(args=["purge"])
    finally:
        event.remove(Engine, "before_cursor_execute", break_off)
    assert broken_off.exit_code != 0
    assert len(names(ada, q="zaba")) == 3
    assert versions(ada) == ["0 GB"]
    assert purge(ada) == ["5 search keys renewed"]
    assert len(names(ada, q="zaba")) == 8


def smaller(rows_at_once: int) -> dict[str, Any]:
    """The statements of PORTIONS for fewer rows."""
    found = in_portions(*renewal.COLUMNS, rows=rows_at_once, kib=renewal.KIB, of=CONTACT.c.purged_at.is_(None))
    return {"first": found.first, "further": found.further}


def test_the_daily_purge_does_it(ada: Account) -> None:
    create(ada, first_name="Żaba")
    age(ada, **OLD)
    daily = purging.Daily()
    with ada.client.application.app_context():
        daily()
        while daily.rest is not None:
            daily()
    assert names(ada, q="zaba") == ["Żaba"]


def test_another_phone_region_reads_the_numbers_that_are_there_anew(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(ada, first_name="Ada", phone="020 7946 0958")
    applications.change_settings(monkeypatch, ada.client.application, phone_region="GB")
    assert purge(ada) == ["1 search keys renewed"]
    assert purge(ada) == ["0 search keys renewed"]
    assert phone_keys(ada) == ["\n+442079460958\n\t2079460958\n\t02079460958\n\t442079460958\n"]


def test_whose_account_was_deleted_meanwhile_gets_no_new_book(ada: Account) -> None:
    contact = create(ada, first_name="Ada")
    owner_id = UUID(ada.user["id"])
    assert ada.post("/users/me/delete", json={"password": ada.password}).status_code == 204
    with ada.client.application.app_context():
        assert renewal.commit_some(owner_id, [UUID(contact["id"])]) == 0
        assert db.session.scalars(select(BOOK.c.owner_id)).all() == []

"""UIDs that were kept as lines move to their column and back, some contacts in a transaction."""

import flask_migrate
import pytest
from sqlalchemy import Engine, update

from tests.contacts.test_name_parts_migration import MIGRATIONS, ada, contacts, settle, table
from tests.contacts.test_name_parts_migration import database as database

BEFORE, AFTER = "0007", "0008"
MANY = 1_100  # more than two portions


def moved(database: Engine) -> list[tuple[str | None, list[str]]]:
    return [(contact["uid"], contact["extra"]) for contact in contacts(database)]


def test_a_uid_moves_and_other_lines_stay(database: Engine) -> None:
    flask_migrate.upgrade(MIGRATIONS, BEFORE)
    settle(database, ada(["UID:ada-1", "X-MOOD:UID:good"]), ada(["UID:ада"]), ada(['NOTE:"UID:1"']), ada([]))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    expected = [("ada-1", ["X-MOOD:UID:good"]), ("ада", []), (None, ['NOTE:"UID:1"']), (None, [])]
    assert moved(database) == expected
    flask_migrate.downgrade(MIGRATIONS, BEFORE)
    lines = [contact["extra"] for contact in contacts(database)]
    assert lines == [["UID:ada-1", "X-MOOD:UID:good"], ["UID:ада"], ['NOTE:"UID:1"'], []]


def test_what_was_broken_off_is_done_by_the_next_run(database: Engine) -> None:
    flask_migrate.upgrade(MIGRATIONS, BEFORE)
    settle(database, *(ada([f"UID:ada-{number}"]) for number in range(MANY)))
    last, rows = contacts(database)[-1]["id"], table(database, "contacts")
    spoil = update(rows).where(rows.c.id == last)
    with database.begin() as connection:
        connection.execute(spoil.values(extra='no JSON, but "UID:'))
    with pytest.raises(ValueError, match="Expecting value"):
        flask_migrate.upgrade(MIGRATIONS, AFTER)
    with database.begin() as connection:
        connection.execute(spoil.values(extra='["UID:ada-last"]'))
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    uids = [uid for uid, _ in moved(database)]
    assert uids == [*(f"ada-{number}" for number in range(MANY - 1)), "ada-last"]

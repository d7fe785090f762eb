"""Commands that go over all accounts: in portions, by indexes, without the deadlines of requests."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, event, insert, select, text, update

from project.auth.models import Session
from project.cli.long_runs import unhurried
from project.contacts.books import BOOK, BOOKS_AT_ONCE, REVISION_GAP
from project.contacts.models import Contact
from project.database.base import new_id, now
from project.database.portions import PORTION
from project.extensions import db
from project.users.models import User
from tests.contacts.crowd import settle, surround, tidy

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
FIRST = UUID(int=0)


@pytest.fixture
def operate(app: Flask) -> Callable[..., Result]:
    runner = app.test_cli_runner()
    return lambda *command: runner.invoke(args=list(command))


@contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    """Everything that is said to the database meanwhile: statements, and where transactions end."""
    said: list[tuple[str, Any]] = []

    def statement(_: Any, __: Any, words: str, parameters: Any, ___: Any, ____: Any) -> None:
        said.append((words, parameters))

    def committed(_: Any) -> None:
        said.append(("COMMIT", None))

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", committed)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", committed)


def crowd(database: Engine, count: int) -> list[UUID]:
    """Sign so many people up, the first one first."""
    ids = sorted(new_id() for _ in range(count))
    people = [
        {
            "id": user_id,
            **dict.fromkeys(("username", "username_key"), f"u{user_id.hex[:30]}"),
            **dict.fromkeys(("email", "email_key"), f"{user_id.hex}@example.org"),
            "password_hash": "",
            "email_verified_at": now(),
        }
        for user_id in ids
    ]
    with database.begin() as connection:
        connection.execute(insert(User), people)
    return ids


def test_all_accounts_are_listed_page_by_page(
    operate: Callable[..., Result], database_url: str, migrated: Engine
) -> None:
    ids = crowd(migrated, 2 * PORTION + 1)
    with listening() as said:
        listed = operate("user", "list")
    assert [UUID(line.split()[0]) for line in listed.stdout.splitlines()] == ids
    assert len([words for words, _ in said if "ORDER BY users.id" in words]) == 3


def test_sessions_are_removed_some_in_a_transaction(
    operate: Callable[..., Result], database_url: str, migrated: Engine
) -> None:
    (owner,) = crowd(migrated, 1)
    moments = {name: now() for name in ("rotated_at", "created_at", "last_used_at", "expires_at")}
    session = {"owner_id": owner, "device": "", "ip": "", "arrived": True, **moments}
    with migrated.begin() as connection:
        connection.execute(insert(Session), [{**session, "id": new_id()} for _ in range(PORTION + 5)])
        kept = {**session, "id": new_id(), "expires_at": datetime.now(UTC) + timedelta(days=1)}
        connection.execute(insert(Session), kept)
    with listening() as said:
        purged = operate("purge")
    words = [words for words, _ in said]
    first, second = [at for at, each in enumerate(words) if each.startswith("DELETE FROM sessions")]
    assert "COMMIT" in words[first:second]
    assert purged.stdout.splitlines()[0] == f"{PORTION + 5} sessions removed"
    with migrated.connect() as connection:
        assert connection.scalars(select(Session.id)).all() == [kept["id"]]


def test_a_bin_is_emptied_some_contacts_in_a_transaction(
    operate: Callable[..., Result], database_url: str, migrated: Engine
) -> None:
    owner = new_id()
    settle(migrated, owner, 2 * PORTION)
    with migrated.begin() as connection:
        old = update(Contact).where(Contact.revision > 10).values(deleted_at=now() - timedelta(days=40), size=2)
        connection.execute(old)
        connection.execute(update(Contact).where(Contact.revision <= 10).values(size=1))
        connection.execute(update(BOOK).values(contact_count=10, bin_count=2 * PORTION - 10, size=4 * PORTION))
    assert f"{2 * PORTION - 10} contacts purged from bins" in operate("purge").stdout.splitlines()
    assert "0 contacts purged from bins" in operate("purge").stdout.splitlines()
    with migrated.connect() as connection:
        counted = connection.execute(select(BOOK.c.contact_count, BOOK.c.bin_count, BOOK.c.size)).one()
        blank = connection.scalar(select(Contact.name).where(Contact.purged_at.is_not(None)).distinct())
    assert (tuple(counted), blank) == ((10, 0, 20), "")


def revisions(database: Engine) -> list[tuple[UUID, int, int]]:
    columns = select(BOOK.c.owner_id, BOOK.c.revision, BOOK.c.purged_revision).order_by(BOOK.c.owner_id)
    with database.connect() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(columns)]


def test_books_are_resynchronised_in_portions(
    operate: Callable[..., Result], database_url: str, migrated: Engine
) -> None:
    surround(migrated, BOOKS_AT_ONCE + 7)
    with listening() as said:
        ended = operate("resync")
    assert (ended.exit_code, ended.stdout) == (0, f"{BOOKS_AT_ONCE + 7} address books\n")
    words = [words for words, _ in said]
    first, second = [at for at, each in enumerate(words) if each.startswith("UPDATE address_books")]
    assert "COMMIT" in words[first:second]
    assert {(revision, purged) for _, revision, purged in revisions(migrated)} == {(REVISION_GAP, REVISION_GAP)}


def test_what_broke_off_goes_on_where_it_was(
    operate: Callable[..., Result], database_url: str, migrated: Engine
) -> None:
    surround(migrated, BOOKS_AT_ONCE + 7)
    last = revisions(migrated)[-1][0]

    def interrupt(_: Any, __: Any, words: str, parameters: Any, ___: Any, ____: Any) -> None:
        if words.startswith("UPDATE address_books") and str(last).replace("-", "") in str(parameters).replace("-", ""):
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", interrupt)
    try:
        broken = operate("resync")
    finally:
        event.remove(Engine, "before_cursor_execute", interrupt)
    found = re.search("Go on with: flask resync --after (.*)", broken.stderr)
    assert found
    assert broken.exit_code == 1
    assert sum(revision == REVISION_GAP for _, revision, _ in revisions(migrated)) == BOOKS_AT_ONCE
    assert operate("resync", "--after", found[1]).stdout == "7 address books\n"
    assert {revision for _, revision, _ in revisions(migrated)} == {REVISION_GAP}


@POSTGRESQL
def test_a_long_run_has_no_deadline_and_leaves_the_others_theirs(app: Flask, database_url: str) -> None:
    with app.app_context():
        for limits, told in ((unhurried(), {"0"}), (app.app_context(), {"7s", "3s"})):
            with limits:
                shown = {db.session.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")}
            db.session.rollback()
            assert shown == told


SEARCHES = {
    "contacts purged from bins": ("contacts", "ix_contacts_binned"),
    "tombstones of contacts": ("contacts", "ix_contacts_tombstones"),
    "tombstones of groups": ("contact_groups", "ix_contact_groups_deleted"),
    "contacts measured": ("contacts", "ix_contacts_unmeasured"),
    "photos of phones": ("cards", "ix_cards_waiting"),
}


@pytest.fixture
def searches(operate: Callable[..., Result], database_url: str, migrated: Engine) -> list[tuple[str, Any]]:
    """What a purge asks of all owners, where one of them has a large book and a full bin."""
    settle(migrated, new_id(), 5 * PORTION)
    with migrated.begin() as connection:
        connection.execute(update(Contact).values(size=1))
        binned = update(Contact).where(Contact.revision <= 10).values(deleted_at=now())
        connection.execute(binned)
    tidy(migrated)
    with listening() as said:
        assert operate("purge").exit_code == 0
    return [(words, values) for words, values in said if "DISTINCT" in words]


@pytest.mark.parametrize(("place", "found"), list(enumerate(SEARCHES.values())), ids=list(SEARCHES))
@pytest.mark.slow
def test_purging_looks_for_owners_by_an_index(
    searches: list[tuple[str, Any]], migrated: Engine, place: int, found: tuple[str, str]
) -> None:
    table, index = found
    words, values = searches[place]
    assert f"FROM {table}" in words.replace("\n", "")
    with migrated.connect() as connection:
        if migrated.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")  # the smallest tables would be read whole
        explain = "EXPLAIN" if migrated.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {words}", values))
    assert index in plan

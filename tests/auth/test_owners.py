"""Sessions and app passwords are stored by owner: looked up by the owner first, and deleted with the account."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from project.auth.models import Session
from project.database.base import Base, new_id, now
from project.database.placement import owned_tables
from tests.accounts import PASSWORD, Account, sign_in, sign_up
from tests.auth.test_app_passwords import make
from tests.concurrency import wait_until_somebody_waits
from tests.contacts import statements
from tests.contacts.calls import create
from tests.contacts.carddav.calls import device

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
SESSION = Base.metadata.tables["sessions"]


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def rows(connection: Connection, owner_id: UUID) -> dict[str, int]:
    """The number of the owner's rows in each table that has some."""
    return {
        table.name: count
        for table in Base.metadata.sorted_tables
        for column in ("owner_id", "user_id")
        if column in table.c and (count := count_of(connection, table, column, owner_id))
    }


def count_of(connection: Connection, table: Table, column: str, owner_id: UUID) -> int:
    return connection.execute(select(func.count()).select_from(table).where(table.c[column] == owner_id)).scalar_one()


@pytest.mark.parametrize("name", ["sessions", "app_passwords"])
def test_they_are_among_the_tables_that_are_placed_by_owner(name: str) -> None:
    table = Base.metadata.tables[name]
    assert [column.name for column in table.primary_key.columns] == ["owner_id", "id"]
    assert table in owned_tables(Base.metadata)


def session_check(ada: Account) -> statements.Statement:
    with statements.listening() as said:
        ada.get("/contacts")
    return said[0]


@POSTGRESQL
def test_postgresql_finds_a_session_in_one_step(ada: Account, migrated: Engine) -> None:
    asked = session_check(ada)
    with migrated.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        found: Any = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.text}", asked.parameters).scalar()
    plan = found[0]["Plan"]
    assert (plan["Node Type"], plan["Index Name"], "Plans" in plan) == ("Index Scan", "pk_sessions", False)
    assert "owner_id =" in plan["Index Cond"]
    assert "(id =" in plan["Index Cond"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_finds_a_session_in_one_step(ada: Account, migrated: Engine) -> None:
    asked = session_check(ada)
    with migrated.connect() as connection:
        (step,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.text}", asked.parameters).all()
    assert step[-1].endswith("(owner_id=? AND id=?)")


def test_a_device_is_looked_up_once_by_its_owner_alone(ada: Account) -> None:
    """Each process looks up the owner once more, at the device's first request."""
    phone = device(ada)
    counts = []
    for _ in range(2):
        with statements.listening() as said:
            assert phone.call("OPTIONS", phone.book).status_code == 200
        counts.append([words.text for words in said if "app_password" in words.text and "UPDATE" not in words.text])
    assert [len(each) for each in counts] == [2, 1]
    assert "app_passwords.owner_id = " in counts[1][0]


@pytest.mark.parametrize("way", ["one", "all", "account"])
def test_with_an_app_password_goes_the_note_whose_it_is(ada: Account, migrated: Engine, way: str) -> None:
    made, owner_id = make(ada), UUID(ada.user["id"])
    with migrated.connect() as connection:
        assert rows(connection, owner_id)["app_password_owners"] == 1
    ends = {
        "one": lambda: ada.delete(f"/auth/app-passwords/{made['id']}"),
        "all": lambda: ada.delete("/auth/sessions"),
        "account": lambda: ada.delete("/users/me", json={"password": PASSWORD}),
    }
    assert ends[way]().status_code == 204
    with migrated.connect() as connection:
        assert {"app_passwords", "app_password_owners"}.isdisjoint(rows(connection, owner_id))


def test_nothing_is_left_of_an_account(ada: Account, migrated: Engine) -> None:
    eve = sign_up(ada.client, "eve")
    for account in (ada, eve):
        sign_in(account)
        make(account)
        create(account, labels=["Poets"])
    with migrated.connect() as connection:
        assert {"sessions", "app_passwords", "contacts"} <= set(rows(connection, UUID(ada.user["id"])))
        others = rows(connection, UUID(eve.user["id"]))
    assert ada.delete("/users/me", json={"password": PASSWORD}).status_code == 204
    with migrated.connect() as connection:
        assert rows(connection, UUID(ada.user["id"])) == {}
        assert rows(connection, UUID(eve.user["id"])) == others


@POSTGRESQL
def test_a_session_that_begins_while_the_account_is_deleted_goes_with_it(
    app: Flask, ada: Account, migrated: Engine
) -> None:
    """No foreign key would delete it: the deletion waits for the lock on the account."""
    owner_id, moment = UUID(ada.user["id"]), now()
    moments = dict.fromkeys(("rotated_at", "created_at", "last_used_at", "expires_at"), moment)
    with ThreadPoolExecutor(1) as elsewhere:
        with migrated.begin() as signing_in:
            held = text("SELECT id FROM users WHERE id = :id FOR UPDATE")
            signing_in.execute(held, {"id": owner_id})
            deleting = elsewhere.submit(ada.delete, "/users/me", json={"password": PASSWORD})
            wait_until_somebody_waits(migrated, "users")
            session = {"owner_id": owner_id, "id": new_id(), "current_jti": new_id(), "device": "", "ip": ""}
            signing_in.execute(insert(Session), {**session, "authenticated_by": ["password"], **moments})
        assert deleting.result().status_code == 204
    with migrated.connect() as connection:
        assert rows(connection, owner_id) == {}

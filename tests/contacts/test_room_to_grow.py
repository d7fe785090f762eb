"""The rules that let address books live on shards one day, held by the tables and by every statement."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import (
    Engine,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    text,
    update,
)

from project.contacts.books import BOOK
from project.contacts.rows import TABLE as CONTACT
from project.database.base import Base, new_id
from project.users.models import User
from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import create, page, show

TABLES = [BOOK, CONTACT]
POSTGRESQL = make_url("postgresql+psycopg2://").get_dialect()()


def keys(table: Table) -> Iterator[list[str]]:
    """The columns of every key and index, in their order."""
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        yield [column.name for column in index.columns]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_owner_comes_first_in_every_key(table: Table) -> None:
    found = list(keys(table))
    assert found
    assert [key for key in found if key[0] != "owner_id"] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_owner_comes_first_in_every_index_of_the_database(table: Table, migrated: Engine) -> None:
    found = inspect(migrated)
    uniques = [constraint["column_names"] for constraint in found.get_unique_constraints(table.name)]
    indexes = [index["column_names"] for index in found.get_indexes(table.name)] + uniques
    assert [columns for columns in indexes if columns[0] != "owner_id"] == []
    assert found.get_pk_constraint(table.name)["constrained_columns"][0] == "owner_id"
    assert {index.name for index in table.indexes if drawn(index, migrated)} == {
        index["name"] for index in found.get_indexes(table.name)
    }


def drawn(index: Index, engine: Engine) -> bool:
    """Whether the index is one of this engine's."""
    return index.name != "ix_contacts_search" or engine.dialect.name == "postgresql"


def test_contacts_refer_to_their_book_and_to_no_account(migrated: Engine) -> None:
    found = inspect(migrated)
    assert found.get_foreign_keys("address_books") == []
    (reference,) = found.get_foreign_keys("contacts")
    assert (reference["referred_table"], reference["constrained_columns"]) == ("address_books", ["owner_id"])
    assert reference["options"]["ondelete"] == "CASCADE"
    foreign = {key for table in Base.metadata.tables.values() for key in table.foreign_keys}
    referring = {key.parent.table.name for key in foreign if key.column.table in TABLES}
    assert referring == {"contacts", "cards", "contact_aliases", "contact_groups"}


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_no_key_is_counted_by_the_database(table: Table, migrated: Engine) -> None:
    assert [column for column in table.columns if isinstance(column.server_default, Identity)] == []
    found = inspect(migrated).get_columns(table.name)
    assert [column["name"] for column in found if is_counted(column)] == []


def is_counted(column: Mapping[str, Any]) -> bool:
    return bool(column.get("identity")) or "nextval" in str(column.get("default"))


def test_the_database_does_nothing_by_itself(migrated: Engine) -> None:
    triggers = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with migrated.connect() as connection:
        assert connection.execute(text(triggers[migrated.dialect.name])).all() == []


def owner() -> Any:
    return CONTACT.c.owner_id == new_id()


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (select(CONTACT), "does not name the owner"),
        (select(CONTACT).where(CONTACT.c.id == new_id()), "does not name the owner"),
        (select(CONTACT).where(or_(owner(), CONTACT.c.favorite)), "does not name the owner"),
        (select(CONTACT).where(CONTACT.c.owner_id != new_id()), "does not name the owner"),
        (select(CONTACT).where(CONTACT.c.owner_id == BOOK.c.owner_id), "does not name the owner"),
        (select(CONTACT).join(BOOK, CONTACT.c.owner_id == BOOK.c.owner_id).where(owner()), "does not name the owner"),
        (select(select(CONTACT.c.id).subquery()), "does not name the owner"),
        (select(CONTACT).where(owner(), CONTACT.c.id.in_(select(CONTACT.c.id))), "does not name the owner"),
        (select(func.count()).select_from(CONTACT), "does not name the owner"),
        (update(CONTACT).values(notes=""), "does not name the owner"),
        (delete(CONTACT).where(CONTACT.c.id == new_id()), "does not name the owner"),
        (select(CONTACT, User.username).where(owner()), "joins contacts with accounts"),
        (select(CONTACT).where(owner(), CONTACT.c.owner_id.in_(select(User.id))), "joins contacts with accounts"),
        (update(CONTACT).where(owner()).values(owner_id=new_id()), "moves a row to another owner"),
        (update(CONTACT).where(owner()).values(updated_at=func.now()), "writes what a function says"),
        (insert(BOOK).values(owner_id=new_id(), revision=func.random()), "writes what a function says"),
    ],
    ids=str,
)
def test_a_statement_that_breaks_a_rule_is_noticed(statement: Any, rule: str) -> None:
    assert rule in statements.breaches(statement, str(statement.compile(dialect=POSTGRESQL)))


def test_every_statement_of_every_test_is_heard(ada: Account) -> None:
    """`rules_of_sharding` looks at them after each test; here only that there is something to look at."""
    contact = create(ada)
    show(ada, contact["id"])
    page(ada, q="ada")
    heard = "\n".join(statements.heard)
    for beginning in ("SELECT contacts", "SELECT address_books", "INSERT INTO contacts", "INSERT INTO address_books"):
        assert beginning in heard

"""What lists are sorted and divided by: names in Unicode's order, by name and by last name.

Contacts that are there get these keys, and those by which they are found: some of one owner at a time, in a transaction
each. What is broken off is done by running it again. No revision is raised: nothing that phones keep changes.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from project.contacts import rows
from project.contacts.content import blank
from project.contacts.naming import display_name
from project.contacts.rows import TABLE as CONTACT
from project.database.base import wait_for_locks

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 500
CONTENT = (
    "first_name", "last_name", "nickname", "name_prefix", "middle_name", "name_suffix", "phonetic_first_name",
    "phonetic_last_name", "company", "department", "job_title", "email", "phone", "birthday", "notes", "favorite",
    "labels", "details", "addresses",
)  # fmt: skip
LISTS = ("labels", "details", "addresses")
ORDERS = ("name_order", "last_name_order")
SECTIONS = ("name_section", "last_name_section")
KEYS = ("name_key", "search_text", "phone_keys", *ORDERS, *SECTIONS)
UNSORTED = (CONTACT.c.name_section == "", CONTACT.c.purged_at.is_(None))
LIVING = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    if "name_order" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("contacts")}:
        add_columns()  # else this was broken off
    engine = op.get_bind().engine
    with op.get_context().autocommit_block():
        for owner_id in owners(engine):
            while fill(engine, owner_id) == AT_ONCE:
                pass


def downgrade() -> None:
    op.drop_index("ix_contacts_last_name", "contacts")
    op.drop_index("ix_contacts_name_order", "contacts")
    for name in (*SECTIONS, *ORDERS):
        op.drop_column("contacts", name)
    create_index("ix_contacts_name", "sort_key")


def add_columns() -> None:
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    for name in ORDERS:
        op.add_column("contacts", sa.Column(name, sa.Text(collation=collation), nullable=False, server_default=""))
    for name in SECTIONS:
        op.add_column("contacts", sa.Column(name, sa.String(8), nullable=False, server_default=""))
    op.drop_index("ix_contacts_name", "contacts")
    create_index("ix_contacts_name_order", "name_order")
    create_index("ix_contacts_last_name", "last_name_order")


def create_index(name: str, column: str) -> None:
    op.create_index(name, "contacts", ["owner_id", column, "id"], postgresql_where=LIVING, sqlite_where=LIVING)


def owners(engine: sa.Engine) -> Iterator[UUID]:
    """Whoever has contacts without the new keys, some at a time."""
    unsorted = sa.select(CONTACT.c.owner_id).where(*UNSORTED).distinct().limit(AT_ONCE)
    while True:
        with engine.connect() as connection:
            found = list(connection.scalars(unsorted))
        if not found:
            return
        yield from found


def fill(engine: sa.Engine, owner_id: UUID) -> int:
    """Compute the keys of some of the owner's contacts; return how many."""
    columns = (CONTACT.c[name] for name in CONTENT)
    own = sa.select(CONTACT.c.id, *columns).where(CONTACT.c.owner_id == owner_id, *UNSORTED).limit(AT_ONCE)
    with engine.begin() as connection:
        wait_for_locks(connection)
        found = connection.execute(own.with_for_update()).mappings().all()
        for row in found:
            one = sa.update(CONTACT).where(CONTACT.c.owner_id == owner_id, CONTACT.c.id == row["id"])
            connection.execute(one.values(**keys_of(row)))
    return len(found)


def keys_of(row: Any) -> dict[str, Any]:
    content: Any = {**blank(), **{name: rows.plain(row[name]) if name in LISTS else row[name] for name in CONTENT}}
    derived = rows.derived(content, display_name(content))
    return {name: derived[name] for name in KEYS}

"""CardDAV: app passwords, the cards that devices wrote, groups of contacts, and the names and UIDs of cards.

UIDs that were kept as a line of `extra` move to their column, 500 contacts in a transaction. What is broken off is done
by running it again.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from project.database.base import wait_for_locks

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
AT_ONCE = 500
UID = "UID:"
CONTACTS = sa.table(
    "contacts",
    sa.column("owner_id", sa.Uuid),
    sa.column("id", sa.Uuid),
    sa.column("extra", sa.Text),
    sa.column("uid", sa.Text),
)
Key = tuple[Any, ...]
KEY = (CONTACTS.c.owner_id, CONTACTS.c.id)
SET = (
    sa.update(CONTACTS)
    .where(CONTACTS.c.owner_id == sa.bindparam("owner"), CONTACTS.c.id == sa.bindparam("contact"))
    .values(extra=sa.bindparam("extra"), uid=sa.bindparam("uid"))
)


def upgrade() -> None:
    if "uid" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("contacts")}:
        create_tables()  # else this was broken off
    move(CONTACTS.c.extra.like(f'%"{UID}%'), apart)


def create_tables() -> None:
    op.create_table(
        "app_passwords",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("known_properties", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("ip", sa.String(45)),
    )
    op.create_index("ix_app_passwords_secret_hash", "app_passwords", ["secret_hash"], unique=True)
    op.create_index("ix_app_passwords_user_id", "app_passwords", ["user_id"])
    op.add_column("address_books", sa.Column("card_bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("contacts", sa.Column("href", sa.String(255)))
    op.add_column("contacts", sa.Column("uid", sa.Text))
    named = sa.text("href IS NOT NULL")
    op.create_index(
        "ix_contacts_href", "contacts", ["owner_id", "href"], unique=True, postgresql_where=named, sqlite_where=named
    )
    op.create_table(
        "cards",
        sa.Column("owner_id", sa.Uuid, primary_key=True),
        sa.Column("contact_id", sa.Uuid, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("photo", sa.String(200)),
        sa.ForeignKeyConstraint(
            ["owner_id", "contact_id"],
            ["contacts.owner_id", "contacts.id"],
            name="fk_cards_contacts",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "contact_groups",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("address_books.owner_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("href", sa.String(255)),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
    )
    op.create_index("ix_contact_groups_revision", "contact_groups", ["owner_id", "revision", "id"])
    op.create_index("ix_contact_groups_href", "contact_groups", ["owner_id", "href"], unique=True)


def downgrade() -> None:
    move(CONTACTS.c.uid.is_not(None), together)
    op.drop_table("contact_groups")
    op.drop_table("cards")
    op.drop_index("ix_contacts_href", "contacts")
    op.drop_column("contacts", "uid")
    op.drop_column("contacts", "href")
    op.drop_column("address_books", "card_bytes")
    op.drop_table("app_passwords")


def move(condition: sa.ColumnElement[bool], split: Any) -> None:
    engine = op.get_bind().engine
    with op.get_context().autocommit_block():
        last: Key = ()
        while last := move_some(engine, condition, split, last):
            pass


def move_some(
    engine: sa.Engine, condition: sa.ColumnElement[bool], split: Any, last: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Move the UIDs of some contacts after the last ones; return the key of the last of them."""
    chosen = sa.select(CONTACTS).where(condition).order_by(*KEY).limit(AT_ONCE).with_for_update()
    with engine.begin() as connection:
        wait_for_locks(connection)
        rows = connection.execute(chosen.where(sa.tuple_(*KEY) > sa.tuple_(*last)) if last else chosen).all()
        if not rows:
            return ()
        connection.execute(SET, [{"owner": row.owner_id, "contact": row.id, **split(row)} for row in rows])
    return (sa.literal(rows[-1].owner_id, sa.Uuid), sa.literal(rows[-1].id, sa.Uuid))


def apart(row: Any) -> dict[str, str | None]:
    lines = json.loads(row.extra)
    uid = next((line.removeprefix(UID) for line in lines if line.startswith(UID)), None)
    rest = [line for line in lines if not line.startswith(UID)]
    return {"uid": uid, "extra": json.dumps(rest, ensure_ascii=False, separators=(",", ":")) if rest else None}


def together(row: Any) -> dict[str, str | None]:
    lines = [UID + row.uid, *(json.loads(row.extra) if row.extra else [])]
    return {"uid": row.uid, "extra": json.dumps(lines, ensure_ascii=False, separators=(",", ":"))}

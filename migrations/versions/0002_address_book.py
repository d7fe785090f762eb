"""The address book: one row for each owner, and the contacts, with the owner first in every key."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LIVING = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "address_books",
        sa.Column("owner_id", sa.Uuid, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("living", sa.Integer, nullable=False),
        sa.Column("purged_revision", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "contacts",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("address_books.owner_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(201), nullable=False),
        *(sa.Column(name, sa.String(100)) for name in ("first_name", "last_name", "nickname", "company", "job_title")),
        sa.Column("email", sa.String(255)),
        sa.Column("phone", sa.String(255)),
        sa.Column("birthday", sa.String(10)),
        sa.Column("notes", sa.Text),
        sa.Column("favorite", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("labels", "details", "addresses")),
        sa.Column("photo", sa.String(200)),
        sa.Column("extra", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.Column("wiped_at", INSTANT),
        *(
            sa.Column(name, KEY, nullable=False)
            for name in ("sort_key", "first_name_key", "last_name_key", "email_keys", "phone_keys", "search_text")
        ),
        sa.Column("birthday_mmdd", sa.String(5)),
    )
    for name, columns in (
        ("ix_contacts_name", ["owner_id", "sort_key", "id"]),
        ("ix_contacts_created", ["owner_id", "created_at", "id"]),
        ("ix_contacts_birthday", ["owner_id", "birthday_mmdd"]),
    ):
        op.create_index(name, "contacts", columns, postgresql_where=LIVING, sqlite_where=LIVING)
    op.create_index("ix_contacts_revision", "contacts", ["owner_id", "revision", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.create_index(
            "ix_contacts_search",
            "contacts",
            ["owner_id", "search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )


def downgrade() -> None:
    for table in ("contacts", "address_books"):
        op.drop_table(table)

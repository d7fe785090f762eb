"""Indexes of what `flask purge` looks for among all owners; each holds that and nothing else.

PostgreSQL builds them while everybody writes. One that was broken off is dropped and built again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_contacts_binned", "contacts", ("owner_id", "deleted_at"), "deleted_at IS NOT NULL AND wiped_at IS NULL"),
    ("ix_contacts_tombstones", "contacts", ("owner_id", "deleted_at"), "wiped_at IS NOT NULL"),
    ("ix_contacts_unmeasured", "contacts", ("owner_id", "id"), "size = 0 AND wiped_at IS NULL"),
    ("ix_cards_waiting", "cards", ("owner_id", "contact_id"), "photo = 'pending'"),
    ("ix_contact_groups_deleted", "contact_groups", ("owner_id", "deleted_at"), "deleted_at IS NOT NULL"),
    ("ix_second_factors_unconfirmed", "second_factors", ("created_at",), "confirmed_at IS NULL"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, columns, condition in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                list(columns),
                postgresql_where=sa.text(condition),
                sqlite_where=sa.text(condition),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)

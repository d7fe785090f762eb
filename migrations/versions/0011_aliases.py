"""Aliases of contacts: what leads an import to a contact besides its own id. Nothing that is there changes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_aliases",
        sa.Column("owner_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id", "contact_id"],
            ["contacts.owner_id", "contacts.id"],
            name="fk_contact_aliases_contacts",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_contact_aliases_contact", "contact_aliases", ["owner_id", "contact_id"])


def downgrade() -> None:
    op.drop_table("contact_aliases")

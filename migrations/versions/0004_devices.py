"""Whether a new pair of tokens arrived, and the networks from which an account has signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("arrived", sa.Boolean, nullable=False, server_default=sa.true()))
        sessions.add_column(sa.Column("refreshed_from", sa.String(45)))
        sessions.add_column(sa.Column("reused_elsewhere", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "known_networks",
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("network", sa.String(45), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_known_networks_seen_at", "known_networks", ["seen_at"])
    op.create_index(
        "ix_users_unverified",
        "users",
        ["created_at"],
        postgresql_where=sa.text("email_verified_at IS NULL"),
        sqlite_where=sa.text("email_verified_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_users_unverified", "users")
    op.drop_table("known_networks")
    with op.batch_alter_table("sessions") as sessions:
        for column in ("reused_elsewhere", "refreshed_from", "arrived"):
            sessions.drop_column(column)

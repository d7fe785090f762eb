"""Second factors, recovery codes, challenges, and what each session was opened with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def user() -> sa.ForeignKey:
    return sa.ForeignKey("users.id", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid, user(), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.Column("secret", sa.Text),
        sa.Column("last_step", sa.BigInteger),
        sa.Column("credential_id", sa.Text),
        sa.Column("public_key", sa.Text),
        sa.Column("sign_count", sa.BigInteger),
        sa.Column("transports", sa.String(100)),
        sa.UniqueConstraint("user_id", "credential_id", name="uq_second_factors_user_id_credential_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid, user(), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
    )
    op.create_table(
        "challenges",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Uuid, user()),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("challenge_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("guesses", sa.Integer, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    op.create_index("ix_challenges_user_id", "challenges", ["user_id"])
    op.create_index("ix_challenges_expires_at", "challenges", ["expires_at"])
    op.add_column("sessions", sa.Column("authenticated_by", sa.Text, nullable=False, server_default='["password"]'))


def downgrade() -> None:
    op.drop_column("sessions", "authenticated_by")
    op.drop_table("challenges")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")

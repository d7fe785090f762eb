"""What the search keys of each book were made by. Those of before are made anew by `flask purge`, or within a day."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("address_books", sa.Column("keys_version", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("address_books", "keys_version")

"""Sizes of contacts and address books, and how many contacts are in the bin; `flask purge` fills them in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    op.add_column("address_books", sa.Column("bin_count", sa.Integer, nullable=False, server_default="0"))
    op.add_column("address_books", sa.Column("size", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("address_books", "size")
    op.drop_column("address_books", "bin_count")
    op.drop_column("contacts", "size")

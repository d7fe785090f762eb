"""Prefix, middle name, suffix, phonetic names and department as fields of contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FIELDS = ("name_prefix", "middle_name", "name_suffix", "phonetic_first_name", "phonetic_last_name", "department")


def upgrade() -> None:
    for name in FIELDS:
        op.add_column("contacts", sa.Column(name, sa.String(100)))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contacts", "name", type_=sa.String(504))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contacts", "name", type_=sa.String(201))
    for name in FIELDS:
        op.drop_column("contacts", name)

"""The members that cards of groups name and that no contact with the group's label is.

Of the groups that are there, these are the members that are no living contacts; a book has 1,000 groups at most.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT_ONCE = 500
MEMBER = re.compile(r"^(?:[\w-]+\.)?(?:X-ADDRESSBOOKSERVER-)?MEMBER(?:;[^:]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
URN = "urn:uuid:"


def owned(name: str, *columns: Any) -> sa.TableClause:
    return sa.table(name, sa.column("owner_id", sa.Uuid), *columns)


GROUPS = owned("contact_groups", sa.column("id", sa.Uuid), sa.column("body", sa.Text), sa.column("deleted_at"))
CONTACTS = owned("contacts", sa.column("id", sa.Uuid), sa.column("deleted_at"))
AWAITED = owned("awaited_members", sa.column("contact_id", sa.Uuid), sa.column("group_id", sa.Uuid))
LIVING = sa.select(CONTACTS.c.id).where(CONTACTS.c.deleted_at.is_(None))


def upgrade() -> None:
    op.create_table(
        "awaited_members",
        sa.Column("owner_id", sa.Uuid, primary_key=True),
        sa.Column("contact_id", sa.Uuid, primary_key=True),
        sa.Column("group_id", sa.Uuid, primary_key=True),
        sa.ForeignKeyConstraint(
            ["owner_id", "group_id"],
            ["contact_groups.owner_id", "contact_groups.id"],
            name="fk_awaited_members_contact_groups",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_awaited_members_group", "awaited_members", ["owner_id", "group_id"])
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    keys = connection.execute(sa.select(GROUPS.c.owner_id, GROUPS.c.id).where(GROUPS.c.deleted_at.is_(None))).all()
    for owner_id, group_id in keys:
        own = sa.and_(GROUPS.c.owner_id == owner_id, GROUPS.c.id == group_id)
        body = connection.execute(sa.select(GROUPS.c.body).where(own)).scalar_one()
        rows = [
            {"owner_id": owner_id, "contact_id": each, "group_id": group_id}
            for each in strangers(connection, owner_id, sorted(set(members(owner_id, body))))
        ]
        if rows:
            connection.execute(sa.insert(AWAITED), rows)


def members(owner_id: UUID, body: str) -> Iterator[UUID]:
    """The ids that the UIDs of members lead to."""
    content = re.sub(r"(?:\r\n|\r|\n)[ \t]", "", body).replace("\r", "\n")
    for found in MEMBER.findall(content):
        uid = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] in "nN" else escape[1], found.strip())
        bare = uid[len(URN) :] if uid.lower().startswith(URN) else uid
        yield UUID(bare) if ID.fullmatch(bare) else uuid5(owner_id, f"uid:{bare}")


def strangers(connection: sa.Connection, owner_id: UUID, ids: list[UUID]) -> Iterator[UUID]:
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        own: Any = LIVING.where(CONTACTS.c.owner_id == owner_id, CONTACTS.c.id.in_(some))
        yield from sorted(set(some) - set(connection.execute(own).scalars()))


def downgrade() -> None:
    op.drop_table("awaited_members")

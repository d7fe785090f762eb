"""Which tables are distributed by owner when the database spans several machines: a rule, not a list.

Rows of a table whose primary key begins with `owner_id` are on the owner's machine, with all other rows of that owner.
All other tables are on the coordinator.
"""

from collections.abc import Iterator

from sqlalchemy import Index, MetaData, Table, UniqueConstraint

OWNER = "owner_id"


def is_owned(table: Table) -> bool:
    """Whether the primary key begins with the owner."""
    return next(iter(table.primary_key.columns)).name == OWNER


def owned_tables(metadata: MetaData) -> list[Table]:
    """The distributed tables, each after those it refers to."""
    return [table for table in metadata.sorted_tables if is_owned(table)]


def roots(metadata: MetaData) -> list[Table]:
    """The owned tables that refer to no other: with a row of theirs goes whatever refers to it."""
    return [table for table in owned_tables(metadata) if not table.foreign_keys]


def local_tables(metadata: MetaData) -> list[list[Table]]:
    """The tables on the coordinator, in groups that refer to each other; the largest group first."""
    groups: list[list[Table]] = []
    for table in metadata.sorted_tables:
        if is_owned(table):
            continue
        related = [group for group in groups if any(refer(table, other) for other in group)]
        groups = [group for group in groups if group not in related]
        groups.append([*(each for group in related for each in group), table])
    return sorted(groups, key=lambda group: (-len(group), group[0].name))


def refer(one: Table, two: Table) -> bool:
    return any(key.references(two) for key in one.foreign_keys) or any(key.references(one) for key in two.foreign_keys)


def obstacles(metadata: MetaData) -> Iterator[str]:
    """What prevents the distribution: a reference between both sorts of tables, or a unique key without the owner."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if is_owned(key.referred_table) != is_owned(table):
                yield f"{key.name}: {table.name} and {key.referred_table.name} lie on different machines."
        for unique in unique_keys(table) if is_owned(table) else ():
            if OWNER not in unique.columns:
                yield f"{unique.name}: unique without {OWNER}."


def unique_keys(table: Table) -> list[UniqueConstraint | Index]:
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return [*constraints, *(index for index in table.indexes if index.unique)]

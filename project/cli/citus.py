"""Citus: its catalogue, and the statements that put each table in its place."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from project.database.base import MIGRATIONS_LOCK, Base
from project.database.placement import local_tables, owned_tables

LOCK = f"SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})"
IMAGE = "the image citusdata/citus has it"
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid::regclass::text = ANY(:tables) ORDER BY 1, 2
"""
PLACED = """
    SELECT logicalrelid::text FROM pg_dist_partition
    WHERE (partmethod = 'h') = (logicalrelid::text = ANY(:owned))
"""
STATUS = """
    SELECT table_name::text AS table_name, citus_table_type, shard_count, table_size FROM citus_tables ORDER BY 1
"""
SHARDS = """
    SELECT nodename, nodeport, count(*), pg_size_pretty(sum(shard_size)) FROM citus_shards GROUP BY 1, 2 ORDER BY 1, 2
"""
CONTACTS = """
    SELECT nodename, nodeport, sum(greatest(result::float8, 0))::bigint
    FROM run_command_on_shards('contacts', 'SELECT reltuples FROM pg_class WHERE oid = ''%s''::regclass')
    JOIN citus_shards USING (shardid) GROUP BY 1, 2
"""
PREPARED = "SELECT sum(result::int) FROM run_command_on_all_nodes('SELECT count(*) FROM pg_prepared_xacts')"
TASKS = """
    SELECT state::text, (details->'task_state_counts'->>'done')::int, (SELECT sum(value::int) FROM
    jsonb_each_text(details->'task_state_counts')) FROM citus_rebalance_status()
"""
ENDED = ("finished", "failed", "cancelled")


class ForeignKey(NamedTuple):
    table: str
    name: str
    definition: str


class Catalog(NamedTuple):
    """The tables that are in their places, and the foreign keys of owned tables."""

    placed: frozenset[str]
    foreign_keys: tuple[ForeignKey, ...]


def catalog(connection: Connection) -> Catalog:
    names = [table.name for table in owned_tables(Base.metadata)]
    keys = connection.execute(text(FOREIGN_KEYS), {"tables": names})
    placed = connection.scalars(text(PLACED), {"owned": names})
    return Catalog(frozenset(placed), tuple(ForeignKey(*row) for row in keys))


def plan(catalog: Catalog, *, shards: int) -> list[str]:
    """All statements of one run, in their order; none where nothing is missing."""
    statements = placing(catalog, shards)
    return [LOCK, *statements, *truncating(catalog)] if statements else []


def placing(catalog: Catalog, shards: int) -> list[str]:
    """The statements of the one transaction. Local tables come first: afterwards they could not be read in it."""
    local = [group[0].name for group in local_tables(Base.metadata) if group[0].name not in catalog.placed]
    owned = missing(catalog)
    if not (local or owned):
        return []
    keys = [key for key in catalog.foreign_keys if key.table in owned]
    return [
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL lock_timeout = '30s'",
        *([f"LOCK TABLE {', '.join(owned)} IN ACCESS EXCLUSIVE MODE"] if owned else []),
        *(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}" for key in keys),
        *(f"SELECT citus_add_local_table_to_metadata('{name}', cascade_via_foreign_keys => true)" for name in local),
        *distributing(owned, shards),
        *(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}" for key in keys),
    ]


def missing(catalog: Catalog) -> list[str]:
    return [table.name for table in owned_tables(Base.metadata) if table.name not in catalog.placed]


def distributing(owned: Sequence[str], shards: int) -> Iterator[str]:
    """The first owned table decides on the shards; the others go with it."""
    first = owned_tables(Base.metadata)[0].name
    for name in owned:
        where = f"colocate_with => 'none', shard_count => {shards}" if name == first else f"colocate_with => '{first}'"
        yield f"SELECT create_distributed_table('{name}', 'owner_id', {where})"


def truncating(catalog: Catalog) -> list[str]:
    """What is left on the coordinator of the tables that were distributed, those that refer to others first."""
    return [f"SELECT truncate_local_data_after_distributing_table('{name}')" for name in reversed(missing(catalog))]


def node_statements(coordinator: str | None, workers: Sequence[str]) -> list[str]:
    """Make the nodes known to each other; without a worker the coordinator holds the shards itself."""
    if coordinator is None:
        return [f"SELECT citus_add_node({place(worker)})" for worker in workers]
    return [
        f"SELECT citus_set_coordinator_host({place(coordinator)})",
        *(f"SELECT citus_add_node({place(worker)})" for worker in workers),
        *([] if workers else [f"SELECT citus_set_node_property({place(coordinator)}, 'shouldhaveshards', true)"]),
    ]


def place(address: str) -> str:
    """`'host', port`; raises ValueError for what is no address."""
    host, _, port = address.rpartition(":")
    if not host.replace("-", "").replace(".", "").replace("_", "").isalnum() or not port.isdecimal():
        raise ValueError(f"{address!r} is not HOST:PORT.")
    return f"'{host}', {int(port)}"


def refusals(connection: Connection, newest: str | None, *, nodes_are_planned: bool) -> Iterator[str]:
    """Why tables cannot be placed here, the first reason first; looking further after one of them would fail."""
    if not connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")):
        yield f"This PostgreSQL has no extension citus: {IMAGE}, then CREATE EXTENSION citus as a superuser."
        return
    if connection.scalar(text("SELECT groupid FROM pg_dist_local_group")):
        yield "This server is a worker: MIGRATIONS_DATABASE_URL, or DATABASE_URL without it, must name the coordinator."
    if not connection.scalar(text("SELECT to_regclass('alembic_version')")) or newest != connection.scalar(
        text("SELECT version_num FROM alembic_version")
    ):
        yield "The schema is not current: run flask db upgrade first."
    if not nodes_are_planned and not connection.scalar(text("SELECT 1 FROM pg_dist_node WHERE shouldhaveshards")):
        yield "No node may hold shards: name them by --coordinator and --worker."
    prepared = "SELECT result FROM run_command_on_all_nodes('SHOW max_prepared_transactions') WHERE result = '0'"
    if connection.scalar(text(prepared)):
        yield "A node has max_prepared_transactions = 0: set it to at least max_connections."


def status(connection: Connection) -> Iterator[str]:
    """Where the tables lie, how much each node holds, as it was last analysed, and what was left prepared."""
    tables = connection.execute(text(STATUS)).all()
    for table, kind, shards, size in tables:
        yield f"{table}: {kind}, {shards} shards, {size}"
    is_placed = "contacts" in (table.table_name for table in tables)
    contacts = {(host, port): rows for host, port, rows in connection.execute(text(CONTACTS))} if is_placed else {}
    for host, port, shards, size in connection.execute(text(SHARDS)):
        yield f"{host}:{port}: {shards} shards, {size}, about {contacts.get((host, port), 0):,} contacts"
    yield f"{connection.scalar(text(PREPARED))} transactions prepared"


def can_move_without_a_stop(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT current_setting('wal_level') = 'logical'")))


def rebalancing(connection: Connection) -> str | None:
    """How far rebalancing is; None at its end. Raises DBAPIError."""
    row = connection.execute(text(TASKS)).first()
    connection.commit()
    if row is None or row[0] in ENDED:
        return None
    return f"{row[1] or 0} of {row[2] or 0} shards moved"

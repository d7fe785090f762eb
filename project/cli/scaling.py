"""`flask scale-out`: spread the address books over several machines, by Citus (docs/operating.md)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import cast

import click
import flask_migrate
from flask.cli import with_appcontext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from project.cli import citus
from project.cli.citus import Catalog
from project.database.base import Base
from project.database.placement import obstacles
from project.database.postgresql import TimelyConnection
from project.extensions import migrations_engine, settings
from project.web.health import NEWEST_REVISION

ADDRESS = "HOST:PORT"
SHARDS = 32


@click.command("scale-out")
@click.option("--coordinator", metavar=ADDRESS, help="This server as the other nodes reach it. Needs a superuser.")
@click.option("--worker", "workers", metavar=ADDRESS, multiple=True, help="A node to add. Needs a superuser.")
@click.option(
    "--shards", type=click.IntRange(1, 1024), default=SHARDS, show_default=True, help="128 for over 8 machines."
)
@click.option("--rebalance", is_flag=True, help="Move shards until all nodes hold as much.")
@click.option("--block-writes", is_flag=True, help="Let writes to a shard wait while it moves.")
@click.option("--dry-run", is_flag=True, help="Print the statements, and send none.")
@click.option("--status", is_flag=True, help="Show where the tables lie.")
@with_appcontext
def scale_out(  # noqa: PLR0913  # one for each option
    coordinator: str | None,
    workers: tuple[str, ...],
    shards: int,
    *,
    rebalance: bool,
    block_writes: bool,
    dry_run: bool,
    status: bool,
) -> None:
    """Put each table in its place on a Citus cluster. Does only what is missing."""
    with connected() as connection:
        if status:
            click.echo("\n".join(citus.status(connection)))
            return
        nodes = node_statements(coordinator, workers)
        if not dry_run:
            run(connection, nodes)
        catalog = checked(connection, planned=bool(nodes) and dry_run)
        if dry_run:
            click.echo("\n".join(f"{line};" for line in [*nodes, *citus.plan(catalog, shards=shards)]) or "-- nothing")
            return
        place(connection, catalog, shards)
        if rebalance:
            move_shards(connection, transfer_mode(connection, block_writes=block_writes))


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the schema up to date; with SCALE_OUT=on, put each new table in its place too."""
    flask_migrate.upgrade()
    if settings.scale_out:
        with connected() as connection:
            place(connection, checked(connection, planned=False), SHARDS)


@contextmanager
def connected() -> Iterator[Connection]:
    """A connection that waits without limit and shows the engine's notices."""
    with migrations_engine() as engine, engine.connect() as connection:
        if engine.dialect.name != "postgresql":
            raise click.ClickException("PostgreSQL with Citus is needed; DATABASE_URL names SQLite.")
        cast(TimelyConnection, connection.connection.driver_connection).answer_seconds = inf
        run(connection, ["SET statement_timeout = 0", "SET lock_timeout = '30s'"])
        try:
            yield connection
        except DBAPIError as error:
            raise click.ClickException(str(error.orig).strip().partition("\n")[0]) from None


def node_statements(coordinator: str | None, workers: tuple[str, ...]) -> list[str]:
    try:
        return citus.node_statements(coordinator, workers)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def checked(connection: Connection, *, planned: bool) -> Catalog:
    """What the cluster holds; raises ClickException with the first reason why tables cannot be placed."""
    reasons = [*citus.refusals(connection, NEWEST_REVISION, nodes_are_planned=planned), *obstacles(Base.metadata)]
    if reasons:
        raise click.ClickException(reasons[0])
    catalog = citus.catalog(connection)
    connection.rollback()
    return catalog


def run(connection: Connection, statements: list[str]) -> None:
    """Each statement by itself."""
    for statement in statements:
        connection.execute(text(statement))
        connection.commit()


def place(connection: Connection, catalog: Catalog, shards: int) -> None:
    """Place in one transaction what is missing when its lock is taken; then drop what was copied."""
    if not citus.plan(catalog, shards=shards):
        click.echo("already scaled out")
        return
    connection.execute(text(citus.LOCK))
    catalog = citus.catalog(connection)
    for statement in citus.placing(catalog, shards):
        click.echo(statement, err=True)
        connection.execute(text(statement))
        tell_notices(connection)
    connection.commit()
    run(connection, citus.truncating(catalog))
    click.echo("scaled out")


def tell_notices(connection: Connection) -> None:
    """Show what the engine says of a statement: which rows it copies."""
    notices: list[str] = cast(TimelyConnection, connection.connection.driver_connection).notices
    click.echo("".join(notices), err=True, nl=False)
    notices.clear()


def transfer_mode(connection: Connection, *, block_writes: bool) -> str:
    """How shards move; raises ClickException where they cannot do so without a stop and nobody agreed to one."""
    if block_writes:
        return "block_writes"
    if not citus.can_move_without_a_stop(connection):
        raise click.ClickException("wal_level is not logical: --block-writes moves shards while writes to them wait.")
    return "force_logical"


def move_shards(connection: Connection, mode: str) -> None:
    """Start the rebalancer, and show how far it is each second until it ends."""
    connection.execute(text("SELECT citus_rebalance_start(shard_transfer_mode => :mode)"), {"mode": mode})
    connection.commit()
    while (progress := citus.rebalancing(connection)) is not None:
        click.echo(progress, err=True)
        time.sleep(1)
    click.echo("rebalanced")

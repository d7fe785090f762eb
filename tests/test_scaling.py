"""`flask scale-out`: which table goes where, the statements for every state of a cluster, and what it refuses."""

from collections.abc import Callable

import pytest
from click import ClickException
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from project.cli import citus, scaling
from project.cli.citus import Catalog, ForeignKey
from project.config import ROOT
from project.database.base import MIGRATIONS_LOCK, Base
from project.database.placement import is_owned, local_tables, obstacles, owned_tables

KEY = ForeignKey(
    "contacts",
    "fk_contacts_owner_id_address_books",
    "FOREIGN KEY (owner_id) REFERENCES address_books(owner_id) ON DELETE CASCADE",
)
GUIDE = (ROOT / "docs/operating.md").read_text()
EMPTY = Catalog(frozenset(), (KEY,))
ALL = frozenset(table.name for table in Base.metadata.sorted_tables)
LOCKED = [
    f"SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = '30s'",
]


@pytest.fixture
def operate(app: Flask) -> Callable[..., Result]:
    runner = app.test_cli_runner()
    return lambda *command: runner.invoke(args=["scale-out", *command])


def test_every_table_has_a_place_and_nothing_stands_in_its_way() -> None:
    placed = {table.name for group in local_tables(Base.metadata) for table in group}
    assert placed | {table.name for table in owned_tables(Base.metadata)} == ALL
    assert {"address_books", "app_passwords", "contacts", "sessions"} <= {
        table.name for table in owned_tables(Base.metadata)
    }
    assert {"users", "outbox", "one_time_tokens", "removals"} <= placed
    assert list(obstacles(Base.metadata)) == []


def test_an_owned_table_comes_after_what_it_refers_to() -> None:
    names = [table.name for table in owned_tables(Base.metadata)]
    assert names.index("address_books") < names.index("contacts")
    assert all(map(is_owned, owned_tables(Base.metadata)))


def test_an_empty_cluster_gets_every_statement_in_order() -> None:
    owned = [table.name for table in owned_tables(Base.metadata)]
    leaders = [group[0].name for group in local_tables(Base.metadata)]
    assert leaders[0] == "users"
    assert citus.plan(EMPTY, shards=32) == [
        *LOCKED,
        f"LOCK TABLE {', '.join(owned)} IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE contacts DROP CONSTRAINT fk_contacts_owner_id_address_books",
        *(f"SELECT citus_add_local_table_to_metadata('{name}', cascade_via_foreign_keys => true)" for name in leaders),
        "SELECT create_distributed_table('address_books', 'owner_id', colocate_with => 'none', shard_count => 32)",
        *(
            f"SELECT create_distributed_table('{name}', 'owner_id', colocate_with => 'address_books')"
            for name in owned[1:]
        ),
        f"ALTER TABLE contacts ADD CONSTRAINT {KEY.name} {KEY.definition}",
        *(f"SELECT truncate_local_data_after_distributing_table('{name}')" for name in reversed(owned)),
    ]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_operating_guide_shows_every_statement(migrated: Engine) -> None:
    """As they are on an empty cluster at today's schema."""
    owned = [table.name for table in owned_tables(Base.metadata)]
    with migrated.connect() as connection:
        keys = connection.execute(text(citus.FOREIGN_KEYS), {"tables": owned}).all()
    said = citus.plan(Catalog(frozenset(), tuple(ForeignKey(*key) for key in keys)), shards=32)
    shown = GUIDE.partition("$ flask scale-out --dry-run\n")[2].partition("```")[0]
    assert shown == "".join(f"{statement};\n" for statement in said)


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert citus.plan(Catalog(ALL, (KEY,)), shards=32) == []


def test_a_new_owned_table_goes_with_the_others() -> None:
    assert citus.plan(Catalog(ALL - {"contacts"}, (KEY,)), shards=32) == [
        *LOCKED,
        "LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE",
        f"ALTER TABLE contacts DROP CONSTRAINT {KEY.name}",
        "SELECT create_distributed_table('contacts', 'owner_id', colocate_with => 'address_books')",
        f"ALTER TABLE contacts ADD CONSTRAINT {KEY.name} {KEY.definition}",
        "SELECT truncate_local_data_after_distributing_table('contacts')",
    ]


def test_a_new_local_table_is_added_alone() -> None:
    assert citus.plan(Catalog(ALL - {"removals"}, (KEY,)), shards=32) == [
        *LOCKED,
        "SELECT citus_add_local_table_to_metadata('removals', cascade_via_foreign_keys => true)",
    ]


@pytest.mark.parametrize(
    ("coordinator", "workers", "statements"),
    [
        (None, (), []),
        (
            "db:5432",
            (),
            [
                "SELECT citus_set_coordinator_host('db', 5432)",
                "SELECT citus_set_node_property('db', 5432, 'shouldhaveshards', true)",
            ],
        ),
        (
            "db:5432",
            ("w-1:5432", "10.0.0.2:6000"),
            [
                "SELECT citus_set_coordinator_host('db', 5432)",
                "SELECT citus_add_node('w-1', 5432)",
                "SELECT citus_add_node('10.0.0.2', 6000)",
            ],
        ),
    ],
)
def test_nodes_are_made_known(coordinator: str | None, workers: tuple[str, ...], statements: list[str]) -> None:
    assert citus.node_statements(coordinator, workers) == statements


@pytest.mark.parametrize("address", ["db", "db:", ":5432", "d'b:5432", "db:54a", "db:-1", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        citus.node_statements(address, ())


@pytest.mark.parametrize("option", [(), ("--dry-run",), ("--rebalance",)])
def test_without_citus_it_is_refused_in_one_line(
    operate: Callable[..., Result], migrated: Engine, option: tuple[str, ...]
) -> None:
    result = operate(*option)
    reason = "SQLite" if migrated.dialect.name == "sqlite" else "citusdata/citus"
    assert (result.exit_code, reason in result.output, len(result.output.splitlines())) == (1, True, 1)


def test_an_address_is_checked_before_anything_is_sent(operate: Callable[..., Result], migrated: Engine) -> None:
    if migrated.dialect.name == "postgresql":
        result = operate("--coordinator", "nowhere")
        assert (result.exit_code, "HOST:PORT" in result.output) == (2, True)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_writer_waits_for_a_shard_unless_that_is_agreed_to(migrated: Engine) -> None:
    """Logical replication is off by default."""
    with migrated.connect() as connection:
        assert scaling.transfer_mode(connection, block_writes=True) == "block_writes"
        with pytest.raises(ClickException, match="--block-writes"):
            scaling.transfer_mode(connection, block_writes=False)


def test_upgrading_brings_the_schema_up_to_date(migrated: Engine, make_app: Callable[..., Flask]) -> None:
    upgraded = make_app().test_cli_runner().invoke(args=["upgrade"])
    assert (upgraded.exit_code, upgraded.stdout) == (0, "")


def test_upgrading_scales_out_where_it_is_asked_to(migrated: Engine, make_app: Callable[..., Flask]) -> None:
    upgraded = make_app(SCALE_OUT="on").test_cli_runner().invoke(args=["upgrade"])
    reason = "SQLite" if migrated.dialect.name == "sqlite" else "citusdata/citus"
    assert (upgraded.exit_code, reason in upgraded.output) == (1, True)

"""Sessions and app passwords by their owner first, without a reference to the account; and whose an app password is.

PostgreSQL builds the new keys while everybody writes. Then `users` and both tables are locked for some milliseconds.
Where somebody holds one of them, the migration gives up after half a second and tries again, so that nobody waits
behind it for longer. Citus takes no key that is built, and builds it while the tables are locked.
"""

import time

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("sessions", "app_passwords")
OWNERS = "app_password_owners"
LOCK = "LOCK TABLE users, sessions, app_passwords IN ACCESS EXCLUSIVE MODE"
REFUSED = {"55P03", "40P01"}  # lock_not_available, deadlock_detected
PAUSE_SECONDS = 1.0


def upgrade() -> None:
    is_built = is_postgresql() and not is_on_citus()
    if is_built:
        build_keys()
    lock()
    for table in TABLES:
        op.drop_index(f"ix_{table}_user_id", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_user_id_users", type_="foreignkey")
            batch.drop_constraint(f"pk_{table}", type_="primary")
            if not is_built:
                batch.create_primary_key(f"pk_{table}", ["user_id", "id"])
            batch.alter_column("user_id", new_column_name="owner_id")
        if is_built:
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY USING INDEX {table}_owner")
    op.drop_index("ix_app_passwords_secret_hash", "app_passwords")
    op.create_index("ix_app_passwords_owner_secret", "app_passwords", ["owner_id", "secret_hash"], unique=True)
    op.create_table(
        OWNERS,
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index(f"ix_{OWNERS}_user_id", OWNERS, ["user_id"])
    op.execute(f"INSERT INTO {OWNERS} (secret_hash, user_id) SELECT secret_hash, owner_id FROM app_passwords")  # noqa: S608


def downgrade() -> None:
    for table in TABLES if is_on_citus() else ():
        undistribute(table)
    lock()
    op.drop_table(OWNERS)
    op.drop_index("ix_app_passwords_owner_secret", "app_passwords")
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", ["id"])
            batch.create_foreign_key(f"fk_{table}_user_id_users", "users", ["owner_id"], ["id"], ondelete="CASCADE")
            batch.alter_column("owner_id", new_column_name="user_id")
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_index("ix_app_passwords_secret_hash", "app_passwords", ["secret_hash"], unique=True)


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def is_on_citus() -> bool:
    return is_postgresql() and bool(op.get_bind().scalar(sa.text("SELECT to_regclass('pg_dist_partition')")))


def build_keys() -> None:
    """Build the new primary keys; one that was broken off is dropped and built again."""
    with op.get_context().autocommit_block():
        for table in TABLES:
            name = f"{table}_owner"
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, ["user_id", "id"], unique=True, postgresql_concurrently=True)


def lock() -> None:
    """Lock the tables until the transaction ends, waiting for each at most half a second at a time."""
    connection = op.get_bind()
    if not is_postgresql():
        return
    connection.execute(sa.text("SET LOCAL lock_timeout = 500"))
    while True:
        try:
            with connection.begin_nested():
                connection.execute(sa.text(LOCK))
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) not in REFUSED:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def undistribute(table: str) -> None:
    connection = op.get_bind()
    placed = sa.text("SELECT 1 FROM pg_dist_partition WHERE logicalrelid = to_regclass(:name) AND partmethod = 'h'")
    if connection.scalar(placed, {"name": table}):
        connection.execute(sa.text("SELECT undistribute_table(:name)"), {"name": table})

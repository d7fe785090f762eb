"""Groups from before members were awaited: who is no contact stays in their cards."""

from uuid import UUID, uuid5

import flask_migrate
from sqlalchemy import Engine, insert, inspect, select

from tests.contacts.test_name_parts_migration import MIGRATIONS, WRITTEN, ada, settle, table
from tests.contacts.test_name_parts_migration import database as database

BEFORE, AFTER = "0012", "0013"
LIVING, GONE, NEVER = (UUID(f"aaaaaaaa-0000-4000-8000-00000000000{number}") for number in range(3))
GROUP = UUID(int=7)
BODY = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Friends\r\n"
    f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{str(LIVING).upper()}\r\n"
    f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{GONE}\r\n"
    f"item1.MEMBER;X=1:{str(NEVER)[:9]}\r\n {str(NEVER)[9:]}\r\n"
    "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a\\,b\r\n"
    "NOTE:MEMBER:no\r\nEND:VCARD\r\n"
)


def put(database: Engine, owner_id: UUID, group_id: UUID, **columns: object) -> None:
    row = {"owner_id": owner_id, "id": group_id, "href": f"{group_id}.vcf", "uid": str(group_id), "label": "Friends"}
    with database.begin() as connection:
        times = {"updated_at": WRITTEN, "deleted_at": None}
        connection.execute(
            insert(table(database, "contact_groups")), {**row, "body": BODY, "revision": 7, **times, **columns}
        )


def test_members_that_are_no_contacts_are_awaited(database: Engine) -> None:
    flask_migrate.upgrade(MIGRATIONS, BEFORE)
    parts = {**ada([]), **dict.fromkeys(("name_order", "name_section", "last_name_order", "last_name_section"), "")}
    owner_id = settle(database, {**parts, "id": LIVING}, {**parts, "id": GONE, "deleted_at": WRITTEN})
    put(database, owner_id, GROUP)
    put(database, owner_id, UUID(int=8), deleted_at=WRITTEN)
    flask_migrate.upgrade(MIGRATIONS, AFTER)
    awaited = table(database, "awaited_members")
    with database.connect() as connection:
        found = {(row.owner_id, row.contact_id, row.group_id) for row in connection.execute(select(awaited))}
    strangers = (GONE, NEVER, uuid5(owner_id, "uid:a,b"))
    assert found == {(owner_id, each, GROUP) for each in strangers}
    flask_migrate.downgrade(MIGRATIONS, BEFORE)
    assert not inspect(database).has_table("awaited_members")

"""The books of PocketBase's users, copied from the application's file into its own: by requests it would take long.

A name, what it is sorted by, and what is searched are columns that its clients write; here they are the application's.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from project.contacts.content import FIELD_NAMES, FIELDS

WAIT_SECONDS: Final = 20.0
TEXTS: Final = [field.name for field in FIELDS if field.kind not in ("flag", "labels", "details", "addresses")]
FROM: Final = {
    "id": "substr(lower(hex(randomblob(8))), 1, 15)",
    "owner": ":user",
    "name": "name",
    "sort_key": "name_order",
    "search": "search_text",
    **{name: f"coalesce({name}, '')" if name in TEXTS else name for name in FIELD_NAMES},
    "created": "substr(created_at, 1, 23) || 'Z'",
    "updated": "substr(updated_at, 1, 23) || 'Z'",
}
"""Its columns, and the application's that they are made of; an empty text is its null."""

COPY: Final = f"""
    INSERT INTO contacts ({", ".join(FROM)}) SELECT {", ".join(FROM.values())} FROM ours.contacts AS contacts
    WHERE owner_id = (SELECT id FROM ours.users WHERE username = :name) ORDER BY contacts.id
"""  # noqa: S608  # of names in this module and the contact's fields


def copy(data: Path, ours: Path, user: str, name: str) -> list[str]:
    """Give a user the contacts of the application's user of that name; returns their ids."""
    with closing(sqlite3.connect(data, timeout=WAIT_SECONDS)) as connection:
        connection.execute("ATTACH ? AS ours", [str(ours)])
        with connection:
            connection.execute(COPY, {"user": user, "name": name})
        found = connection.execute("SELECT id FROM contacts WHERE owner = ? ORDER BY rowid", [user])
        return [contact_id for (contact_id,) in found]


def forget(data: Path, since: datetime) -> None:
    """Take away what was created since, so that books keep their size."""
    with closing(sqlite3.connect(data, timeout=WAIT_SECONDS)) as connection, connection:
        moment = since.replace(tzinfo=None).isoformat(" ", "milliseconds")
        connection.execute("DELETE FROM contacts WHERE created >= ?", [f"{moment}Z"])

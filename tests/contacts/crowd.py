"""Large address books, written straight into the tables, as quickly as tests can bear."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, delete, insert

from project.contacts.models import AddressBook, Contact
from project.database.base import new_id, now

SYLLABLES = ["ada", "bel", "cor", "dun", "eli", "fan", "gor", "hil", "iva", "jos", "kon", "lar", "mir", "nor", "ost"]


def settle(engine: Engine, owner_id: UUID, count: int) -> None:
    """Give somebody a new address book with so many contacts, one revision for each."""
    with engine.begin() as connection:
        connection.execute(delete(AddressBook).where(AddressBook.owner_id == owner_id))
        book = {"owner_id": owner_id, "revision": count, "contact_count": count, "purged_revision": 0}
        connection.execute(insert(AddressBook), book)
        connection.execute(insert(Contact), list(rows(owner_id, count)))
    tidy(engine)


def surround(engine: Engine, count: int) -> None:
    """Let there be so many other people, whose address books are empty."""
    with engine.begin() as connection:
        book = {"revision": 0, "contact_count": 0, "purged_revision": 0}
        connection.execute(insert(AddressBook), [{"owner_id": new_id(), **book} for _ in range(count)])
    tidy(engine)


def tidy(engine: Engine) -> None:
    """What PostgreSQL does by itself before long; its planner then knows what there is."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) address_books, contacts")


def rows(owner_id: UUID, count: int) -> Iterator[dict[str, Any]]:
    source, moment = Random(count), now()  # noqa: S311  # the same contacts each time
    for revision in range(1, count + 1):
        name = "".join(source.choices(SYLLABLES, k=4))
        birthday = date(1970, 1, 1) + timedelta(days=source.randrange(15_000))
        yield {
            "owner_id": owner_id,
            "id": new_id(),
            **dict.fromkeys(("name", "first_name", "name_key", "first_name_key", "name_order"), name),
            **dict.fromkeys(("last_name_key", "email_keys", "phone_keys", "last_name_order"), ""),
            **dict.fromkeys(("name_section", "last_name_section"), name[:1].upper()),
            "search_text": f"\n{name}\n",
            "birthday": birthday.isoformat(),
            "birthday_mmdd": f"{birthday:%m%d}",
            "favorite": False,
            **{column: [] for column in ("labels", "details", "addresses")},
            "revision": revision,
            **dict.fromkeys(("created_at", "updated_at"), moment),
        }

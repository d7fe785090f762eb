"""Address books: the one row that every write of contacts takes first."""

from uuid import UUID

from sqlalchemy import bindparam, delete, select

from project.contacts.models import AddressBook
from project.extensions import db

LIVING = select(AddressBook.living).where(AddressBook.owner_id == bindparam("owner_id"))


def living(owner_id: UUID) -> int:
    """How many contacts the owner has, the bin not counted."""
    return db.session.execute(LIVING, {"owner_id": owner_id}).scalar() or 0


def remove(owner_id: UUID) -> None:
    """The whole address book, contacts and all."""
    db.session.execute(delete(AddressBook).where(AddressBook.owner_id == owner_id))

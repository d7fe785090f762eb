"""What can be done with a contact: create, replace, change, delete, restore.

Each verb works on an open book, raises what is wrong, and returns the contact as it is then; the caller writes the
book and commits.
"""

from dataclasses import replace as altered
from typing import Any
from uuid import UUID

from project.contacts import rows
from project.contacts.conditions import ANY, Condition
from project.contacts.open_book import Entry, OpenBook
from project.database.base import new_id
from project.errors import ContactExists, NotFound, ValidationFailed


def create(book: OpenBook, content: dict[str, Any], contact_id: UUID | None = None) -> Entry:
    """A new contact; raises ContactExists when the id is taken, also by a contact in the bin, or QuotaExceeded."""
    contact_id = contact_id or new_id()
    if contact_id in book.entries:
        raise ContactExists()
    return book.new(contact_id, content)


def replace(book: OpenBook, contact_id: UUID, content: dict[str, Any], condition: Condition = ANY) -> Entry:
    """The contact with this content: changed, taken out of the bin, or made. The same again changes nothing."""
    living = book.living_entry(contact_id)
    condition.check(living)
    if living:
        return change(book, living, content)
    if contact_id in book.entries:
        return book.put(altered(book.entries[contact_id], content=content, deleted_at=None, wiped_at=None))
    return book.new(contact_id, content)


def update(book: OpenBook, contact_id: UUID, changes: dict[str, Any], condition: Condition = ANY) -> Entry:
    """The contact with the fields given changed (RFC 7396); raises ValidationFailed when no name is left."""
    living = book.living_entry(contact_id)
    if living is None:
        raise NotFound()
    condition.check(living)
    content = {field: changes.get(field, living.content[field]) for field in rows.CONTENT}
    check_named(content)
    return change(book, living, content)


def change(book: OpenBook, entry: Entry, content: dict[str, Any]) -> Entry:
    return entry if content == entry.content else book.put(altered(entry, content=content))


def check_named(content: dict[str, Any]) -> None:
    """A contact has a first name, a last name, a nickname or a company; raises ValidationFailed."""
    if not any(content[name] for name in rows.NAMES):
        raise ValidationFailed([{"pointer": "", "detail": "A first name, last name, nickname or company is needed."}])


def delete(book: OpenBook, contact_id: UUID, condition: Condition = ANY) -> Entry:
    """Put the contact into the bin; raises NotFound, also when it is there already."""
    living = book.living_entry(contact_id)
    if living is None:
        raise NotFound()
    condition.check(living)
    return book.put(altered(living, deleted_at=book.moment))


def restore(book: OpenBook, contact_id: UUID, condition: Condition = ANY) -> Entry:
    """Take the contact out of the bin; a living one stays as it is. Raises NotFound or QuotaExceeded."""
    entry = book.entries.get(contact_id)
    if entry is None or entry.wiped_at:
        raise NotFound()
    condition.check(entry)
    return entry if entry.is_living else book.put(altered(entry, deleted_at=None))

"""What can be done with a contact: create, replace, update, delete, restore.

Each verb works on an open book and returns the entry as it is afterwards; the caller writes the book and commits.
"""

from collections.abc import Mapping
from dataclasses import replace as altered
from typing import Any, cast
from uuid import UUID

from project.contacts.content import Content
from project.contacts.loading import Entry
from project.contacts.naming import NAME_NEEDED, is_named
from project.contacts.open_book import ANY, Condition, OpenBook
from project.database.base import new_id
from project.errors import ContactExists, NotFound, ValidationFailed


def create(book: OpenBook, content: Content, contact_id: UUID | None = None) -> Entry:
    """Add a contact; raises QuotaExceeded, or ContactExists if the id is taken, also by a contact in the bin."""
    contact_id = contact_id or new_id()
    if contact_id in book.entries:
        raise ContactExists()
    return book.new(contact_id, content)


def replace(book: OpenBook, contact_id: UUID, content: Content, condition: Condition = ANY) -> Entry:
    """Change the contact to this content, take it out of the bin, or create it. The same again changes nothing."""
    living = book.living_entry(contact_id)
    condition.check(living)
    if living:
        return change(book, living, content)
    if contact_id in book.entries:
        return book.put(altered(book.entries[contact_id], content=content, deleted_at=None, purged_at=None))
    return book.new(contact_id, content)


def update(book: OpenBook, contact_id: UUID, changes: Mapping[str, Any], condition: Condition = ANY) -> Entry:
    """Change the fields given (RFC 7396); raises NotFound, or ValidationFailed if no name is left."""
    living = existing(book, contact_id)
    condition.check(living)
    content = cast(Content, {**living.content, **changes})
    if not is_named(content):
        raise ValidationFailed([{"pointer": "", "detail": NAME_NEEDED}])
    return change(book, living, content)


def change(book: OpenBook, entry: Entry, content: Content) -> Entry:
    return entry if content == entry.content else book.put(altered(entry, content=content))


def existing(book: OpenBook, contact_id: UUID) -> Entry:
    """Return the contact; raises NotFound if there is none, or if it is in the bin."""
    entry = book.living_entry(contact_id)
    if entry is None:
        raise NotFound()
    return entry


def delete(book: OpenBook, contact_id: UUID, condition: Condition = ANY) -> Entry:
    """Put the contact into the bin; raises NotFound, also if it is there already."""
    living = existing(book, contact_id)
    condition.check(living)
    return book.put(altered(living, deleted_at=book.moment))


def restore(book: OpenBook, contact_id: UUID, condition: Condition = ANY) -> Entry:
    """Take the contact out of the bin; one that is not in it stays unchanged. Raises NotFound or QuotaExceeded."""
    entry = book.entries.get(contact_id)
    if entry is None or entry.purged_at:
        raise NotFound()
    condition.check(entry)
    return entry if entry.is_living else book.put(altered(entry, deleted_at=None))

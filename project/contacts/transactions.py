"""How a request that writes contacts ends: not found before anything else, committed once, answered with an ETag."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response

from project.contacts import etags, queries
from project.contacts.loading import Entry
from project.contacts.open_book import OpenBook
from project.extensions import db
from project.web import authentication, responses
from project.web.authentication import caller_id


def checked(ensure: Callable[[UUID, UUID], None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer 404 unless the caller has the contact, whatever else is wrong with the request, and before any lock."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, contact_id: UUID, **kwargs: Any) -> Any:
            ensure(caller_id(), contact_id)
            return view(*args, contact_id=contact_id, **kwargs)

        return guarded

    return decorate


must_exist = checked(queries.ensure_exists)
must_exist_or_be_in_bin = checked(queries.ensure_kept)


def write(book: OpenBook) -> None:
    """Write what was put into the book and commit; raises SessionRevoked."""
    book.write()
    commit(book)


def commit(book: OpenBook) -> None:
    """Commit what was written, or roll back the new revision if nothing changed.

    Raises SessionRevoked if the account was deleted meanwhile: the book would be a new one that nobody owns.
    """
    if not book.has_changes:
        db.session.rollback()
        return
    if book.is_new:
        authentication.authenticate("access")
    db.session.commit()


def answer(entry: Entry, status: int = 200) -> Response:
    return responses.reply(entry.show(), status, etags.quoted(caller_id(), entry.revision))

"""/api/v1/contacts: the address book, in the order of a contact's life."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.exceptions import HTTPException

from project.contacts import etags, photos, queries, query_schemas, schemas, service
from project.contacts.open_book import Entry, OpenBook
from project.errors import (
    ContactExists,
    InvalidCursor,
    NotFound,
    PreconditionFailed,
    Problem,
    QuotaExceeded,
    ServiceUnavailable,
    UnusablePicture,
    ValidationFailed,
)
from project.extensions import db
from project.pictures import processing, removals
from project.web import authentication, responses, uploads
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint(
    "contacts",
    __name__,
    url_prefix="/api/v1/contacts",
    description="The contacts of one's address book, one by one.",
    cache_control="private, no-cache",
)


def must_be_own(view: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever is wrong with a request, it is 404 first when the contact is not one of the caller's."""

    @wraps(view)
    def guarded(*args: Any, contact_id: UUID, **kwargs: Any) -> Any:
        try:
            return view(*args, contact_id=contact_id, **kwargs)
        except (Problem, HTTPException):
            db.session.rollback()
            queries.ensure_exists(caller_id(), contact_id)
            raise

    return guarded


def written(book: OpenBook) -> None:
    """Write what was put into the book, and commit it; raises SessionRevoked."""
    book.write()
    committed(book)


def committed(book: OpenBook) -> None:
    """Commit what was written; a revision that changed nothing is given back.

    Raises SessionRevoked when the account was deleted meanwhile: then the book is new, and would be nobody's.
    """
    if not book.changed:
        db.session.rollback()
        return
    if book.is_new:
        authentication.authenticate("access")
    db.session.commit()


def shown(entry: Entry, status: int = 200) -> Response:
    return responses.reply(entry.show(), status, etags.quoted(caller_id(), entry.revision))


@blueprint.get("")
@blueprint.signed_in
@blueprint.arguments(query_schemas.ListQuery, location="query")
@blueprint.response(200, schemas.ContactPage)
@blueprint.raises(InvalidCursor, ValidationFailed)
@etags.by_revision
def list_contacts(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """List, search and filter contacts, page by page."""
    page = queries.page(caller_id(), query)
    body = {"items": page.items, "next_cursor": page.next_cursor, "total": page.total}
    return body, page.revision, link_to_next(page.next_cursor)


def link_to_next(cursor: str | None) -> dict[str, str]:
    """Where the next page is (RFC 8288), relative to this one."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.path}?{urlencode({**request.args, "cursor": cursor})}>; rel="next"'}


@blueprint.post("")
@blueprint.signed_in
@blueprint.arguments(schemas.NewContact, example=schemas.NEW_EXAMPLE)
@blueprint.response(201, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(ContactExists, QuotaExceeded)
def create(content: dict[str, Any]) -> Response:
    """Add a contact, under an id of the server's or of the client's own."""
    contact_id = content.pop("id", None)
    book = OpenBook(caller_id(), [contact_id]) if contact_id else OpenBook(caller_id(), adding=1)
    entry = service.create(book, content, contact_id)
    written(book)
    response = shown(entry, 201)
    response.headers["Location"] = url_for("contacts.show", contact_id=entry.id)
    return response


@blueprint.get("/<uuid:contact_id>")
@blueprint.signed_in
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound)
def show(contact_id: UUID) -> Response:
    """Show a contact."""
    contact = queries.one(caller_id(), contact_id)
    text = etags.tag(caller_id(), contact["revision"])
    if etags.is_known(text):
        return etags.unchanged(text)
    return responses.reply(contact, headers={"ETag": f'"{text}"'})


@blueprint.put("/<uuid:contact_id>")
@blueprint.signed_in
@blueprint.arguments(schemas.Replacement, example=schemas.NEW_EXAMPLE)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.alt_response(
    201, schema=schemas.ContactSchema, description="Created under the client's own id.", success=True
)
@blueprint.raises(NotFound, PreconditionFailed, QuotaExceeded)
def replace(content: dict[str, Any], contact_id: UUID) -> Response:
    """Replace a contact, or create it under the client's own id."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.replace(book, contact_id, content, etags.demanded(caller_id()))
    written(book)
    response = shown(entry, 200 if contact_id in book.known else 201)
    response.headers["Location"] = request.path
    return response


@blueprint.patch("/<uuid:contact_id>")
@blueprint.signed_in
@must_be_own
@blueprint.arguments(schemas.CHANGE, example={"job_title": "Countess", "nickname": None})
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed)
def update(changes: dict[str, Any], contact_id: UUID) -> Response:
    """Change the fields given (RFC 7396)."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.update(book, contact_id, changes, etags.demanded(caller_id()))
    written(book)
    return shown(entry)


@blueprint.delete("/<uuid:contact_id>")
@blueprint.signed_in
@blueprint.response(204)
@blueprint.raises(NotFound, PreconditionFailed)
def delete(contact_id: UUID) -> None:
    """Put a contact into the bin."""
    book = OpenBook(caller_id(), [contact_id])
    service.delete(book, contact_id, etags.demanded(caller_id()))
    written(book)


@blueprint.post("/<uuid:contact_id>/restore")
@blueprint.signed_in
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, QuotaExceeded)
def restore(contact_id: UUID) -> Response:
    """Take a contact out of the bin."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.restore(book, contact_id)
    written(book)
    return shown(entry)


@blueprint.put("/<uuid:contact_id>/photo")
@blueprint.signed_in
@must_be_own
@blueprint.costly
@blueprint.doc(requestBody=uploads.BODY)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed, UnusablePicture, ServiceUnavailable)
def put_photo(contact_id: UUID) -> Response:
    """Give a contact a photo; it is treated as an avatar is."""
    queries.ensure_exists(caller_id(), contact_id)
    picture = processing.make_safe(uploads.picture())
    return set_photo(contact_id, removals.put(caller_id(), picture))


@blueprint.delete("/<uuid:contact_id>/photo")
@blueprint.signed_in
@blueprint.response(204)
@blueprint.raises(NotFound, PreconditionFailed)
def delete_photo(contact_id: UUID) -> None:
    """Take a contact's photo away."""
    set_photo(contact_id, None)


def set_photo(contact_id: UUID, reference: str | None) -> Response:
    """Change the photo in one transaction with the notes of what stays and what goes."""
    book = OpenBook(caller_id(), [contact_id])
    former = book.entries[contact_id].photo if contact_id in book.entries else None
    entry = photos.put(book, contact_id, reference, etags.demanded(caller_id()))
    if reference:
        removals.cancel(reference)
    if entry.photo == former:
        db.session.rollback()
        return shown(entry)
    book.write()
    dropped = photos.release(caller_id(), former)
    db.session.commit()
    removals.carry_out(dropped)
    return shown(entry)

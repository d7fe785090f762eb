"""/api/v1/contacts: contacts one by one, in the order of their life."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from project.contacts import etags, photos, queries, query_schemas, rows, schemas, service, transactions
from project.contacts.books import Counts
from project.contacts.content import Content
from project.contacts.open_book import OpenBook
from project.errors import (
    ContactExists,
    InvalidCursor,
    NotFound,
    PreconditionFailed,
    QuotaExceeded,
    ServiceUnavailable,
    UnusablePicture,
    ValidationFailed,
)
from project.pictures import processing, removals
from project.web import responses, uploads
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint(
    "contacts",
    __name__,
    url_prefix="/api/v1/contacts",
    description="The contacts of one's address book, one by one.",
    cache_control="private, no-cache",
)


@blueprint.get("")
@blueprint.signed_in
@blueprint.arguments(query_schemas.ListQuery, location="query")
@blueprint.response(200, schemas.ContactPage)
@blueprint.raises(InvalidCursor, ValidationFailed)
@blueprint.sends("ETag", "Link")
@etags.by_revision
def list_contacts(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """List, search and filter contacts, page by page."""
    page = queries.page(caller_id(), query)
    body = {"items": page.items, "next_cursor": page.next_cursor, "total": page.total}
    return body, page.revision, link_to_next(page.next_cursor)


def link_to_next(cursor: str | None) -> dict[str, str]:
    """Return a link to the next page (RFC 8288), relative to this one."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.path}?{urlencode({**request.args, "cursor": cursor})}>; rel="next"'}


def address(contact_id: UUID) -> str:
    """Where a contact is; `url_for` takes ten times as long."""
    return f"{blueprint.url_prefix}/{contact_id}"


@blueprint.post("")
@blueprint.signed_in
@blueprint.arguments(schemas.ContactCreation, example=schemas.NEW_EXAMPLE)
@blueprint.response(201, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(ContactExists, QuotaExceeded)
@blueprint.sends("ETag", "Location")
def create(data: dict[str, Any]) -> Response:
    """Add a contact, under an id of the server's or of the client's own."""
    contact_id = data.pop("id", None)
    content = cast(Content, data)
    adding = Counts(contacts=1, size=rows.size(content, None))
    book = OpenBook(caller_id(), [contact_id]) if contact_id else OpenBook(caller_id(), adding=adding)
    entry = service.create(book, content, contact_id)
    transactions.write(book)
    response = transactions.answer(entry, 201)
    response.headers["Location"] = address(entry.id)
    return response


@blueprint.get("/<uuid:contact_id>")
@blueprint.signed_in
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound)
@blueprint.sends("ETag")
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
@blueprint.sends("ETag", "Location")
def replace(content: Content, contact_id: UUID) -> Response:
    """Replace a contact, or create it under the client's own id."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.replace(book, contact_id, content, etags.condition(caller_id()))
    transactions.write(book)
    response = transactions.answer(entry, 200 if contact_id in book.known else 201)
    response.headers["Location"] = address(contact_id)
    return response


@blueprint.patch("/<uuid:contact_id>")
@blueprint.signed_in
@transactions.must_exist
@blueprint.arguments(schemas.ContactChange, example=schemas.CHANGE_EXAMPLE)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed)
@blueprint.sends("ETag")
def update(changes: dict[str, Any], contact_id: UUID) -> Response:
    """Change the fields given (RFC 7396)."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.update(book, contact_id, changes, etags.condition(caller_id()))
    transactions.write(book)
    return transactions.answer(entry)


@blueprint.delete("/<uuid:contact_id>")
@blueprint.signed_in
@transactions.must_exist
@blueprint.response(204)
@blueprint.raises(NotFound, PreconditionFailed)
def delete(contact_id: UUID) -> None:
    """Put a contact into the bin."""
    book = OpenBook(caller_id(), [contact_id])
    service.delete(book, contact_id, etags.condition(caller_id()))
    transactions.write(book)


@blueprint.post("/<uuid:contact_id>/restore")
@blueprint.signed_in
@transactions.must_exist_or_be_in_bin
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, QuotaExceeded)
@blueprint.sends("ETag")
def restore(contact_id: UUID) -> Response:
    """Take a contact out of the bin."""
    book = OpenBook(caller_id(), [contact_id])
    entry = service.restore(book, contact_id)
    transactions.write(book)
    return transactions.answer(entry)


@blueprint.put("/<uuid:contact_id>/photo")
@blueprint.signed_in
@transactions.must_exist
@blueprint.costly
@blueprint.doc(requestBody=uploads.BODY)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed, UnusablePicture, ServiceUnavailable)
@blueprint.sends("ETag")
def put_photo(contact_id: UUID) -> Response:
    """Give a contact a photo; it is treated as an avatar is."""
    picture = processing.make_safe(uploads.picture())
    return set_photo(contact_id, removals.commit_upload(caller_id(), picture))


@blueprint.delete("/<uuid:contact_id>/photo")
@blueprint.signed_in
@transactions.must_exist
@blueprint.response(204)
@blueprint.raises(NotFound, PreconditionFailed)
def delete_photo(contact_id: UUID) -> None:
    """Take a contact's photo away."""
    set_photo(contact_id, None)


def set_photo(contact_id: UUID, reference: str | None) -> Response:
    """Change the photo, and the deletion queue, in one transaction."""
    book = OpenBook(caller_id(), [contact_id])
    former = book.entries[contact_id].photo if contact_id in book.entries else None
    entry = photos.put(book, contact_id, reference, etags.condition(caller_id()))
    book.write()
    dropped = photos.replace(caller_id(), former, entry.photo)
    transactions.commit(book)
    removals.commit_removal(dropped)
    return transactions.answer(entry)

"""/api/v1/contacts: the address book as a whole: birthdays, changes, batches, labels, duplicates."""

from contextlib import nullcontext
from typing import Any
from uuid import UUID

from flask import Response

from project.contacts import batch, books, changes, etags, overviews, query_schemas, schemas, transactions
from project.contacts.duplicates import service as duplicates
from project.contacts.loading import too_large
from project.contacts.open_book import OpenBook
from project.errors import (
    InvalidCursor,
    InvalidSyncToken,
    NotFound,
    PreconditionFailed,
    SyncTokenExpired,
    TooLarge,
    ValidationFailed,
)
from project.web import responses, shares
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint
from project.web.budgets import DUPLICATES_SECONDS, Work

LARGE = 100  # operations; a batch of more holds a place

blueprint = Blueprint(
    "book",
    __name__,
    url_prefix="/api/v1/contacts",
    description="One's address book as a whole.",
    cache_control="private, no-cache",
)


@blueprint.get("/birthdays")
@blueprint.signed_in
@blueprint.arguments(query_schemas.BirthdayQuery, location="query")
@blueprint.response(200, schemas.BirthdayList)
@blueprint.raises(InvalidCursor, ValidationFailed)
@blueprint.sends("ETag")
def list_birthdays(query: dict[str, Any]) -> Response:
    """List the birthdays of the coming days, in their order."""
    owner_id = caller_id()
    text = etags.tag(owner_id, books.state(owner_id).revision, query["start"])
    if etags.is_known(text):
        return etags.unchanged(text)
    items, cursor = overviews.upcoming(owner_id, query["start"], query["days"], query.get("cursor"))
    return responses.reply({"items": items, "next_cursor": cursor}, headers={"ETag": f'"{text}"'})


@blueprint.get("/changes")
@blueprint.signed_in
@blueprint.arguments(query_schemas.ChangesQuery, location="query")
@blueprint.response(200, schemas.DeltaSchema)
@blueprint.raises(InvalidSyncToken, SyncTokenExpired, ValidationFailed)
@blueprint.sends("ETag")
@etags.by_revision
def list_changes(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """List what has changed since a sync token, deletions included; without a token, everything."""
    delta = changes.since(caller_id(), query.get("since"), limit=query["limit"])
    return delta.body, delta.revision, {}


@blueprint.post("/batch")
@blueprint.signed_in
@blueprint.arguments(batch.Batch)
@blueprint.response(200, batch.BatchResults)
def apply_batch(data: dict[str, Any]) -> dict[str, Any]:
    """Apply up to 1,000 operations in order, each for itself."""
    with shares.of_process.place(caller_id()) if len(data["operations"]) > LARGE else nullcontext():
        return applied(data)


def applied(data: dict[str, Any]) -> dict[str, Any]:
    ids = list(batch.ids_in(data["operations"]))
    over = too_large(caller_id(), ids)
    book = OpenBook(caller_id(), [each for each in ids if each not in over])
    results = batch.apply(book, data["operations"], over)
    transactions.write(book)
    return {"results": results}


@blueprint.get("/labels")
@blueprint.signed_in
@blueprint.response(200, schemas.LabelSchema(many=True))
@blueprint.sends("ETag")
@etags.by_revision
def list_labels() -> tuple[Any, int, dict[str, str]]:
    """List the labels in use, and how many contacts have each."""
    revision = books.state(caller_id()).revision
    return overviews.labels(caller_id()), revision, {}


@blueprint.get("/duplicates")
@blueprint.signed_in
@blueprint.costly
@blueprint.arguments(query_schemas.DuplicatesQuery, location="query")
@blueprint.response(200, schemas.DuplicatesSchema)
@blueprint.raises(InvalidCursor)
@blueprint.sends("ETag")
@etags.by_revision
def list_duplicates(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """List groups of contacts that may be one person, the likeliest first; nothing is merged by itself."""
    revision = books.state(caller_id()).revision
    return duplicates.duplicates_of(caller_id(), query.get("cursor"), Work(DUPLICATES_SECONDS)), revision, {}


@blueprint.post("/<uuid:contact_id>/merge")
@blueprint.signed_in
@transactions.must_exist
@blueprint.costly
@blueprint.arguments(schemas.Merge)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed)
@blueprint.sends("ETag")
def merge(data: dict[str, Any], contact_id: UUID) -> Response:
    """Merge other contacts into this one without losing a value; they go to the bin."""
    ids = list(dict.fromkeys(data["ids"]))
    if too_large(caller_id(), [contact_id, *ids]):
        raise TooLarge("These contacts are too large together. Merge fewer at a time.")
    book = OpenBook(caller_id(), [contact_id, *ids])
    entry = duplicates.merge(book, contact_id, ids, etags.condition(caller_id()))
    transactions.write(book)
    return transactions.answer(entry)

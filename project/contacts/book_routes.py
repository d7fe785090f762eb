"""/api/v1/contacts: the address book as a whole: birthdays, changes, batches, labels, duplicates."""

from contextlib import nullcontext
from typing import Any
from uuid import UUID

from flask import Response

from project.contacts import batch, books, changes, etags, queries, query_schemas, schemas, transactions
from project.contacts.duplicates import service as duplicates
from project.contacts.open_book import OpenBook
from project.errors import InvalidSyncToken, NotFound, PreconditionFailed, SyncTokenExpired, ValidationFailed
from project.web import responses, shares
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint

LARGE = 100  # operations, from which on a batch holds a place

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
@blueprint.raises(ValidationFailed)
def list_birthdays(query: dict[str, Any]) -> Response:
    """List the birthdays of the coming days, in their order."""
    owner_id = caller_id()
    text = etags.tag(owner_id, books.state(owner_id).revision, query["start"])
    if etags.is_known(text):
        return etags.unchanged(text)
    items = queries.upcoming(owner_id, query["start"], query["days"])
    return responses.reply({"items": items}, headers={"ETag": f'"{text}"'})


@blueprint.get("/changes")
@blueprint.signed_in
@blueprint.arguments(query_schemas.ChangesQuery, location="query")
@blueprint.response(200, schemas.DeltaSchema)
@blueprint.raises(InvalidSyncToken, SyncTokenExpired, ValidationFailed)
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
    book = OpenBook(caller_id(), batch.ids_in(data["operations"]))
    results = batch.apply(book, data["operations"])
    transactions.write(book)
    return {"results": results}


@blueprint.get("/labels")
@blueprint.signed_in
@blueprint.response(200, schemas.LabelSchema(many=True))
@etags.by_revision
def list_labels() -> tuple[Any, int, dict[str, str]]:
    """List the labels in use, and how many contacts have each."""
    revision = books.state(caller_id()).revision
    return queries.labels(caller_id()), revision, {}


@blueprint.get("/duplicates")
@blueprint.signed_in
@blueprint.costly
@blueprint.response(200, schemas.DuplicatesSchema)
@etags.by_revision
def list_duplicates() -> tuple[Any, int, dict[str, str]]:
    """List groups of contacts that may be one person, the likeliest first; nothing is merged by itself."""
    revision = books.state(caller_id()).revision
    return {"items": duplicates.duplicates_of(caller_id())}, revision, {}


@blueprint.post("/<uuid:contact_id>/merge")
@blueprint.signed_in
@transactions.must_exist
@blueprint.costly
@blueprint.arguments(schemas.Merge)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed)
def merge(data: dict[str, Any], contact_id: UUID) -> Response:
    """Unite other contacts with this one, losing no value; they go to the bin."""
    ids = list(dict.fromkeys(data["ids"]))
    book = OpenBook(caller_id(), [contact_id, *ids])
    entry = duplicates.merge(book, contact_id, ids, etags.condition(caller_id()))
    transactions.write(book)
    return transactions.answer(entry)

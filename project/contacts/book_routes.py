"""/api/v1/contacts: what concerns the whole address book: birthdays, changes, batches, labels, duplicates."""

from typing import Any
from uuid import UUID

from flask import Response

from project import wire
from project.contacts import batch, books, changes, operations, parameters, queries, schemas, tags, uniting
from project.contacts.routes import must_be_own, shown, written
from project.contacts.writing import OpenBook
from project.errors import InvalidSyncToken, NotFound, PreconditionFailed, SyncTokenExpired, ValidationFailed
from project.wire import Blueprint

blueprint = Blueprint(
    "book",
    __name__,
    url_prefix="/api/v1/contacts",
    description="One's address book as a whole.",
    cache_control="private, no-cache",
)


@blueprint.get("/birthdays")
@blueprint.signed_in
@blueprint.arguments(parameters.BirthdayQuery, location="query")
@blueprint.response(200, schemas.BirthdayList)
@blueprint.raises(ValidationFailed)
def list_birthdays(query: dict[str, Any]) -> Response:
    """List the birthdays of the coming days, in their order."""
    owner_id = wire.caller_id()
    text = tags.tag(owner_id, books.state(owner_id).revision, query["start"])
    if tags.is_known(text):
        return tags.unchanged(text)
    items = queries.upcoming(owner_id, query["start"], query["days"])
    return wire.reply({"items": items}, headers={"ETag": f'"{text}"'})


@blueprint.get("/changes")
@blueprint.signed_in
@blueprint.arguments(parameters.ChangesQuery, location="query")
@blueprint.response(200, schemas.DeltaSchema)
@blueprint.raises(InvalidSyncToken, SyncTokenExpired, ValidationFailed)
@tags.by_revision
def list_changes(query: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """List what has changed since a sync token, deletions included; without a token, everything."""
    delta = changes.since(wire.caller_id(), query.get("since"), limit=query["limit"])
    return delta.body, delta.revision, {}


@blueprint.post("/batch")
@blueprint.signed_in
@blueprint.arguments(operations.Batch)
@blueprint.response(200, operations.BatchResults)
def apply_batch(data: dict[str, Any]) -> dict[str, Any]:
    """Apply up to 1,000 operations in order, each for itself."""
    book = OpenBook(wire.caller_id(), batch.ids_in(data["operations"]))
    results = batch.apply(book, data["operations"])
    written(book)
    return {"results": results}


@blueprint.get("/labels")
@blueprint.signed_in
@blueprint.response(200, schemas.LabelSchema(many=True))
@tags.by_revision
def list_labels() -> tuple[Any, int, dict[str, str]]:
    """List the labels in use, and how many contacts have each."""
    revision = books.state(wire.caller_id()).revision
    return queries.labels(wire.caller_id()), revision, {}


@blueprint.get("/duplicates")
@blueprint.signed_in
@blueprint.response(200, schemas.DuplicatesSchema)
@tags.by_revision
def list_duplicates() -> tuple[Any, int, dict[str, str]]:
    """List groups of contacts that may be one person, the likeliest first; nothing is merged by itself."""
    revision = books.state(wire.caller_id()).revision
    return {"items": uniting.duplicates_of(wire.caller_id())}, revision, {}


@blueprint.post("/<uuid:contact_id>/merge")
@blueprint.signed_in
@must_be_own
@blueprint.arguments(schemas.Merge)
@blueprint.response(200, schemas.ContactSchema, example=schemas.EXAMPLE)
@blueprint.raises(NotFound, PreconditionFailed)
def merge(data: dict[str, Any], contact_id: UUID) -> Response:
    """Unite other contacts with this one, losing no value; they go to the bin."""
    ids = list(dict.fromkeys(data["ids"]))
    book = OpenBook(wire.caller_id(), [contact_id, *ids])
    entry = uniting.merge(book, contact_id, ids, tags.demanded(wire.caller_id()))
    written(book)
    return shown(entry)

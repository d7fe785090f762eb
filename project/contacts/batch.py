"""Batches: many operations in one transaction. A bad one does not stop the others.

A batch that is repeated after a lost answer does no harm where its operations are `create`, or conditional by
`if_revision`. A `replace` without a condition undoes what others have changed meanwhile, and brings back what they have
deleted.
"""

from collections.abc import Callable, Mapping, Set
from typing import Any
from uuid import UUID

import orjson
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from project import ids
from project.contacts import service
from project.contacts.loading import Entry
from project.contacts.open_book import ANY, Condition, OpenBook
from project.contacts.schemas import CHANGE_EXAMPLE, EXAMPLE, ContactChange, ContactSchema, Replacement
from project.errors import NotFound, Problem, TooLarge, ValidationFailed
from project.web import error_handlers
from project.web.budgets import ANSWER
from project.web.fields import Id, StrictSchema
from project.web.parsing import flatten

MOST_OPERATIONS = 1_000
CONTACT_SCHEMAS: Mapping[str, Schema] = {"create": Replacement(), "replace": Replacement(), "update": ContactChange()}
"""How the contact of an operation is read; the other operations have none."""


def is_empty(contact: Mapping[str, Any]) -> bool:
    """Whether a contact has no values; generated clients send such with operations that take none."""
    return all(value is None or value == [] for value in contact.values())


class Operation(StrictSchema):
    """One operation of a batch."""

    example = {"op": "update", "id": EXAMPLE["id"], "if_revision": 42, "contact": CHANGE_EXAMPLE}

    op = fields.String(required=True, validate=validate.OneOf(["create", "replace", "update", "delete", "restore"]))
    id = Id(required=True)
    if_revision = fields.Integer(strict=True, validate=validate.Range(min=0, max=2**53))
    contact = fields.Dict()

    @validates_schema(skip_on_field_errors=True)
    def check_contact(self, data: Mapping[str, Any], **_: Any) -> None:
        takes_contact = data["op"] in CONTACT_SCHEMAS
        if takes_contact and "contact" not in data:
            raise ValidationError("Required.", "contact")
        if not takes_contact and not is_empty(data.get("contact", {})):
            raise ValidationError("Not allowed for this operation.", "contact")

    @post_load
    def load_contact(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data["op"] in CONTACT_SCHEMAS:
            try:
                data["contact"] = CONTACT_SCHEMAS[data["op"]].load(data["contact"])
            except ValidationError as error:
                raise ValidationError({"contact": error.messages}) from None
        return data


OPERATION = Operation()


class Unchecked(fields.Nested):
    """Documented like its schema, but loaded unchecked."""

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **_: Any) -> Any:
        return value


class Batch(StrictSchema):
    """Operations; what is wrong with one is reported in its result."""

    operations = fields.List(Unchecked(Operation), required=True, validate=validate.Length(min=1, max=MOST_OPERATIONS))


class BatchResult(StrictSchema):
    id = fields.UUID(required=True, allow_none=True)
    status = fields.Integer(required=True)
    contact = fields.Nested(ContactSchema)
    problem = fields.Dict()


class BatchResults(StrictSchema):
    example = {
        "results": [
            {"id": EXAMPLE["id"], "status": 200, "contact": EXAMPLE},
            {"id": "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c", "status": 404, "problem": NotFound.example()},
        ]
    }

    results = fields.List(fields.Nested(BatchResult), required=True)


def id_of(operation: Any) -> UUID | None:
    return ids.find(operation.get("id")) if isinstance(operation, Mapping) else None


def ids_in(operations: list[Any]) -> set[UUID]:
    return {found for each in operations if (found := id_of(each))}


def apply(book: OpenBook, operations: list[Any], over: Set[UUID]) -> list[orjson.Fragment]:
    """Apply operations in order; return one result for each, encoded.

    Not applied, but 413, are those that come when the answer is full, and those on contacts that are `over` the size
    which one request may load. A result refused for its revision shows the current contact, the first time.
    """
    results: list[orjson.Fragment] = []
    spent = 0
    told: set[tuple[Any, int]] = set()
    for operation in operations:
        contact_id = id_of(operation)
        if spent >= ANSWER or contact_id in over:
            found = refused(contact_id, TooLarge("Send this operation in another batch."))
        else:
            found = tell_once(result(book, operation, contact_id), told)
        encoded = orjson.dumps(found, option=orjson.OPT_UTC_Z)
        results.append(orjson.Fragment(encoded))
        spent += len(encoded)
    return results


def tell_once(found: dict[str, Any], told: set[tuple[Any, int]]) -> dict[str, Any]:
    """Drop a current contact that an earlier result shows."""
    current = found.get("problem", {}).get("current")
    if current and (current["id"], current["revision"]) in told:
        del found["problem"]["current"]
    elif current:
        told.add((current["id"], current["revision"]))
    return found


def result(book: OpenBook, operation: Any, contact_id: UUID | None) -> dict[str, Any]:
    try:
        loaded = OPERATION.load(operation)
        status, entry = VERBS[loaded["op"]](book, loaded)
    except ValidationError as error:
        return refused(contact_id, ValidationFailed(flatten(error.messages)))
    except Problem as problem:
        return refused(contact_id, problem)
    shown = {"contact": entry.show()} if entry else {}
    return {"id": contact_id, "status": status, **shown}


def refused(contact_id: UUID | None, problem: Problem) -> dict[str, Any]:
    return {"id": contact_id, "status": problem.status, "problem": error_handlers.body_of(problem)}


def condition_of(operation: Mapping[str, Any]) -> Condition:
    return Condition(frozenset([operation["if_revision"]])) if "if_revision" in operation else ANY


def create(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    """201; 200 if the same contact is there already."""
    known = book.living_entry(operation["id"])
    if known and known.content == operation["contact"]:
        return 200, known
    return 201, service.create(book, operation["contact"], operation["id"])


def replace(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    """200, or 201 if the contact is new."""
    was_there = operation["id"] in book.entries
    entry = service.replace(book, operation["id"], operation["contact"], condition_of(operation))
    return 200 if was_there else 201, entry


def update(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    return 200, service.update(book, operation["id"], operation["contact"], condition_of(operation))


def delete(book: OpenBook, operation: dict[str, Any]) -> tuple[int, None]:
    service.delete(book, operation["id"], condition_of(operation))
    return 204, None


def restore(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    return 200, service.restore(book, operation["id"], condition_of(operation))


VERBS: Mapping[str, Callable[[OpenBook, dict[str, Any]], tuple[int, Entry | None]]] = {
    "create": create,
    "replace": replace,
    "update": update,
    "delete": delete,
    "restore": restore,
}

"""What comes in and goes out of a batch."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from project.contacts.schemas import CHANGE, EXAMPLE, ContactSchema, Replacement
from project.web.fields import CanonicalUUID, StrictSchema

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Operation(StrictSchema):
    """One operation of a batch."""

    example = {"op": "update", "id": EXAMPLE["id"], "if_revision": 42, "contact": {"job_title": "Countess"}}

    op = fields.String(required=True, validate=validate.OneOf(["create", "replace", "update", "delete", "restore"]))
    id = CanonicalUUID(required=True)
    if_revision = fields.Integer(strict=True, validate=validate.Range(min=0, max=2**53))
    contact = fields.Dict()

    @validates_schema(skip_on_field_errors=True)
    def check_contact(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("contact" in data) != (data["op"] in CONTACT_SCHEMAS):
            raise ValidationError("Needed." if data["op"] in CONTACT_SCHEMAS else "Not for this operation.", "contact")

    @post_load
    def load_contact(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data["op"] in CONTACT_SCHEMAS:
            try:
                data["contact"] = CONTACT_SCHEMAS[data["op"]].load(data["contact"])
            except ValidationError as error:
                raise ValidationError({"contact": error.messages}) from None
        return data


CONTACT_SCHEMAS: dict[str, Schema] = {
    "create": Replacement(),
    "replace": Replacement(),
    "update": CHANGE,
}
OPERATION = Operation()


def has_id(operation: Any) -> bool:
    """Whether this is an operation that names a contact by a canonical id."""
    identifier = operation.get("id") if isinstance(operation, Mapping) else None
    return isinstance(identifier, str) and UUID_TEXT.fullmatch(identifier) is not None


class Unchecked(fields.Nested):
    """Documented as its schema, and loaded as it came."""

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **_: Any) -> Any:
        return value


class Batch(StrictSchema):
    """Operations, each for itself; what is wrong with one is said in its result."""

    operations = fields.List(
        Unchecked(Operation),
        required=True,
        validate=validate.Length(min=1, max=1_000),
    )


class BatchResult(StrictSchema):
    id = fields.UUID(required=True, allow_none=True)
    status = fields.Integer(required=True)
    contact = fields.Nested(ContactSchema)
    problem = fields.Dict()


class BatchResults(StrictSchema):
    results = fields.List(fields.Nested(BatchResult), required=True)

"""The input and output of import and export."""

from marshmallow import Schema, fields, validate

from project.web.fields import StrictSchema
from project.web.openapi import references

VCARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Lovelace\r\nN:Lovelace;Ada;;;\r\nTEL:tel:+442079460958\r\nEND:VCARD\r\n"
CSV = "first_name,last_name,phone\r\nAda,Lovelace,+44 20 7946 0958\r\n"
JSON = '[{"first_name": "Ada", "last_name": "Lovelace"}]'
BINARY = {"type": "string", "format": "binary"}
FILES = {
    "text/vcard": {"schema": BINARY, "example": VCARD},
    "text/csv": {"schema": BINARY, "example": CSV},
}
IMPORT = {"application/octet-stream": {"schema": BINARY, "example": VCARD}, **FILES}
"""Generated clients send a file as the first of these, which those for Kotlin, Swift and Dart must support."""
EXPORT = {
    "description": "The address book, as an attachment.",
    "headers": references(["Content-Disposition"]),
    "content": {
        **FILES,
        "application/json": {"schema": BINARY, "example": JSON},
    },
}


class FailureSchema(StrictSchema):
    line = fields.Integer(required=True, metadata={"description": "Where the card began; for JSON, which item."})
    name = fields.String(required=True)
    detail = fields.String(required=True)
    contact = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["created", "unchanged", "updated"]),
        metadata={
            "description": "What became of the contact all the same: a photo or a line that cannot be used is left out "
            "without it. Null if the card made no contact."
        },
    )


class ReportSchema(StrictSchema):
    """What became of an imported file."""

    example = {
        "created": 212,
        "unchanged": 30,
        "updated": 4,
        "photos_pending": 0,
        "failed": [{"line": 25, "name": "Ada", "detail": "The card has no END:VCARD.", "contact": None}],
        "unknown_columns": [],
        "next_line": None,
    }

    created = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    photos_pending = fields.Integer(
        required=True,
        metadata={
            "description": "Photos that the picture store did not take in time. Send the same file again for them."
        },
    )
    failed = fields.List(fields.Nested(FailureSchema), required=True)
    unknown_columns = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Headings of a CSV file whose cells became details of kind `other`."},
    )
    next_line = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Where the first card begins that was not read, because there was no time left: send the "
            "file again from this line on, a CSV file with its headings. For JSON, which item. Null at the end."
        },
    )


class ExportQuery(Schema):
    format = fields.String(validate=validate.OneOf(["vcard", "csv", "json"]))
    version = fields.String(load_default="4.0", validate=validate.OneOf(["4.0", "3.0"]))

"""What comes in and goes out of import and export."""

from marshmallow import Schema, fields, validate

from project.web.fields import StrictSchema

VCARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Lovelace\r\nN:Lovelace;Ada;;;\r\nTEL:tel:+442079460958\r\nEND:VCARD\r\n"
CSV = "first_name,last_name,phone\r\nAda,Lovelace,+44 20 7946 0958\r\n"
MEDIA = {
    "text/vcard": {"schema": {"type": "string"}, "example": VCARD},
    "text/csv": {"schema": {"type": "string"}, "example": CSV},
    "application/json": {
        "schema": {"type": "array", "items": {"type": "object"}},
        "example": [{"first_name": "Ada", "last_name": "Lovelace"}],
    },
}


class FailureSchema(StrictSchema):
    line = fields.Integer(required=True, metadata={"description": "Where the card began; for JSON, which item."})
    name = fields.String(required=True)
    detail = fields.String(required=True)


class ReportSchema(StrictSchema):
    """What became of an imported file."""

    created = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    failed = fields.List(fields.Nested(FailureSchema), required=True)
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

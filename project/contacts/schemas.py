"""What comes in and goes out under /contacts."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from project.contacts.rows import CONTENT, NAMES
from project.web.fields import CanonicalUUID, Email, Flag, Lines, StrictSchema, Text

BIRTHDAY = re.compile(r"([0-9]{4}|-)-([0-9]{2})-([0-9]{2})")
SERVER_MADE = frozenset({"id", "name", "photo_url", "revision", "created_at", "updated_at"})
KINDS = ["email", "phone", "url", "date", "im", "relation", "other"]
ADDRESS_PARTS = ("street", "city", "region", "postal_code", "country")
LEAP_YEAR = "2000"
FURTHEST_ZONE = timedelta(hours=14)

EXAMPLE = {
    "id": "01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3d",
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "nickname": None,
    "company": None,
    "job_title": "Mathematician",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0958",
    "birthday": "1815-12-10",
    "notes": None,
    "favorite": True,
    "labels": ["Family"],
    "details": [{"kind": "phone", "label": "work", "value": "+44 20 7946 0000"}],
    "addresses": [
        {
            "label": "home",
            "street": "12 St James's Square",
            "city": "London",
            "region": None,
            "postal_code": "SW1Y 4JH",
            "country": "GB",
        }
    ],
    "photo_url": None,
    "revision": 42,
    "created_at": "2026-11-22T10:42:00.123456Z",
    "updated_at": "2026-11-22T10:42:00.123456Z",
}
NEW_EXAMPLE = {
    name: EXAMPLE[name] for name in ("first_name", "last_name", "email", "phone", "birthday", "labels", "details")
}


class Birthday(fields.String):
    """A date that was, `YYYY-MM-DD`; or `--MM-DD` where the year is not known."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        found = BIRTHDAY.fullmatch(text)
        if found is None:
            raise ValidationError("Neither YYYY-MM-DD nor --MM-DD.")
        year, month, day = found.groups()
        try:
            born = date(int(LEAP_YEAR if year == "-" else year), int(month), int(day))
        except ValueError:
            raise ValidationError("Not a date.") from None
        if year != "-" and born > (datetime.now(UTC) + FURTHEST_ZONE).date():
            raise ValidationError("In the future.")
        return text


class Items(fields.List[Any]):
    """A list of at most `most` items; null means empty."""

    def __init__(self, item: Any, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(item, load_default=list, allow_none=True, metadata={"maxItems": most}, **kwargs)

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self.most:  # before a look at any of them
            raise ValidationError(f"More than {self.most}.")
        return super().deserialize(value, attr, data, **kwargs) or []


class Detail(Schema):
    """A further way to reach or to know somebody."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = Text(most=100, allow_none=True, load_default=None)
    value = Text(most=255, required=True)


class PostalAddress(Schema):
    label = Text(most=100, allow_none=True, load_default=None)
    street = Text(most=255, allow_none=True, load_default=None)
    city = Text(most=255, allow_none=True, load_default=None)
    region = Text(most=255, allow_none=True, load_default=None)
    postal_code = Text(most=255, allow_none=True, load_default=None)
    country = Text(most=255, allow_none=True, load_default=None)

    @validates_schema(skip_on_field_errors=True)
    def check_any(self, data: Mapping[str, Any], **_: Any) -> None:
        if not any(data[part] for part in ADDRESS_PARTS):
            raise ValidationError("Empty.")


class ContactChange(StrictSchema):
    """The fields of a contact that a client writes; those given are changed."""

    server_made = SERVER_MADE

    first_name = Text(most=100, allow_none=True, load_default=None)
    last_name = Text(most=100, allow_none=True, load_default=None)
    nickname = Text(most=100, allow_none=True, load_default=None)
    company = Text(most=100, allow_none=True, load_default=None)
    job_title = Text(most=100, allow_none=True, load_default=None)
    email = Email(allow_none=True, load_default=None)
    phone = Text(most=255, allow_none=True, load_default=None)
    birthday = Birthday(allow_none=True, load_default=None)
    notes = Lines(most=10_000, allow_none=True, load_default=None)
    favorite = Flag(load_default=False)
    labels = Items(Text(most=100), most=20)
    details = Items(fields.Nested(Detail), most=50)
    addresses = Items(fields.Nested(PostalAddress), most=10)

    @post_load
    def unite_labels(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "labels" in data:
            data["labels"] = list(dict.fromkeys(data["labels"]))
        return data


CHANGE = ContactChange(partial=CONTENT)
"""Of the fields only those given; an item of a list is whole all the same, as it would not be with `partial=True`."""


class Replacement(ContactChange):
    """A whole contact; what is not given is empty."""

    @validates_schema(skip_on_field_errors=True)
    def check_named(self, data: Mapping[str, Any], **_: Any) -> None:
        if not any(data[name] for name in NAMES):
            raise ValidationError("A first name, last name, nickname or company is needed.")


class NewContact(Replacement):
    """A whole contact; a client may bring its own id."""

    server_made = SERVER_MADE - {"id"}

    id = CanonicalUUID()


class ContactSchema(StrictSchema):
    """A contact."""

    example = EXAMPLE

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    first_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    nickname = fields.String(required=True, allow_none=True)
    company = fields.String(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    birthday = fields.String(required=True, allow_none=True)
    notes = fields.String(required=True, allow_none=True)
    favorite = fields.Boolean(required=True)
    labels = fields.List(fields.String(), required=True)
    details = fields.List(fields.Nested(Detail), required=True)
    addresses = fields.List(fields.Nested(PostalAddress), required=True)
    photo_url = fields.Url(required=True, allow_none=True, metadata={"format": "uri"})
    revision = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class ContactPage(StrictSchema):
    """A page of a list."""

    items = fields.List(fields.Nested(ContactSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)


class Upcoming(StrictSchema):
    contact = fields.Nested(ContactSchema, required=True)
    date = fields.Date(required=True)
    age = fields.Integer(required=True, allow_none=True)
    days_until = fields.Integer(required=True)


class BirthdayList(StrictSchema):
    items = fields.List(fields.Nested(Upcoming), required=True)


class DeltaSchema(StrictSchema):
    """What has changed since a token, in the order of revisions."""

    changed = fields.List(fields.Nested(ContactSchema), required=True)
    deleted = fields.List(fields.UUID(), required=True)
    sync_token = fields.String(required=True)
    has_more = fields.Boolean(required=True)


class Merge(StrictSchema):
    ids = fields.List(CanonicalUUID(), required=True, validate=validate.Length(min=1, max=100))


class GroupSchema(StrictSchema):
    """Contacts that may be one person: what they share, and how likely it is, from 0 to 1."""

    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    reasons = fields.List(fields.String(validate=validate.OneOf(["email", "name", "phone"])), required=True)
    score = fields.Float(required=True)


class DuplicatesSchema(StrictSchema):
    items = fields.List(fields.Nested(GroupSchema), required=True)


class LabelSchema(StrictSchema):
    label = fields.String(required=True)
    count = fields.Integer(required=True)

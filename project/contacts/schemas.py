"""Request and response bodies under /contacts. The fields of a contact come from `content`."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate

from project.contacts.content import FIELDS, blank
from project.contacts.fields import from_request, in_answer
from project.contacts.naming import NAME_NEEDED, display_name, is_named
from project.web.fields import Id, StrictSchema

SERVER_MADE = frozenset({"id", "name", "section", "photo_url", "revision", "created_at", "updated_at"})

NEW_EXAMPLE: Final = {field.name: field.example for field in FIELDS if field.example is not None}
CONTENT_EXAMPLE: Final = {**blank(), **NEW_EXAMPLE}
EXAMPLE: Final = {
    "id": "01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3d",
    "name": display_name(CONTENT_EXAMPLE),
    **CONTENT_EXAMPLE,
    "photo_url": None,
    "revision": 42,
    "created_at": "2026-11-22T10:42:00.123456Z",
    "updated_at": "2026-11-22T10:42:00.123456Z",
}
CHANGE_EXAMPLE: Final = {"job_title": "Countess", "nickname": None}


class ContactChange(StrictSchema):
    """The fields of a contact that a client writes; those given are changed."""

    server_made = SERVER_MADE

    class Meta:
        include = {field.name: from_request(field) for field in FIELDS}

    def __init__(self, **kwargs: Any) -> None:
        """Load only the fields given."""
        super().__init__(partial=True, **kwargs)


class Replacement(ContactChange):
    """A whole contact; what is not given is empty."""

    @post_load
    def complete(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Add what is not given; raises ValidationError if there is nothing to call the contact by."""
        content = {**blank(), **data}
        if not is_named(content):
            raise ValidationError(NAME_NEEDED)
        return content


class ContactCreation(Replacement):
    """A whole contact; a client may bring its own id."""

    server_made = SERVER_MADE - {"id"}

    id = Id()


class ContactSchema(StrictSchema):
    """A contact."""

    example = EXAMPLE

    class Meta:
        include = {
            "id": fields.UUID(required=True),
            "name": fields.String(required=True),
            **{field.name: in_answer(field) for field in FIELDS},
            "photo_url": fields.Url(required=True, allow_none=True, metadata={"format": "uri"}),
            "revision": fields.Integer(required=True),
            "created_at": fields.DateTime(required=True),
            "updated_at": fields.DateTime(required=True),
        }


class ListedContact(ContactSchema):
    """A contact in a list, with the letter to show above it."""

    example = {**EXAMPLE, "section": "A"}

    section = fields.String(
        required=True,
        metadata={
            "description": "The letter above this contact: `A` (for Á too), `Ж`, `あ`, `ㄱ`, a Han character, or `#` "
            "where no letter begins it. By last name for `sort=last_name`, else by name.",
        },
    )


class ContactPage(StrictSchema):
    """A page of a list."""

    items = fields.List(fields.Nested(ListedContact), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)


class Upcoming(StrictSchema):
    contact = fields.Nested(ContactSchema, required=True)
    date = fields.Date(required=True)
    age = fields.Integer(required=True, allow_none=True)
    days_until = fields.Integer(required=True)


class BirthdayList(StrictSchema):
    items = fields.List(fields.Nested(Upcoming), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class DeltaSchema(StrictSchema):
    """What has changed since a token, in the order of revisions."""

    changed = fields.List(fields.Nested(ContactSchema), required=True)
    deleted = fields.List(fields.UUID(), required=True)
    sync_token = fields.String(required=True)
    has_more = fields.Boolean(required=True)


class Merge(StrictSchema):
    ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=100))


class GroupSchema(StrictSchema):
    """Contacts that may be one person: what they share, and how likely it is, from 0 to 1."""

    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    reasons = fields.List(fields.String(validate=validate.OneOf(["email", "name", "phone"])), required=True)
    score = fields.Float(required=True)


class DuplicatesSchema(StrictSchema):
    """Groups, the likeliest first. `truncated`: there was no time to compare all; merge these, and ask again."""

    items = fields.List(fields.Nested(GroupSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    truncated = fields.Boolean(required=True)


class LabelSchema(StrictSchema):
    label = fields.String(required=True)
    count = fields.Integer(required=True)

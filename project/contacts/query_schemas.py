"""Query parameters under /contacts."""

import re
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from project.contacts import birthdays
from project.contacts.content import NAME_LENGTH, VALUE_LENGTH
from project.web.fields import Text

SORTS = ("name", "last_name", "created_at", "updated_at")


class Whole(fields.Integer):
    """A whole number in ASCII digits."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", str(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


class Switch(fields.Boolean):
    """`true` or `false`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid", input=value)
        return bool(value == "true")


class ListQuery(Schema):
    limit = Whole(load_default=50, validate=validate.Range(min=1, max=500))
    cursor = fields.String()
    sort = fields.String(
        load_default="name",
        validate=validate.OneOf([f"{sign}{name}" for name in SORTS for sign in ("", "-")]),
    )
    q = Text(most=200)
    first_name = Text(most=NAME_LENGTH)
    last_name = Text(most=NAME_LENGTH)
    email = Text(most=VALUE_LENGTH)
    phone = Text(most=VALUE_LENGTH)
    label = Text(most=NAME_LENGTH)
    favorite = Switch()
    deleted = Switch(load_default=False)


class QueryDate(fields.Date):
    """`YYYY-MM-DD`, the only form of ISO 8601 that is accepted."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, attr, data, **kwargs)


class BirthdayQuery(Schema):
    days = Whole(load_default=7, validate=validate.Range(max=366))
    start = QueryDate(data_key="from")
    tz = fields.String(load_default="UTC")
    cursor = fields.String()

    @post_load
    def begin_today(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        try:
            today = birthdays.today(data["tz"])
        except ValueError as error:
            raise ValidationError(str(error), "tz") from None
        return {"start": today, **data}


class DuplicatesQuery(Schema):
    cursor = fields.String()


class ChangesQuery(Schema):
    since = fields.String()
    limit = Whole(load_default=200, validate=validate.Range(min=1, max=1_000))

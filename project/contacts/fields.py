"""How each kind of a contact's fields is read from a request, and shown in an answer."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from project import unicode
from project.contacts.content import ADDRESS_PARTS, KINDS, NAME_LENGTH, VALUE_LENGTH, Field, Kind
from project.web.fields import Email, Flag, Lines, Text

BIRTHDAY_PATTERN = "^(([0-9]{4}|-)-[0-9]{2}-[0-9]{2})?$"
BIRTHDAY = re.compile(r"([0-9]{4}|-)-([0-9]{2})-([0-9]{2})")
LEAP_YEAR = "2000"
FURTHEST_ZONE = timedelta(hours=14)


class Birthday(fields.String):
    """A date not in the future: `YYYY-MM-DD`, or `--MM-DD` if the year is unknown; an empty text means none."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        is_blank = isinstance(value, str) and not (value.strip() and unicode.is_visible(value))
        return super().deserialize(None if is_blank else value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        found = BIRTHDAY.fullmatch(text)
        if found is None:
            raise ValidationError("Neither YYYY-MM-DD nor --MM-DD.")
        year, month, day = found.groups()
        try:
            born = date(int(LEAP_YEAR if year == "-" else year), int(month), int(day))
        except ValueError:
            raise ValidationError("No such date.") from None
        if year != "-" and born > (datetime.now(UTC) + FURTHEST_ZONE).date():
            raise ValidationError("In the future.")
        return text


class Items(fields.List[Any]):
    """A list of at most `most` items, each whole even where the contact is partial; null means empty."""

    def __init__(self, item: Any, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(item, load_default=list, allow_none=True, metadata={"maxItems": most}, **kwargs)

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self.most:  # before any item is validated
            raise ValidationError(f"At most {self.most} items.")
        return super().deserialize(value, attr, data, **{**kwargs, "partial": None}) or []


def optional(*, most: int) -> Text:
    return Text(most=most, allow_none=True, load_default=None)


class Labels(Items):
    """A list of texts; those given twice are kept once."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        return list(dict.fromkeys(super().deserialize(value, attr, data, **kwargs)))


class Detail(Schema):
    """A further way to reach or to know somebody."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = optional(most=NAME_LENGTH)
    value = Text(most=VALUE_LENGTH, required=True)


class PostalAddress(Schema):
    label = optional(most=NAME_LENGTH)

    class Meta:
        include = {part: optional(most=VALUE_LENGTH) for part in ADDRESS_PARTS}

    @validates_schema(skip_on_field_errors=True)
    def check_any(self, data: Mapping[str, Any], **_: Any) -> None:
        if not any(data[part] for part in ADDRESS_PARTS):
            raise ValidationError("Must not be empty.")


OPTIONAL: Final[Mapping[str, Any]] = {"allow_none": True, "load_default": None}
READ: Final[Mapping[Kind, Callable[[Field], fields.Field[Any]]]] = {
    "line": lambda field: optional(most=field.most),
    "lines": lambda field: Lines(most=field.most, **OPTIONAL),
    "email": lambda field: Email(**OPTIONAL),
    "phone": lambda field: optional(most=field.most),
    "date": lambda field: Birthday(metadata={"pattern": BIRTHDAY_PATTERN}, **OPTIONAL),
    "flag": lambda field: Flag(load_default=False),
    "labels": lambda field: Labels(Text(most=NAME_LENGTH), most=field.most),
    "details": lambda field: Items(fields.Nested(Detail), most=field.most),
    "addresses": lambda field: Items(fields.Nested(PostalAddress), most=field.most),
}
SHOWN: Final[Mapping[Kind, Callable[[], fields.Field[Any]]]] = {
    "flag": lambda: fields.Boolean(required=True),
    "labels": lambda: fields.List(fields.String(), required=True),
    "details": lambda: fields.List(fields.Nested(Detail), required=True),
    "addresses": lambda: fields.List(fields.Nested(PostalAddress), required=True),
}


def from_request(field: Field) -> fields.Field[Any]:
    """Return what validates a field; absent, it is empty."""
    return READ[field.kind](field)


def in_answer(field: Field) -> fields.Field[Any]:
    """Return what documents a field in an answer, where it is always there."""
    return SHOWN[field.kind]() if field.kind in SHOWN else fields.String(required=True, allow_none=True)

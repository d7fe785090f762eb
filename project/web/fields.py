"""Marshmallow fields that the schemas share, strict about types and exact about text."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from marshmallow import Schema, ValidationError, fields

from project import ids, unicode

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")


def composed(text: str, most: int) -> str:
    """The text in NFC; raises ValidationError if it is longer than `most`, and if far longer, before composing it."""
    if len(text) > most * unicode.MOST_COMPOSED or len(text := unicode.nfc(text)) > most:
        raise ValidationError(f"At most {most} characters.")
    return text


class Text(fields.String):
    """One line of text in NFC, trimmed, without control characters. Text without a visible character is empty.

    `most` is the greatest length in characters, after normalisation.
    """

    forbidden = CONTROL

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(**kwargs)
        self.may_be_empty = self.allow_none and not self.required
        self.metadata = {"maxLength": most, **({} if self.may_be_empty else {"minLength": 1}), **self.metadata}

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        text = super().deserialize(value, attr, data, **kwargs)
        if text == "" and not self.may_be_empty:
            raise ValidationError("Must not be empty.")
        return None if text == "" else text

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = composed(self.tidy(super()._deserialize(value, attr, data, **kwargs)), self.most)
        if self.forbidden.search(text):
            raise ValidationError("Control characters are not allowed.")
        return text if unicode.is_visible(text) else ""

    def tidy(self, text: str) -> str:
        return text.strip()


class Lines(Text):
    """Text with line breaks, each as one line feed."""

    forbidden = CONTROL_BUT_LINES

    def tidy(self, text: str) -> str:
        return super().tidy(LINE_ENDS.sub("\n", text))


class Email(Text):
    """An e-mail address (RFC 5321, RFC 6531), checked by its syntax only."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=254, metadata={"format": "email", "example": "ada@example.org"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        try:
            return address and validate_email(address, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError("Not an e-mail address.") from None


class Password(fields.String):
    """A password as it was typed, not trimmed."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        described = {
            "format": "password",
            "maxLength": most,
            "writeOnly": True,
            "example": "seven maids with seven mops",
        }
        kwargs.setdefault("metadata", {}).update(described)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = composed(super()._deserialize(value, attr, data, **kwargs), self.most)
        if "\0" in text:
            raise ValidationError("Control characters are not allowed.")
        return text


class Flag(fields.Boolean):
    """true or false only; no strings or numbers."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Id(fields.UUID):
    """A UUID in canonical form, in either case."""

    default_error_messages = {  # as marshmallow has it
        "invalid_uuid": "Not a UUID in canonical form, such as 01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c."
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> UUID:
        identifier = ids.find(value)
        if identifier is None:
            raise self.make_error("invalid_uuid")
        return identifier


class StrictSchema(Schema):
    """A schema for input. It drops the fields that the server makes, so that an answer can be sent back.

    Many generated clients send `null` for what was not set, so it stands for absence where a field is optional and has
    no null of its own. Where it has one, as in a change of a contact, null stays null.
    """

    server_made: frozenset[str] = frozenset()

    def load(self, data: Any, **kwargs: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if not self.is_left_out(name, value)}
        return super().load(data, **kwargs)

    def is_left_out(self, name: str, value: Any) -> bool:
        return name in self.server_made or (value is None and name in self.not_set_by_null)

    @cached_property
    def not_set_by_null(self) -> frozenset[str]:
        """The fields for which null means absent."""
        found = ((field.data_key or name, field) for name, field in self.fields.items())
        return frozenset(name for name, field in found if not field.required and not field.allow_none)

"""What comes in and goes out, as pydantic's models."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    create_model,
    field_validator,
    model_validator,
)

from project.contacts.content import FIELDS, MOST_ADDRESSES, MOST_DETAILS, MOST_LABELS, NOTES_LENGTH
from project.contacts.naming import NAME_NEEDED, is_named

Name = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]
Value = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", from_attributes=True)


class Detail(Strict):
    kind: Literal["email", "phone", "url", "date", "im", "relation", "other"]
    label: Name | None = None
    value: Value


class Address(Strict):
    label: Name | None = None
    street: Value | None = None
    city: Value | None = None
    region: Value | None = None
    postal_code: Value | None = None
    country: Value | None = None


WRITTEN: Mapping[str, Any] = {
    "line": (Name | None, None),
    "lines": (Annotated[str, Field(max_length=NOTES_LENGTH)] | None, None),
    "email": (EmailStr | None, None),
    "phone": (Value | None, None),
    "date": (str | None, None),
    "flag": (bool, False),
    "labels": (Annotated[list[Name], Field(max_length=MOST_LABELS)], []),
    "details": (Annotated[list[Detail], Field(max_length=MOST_DETAILS)], []),
    "addresses": (Annotated[list[Address], Field(max_length=MOST_ADDRESSES)], []),
}
SHOWN: Mapping[str, Any] = {"flag": bool, "labels": list[str], "details": list[Detail], "addresses": list[Address]}
Written = create_model("Written", __base__=Strict, **{field.name: WRITTEN[field.kind] for field in FIELDS})


class ContactChange(Written):  # type: ignore[misc, valid-type]
    """The fields that a client writes, in the order in which they are shown."""

    @field_validator("birthday")
    @classmethod
    def check_date(cls, value: str | None) -> str | None:
        if value is not None:
            date.fromisoformat(value.replace("--", "2000-", 1) if value.startswith("--") else value)
        return value


class NewContact(ContactChange):
    @model_validator(mode="after")
    def check_named(self) -> Self:
        if not is_named(self.__dict__):
            raise ValueError(NAME_NEEDED)
        return self


Shown = create_model(
    "Shown",
    __config__=ConfigDict(from_attributes=True),
    id=UUID,
    name=str,
    **{field.name: SHOWN.get(field.kind, str | None) for field in FIELDS},
    photo_url=(str | None, Field(validation_alias="photo")),
    revision=int,
    created_at=datetime,
    updated_at=datetime,
)


class Contact(Shown):  # type: ignore[misc, valid-type]
    """A contact as it is shown."""


COLUMNS = [str(field.validation_alias or name) for name, field in Contact.model_fields.items()]


class Listed(Contact):
    section: str


class Page(BaseModel):
    items: list[Listed]
    next_cursor: str | None
    total: int


class Delta(BaseModel):
    changed: list[Contact]
    deleted: list[UUID]
    sync_token: str
    has_more: bool


class Occasion(BaseModel):
    contact: Contact
    date: date
    age: int | None
    days_until: int


class Birthdays(BaseModel):
    items: list[Occasion]
    next_cursor: str | None = None  # a person has few birthdays in a week


class User(BaseModel):
    id: UUID
    username: str
    email: str
    email_verified: bool
    avatar_url: str
    contacts_count: int
    created_at: datetime
    updated_at: datetime

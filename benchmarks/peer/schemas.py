"""What comes in and goes out, as pydantic's models."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints, field_validator, model_validator

Name = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]
Value = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
NAMES = ("first_name", "last_name", "nickname", "company")


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


class ContactChange(Strict):
    """The fields that a client writes, in the order in which they are shown."""

    first_name: Name | None = None
    last_name: Name | None = None
    nickname: Name | None = None
    company: Name | None = None
    job_title: Name | None = None
    email: EmailStr | None = None
    phone: Value | None = None
    birthday: str | None = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None
    favorite: bool = False
    labels: Annotated[list[Name], Field(max_length=20)] = []
    details: Annotated[list[Detail], Field(max_length=50)] = []
    addresses: Annotated[list[Address], Field(max_length=10)] = []

    @field_validator("birthday")
    @classmethod
    def check_date(cls, value: str | None) -> str | None:
        if value is not None:
            date.fromisoformat(value.replace("--", "2000-", 1) if value.startswith("--") else value)
        return value


class NewContact(ContactChange):
    @model_validator(mode="after")
    def check_named(self) -> Self:
        if not any(getattr(self, name) for name in NAMES):
            raise ValueError("A first name, last name, nickname or company is needed.")
        return self


class Contact(BaseModel):
    """A contact as it is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    first_name: str | None
    last_name: str | None
    nickname: str | None
    company: str | None
    job_title: str | None
    email: str | None
    phone: str | None
    birthday: str | None
    notes: str | None
    favorite: bool
    labels: list[str]
    details: list[Detail]
    addresses: list[Address]
    photo_url: str | None = Field(validation_alias="photo")
    revision: int
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    items: list[Contact]
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


class User(BaseModel):
    id: UUID
    username: str
    email: str
    email_verified: bool
    avatar_url: str
    contacts_count: int
    created_at: datetime
    updated_at: datetime

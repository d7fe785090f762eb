"""What comes in and goes out under /users/me."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from project.users.names import LONGEST_ADDRESS, is_allowed, normal_email, username_key
from project.users.passwords import SHORTEST
from project.web.fields import Password, StrictSchema, Text

UNCHANGED = ("id", "email", "email_verified", "avatar_url", "contacts_count", "created_at", "updated_at")
EXAMPLE = {
    "id": "01920b5e-7d9a-7c3e-8f00-3b8f3f1c2d4e",
    "username": "ada",
    "email": "ada@example.org",
    "email_verified": True,
    "avatar_url": "http://127.0.0.1:8000/avatars/A-3.svg",
    "contacts_count": 2,
    "created_at": "2026-11-22T10:42:00.123456Z",
    "updated_at": "2026-11-22T10:42:00.123456Z",
}


class Username(Text):
    """3 to 32 letters of any script, digits, dots, underscores and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=32, metadata={"minLength": 3, "example": "ada"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if not (3 <= len(name) <= 32 and is_allowed(name) and is_allowed(username_key(name))):
            raise ValidationError("3 to 32 letters, digits, dots, underscores and hyphens.")
        return name


class EmailAddress(Text):
    """An account's e-mail address (RFC 5321, RFC 6531) in its normal form; whether it exists is not checked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=LONGEST_ADDRESS, metadata={"format": "email", "example": "ada@example.org"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        try:
            return address and normal_email(address)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class NewPassword(Password):
    """A password that the user chooses. `passwords.check_strength` checks more than its length."""

    def __init__(self) -> None:
        super().__init__(most=128, required=True, metadata={"minLength": SHORTEST})


class CurrentPassword(Password):
    """A password to compare, whatever the rules were when it was chosen."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(most=4096, required=required)


class UserSchema(StrictSchema):
    """A user, as users see themselves."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    email = fields.Email(required=True)
    email_verified = fields.Boolean(required=True)
    avatar_url = fields.Url(required=True, metadata={"format": "uri"})
    contacts_count = fields.Integer(required=True, validate=validate.Range(min=0))
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class Code(Text):
    """A code of an authenticator app or a recovery code, as somebody typed it."""

    def __init__(self, **kwargs: Any) -> None:
        described = {"example": "287082", "description": "Of an authenticator app, or a recovery code."}
        super().__init__(most=50, metadata=described, **kwargs)


class ProfileChange(StrictSchema):
    server_made = frozenset(UNCHANGED)

    username = Username()


class Credential(fields.Dict):
    """What a passkey answered, as browsers and phones encode it (WebAuthn §5.1.8); it may say more than is read."""

    def __init__(self, *, example: str, **kwargs: Any) -> None:
        described = {
            "description": f"The {example} as `toJSON()` of browsers, or an app's library, gives it.",
            "example": {
                "id": "q3Jx0mV7c1kq5m2yJ8VbYg",
                "rawId": "q3Jx0mV7c1kq5m2yJ8VbYg",
                "type": "public-key",
                "response": {"clientDataJSON": "…"},
            },
        }
        super().__init__(keys=fields.String(), metadata=described, **kwargs)


class Confirmed(StrictSchema):
    """What asks for the password asks for a second factor too, where one is on: one of these."""

    code = Code()
    credential = Credential(example="AuthenticationResponseJSON")

    @validates_schema
    def allow_one_proof(self, data: Mapping[str, Any], **_: Any) -> None:
        if "code" in data and "credential" in data:
            raise ValidationError("Not together with `code`.", "credential")


class AccountDeletion(Confirmed):
    password = CurrentPassword()

"""What comes in and goes out under /auth."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from project.users.schemas import Confirmed, CurrentPassword, EmailAddress, NewPassword, Username
from project.web.fields import StrictSchema, Text

LONGEST_DEVICE = 200


class Registration(StrictSchema):
    username = Username(required=True)
    email = EmailAddress(required=True)
    password = NewPassword()


class SignIn(StrictSchema):
    """The name may be the user's name or e-mail address; `email` is another word for it. `device` names the session."""

    username = Text(most=254, metadata={"example": "ada"})
    email = Text(most=254, metadata={"example": "ada@example.org"})
    password = CurrentPassword()
    device = Text(most=LONGEST_DEVICE, metadata={"minLength": 1, "example": "Ada's phone"})

    @pre_load
    def require_one_name(self, data: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        if ("username" in data) == ("email" in data):
            raise ValidationError("Either this or `email` is needed.", "username")
        return data

    @post_load
    def choose_name(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "name": data.get("username") or data["email"]}


class Refresh(StrictSchema):
    refresh_token = fields.String()


class Link(StrictSchema):
    token = Text(required=True, most=500)


class Address(StrictSchema):
    email = EmailAddress(required=True)


class Reset(StrictSchema):
    token = Text(required=True, most=500)
    password = NewPassword()


class SignOut(Confirmed):
    """The password or a second factor, where CONFIRM_SIGN_OUT asks for it."""

    example = {"password": "seven maids with seven mops"}

    password = CurrentPassword(required=False)


class PasswordChange(Confirmed):
    current_password = CurrentPassword()
    password = NewPassword()


class AddressChange(Confirmed):
    email = EmailAddress(required=True)
    password = CurrentPassword()


class TokenPair(StrictSchema):
    """The tokens of a session; times in seconds."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(required=True)
    session_id = fields.UUID(required=True)


class SessionSchema(StrictSchema):
    """A signed-in device: an app, or one that syncs by CardDAV."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["app", "carddav"]))
    device = fields.String(required=True)
    ip = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True)
    current = fields.Boolean(required=True)
    reused_elsewhere = fields.Boolean(
        required=True,
        metadata={"description": "A refresh was repeated from another network: by a phone on the move, or by a thief."},
    )
    authenticated_by = fields.List(
        fields.String(validate=validate.OneOf(["password", "totp", "passkey", "recovery_code", "app_password"])),
        required=True,
        metadata={"description": "What it was opened with.", "example": ["password", "totp"]},
    )


class SessionList(StrictSchema):
    items = fields.List(fields.Nested(SessionSchema), required=True)


class AppPasswordCreation(Confirmed):
    device = Text(required=True, most=200, metadata={"example": "Ada's iPhone"})
    password = CurrentPassword()


class AppPasswordSchema(StrictSchema):
    """The password of one device, for CardDAV only."""

    id = fields.UUID(required=True)
    device = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True, allow_none=True)
    ip = fields.String(required=True, allow_none=True)


class AppPasswordList(StrictSchema):
    items = fields.List(fields.Nested(AppPasswordSchema), required=True)


class ShownOnce(AppPasswordSchema):
    """With what is never shown again: the password, and the page that sets a device up."""

    username = fields.String(required=True)
    password = fields.String(required=True, metadata={"example": "abcdef-ghijkl-mnopqr-stuvwx"})
    server_url = fields.Url(required=True, metadata={"format": "uri"})
    addressbook_url = fields.Url(required=True, metadata={"format": "uri"})
    setup_url = fields.Url(required=True, metadata={"format": "uri"})

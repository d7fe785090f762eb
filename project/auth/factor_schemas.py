"""What comes in and goes out where second factors are set up and used."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from project.users.schemas import Code, Confirmed, Credential, CurrentPassword
from project.web.fields import StrictSchema, Text

LONGEST_NAME = 100
DEFAULT_NAME = "Authenticator app"
PROOFS = {"code", "recovery_code", "credential"}


class SecondStep(StrictSchema):
    """The login token, and exactly one proof."""

    login_token = Text(required=True, most=100, metadata={"description": "Of the answer to the password."})
    code = Code()
    recovery_code = Code()
    credential = Credential(example="AuthenticationResponseJSON")

    @validates_schema
    def require_one_proof(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data.keys() & PROOFS) != 1:
            raise ValidationError("Exactly one of `code`, `recovery_code` and `credential` is needed.", "code")


class NewTotp(Confirmed):
    """A new authenticator app, with a name to tell it from others."""

    password = CurrentPassword()
    name = Text(most=LONGEST_NAME, load_default=DEFAULT_NAME, metadata={"example": "Ada's phone"})


class FirstCode(StrictSchema):
    code = Code(required=True)


class FactorName(StrictSchema):
    name = Text(required=True, most=LONGEST_NAME, metadata={"example": "Ada's phone"})


class Confirmation(Confirmed):
    """The password and, where a second factor is on, its code."""

    password = CurrentPassword()


class NewPasskey(StrictSchema):
    """A passkey created with the options from POST /passkeys/registration."""

    name = Text(required=True, most=LONGEST_NAME, metadata={"example": "Ada's phone"})
    credential = Credential(example="RegistrationResponseJSON", required=True)


class PasskeySignIn(StrictSchema):
    """A passkey's answer to the options from POST /passkeys/login/options."""

    login_token = Text(required=True, most=100, metadata={"description": "It came with the options."})
    credential = Credential(example="AuthenticationResponseJSON", required=True)
    device = Text(most=200, metadata={"minLength": 1, "example": "Ada's phone"})


class CreationOptions(StrictSchema):
    """WebAuthn's PublicKeyCredentialCreationOptionsJSON (§5.1.9), for `navigator.credentials.create` and its like."""

    rp = fields.Dict(required=True, metadata={"example": {"name": "Contacts", "id": "contacts.example.org"}})
    user = fields.Dict(
        required=True, metadata={"example": {"id": "AZILXn2afD6PADuPPxwtTg", "name": "ada", "displayName": "ada"}}
    )
    challenge = fields.String(required=True, metadata={"example": "c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlMm3Jx0mV7"})
    algorithms = fields.List(
        fields.Dict(),
        required=True,
        data_key="pubKeyCredParams",
        metadata={"example": [{"type": "public-key", "alg": -7}]},
    )
    timeout = fields.Integer(required=True, metadata={"description": "Milliseconds.", "example": 300000})
    existing = fields.List(
        fields.Dict(),
        required=True,
        data_key="excludeCredentials",
        metadata={"description": "The user's passkeys, of which a device makes no second one.", "example": []},
    )
    selection = fields.Dict(
        required=True,
        data_key="authenticatorSelection",
        metadata={"example": {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}},
    )
    attestation = fields.String(required=True, metadata={"example": "none"})


class PasskeyOptions(StrictSchema):
    """How to sign in with a passkey alone."""

    login_token = fields.String(required=True, metadata={"description": "Send it back with the passkey's answer."})
    options = fields.Dict(
        required=True,
        metadata={
            "description": "WebAuthn's PublicKeyCredentialRequestOptionsJSON (§5.1.10).",
            "example": {
                "challenge": "c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlMm3Jx0mV7",
                "timeout": 300000,
                "rpId": "contacts.example.org",
                "allowCredentials": [],
                "userVerification": "required",
            },
        },
    )


class FactorSchema(StrictSchema):
    """A second factor that is on."""

    id = fields.UUID(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(["totp", "passkey"]),
        metadata={"description": "An authenticator app, or a passkey."},
    )
    name = fields.String(required=True, metadata={"description": "The user's name for it.", "example": "Ada's phone"})
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True, allow_none=True)


class FactorList(StrictSchema):
    items = fields.List(fields.Nested(FactorSchema), required=True)
    recovery_codes_left = fields.Integer(
        required=True,
        validate=validate.Range(min=0),
        metadata={"description": "Offer new ones when few are left.", "example": 10},
    )


class PasskeySchema(FactorSchema):
    """The passkey; the first factor brings recovery codes, which are shown once."""

    recovery_codes = fields.List(fields.String(), required=True, metadata={"example": ["k4w2h-7ymcq"]})


class TotpSetup(StrictSchema):
    """What an authenticator app takes, shown once; the factor is on when its first code has come."""

    id = fields.UUID(required=True)
    secret = fields.String(
        required=True,
        metadata={"description": "In base32, to type by hand.", "example": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    )
    uri = fields.String(
        required=True,
        metadata={
            "description": "Opens an authenticator app on the same phone.",
            "example": "otpauth://totp/Contacts:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Contacts",
        },
    )
    qr = fields.String(
        required=True, metadata={"description": "The same as a QR code, an SVG picture.", "example": "<svg>…</svg>"}
    )


class RecoveryCodes(StrictSchema):
    """What is shown once: each opens the account once, in the place of a second factor."""

    recovery_codes = fields.List(
        fields.String(), required=True, metadata={"description": "To keep offline.", "example": ["k4w2h-7ymcq"]}
    )

"""WebAuthn's ceremonies by py_webauthn: the options that a client gets, and the checks of what comes back.

The library takes 12 MB of a process, so this module is imported only when a passkey is used.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import structlog
import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from project.config import APP_NAME
from project.extensions import settings
from project.production import is_local
from project.users.factors.models import SecondFactor
from project.users.models import User

BASE64URL: Final = str.maketrans("+/", "-_")
PORTS: Final = {"https": 443, "http": 80}  # which no browser writes into an origin
LONGEST_ID: Final = 1023  # bytes (WebAuthn §4)
LONGEST_REASON: Final = 200

log = structlog.get_logger()


class Refused(Exception):
    """A passkey's answer failed a check, which the message names."""


class Made(NamedTuple):
    """A new passkey; bytes are in base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: str


def origins() -> list[str]:
    """The origins that may use passkeys; localhost for `make run`, since browsers make none at 127.0.0.1."""
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port not in (None, PORTS[parts.scheme]) else ""
    hosts = [named, "localhost"] if is_local(host) else [named]
    return [*(f"{parts.scheme}://{name}{port}" for name in hosts), *settings.app_origins]


def creation_options(user: User, challenge: bytes, existing: Sequence[SecondFactor]) -> dict[str, Any]:
    """Ask for a discoverable passkey that verifies its user."""
    options = webauthn.generate_registration_options(
        rp_id=settings.passkey_rp_id,
        rp_name=APP_NAME,
        user_id=user.id.bytes,
        user_name=user.username,
        challenge=challenge,
        timeout=settings.login_token_seconds * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=list(map(descriptor, existing)),
    )
    return options_to_json_dict(options)


def request_options(challenge: bytes, allowed: Sequence[SecondFactor] = ()) -> dict[str, Any]:
    """Ask for one of the `allowed` passkeys or, if there are none, for anybody's."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.passkey_rp_id,
        challenge=challenge,
        timeout=settings.login_token_seconds * 1000,
        allow_credentials=list(map(descriptor, allowed)),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def descriptor(passkey: SecondFactor) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in (passkey.transports or "").split(",") if name]
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id or ""), transports=transports or None
    )


def tidy(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with all bytes in base64url without padding: some apps' libraries write plain base64."""
    response = {name: in_base64url(value) for name, value in credential["response"].items()}
    named = {name: in_base64url(credential[name]) for name in ("id", "rawId")}
    return {**credential, **named, "response": response}


def in_base64url(value: Any) -> Any:
    return value.translate(BASE64URL).rstrip("=") if isinstance(value, str) else value


@contextmanager
def refusing() -> Iterator[None]:
    """Raise Refused for anything wrong with an answer, including what the library fails on instead of checking it."""
    try:
        yield
    except Refused:
        raise
    except WebAuthnException as error:
        raise Refused(str(error)[:LONGEST_REASON]) from None
    except Exception as error:  # of JSON, CBOR, ASN.1, X.509 or a key
        log.info("passkey_unreadable", error=type(error).__name__)
        raise Refused("The credential is not one of WebAuthn's JSON forms") from None


def challenge_of(credential: Mapping[str, Any]) -> bytes:
    """The challenge that the answer is for; raises Refused."""
    with refusing():
        data = parse_client_data_json(base64url_to_bytes(tidy(credential)["response"]["clientDataJSON"]))
        if data.cross_origin:
            raise Refused("The page was embedded in one of another origin")
        return data.challenge


def verify_creation(credential: Mapping[str, Any], challenge: bytes) -> Made:
    """Check a new passkey; raises Refused."""
    with refusing():
        answer = tidy(credential)
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.passkey_rp_id,
            expected_origin=origins(),
            require_user_verification=True,
        )
        if len(made.credential_id) > LONGEST_ID:
            raise Refused("The credential's id is longer than 1023 bytes")
        transports = parse_registration_credential_json(answer).response.transports or []
        return Made(
            bytes_to_base64url(made.credential_id),
            bytes_to_base64url(made.credential_public_key),
            made.sign_count,
            ",".join(sorted({transport.value for transport in transports})),
        )


def verify_answer(credential: Mapping[str, Any], challenge: bytes, public_key: str) -> int:
    """Check a passkey's answer, and return its signature counter, which is not compared; raises Refused.

    py_webauthn would compare it before the signature, so that anybody could raise the alarm.
    """
    with refusing():
        verified = webauthn.verify_authentication_response(
            credential=tidy(credential),
            expected_challenge=challenge,
            expected_rp_id=settings.passkey_rp_id,
            expected_origin=origins(),
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        return verified.new_sign_count


def who(credential: Mapping[str, Any]) -> tuple[str, bytes | None]:
    """The credential's id in base64url, and its user handle if it has one; raises Refused."""
    with refusing():
        parsed = parse_authentication_credential_json(tidy(credential))
        return bytes_to_base64url(parsed.raw_id), parsed.response.user_handle

"""A passkey authenticator without a browser: it makes keys and signs challenges as WebAuthn §6 and §7 say."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://127.0.0.1:8000"  # the default PUBLIC_URL
RP_ID = "localhost"
PRESENT, VERIFIED, BACKED_UP, ATTESTED = 0x01, 0x04, 0x18, 0x40


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}==")


@dataclass
class Authenticator:
    """One passkey. `count` is its signature counter, which synchronised passkeys leave at 0."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str | None = None

    def client_data(self, kind: str, challenge: str, **more: Any) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, **more}).encode()

    def data(self, attested: bytes = b"") -> bytes:
        flags = self.flags | (ATTESTED if attested else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested

    def public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def create(self, options: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The answer to creation options (RegistrationResponseJSON)."""
        self.user_handle = options["user"]["id"]
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.public_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self.data(attested)})
        response = {
            "clientDataJSON": encode(self.client_data("webauthn.create", options["challenge"], **more)),
            "attestationObject": encode(attestation),
            "transports": ["internal", "hybrid", "smoke-signals"],
            "publicKeyAlgorithm": -7,
        }
        return self.credential(response)

    def get(self, options: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The answer to request options (AuthenticationResponseJSON)."""
        client_data, data = self.client_data("webauthn.get", options["challenge"], **more), self.data()
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": self.user_handle,
        }
        return self.credential(response)

    def credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": encode(self.id),
            "rawId": encode(self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }

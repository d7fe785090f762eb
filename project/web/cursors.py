"""Keyset pages: opaque tokens that say where one stands, so that the next page costs what the first one did."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from zlib import crc32

import orjson

CHECKSUM_BYTES = 4
LARGEST = 2**63 - 1  # what a database takes for a whole number


def seal(*values: object) -> str:
    """Values as one opaque token; not a secret, for what it says only bounds a query of one's own."""
    content = orjson.dumps(values)
    return urlsafe_b64encode(crc32(content).to_bytes(CHECKSUM_BYTES) + content).rstrip(b"=").decode()


def unseal(token: str, *kinds: type) -> list[Any]:
    """The values in a token, of exactly these kinds; raises ValueError for a token that is damaged or another's.

    Whoever makes a token by hand finds no more by it than what is his own, and breaks nothing with it.
    """
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        checksum, content = sealed[:CHECKSUM_BYTES], sealed[CHECKSUM_BYTES:]
        values = orjson.loads(content)
    except (ValueError, binascii.Error):
        raise ValueError("not a token") from None
    if not isinstance(values, list) or checksum != crc32(content).to_bytes(CHECKSUM_BYTES) or seal(*values) != token:
        raise ValueError("a damaged token")
    if [type(value) for value in values] != list(kinds) or not all(map(is_storable, values)):
        raise ValueError("a token of another kind")
    return values


def is_storable(value: str | int) -> bool:
    """Whether every database takes this value in a comparison."""
    return "\0" not in value if isinstance(value, str) else abs(value) <= LARGEST

"""Opaque tokens for keyset pagination, so that each page costs as much as the first."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from zlib import crc32

import orjson

CHECKSUM_BYTES = 4
LARGEST = 2**63 - 1  # the largest integer of a database


def seal(*values: object) -> str:
    """Encode values as an opaque token. It is not secret: it only bounds a query of the caller's own data."""
    content = orjson.dumps(values)
    return urlsafe_b64encode(crc32(content).to_bytes(CHECKSUM_BYTES) + content).rstrip(b"=").decode()


def unseal(token: str, *kinds: type) -> list[Any]:
    """Decode the values of a token, which must be of exactly these kinds; raises ValueError for any other token.

    A token made by hand finds no more than the caller's own data, and breaks nothing.
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
    """Whether both databases accept the value in a comparison."""
    return "\0" not in value if isinstance(value, str) else abs(value) <= LARGEST

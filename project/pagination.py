"""Keyset pages: opaque tokens that say where one stands, so that the next page costs what the first one did."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from zlib import crc32

import orjson

CHECKSUM_BYTES = 4


def seal(*values: object) -> str:
    """Values as one opaque token; not a secret, for what it says only bounds a query of one's own."""
    content = orjson.dumps(values)
    return urlsafe_b64encode(crc32(content).to_bytes(CHECKSUM_BYTES) + content).rstrip(b"=").decode()


def unseal(token: str, *kinds: type) -> list[object]:
    """The values in a token, of these kinds; raises ValueError for a token that is damaged or another's."""
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        checksum, content = sealed[:CHECKSUM_BYTES], sealed[CHECKSUM_BYTES:]
        values = orjson.loads(content)
    except (ValueError, binascii.Error):
        raise ValueError("not a token") from None
    if checksum != crc32(content).to_bytes(CHECKSUM_BYTES) or seal(*values) != token:
        raise ValueError("a damaged token")
    if len(values) != len(kinds) or not all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise ValueError("a token of another kind")
    return list(values)

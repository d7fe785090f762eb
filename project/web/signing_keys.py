"""The keys of the tokens: the first one signs, all of them verify. A token names its key by `kid` (RFC 7515 §4.1.4)."""

import hashlib
from functools import lru_cache

from project.extensions import settings


@lru_cache
def key_id(key: str) -> str:
    """A name that reveals nothing of the key, which has 256 random bits."""
    return hashlib.sha256(f"kid {key}".encode()).hexdigest()[:8]


def current() -> str:
    return settings.jwt_secret_keys[0]


def candidates(name: str | None) -> list[str]:
    """The key of this name, or all for a token from the time when tokens named none."""
    return [key for key in settings.jwt_secret_keys if name in (None, key_id(key))]

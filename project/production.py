"""What production requires of settings that are valid in themselves: nothing guessable, local or in the clear."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from math import log2
from typing import Any

LEAST_BYTES = 32
LEAST_BITS = 100  # of entropy by the frequency of its characters; `openssl rand -hex 32` has more than 200
SEQUENCES = ("0123456789", "abcdefgh", "qwertyui", "asdfghjk")
EXAMPLES = (
    "change-me", "changeme", "example", "secret", "password", "passphrase", "your-", "your_", "jwt-key", "letmein",
)  # fmt: skip


def is_secret(key: str | None) -> bool:
    """Whether a key is long, varied, no repetition, and nobody's example."""
    if key is None or len(key.encode()) < LEAST_BYTES or key in (key + key)[1:-1]:
        return False
    lower = key.lower()
    return entropy(key) >= LEAST_BITS and not any(word in lower for word in (*EXAMPLES, *SEQUENCES))


def entropy(text: str) -> float:
    """The bits of a text whose characters were drawn with the frequencies that they have."""
    counts = Counter(text).values()
    return sum(count * log2(len(text) / count) for count in counts)


REQUIRED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "REDIS_URL": (bool, "Required in production."),
    "JWT_SECRET_KEY": (is_secret, "Required in production: at least 32 random bytes, and not an example."),
    "PUBLIC_URL": (lambda url: url.startswith("https://"), "Required in production, with https."),
    "CORS_ORIGINS": (lambda origins: "*" not in (origins or []), "Must be a list of origins in production, not '*'."),
    "MAIL_SERVER": (bool, "Required in production."),
    "RATE_LIMITS": (bool, "Must be on in production."),
    "BCRYPT_LOG_ROUNDS": (lambda rounds: rounds >= 10, "Must be at least 10 in production."),
}


def refusals(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the settings that production does not accept, each with its reasons."""
    for name, (accepts, reason) in REQUIRED.items():
        if name in data and not accepts(data[name]):
            yield name, [reason]
    is_encrypted = data.get("MAIL_USE_TLS") or data.get("MAIL_USE_SSL")
    if (data.get("MAIL_USERNAME") or data.get("MAIL_PASSWORD")) and not is_encrypted:
        yield "MAIL_USE_TLS", ["Must be on in production, or MAIL_USE_SSL: the password would be sent in the clear."]

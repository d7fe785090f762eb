"""What production requires of valid settings: nothing guessable, nothing local, nothing in the clear."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

EXAMPLES: Final = (
    "change-me", "changeme", "change_me", "change-this", "changethis", "example", "placeholder", "insecure", "default",
    "secret", "password", "passphrase", "your-", "your_", "jwt-key", "jwt_key", "letmein",
)  # fmt: skip
SEQUENCES: Final = ("0123456789", "1234567890", "abcdefgh", "qwertyui", "asdfghjk")
"""Parts of keys that documents, tutorials and templates show."""
PASSWORDS: Final = (
    "admin", "changeme", "change-me", "contacts", "db", "default", "example", "letmein", "pass", "passwd", "password",
    "postgres", "postgresql", "qwerty", "root", "secret", "test", "user", "12345", "123456", "12345678", "123456789",
)  # fmt: skip
LEAST_BYTES: Final = 32
LEAST_PAIRS, LEAST_STEPS = 20, 8
"""Different pairs of neighbours in a key, and different distances between them. 200,000 random keys of 32 hexadecimal
digits had 21 and 12 at least; what is repeated or counted up has fewer."""
LONGEST_GRACE_SECONDS: Final = 60


def is_secret(key: str | None) -> bool:
    """Whether a signing key has at least 32 bytes that look random, and is no known example."""
    if key is None or len(key.encode()) < LEAST_BYTES or any(word in key.lower() for word in (*EXAMPLES, *SEQUENCES)):
        return False
    pairs = set(pairwise(key))
    steps = {ord(second) - ord(first) for first, second in pairs}
    return len(pairs) >= LEAST_PAIRS and len(steps) >= LEAST_STEPS


def has_no_common_password(url: str | None) -> bool:
    """Whether the password in such a URL, if there is one, is neither a common one nor the name of its user."""
    try:
        parts = make_url(url or "sqlite://")
    except (ArgumentError, ValueError):
        return True  # refused for that
    password = str(parts.password or "").lower()
    return not parts.password or password not in {*PASSWORDS, (parts.username or "").lower()}


def is_public(url: str) -> bool:
    """Whether this is the https URL of a host that others reach."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    return parts.scheme == "https" and not is_local(host)


def is_local(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


STRONG: Final = "Required in production: at least 32 random bytes, not repeated, not an example."
GUESSABLE: Final = "Must not have a password that is easy to guess in production."
REQUIRED: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "DATABASE_URL": (has_no_common_password, GUESSABLE),
    "MIGRATIONS_DATABASE_URL": (has_no_common_password, GUESSABLE),
    "REDIS_URL": (bool, "Required in production."),
    "JWT_SECRET_KEYS": (lambda keys: all(map(is_secret, keys or [])), STRONG),
    "ENCRYPTION_KEYS": (bool, "Required in production: 32 random bytes in base64url."),
    "PUBLIC_URL": (is_public, "Required in production: with https, and a host that others reach."),
    "CORS_ORIGINS": (lambda origins: "*" not in (origins or []), "Must be a list of origins in production, not '*'."),
    "MAIL_SERVER": (bool, "Required in production."),
    "REFRESH_GRACE_SECONDS": (
        lambda seconds: seconds <= LONGEST_GRACE_SECONDS,
        f"Must be at most {LONGEST_GRACE_SECONDS} in production.",
    ),
    "BCRYPT_LOG_ROUNDS": (lambda rounds: rounds >= 10, "Must be at least 10 in production."),
    "RATE_LIMITS": (bool, "Must be on in production."),
}


def refusals(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the settings that production does not accept, each with its reasons."""
    for name, (accepts, reason) in REQUIRED.items():
        if name in data and not accepts(data[name]):
            yield name, [reason]
    if not data.get("JWT_SECRET_KEYS") and not is_secret(data.get("JWT_SECRET_KEY")):
        yield "JWT_SECRET_KEY", [STRONG]
    if not has_no_common_password(data.get("REDIS_URL")):
        yield "REDIS_URL", [GUESSABLE]
    yield from refusals_of_mail(data)


def refusals_of_mail(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    ways = [name for name in ("MAIL_USE_TLS", "MAIL_USE_SSL") if data.get(name)]
    if len(ways) > 1:
        yield "MAIL_USE_SSL", ["Must be off where MAIL_USE_TLS is on: it is one or the other."]
    if not ways and (data.get("MAIL_USERNAME") or data.get("MAIL_PASSWORD")):
        yield "MAIL_USE_TLS", ["Must be on in production, or MAIL_USE_SSL: the password would be sent in the clear."]

"""What production requires of valid settings: nothing guessable, nothing local, nothing in the clear."""

from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from ipaddress import ip_address
from socket import inet_aton
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from project.guessable import is_common, is_random, is_secret

ROLES: Final = ("all", "worker", "migrate")
USED: Final[Mapping[str, Collection[str]]] = {
    "worker": (
        "DATABASE_URL", "JWT_SECRET_KEY", "JWT_SECRET_KEYS", "PUBLIC_URL", "MAIL_SERVER", "MAIL_USE_TLS",
        "MAIL_USE_SSL", "MAIL_PAUSE_SECONDS",
    ),
    "migrate": ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"),
}  # fmt: skip
"""The settings that a role uses, of those that production requires; the others need not be given to it."""
LONGEST_GRACE_SECONDS: Final = 60
MAILBOX: Final = "mailpit"  # the mail server that Compose chooses where none is given
LOCAL: Final = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


def has_no_common_password(url: str | None) -> bool:
    """True unless the URL has a password that is common or equals the user's name."""
    try:
        parts = make_url(url or "sqlite://")
    except (ArgumentError, ValueError):
        return True  # refused for that
    password = str(parts.password or parts.query.get("password") or "")
    return not password or not is_common(password, str(parts.username or parts.query.get("user") or ""))


def is_public(url: str) -> bool:
    """Whether this is the https URL of a host that others reach."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    return parts.scheme == "https" and not is_local(host)


def is_local(host: str) -> bool:
    """Whether the host is this machine, also where it is written as a number (inet_aton) or ends in a dot."""
    host = host.rstrip(".").lower()
    try:
        address = ip_address(inet_aton(host) if host[:1].isdigit() and host[-1:].isalnum() else host)
    except (OSError, ValueError):
        return host in LOCAL or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def is_encryption_key(key: str) -> bool:
    """Whether a Fernet key looks random, as it is written and as bytes."""
    try:
        return all(map(is_random, (key, urlsafe_b64decode(key).decode("latin-1"))))
    except (Error, ValueError):
        return True  # refused for that


def are_encryption_keys(keys: Sequence[str] | None) -> bool:
    return bool(keys) and all(map(is_encryption_key, keys or []))


STRONG: Final = "Required in production: at least 32 random bytes, not repeated, not an example."
GUESSABLE: Final = "Must not have a password that is easy to guess in production."
REQUIRED: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "DATABASE_URL": (has_no_common_password, GUESSABLE),
    "MIGRATIONS_DATABASE_URL": (has_no_common_password, GUESSABLE),
    "REDIS_URL": (bool, "Required in production."),
    "JWT_SECRET_KEYS": (lambda keys: all(map(is_secret, keys or [])), STRONG),
    "ENCRYPTION_KEYS": (are_encryption_keys, "Required in production: 32 random bytes in base64url, not an example."),
    "PUBLIC_URL": (is_public, "Required in production: with https, and a host that others reach."),
    "CORS_ORIGINS": (lambda origins: "*" not in (origins or []), "Must be a list of origins in production, not '*'."),
    "MAIL_SERVER": (lambda server: server not in (None, MAILBOX), "Required in production."),
    "REFRESH_GRACE_SECONDS": (
        lambda seconds: seconds <= LONGEST_GRACE_SECONDS,
        f"Must be at most {LONGEST_GRACE_SECONDS} in production.",
    ),
    "BCRYPT_LOG_ROUNDS": (lambda rounds: rounds >= 10, "Must be at least 10 in production."),
    "RATE_LIMITS": (bool, "Must be on in production."),
    "MAIL_PAUSE_SECONDS": (bool, "Must not be 0 in production: anybody could fill anybody's mailbox."),
}


def refusals(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the settings that production does not accept of this process (APP_ROLE), each with its reasons."""
    used = USED.get(data.get("APP_ROLE", "all"))
    yield from (refusal for refusal in unsafe(data) if used is None or refusal[0] in used)


def unsafe(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, (accepts, reason) in REQUIRED.items():
        if name in data and not accepts(data[name]):
            yield name, [reason]
    if not data.get("JWT_SECRET_KEYS") and not is_secret(data.get("JWT_SECRET_KEY")):
        yield "JWT_SECRET_KEY", [STRONG]
    if not has_no_common_password(data.get("REDIS_URL")):
        yield "REDIS_URL", [GUESSABLE]
    yield from refusals_of_mail(data)


def refusals_of_mail(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    is_encrypted = data.get("MAIL_USE_TLS") or data.get("MAIL_USE_SSL")
    if not is_encrypted and (data.get("MAIL_USERNAME") or data.get("MAIL_PASSWORD")):
        yield "MAIL_USE_TLS", ["Must be on in production, or MAIL_USE_SSL: the password would be sent in the clear."]

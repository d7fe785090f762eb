"""The address that the server listens on, and its URL. In development each is derived from the other."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from project import production

DEFAULT: Final = "127.0.0.1:8000"
EVERYWHERE: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}  # noqa: S104


def bind(environment: Mapping[str, str | None]) -> str:
    """`BIND`, or in development the address in `PUBLIC_URL` if that is this machine's own."""
    chosen = environment.get("BIND")
    if chosen or environment.get("APP_ENV") == "production":
        return chosen or DEFAULT
    return address_of(environment.get("PUBLIC_URL") or "") or DEFAULT


def address_of(url: str) -> str | None:
    """The host and port of a plain http URL of this machine alone, or None."""
    parts = urlsplit(url)
    is_own = parts.scheme == "http" and production.is_local(parts.hostname or "")
    return parts.netloc if is_own and ":" in parts.netloc else None


def url(address: str | None) -> str:
    """The URL at which this machine reaches what listens at `host:port`; the default for a socket that is a file."""
    host, separator, port = (address or DEFAULT).rpartition(":")
    if not (separator and port.isascii() and port.isdecimal() and int(port)) or "/" in host:
        return url(DEFAULT)
    return f"http://{EVERYWHERE.get(host, host)}:{port}"

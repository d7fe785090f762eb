"""How the value of a setting is read and checked. Messages never repeat a value: it may be a secret."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import AddressHeader, HeaderRegistry
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from limits import parse_many
from marshmallow import ValidationError, fields, validate
from phonenumbers import SUPPORTED_REGIONS
from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn
from redis import ConnectionPool, RedisError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DATABASE_DRIVERS = ("sqlite", "postgres", "postgresql", "postgresql+psycopg2")
ORIGIN = re.compile(r"[a-z][a-z0-9.-]*://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
APK_ORIGIN = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")
IOS_APP = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]+\Z")
ANDROID_APP = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+=([0-9A-F]{2}:){31}[0-9A-F]{2}\Z", re.IGNORECASE | re.ASCII)
PLACE = r"[\w.-]+(?::\d+)?"
SEVERAL_HOSTS = re.compile(
    rf"(?P<start>\w[\w+]*://(?:[^@/]*@)?)(?P<hosts>{PLACE}(?:,{PLACE})+)(?P<path>/[^?]*)(?:\?(?P<query>.*))?"
)
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\Z")
HASH_LINE = re.compile(rb"[0-9A-F]{10,40}(:[0-9]+)?\s*", re.IGNORECASE)
HOST_NAME = re.compile(r"[\w.-]+")
KEY_BYTES = 32  # of Fernet
DAY: Final = 24 * 60 * 60
MOST_DAYS: Final = 36_500  # times a century away are still dates
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
MOST: Final = 10**15  # which databases compare with their integers


def origin(url: str) -> str:
    """A URL without a path as browsers write it (RFC 6454 §6.2): in lower case and ASCII, without its default port."""
    scheme, separator, place = url.lower().rstrip("/").partition("://")
    with suppress(UnicodeError):  # of what is no host, which is refused for that
        place = place.encode("idna").decode()
    return f"{scheme}{separator}{place}".removesuffix(DEFAULT_PORTS.get(scheme, ""))


def check_rate(value: str) -> None:
    try:
        parse_many(value)
    except ValueError as error:
        raise ValidationError("Not a rate limit such as '10 per minute'.") from error


def check_database(value: str) -> None:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError) as error:
        raise ValidationError("Not a database URL.") from error
    if url.drivername not in DATABASE_DRIVERS:
        raise ValidationError("Must be a sqlite:// or postgresql:// URL.")
    if url.drivername == "sqlite" and url.host:
        raise ValidationError("Must have three slashes before the path, and a fourth if the path is absolute.")
    if "@" in (url.host or ""):
        raise ValidationError("Special characters of the password must be percent-encoded, such as @ by %40.")
    if url.drivername != "sqlite":
        check_options(url)


def check_options(url: URL) -> None:
    """Refuse options of other drivers, such as `schema=public` (Prisma) and `charset=utf8` (Doctrine)."""
    url = url.set(drivername="postgresql+psycopg2")
    _, options = url.get_dialect()().create_connect_args(url)
    try:
        make_dsn(**options)
    except ProgrammingError:
        raise ValidationError("Has an option after the question mark that PostgreSQL does not know.") from None


def check_redis(value: str) -> None:
    try:
        ConnectionPool.from_url(value).make_connection()  # connects only when it is used
        parts = urlsplit(value)
        is_complete = bool(parts.path if parts.scheme == "unix" else parts.hostname) and parts.port != 0
    except (ValueError, TypeError, RedisError):  # of a port that is not a number, or of options
        is_complete = False
    if not is_complete:
        raise ValidationError("Not a redis://, rediss:// or unix:// URL.")


def check_public_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.path.strip("/") or not {"?", "#", "@"}.isdisjoint(value):
        raise ValidationError("Must not have a path, a query, a fragment or a user: links are made by appending to it.")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValidationError("Must have a port from 1 to 65535, or none.")


def check_origin(value: str) -> None:
    """An origin (RFC 6454), not a pattern. An app's own scheme, such as capacitor://localhost, is allowed."""
    if value != "*" and not ORIGIN.fullmatch(value):
        raise ValidationError("Not an origin such as https://app.example.org.")


def check_app_origin(value: str) -> None:
    """The origin of a web app, or of an Android app: `android:apk-key-hash:` and the SHA-256 of its signing key."""
    if not (ORIGIN.fullmatch(value) or APK_ORIGIN.fullmatch(value)):
        raise ValidationError("Not an origin such as https://app.example.org or android:apk-key-hash:….")


def check_mail_server(value: str) -> None:
    if not HOST_NAME.fullmatch(value):
        try:
            ip_address(value)
        except ValueError:
            raise ValidationError("Not the name of a host alone: the port is MAIL_PORT.") from None


def check_sender(value: str) -> None:
    """One mailbox (RFC 5322 §3.4), whose address any server takes; its name may be in any script."""
    try:
        (found,) = cast(AddressHeader, HeaderRegistry()("From", value)).addresses
        is_one = found.username and found.domain and found.addr_spec.isascii() and value.isprintable()
    except (ValueError, IndexError):  # of an address without a domain
        is_one = False
    if not is_one:
        raise ValidationError("Not one address in ASCII, such as Contacts <contacts@example.org>.")


def check_fernet_key(value: str) -> None:
    try:
        is_key = len(urlsafe_b64decode(value)) == KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise ValidationError("Not a key: 32 random bytes in base64url, which is 44 characters.")


def check_hashes(value: str) -> None:
    """A file that begins as Have I Been Pwned's do; see `users.breaches`."""
    try:
        with Path(value).open("rb") as file:
            first = file.readline(100)
    except OSError:
        raise ValidationError("Not a file that can be read.") from None
    if not HASH_LINE.fullmatch(first):
        raise ValidationError("Not a sorted list of SHA-1 hashes: a line has 10 to 40 hexadecimal digits.")


class DatabaseUrl(fields.String):
    """The URL of a database. Several hosts, which libpq separates by commas, are returned as SQLAlchemy reads them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        url = super()._deserialize(value, *args, **kwargs)
        if not (parts := SEVERAL_HOSTS.fullmatch(url or "")):
            return url
        hosts = [host if ":" in host else f"{host}:5432" for host in parts["hosts"].split(",")]
        query = "&".join([*(f"host={host}" for host in hosts), *filter(None, [parts["query"]])])
        return f"{parts['start']}{parts['path']}?{query}"


class CommaSeparated(fields.List[str]):
    """A list written as `one,two`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        items = [self.tidy(item) for item in value.split(",")] if isinstance(value, str) else value
        return super()._deserialize([item for item in items if item], *args, **kwargs)

    def tidy(self, item: str) -> str:
        return item.strip()


class Origins(CommaSeparated):
    """Origins as browsers send them, and those of Android's apps."""

    def tidy(self, item: str) -> str:
        tidied = super().tidy(item)
        return origin(tidied) if "://" in tidied else tidied


def text(default: str | None = None, check: Callable[[str], object] | None = None) -> fields.String:
    return fields.String(load_default=default, validate=check)


def database() -> DatabaseUrl:
    return DatabaseUrl(load_default=None, validate=check_database)


def number(default: int, *, least: int = 1, most: int = MOST) -> fields.Integer:
    return fields.Integer(load_default=default, validate=validate.Range(min=least, max=most))


def seconds(default: int, *, least: int = 1) -> fields.Integer:
    return number(default, least=least, most=MOST_DAYS * DAY)


def days(default: int) -> fields.Integer:
    return number(default, most=MOST_DAYS)


def choice(*names: str) -> fields.String:
    """One of these names; the first is the default."""
    return fields.String(load_default=names[0], validate=validate.OneOf(names))


def switch(*, default: bool) -> fields.Boolean:
    return fields.Boolean(load_default=default, error_messages={"invalid": "Must be on or off."})


def region() -> fields.String:
    error = "Not a country's two letters (ISO 3166), such as GB."
    return fields.String(load_default=None, validate=validate.OneOf(SUPPORTED_REGIONS, error=error))


def address(default: str) -> fields.Url:
    return fields.Url(load_default=default, schemes={"http", "https"}, require_tld=False, validate=check_public_url)


def origins(check: Callable[[str], None] = check_origin) -> Origins:
    return Origins(fields.String(validate=check), load_default=None)


def listed(check: Callable[[str], object] | None = None) -> CommaSeparated:
    """Several, separated by commas; none by default."""
    return CommaSeparated(fields.String(validate=check), load_default=None)


def apps(form: re.Pattern[str], example: str) -> CommaSeparated:
    return listed(validate.Regexp(form, error=f"Not an app such as {example}."))

"""How the value of a setting is read and checked. Messages never repeat a value: it may be a secret."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from limits import parse_many
from marshmallow import ValidationError, fields, validate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DATABASE_DRIVERS = ("sqlite", "postgres", "postgresql", "postgresql+psycopg2")
ORIGIN = re.compile(r"[a-z][a-z0-9.-]*://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)


def check_rate(value: str) -> None:
    try:
        parse_many(value)
    except ValueError as error:
        raise ValidationError("Not a rate limit such as '10 per minute'.") from error


def check_database(value: str) -> None:
    try:
        driver = make_url(value).drivername
    except (ArgumentError, ValueError) as error:
        raise ValidationError("Not a database URL.") from error
    if driver not in DATABASE_DRIVERS:
        raise ValidationError("Must be a sqlite:// or postgresql:// URL.")


def check_redis(value: str) -> None:
    try:
        parts = urlsplit(value)
        place = {"redis": parts.hostname, "rediss": parts.hostname, "unix": parts.path}.get(parts.scheme)
        is_complete = bool(place) and parts.port != 0
    except ValueError:  # of a port that is not a number
        is_complete = False
    if not is_complete:
        raise ValidationError("Not a redis://, rediss:// or unix:// URL.")


def check_public_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValidationError("Must not have a path, a query, a fragment or a user: links are made by appending to it.")


def check_origin(value: str) -> None:
    """An origin (RFC 6454), not a pattern. An app's own scheme, such as capacitor://localhost, is allowed."""
    if value != "*" and not ORIGIN.fullmatch(value):
        raise ValidationError("Not an origin such as https://app.example.org.")


class CommaSeparated(fields.List[str]):
    """A list written as `one,two`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        items = [item.strip().rstrip("/") for item in value.split(",")] if isinstance(value, str) else value
        return super()._deserialize([item for item in items if item], *args, **kwargs)


def text(default: str | None = None, check: Callable[[str], object] | None = None) -> fields.String:
    return fields.String(load_default=default, validate=check)


def number(default: int, *, least: int = 1, most: int | None = None) -> fields.Integer:
    return fields.Integer(load_default=default, validate=validate.Range(min=least, max=most))


def choice(*names: str) -> fields.String:
    """One of these names; the first is the default."""
    return fields.String(load_default=names[0], validate=validate.OneOf(names))


def switch(*, default: bool) -> fields.Boolean:
    return fields.Boolean(load_default=default)


def address(default: str) -> fields.Url:
    return fields.Url(load_default=default, schemes={"http", "https"}, require_tld=False, validate=check_public_url)


def origins() -> CommaSeparated:
    return CommaSeparated(fields.String(validate=check_origin), load_default=None)

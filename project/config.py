"""Every setting, typed and checked, read once from the environment; and what production refuses to start without."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from limits import parse_many
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

APP_NAME = "Contacts"
VERSION = "1.0.0"  # of the API, the image and the release (semver.org)
DAY = 24 * 60 * 60
ROOT = Path(__file__).resolve().parent.parent
EXAMPLE_SECRETS = ("change-me", "example", "secret-key", "0123456789")
DATABASE_DRIVERS = ("sqlite", "postgres", "postgresql", "postgresql+psycopg2")
ORIGIN = re.compile(r"[a-z][a-z0-9.-]*://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
POSITIVE = validate.Range(min=1)


class InvalidSetting(Exception):
    """A setting that the application cannot start with; the message names it and never shows its value."""


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
        raise ValidationError("Neither sqlite:// nor postgresql://.")


def check_redis(value: str) -> None:
    try:
        parts = urlsplit(value)
        place = {"redis": parts.hostname, "rediss": parts.hostname, "unix": parts.path}.get(parts.scheme)
        is_complete = bool(place) and parts.port != 0
    except ValueError:  # raised by what is no port
        is_complete = False
    if not is_complete:
        raise ValidationError("Not a redis://, rediss:// or unix:// URL.")


def check_public_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username:
        raise ValidationError("Links are made by adding to this URL: no query, fragment or user.")


def check_origin(value: str) -> None:
    """An origin (RFC 6454) and no pattern: an app's own scheme, such as capacitor://localhost, is one too."""
    if value != "*" and not ORIGIN.fullmatch(value):
        raise ValidationError("Not an origin such as https://app.example.org.")


class CommaSeparated(fields.List[str]):
    """A list written as `one,two`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        items = [item.strip().rstrip("/") for item in value.split(",")] if isinstance(value, str) else value
        return super()._deserialize([item for item in items if item], *args, **kwargs)


class Settings(Schema):
    """The settings in the order of `.env.example`; a setting given as an empty string counts as not given."""

    class Meta:
        unknown = EXCLUDE

    APP_ENV = fields.String(load_default="development", validate=validate.OneOf(["development", "production"]))
    INSTANCE_FOLDER = fields.String(load_default=str(ROOT / "instance"))
    DATABASE_URL = fields.String(load_default=None, validate=check_database)
    REDIS_URL = fields.String(load_default=None, validate=check_redis)
    JWT_SECRET_KEY = fields.String(load_default=None)
    PUBLIC_URL = fields.Url(
        load_default="http://127.0.0.1:8000", schemes={"http", "https"}, require_tld=False, validate=check_public_url
    )
    CORS_ORIGINS = CommaSeparated(fields.String(validate=check_origin), load_default=None)
    TRUSTED_PROXY_HOPS = fields.Integer(load_default=0, validate=validate.Range(min=0, max=10))

    MAIL_SERVER = fields.String(load_default=None)
    MAIL_PORT = fields.Integer(load_default=25, validate=validate.Range(min=1, max=65535))
    MAIL_USE_TLS = fields.Boolean(load_default=False)
    MAIL_USE_SSL = fields.Boolean(load_default=False)
    MAIL_USERNAME = fields.String(load_default=None)
    MAIL_PASSWORD = fields.String(load_default=None)
    MAIL_DEFAULT_SENDER = fields.String(load_default=None)
    MAIL_WORKER = fields.String(load_default="thread", validate=validate.OneOf(["thread", "none"]))
    CLOUDINARY_URL = fields.String(load_default=None, validate=validate.Regexp(r"cloudinary://[^:]+:[^@]+@.+"))

    ACCESS_TOKEN_SECONDS = fields.Integer(load_default=900, validate=POSITIVE)
    REFRESH_TOKEN_SECONDS = fields.Integer(load_default=30 * DAY, validate=POSITIVE)
    SESSION_SECONDS = fields.Integer(load_default=180 * DAY, validate=POSITIVE)
    REFRESH_GRACE_SECONDS = fields.Integer(load_default=10, validate=validate.Range(min=0))
    VERIFY_LINK_SECONDS = fields.Integer(load_default=DAY, validate=POSITIVE)
    RESET_LINK_SECONDS = fields.Integer(load_default=1800, validate=POSITIVE)
    BCRYPT_LOG_ROUNDS = fields.Integer(load_default=12, validate=validate.Range(min=4, max=20))

    RATE_LIMITS = fields.Boolean(load_default=True)
    ME_RATE_LIMIT = fields.String(load_default="10 per minute", validate=check_rate)
    REGISTER_RATE_LIMIT = fields.String(load_default="10 per hour", validate=check_rate)
    LOGIN_RATE_LIMIT = fields.String(load_default="10 per 15 minutes", validate=check_rate)
    LOGIN_ACCOUNT_RATE_LIMIT = fields.String(load_default="100 per hour", validate=check_rate)
    LOGIN_ADDRESS_RATE_LIMIT = fields.String(load_default="300 per hour", validate=check_rate)
    MAIL_RATE_LIMIT = fields.String(load_default="20 per hour", validate=check_rate)
    MAIL_PAUSE_SECONDS = fields.Integer(load_default=60, validate=validate.Range(min=0))

    MAX_CONTACTS_PER_USER = fields.Integer(load_default=50_000, validate=POSITIVE)
    PHONE_REGION = fields.String(load_default=None, validate=validate.Regexp(r"[A-Z]{2}\Z"))
    BIN_DAYS = fields.Integer(load_default=30, validate=POSITIVE)
    TOMBSTONE_DAYS = fields.Integer(load_default=180, validate=POSITIVE)

    LOG_FORMAT = fields.String(load_default="console", validate=validate.OneOf(["console", "json"]))
    METRICS = fields.Boolean(load_default=False)

    @pre_load
    def drop_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value not in ("", None)}

    @validates_schema(skip_on_field_errors=True)
    def refuse(self, data: dict[str, Any], **_: Any) -> None:
        if data["APP_ENV"] == "production" and (problems := refusals(data)):
            raise ValidationError(problems)

    @post_load
    def complete(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        instance = Path(data["INSTANCE_FOLDER"])
        if not (data["DATABASE_URL"] and data["JWT_SECRET_KEY"]):
            make_folder(instance)
        data["DATABASE_URL"] = data["DATABASE_URL"] or f"sqlite:///{instance / 'contacts.db'}"
        data["JWT_SECRET_KEY"] = data["JWT_SECRET_KEY"] or kept_secret(instance / "jwt-secret-key")
        data["PUBLIC_URL"] = data["PUBLIC_URL"].rstrip("/")
        if data["CORS_ORIGINS"] is None:
            data["CORS_ORIGINS"] = [] if data["APP_ENV"] == "production" else ["*"]
        if data["MAIL_DEFAULT_SENDER"] is None:
            data["MAIL_DEFAULT_SENDER"] = f"Contacts <contacts@{urlsplit(data['PUBLIC_URL']).hostname}>"
        return data


def refusals(data: Mapping[str, Any]) -> dict[str, str]:
    """What production refuses, by the setting's name: nothing there may be guessable, local or in the clear."""
    secret = data["JWT_SECRET_KEY"] or ""
    checks = {
        "REDIS_URL": (data["REDIS_URL"], "Needed in production."),
        "JWT_SECRET_KEY": (
            len(secret.encode()) >= 32 and not any(example in secret.lower() for example in EXAMPLE_SECRETS),
            "Needed in production: 32 random bytes or more, not an example's.",
        ),
        "PUBLIC_URL": (data["PUBLIC_URL"].startswith("https://"), "Needed in production, with https."),
        "CORS_ORIGINS": ("*" not in (data["CORS_ORIGINS"] or []), "A list of origins in production, not '*'."),
        "MAIL_SERVER": (data["MAIL_SERVER"], "Needed in production."),
        "BCRYPT_LOG_ROUNDS": (data["BCRYPT_LOG_ROUNDS"] >= 10, "At least 10 in production."),
    }
    return {name: reason for name, (accepted, reason) in checks.items() if not accepted}


def make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValidationError("Not a folder that can be made.", "INSTANCE_FOLDER") from error


def kept_secret(path: Path) -> str:
    """The signing key made at the first run and kept, so that a restart signs nobody out; two first runs agree."""
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first
            os.link(made, path)
        made.unlink()
    return path.read_text()


def load(overrides: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Read the settings from `.env`, then the environment, then `overrides`; the last one wins.

    Raises InvalidSetting with one line that names the first setting that is wrong.
    """
    given = {**dotenv_values(ROOT / ".env"), **os.environ, **(overrides or {})}
    try:
        return dict(Settings().load(given))
    except ValidationError as error:
        name, reasons = next(iter(dict(error.messages_dict).items()))
        reason = reasons[0] if isinstance(reasons, list) else "Not valid."
        raise InvalidSetting(f"{name}: {reason}") from None

"""Every setting, typed and checked, read once from the environment."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast, get_type_hints
from urllib.parse import urlsplit

from dotenv import dotenv_values
from marshmallow import EXCLUDE, Schema, ValidationError, post_load, pre_load, validate, validates_schema

from project import listening, production
from project.checks import (
    ANDROID_APP,
    DAY,
    HOST,
    IOS_APP,
    address,
    apps,
    check_app_origin,
    check_fernet_key,
    check_hashes,
    check_mail_server,
    check_rate,
    check_redis,
    check_sender,
    choice,
    database,
    days,
    listed,
    number,
    origin,
    origins,
    region,
    seconds,
    switch,
    text,
)

APP_NAME = "Contacts"
VERSION = "1.0.0"  # of the API, the image and the release (semver.org)
MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent


CLOUDINARY = r"cloudinary://[^:<]+:[^@<]+@[^<]+\Z"
NO_CLOUDINARY = "Not a URL such as cloudinary://key:secret@cloud."
LISTS = ("JWT_SECRET_KEYS", "ENCRYPTION_KEYS", "APP_ORIGINS", "IOS_APP_IDS", "ANDROID_APPS", "FORBIDDEN_PASSWORDS")
"""Empty by default."""


class InvalidSetting(Exception):
    """Settings that are missing or invalid: a line for each, with its name and never its value."""

    def __str__(self) -> str:
        return "\n".join(self.args)


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """The settings in the order of `.env.example`: the type of each when all are complete, and the field that reads it.

    They hold secrets, so they have no repr.
    """

    app_env: Annotated[str, choice("development", "production")]
    app_role: Annotated[str, choice(*production.ROLES)]
    instance_folder: Annotated[Path, text(str(ROOT / "instance"))]
    database_url: Annotated[str, database()]
    migrations_database_url: Annotated[str | None, database()]
    scale_out: Annotated[bool, switch(default=False)]
    redis_url: Annotated[str | None, text(check=check_redis)]
    jwt_secret_key: Annotated[str, text()]
    jwt_secret_keys: Annotated[list[str], listed()]
    encryption_keys: Annotated[list[str], listed(check_fernet_key)]
    public_url: Annotated[str, address(listening.url(None))]
    passkey_rp_id: Annotated[str, text(check=validate.Regexp(HOST, error="Not a host name."))]
    app_origins: Annotated[list[str], origins(check_app_origin)]
    ios_app_ids: Annotated[list[str], apps(IOS_APP, "ABCDE12345.org.example.contacts")]
    android_apps: Annotated[list[str], apps(ANDROID_APP, "org.example.contacts=AB:CD:…")]
    cors_origins: Annotated[list[str], origins()]
    trusted_proxy_hops: Annotated[int, number(0, least=0, most=10)]

    mail_server: Annotated[str | None, text(check=check_mail_server)]
    mail_port: Annotated[int, number(25, most=65535)]
    mail_use_tls: Annotated[bool, switch(default=False)]
    mail_use_ssl: Annotated[bool, switch(default=False)]
    mail_username: Annotated[str | None, text()]
    mail_password: Annotated[str | None, text()]
    mail_default_sender: Annotated[str, text(check=check_sender)]
    mail_worker: Annotated[str, choice("thread", "none")]
    cloudinary_url: Annotated[str | None, text(check=validate.Regexp(CLOUDINARY, error=NO_CLOUDINARY))]

    access_token_seconds: Annotated[int, seconds(900)]
    refresh_token_seconds: Annotated[int, seconds(30 * DAY)]
    session_seconds: Annotated[int, seconds(180 * DAY)]
    refresh_grace_seconds: Annotated[int, seconds(10, least=0)]
    verify_link_seconds: Annotated[int, seconds(DAY)]
    reset_link_seconds: Annotated[int, seconds(1800)]
    login_token_seconds: Annotated[int, seconds(300)]
    totp_setup_seconds: Annotated[int, seconds(3600)]
    bcrypt_log_rounds: Annotated[int, number(12, least=4, most=20)]
    breached_passwords_file: Annotated[str | None, text(check=check_hashes)]
    forbidden_passwords: Annotated[list[str], listed()]
    confirm_sign_out: Annotated[bool, switch(default=False)]

    rate_limits: Annotated[bool, switch(default=True)]
    me_rate_limit: Annotated[str, text("10 per minute", check_rate)]
    register_rate_limit: Annotated[str, text("10 per hour", check_rate)]
    login_rate_limit: Annotated[str, text("10 per 15 minutes", check_rate)]
    login_account_rate_limit: Annotated[str, text("100 per hour", check_rate)]
    login_address_rate_limit: Annotated[str, text("300 per hour", check_rate)]
    mail_rate_limit: Annotated[str, text("20 per hour", check_rate)]
    mail_pause_seconds: Annotated[int, seconds(60, least=0)]
    move_rate_limit: Annotated[str, text("5 per day", check_rate)]
    unverified_days: Annotated[int, days(7)]
    carddav_rate_limit: Annotated[str, text("100 per hour", check_rate)]

    max_contacts_per_user: Annotated[int, number(50_000)]
    max_binned_per_user: Annotated[int, number(100_000)]
    max_bytes_per_user: Annotated[int, number(2**30, least=2**21)]
    max_card_bytes: Annotated[int, number(4 * MIB)]
    max_book_bytes: Annotated[int, number(1024 * MIB)]
    phone_region: Annotated[str | None, region()]
    bin_days: Annotated[int, days(30)]
    tombstone_days: Annotated[int, days(180)]

    log_format: Annotated[str, choice("console", "json")]
    metrics: Annotated[bool, switch(default=False)]


class Environment(Schema):
    """Read Settings from variables. Whitespace around a value is dropped; an empty variable counts as not set."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def drop_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        tidy = {name: value.strip() if isinstance(value, str) else value for name, value in data.items()}
        given = {name: value for name, value in tidy.items() if value not in ("", None)}
        return {"PUBLIC_URL": listening.url(given.get("BIND")), **given}

    @validates_schema(skip_on_field_errors=False)
    def check_production(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("APP_ENV") == "production" and (problems := dict(production.refusals(data))):
            raise ValidationError(problems)

    @validates_schema
    def check_encryption(self, data: dict[str, Any], **_: Any) -> None:
        if data["MAIL_USE_TLS"] and data["MAIL_USE_SSL"]:
            raise ValidationError("Must not be on together with MAIL_USE_TLS.", "MAIL_USE_SSL")
        for name, port, other in (("MAIL_USE_TLS", 465, "MAIL_USE_SSL"), ("MAIL_USE_SSL", 587, "MAIL_USE_TLS")):
            if data[name] and data["MAIL_PORT"] == port:  # RFC 8314 §3.3
                raise ValidationError(f"Port {port} is for {other}.", name)

    @post_load
    def complete(self, data: dict[str, Any], **_: Any) -> Settings:
        data.update({name: data[name] or [] for name in LISTS})
        try:
            add_local(data)
        except OSError as error:
            raise ValidationError("Not a folder that can be written to.", "INSTANCE_FOLDER") from error
        data["PUBLIC_URL"] = origin(data["PUBLIC_URL"])
        data["PASSKEY_RP_ID"] = passkey_rp_id(data["PASSKEY_RP_ID"], data["PUBLIC_URL"])
        if data["CORS_ORIGINS"] is None:
            data["CORS_ORIGINS"] = [] if data["APP_ENV"] == "production" else ["*"]
        if data["MAIL_DEFAULT_SENDER"] is None:
            data["MAIL_DEFAULT_SENDER"] = f"Contacts <contacts@{host_of(data['PUBLIC_URL'])}>"
        return Settings(**{name.lower(): value for name, value in data.items()})


SCHEMA = Environment.from_dict(
    {name.upper(): hint.__metadata__[0] for name, hint in get_type_hints(Settings, include_extras=True).items()}
)()
NAMES = tuple(SCHEMA.fields)


def add_local(data: dict[str, Any]) -> None:
    """Default to the database and the signing key in the instance folder; raises OSError."""
    folder = data["INSTANCE_FOLDER"] = ROOT / data["INSTANCE_FOLDER"]
    given = [*data["JWT_SECRET_KEYS"], *filter(None, [data["JWT_SECRET_KEY"]])]
    if not (data["DATABASE_URL"] and given):
        folder.mkdir(parents=True, exist_ok=True)
    data["DATABASE_URL"] = data["DATABASE_URL"] or f"sqlite:///{folder / 'contacts.db'}"
    data["JWT_SECRET_KEY"] = given[0] if given else kept_secret(folder / "jwt-secret-key", secrets.token_urlsafe(48))
    data["JWT_SECRET_KEYS"] = data["JWT_SECRET_KEYS"] or [data["JWT_SECRET_KEY"]]


def host_of(url: str) -> str:
    """The URL's host, or `localhost` for this machine: neither passkeys nor mails work with 127.0.0.1."""
    host = urlsplit(url).hostname or ""
    return "localhost" if production.is_local(host) else host


def passkey_rp_id(given: str | None, public_url: str) -> str:
    """The host that passkeys are made for; raises ValidationError if PUBLIC_URL is not at it or below it."""
    host = host_of(public_url)
    if given and host != given and not host.endswith(f".{given}"):
        raise ValidationError("Neither the host of PUBLIC_URL nor a domain that it is in.", "PASSKEY_RP_ID")
    return given or host


def kept_secret(path: Path, fresh: str) -> str:
    """Read a secret from its file, which is made the first time. Processes that start at once agree on one."""
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made.touch(mode=0o600)
        made.write_text(fresh)
        with suppress(FileExistsError):  # another process made it first
            os.link(made, path)
        made.unlink()
    return path.read_text()


def dotenv() -> dict[str, str | None]:
    """What `.env` says, if there is one; raises InvalidSetting."""
    try:
        return dotenv_values(ROOT / ".env", encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InvalidSetting(".env: Not a readable UTF-8 text file.") from None


def variables() -> dict[str, str | None]:
    """What `.env` and the environment say; the environment wins. Raises InvalidSetting."""
    return {**dotenv(), **os.environ}


def load(overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings from `.env`, the environment and `overrides`; the last one wins.

    Raises InvalidSetting with every setting that is missing or wrong.
    """
    try:
        return cast(Settings, SCHEMA.load({**variables(), **(overrides or {})}))
    except ValidationError as error:
        raise InvalidSetting(*map(explain, error.messages_dict.items())) from None


def explain(problem: tuple[str, Any]) -> str:
    """`NAME: What is wrong.`; a list's messages come by the item's index."""
    name, reasons = problem
    found = reasons if isinstance(reasons, list) else [reason for item in reasons.values() for reason in item]
    return f"{name}: {' '.join(dict.fromkeys(found))}"

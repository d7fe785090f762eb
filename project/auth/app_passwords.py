"""App passwords: one for each device that uses CardDAV, and valid for nothing else.

120 random bits need neither salt nor bcrypt: a SHA-256 hash with a unique index finds the device among its owner's in
one query, and each process caches the owner. The password is derived from the setup link's secret, so that the link's
page can show it while the database holds only hashes.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from project import unicode
from project.auth.models import AppPassword, AppPasswordOwner
from project.database.base import new_id, now
from project.database.reading import fetch
from project.errors import LinkExpired, NotFound, QuotaExceeded
from project.extensions import db, settings
from project.users import service as users
from project.users.models import User
from project.users.notices import notify

MOST = 20  # of one user
MOST_PROPERTIES = 500
SECRET_BYTES = 16
LENGTH, GROUP = 24, 6  # characters of 5 bits each
SETUP_TIME = timedelta(minutes=10)
PRECISION = timedelta(hours=1)  # of last_used_at
KEY = b"app passwords"
FORM = re.compile(rf"[a-z2-7]{{{LENGTH}}}")
REMEMBERED = 10_000  # owners of app passwords, in each process, about 0.3 kB each
TABLE = cast(Table, AppPassword.__table__)
OWNERS = cast(Table, AppPasswordOwner.__table__)
COUNT = select(func.count()).select_from(TABLE).where(TABLE.c.owner_id == bindparam("owner_id"))
FIND_OWNER = select(OWNERS.c.user_id).where(OWNERS.c.secret_hash == bindparam("secret_hash"))
FIND = select(TABLE.c.id, TABLE.c.owner_id, TABLE.c.known_properties, TABLE.c.last_used_at).where(
    TABLE.c.owner_id == bindparam("owner_id"), TABLE.c.secret_hash == bindparam("secret_hash")
)

log = structlog.get_logger()


class Device(NamedTuple):
    """A device that sent a valid password."""

    id: UUID
    user_id: UUID
    known_properties: Any
    last_used_at: datetime | None


class Unknown(Exception):
    """Nobody has an app password with this hash."""


class Made(NamedTuple):
    """A new app password, and what is shown only once: the password itself and the secret of its setup link."""

    row: AppPassword
    password: str
    secret: str


def derive(secret: str, signing_key: str) -> str:
    """The password that belongs to a setup link, in four groups of six."""
    key = hmac.digest(signing_key.encode(), KEY, "sha256")
    digest = hmac.digest(key, secret.encode(), "sha256")
    text = base64.b32encode(digest).decode().lower()[:LENGTH]
    return "-".join(text[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def digest(password: str) -> str | None:
    """The hash of a password as somebody typed it; None for what cannot be one."""
    plain = unicode.plain_code(password)
    return hashlib.sha256(plain.encode()).hexdigest() if FORM.fullmatch(plain) else None


def create(user: User, device: str) -> Made:
    """A new password for a device; the owner is told by mail. Raises QuotaExceeded.

    The caller holds the user's row, so that concurrent requests cannot exceed MOST.
    """
    if db.session.execute(COUNT, {"owner_id": user.id}).scalar_one() >= MOST:
        raise QuotaExceeded(f"At most {MOST} app passwords.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    password = derive(secret, settings.jwt_secret_key)
    hashed = digest(password)
    row = AppPassword(
        id=new_id(), owner_id=user.id, secret_hash=hashed, device=device, known_properties=[], created_at=now()
    )
    db.session.add_all([row, AppPasswordOwner(secret_hash=hashed, user_id=user.id)])
    notify(user, "app_password_created", device=device, created_at=row.created_at.isoformat())
    log.info("app_password_created", user=str(user.id), app_password=str(row.id))
    return Made(row, password, secret)


def find(password: str) -> Device | None:
    """The device that has this password."""
    secret_hash = digest(password)
    try:
        row = fetch(FIND, {"owner_id": owner_of(secret_hash), "secret_hash": secret_hash}).first()
    except Unknown:
        return None
    return Device(*row) if row else None


@lru_cache(maxsize=REMEMBERED)
def owner_of(secret_hash: str | None) -> UUID:
    """The user who has, or had, the app password with this hash: it may have ended. Raises Unknown, uncached."""
    owner_id = fetch(FIND_OWNER, {"secret_hash": secret_hash}).scalar() if secret_hash else None
    if owner_id is None:
        raise Unknown()
    return cast(UUID, owner_id)


def username(owner_id: UUID) -> str:
    """The name of a device's owner."""
    return users.get(owner_id).username


def is_seldom_seen(device: Device) -> bool:
    """Whether `last_used_at` is due for an update, which happens once an hour."""
    return device.last_used_at is None or now() - device.last_used_at > PRECISION


def key(owner_id: UUID, app_password_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return TABLE.c.owner_id == owner_id, TABLE.c.id == app_password_id


def note_use(owner_id: UUID, device_id: UUID, ip: str) -> None:
    """Commit at once: the request may be one that only reads. If the database is busy, the next request does it."""
    used = update(TABLE).where(*key(owner_id, device_id)).values(last_used_at=now(), ip=ip)
    try:
        with db.engine.begin() as connection:
            connection.execute(used)
    except (InternalError, OperationalError, PoolExhausted) as error:
        log.warning("use_not_noted", app_password=str(device_id), error=type(error).__name__)


def note_properties(owner_id: UUID, device_id: UUID, names: set[str]) -> None:
    """Remember which properties a device has ever written, up to MOST_PROPERTIES names."""
    known = sorted(names)[:MOST_PROPERTIES]
    db.session.execute(update(TABLE).where(*key(owner_id, device_id)).values(known_properties=known))


def being_set_up(secret: str) -> Made:
    """What a setup link shows, by any of our keys; raises LinkExpired after SETUP_TIME, or once the device connects."""
    for signing_key in settings.jwt_secret_keys:
        password = derive(secret, signing_key)
        row = with_hash(digest(password))
        if row and row.last_used_at is None and now() - row.created_at <= SETUP_TIME:
            return Made(row, password, secret)
    raise LinkExpired()


def with_hash(secret_hash: str | None) -> AppPassword | None:
    try:
        own = (AppPassword.owner_id == owner_of(secret_hash), AppPassword.secret_hash == secret_hash)
    except Unknown:
        return None
    return db.session.scalars(select(AppPassword).where(*own)).one_or_none()


def of_user(owner_id: UUID) -> list[AppPassword]:
    """The user's app passwords, the newest first."""
    newest = select(AppPassword).where(AppPassword.owner_id == owner_id).order_by(AppPassword.id.desc())
    return list(db.session.scalars(newest))


def describe(row: AppPassword) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "device", "created_at", "last_used_at", "ip")}


def as_session(row: AppPassword) -> dict[str, Any]:
    """An app password as an item in the list of sessions; until it is used, `last_used_at` is its creation."""
    used_at = row.last_used_at or row.created_at
    return {
        **describe(row),
        "kind": "carddav",
        "last_used_at": used_at,
        "ip": row.ip or "",
        "current": False,
        "reused_elsewhere": False,
        "authenticated_by": ["app_password"],
    }


def end(app_password_id: UUID, owner_id: UUID) -> None:
    """End one at once; raises NotFound when it is not this user's."""
    if not end_those(owner_id, TABLE.c.id == app_password_id):
        raise NotFound()


def end_all(owner_id: UUID) -> None:
    end_those(owner_id)


def end_those(owner_id: UUID, *which: ColumnElement[bool]) -> int:
    """End the user's app passwords, all or some, and return how many."""
    deleted = delete(TABLE).where(TABLE.c.owner_id == owner_id, *which).returning(TABLE.c.id, TABLE.c.secret_hash)
    ended = db.session.execute(deleted).all()
    if ended:
        db.session.execute(delete(OWNERS).where(OWNERS.c.secret_hash.in_([row.secret_hash for row in ended])))
    for row in ended:
        log.info("app_password_ended", user=str(owner_id), app_password=str(row.id))
    return len(ended)

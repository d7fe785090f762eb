"""App passwords: one for each device that uses CardDAV, and good for nothing else.

120 random bits need neither salt nor bcrypt: SHA-256 with a unique index finds the device in one look-up. The password
follows from the setup link's secret, so that the link's page can show it while the database has only hashes.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import structlog
from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from project.auth.models import AppPassword
from project.database.base import new_id, now
from project.database.reading import fetch
from project.errors import LinkExpired, NotFound, QuotaExceeded
from project.extensions import db, settings
from project.mail import outbox
from project.users.models import User

MOST = 20  # of one user
MOST_PROPERTIES = 500
SECRET_BYTES = 16
LENGTH, GROUP = 24, 6  # characters of 5 bits each
SETUP_TIME = timedelta(minutes=10)
PRECISION = timedelta(hours=1)  # of last_used_at
KEY = b"app passwords"
FORM = re.compile(rf"[a-z2-7]{{{LENGTH}}}")
SEPARATORS = re.compile(r"[\s-]+")
TABLE = cast(Table, AppPassword.__table__)
COUNT = select(func.count()).select_from(TABLE).where(TABLE.c.user_id == bindparam("user_id"))
FIND = (
    select(AppPassword.id, AppPassword.user_id, User.username, AppPassword.known_properties, AppPassword.last_used_at)
    .join(User, User.id == AppPassword.user_id)
    .where(AppPassword.secret_hash == bindparam("secret_hash"))
)

log = structlog.get_logger()


class Device(NamedTuple):
    """A device that has shown its password."""

    id: UUID
    user_id: UUID
    username: str
    known_properties: Any
    last_used_at: datetime | None


class Made(NamedTuple):
    """A new app password, with what is shown once: the password, and the secret of its setup link."""

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
    plain = SEPARATORS.sub("", password).lower()
    return hashlib.sha256(plain.encode()).hexdigest() if FORM.fullmatch(plain) else None


def create(user: User, device: str) -> Made:
    """A new password for a device; the owner is told by mail. Raises QuotaExceeded.

    The caller holds the user's row, so that many at once are counted one after the other.
    """
    if db.session.execute(COUNT, {"user_id": user.id}).scalar_one() >= MOST:
        raise QuotaExceeded(f"At most {MOST} app passwords.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    password = derive(secret, settings.jwt_secret_key)
    row = AppPassword(
        id=new_id(), user_id=user.id, secret_hash=digest(password), device=device, known_properties=[], created_at=now()
    )
    db.session.add(row)
    outbox.add(
        "app_password_created", user.email, user_id=user.id, device=device, created_at=row.created_at.isoformat()
    )
    log.info("app_password_created", user=str(user.id), app_password=str(row.id))
    return Made(row, password, secret)


def find(password: str) -> Device | None:
    """The device whose password this is."""
    secret_hash = digest(password)
    row = fetch(FIND, {"secret_hash": secret_hash}).first() if secret_hash else None
    return Device(*row) if row else None


def is_seldom_seen(device: Device) -> bool:
    """Whether its use should be noted, which is done once an hour."""
    return device.last_used_at is None or now() - device.last_used_at > PRECISION


def note_use(device_id: UUID, ip: str) -> None:
    """Commit at once: the request may be one that only reads. If the database is busy, the next request does it."""
    used = update(TABLE).where(TABLE.c.id == device_id).values(last_used_at=now(), ip=ip)
    try:
        with db.engine.begin() as connection:
            connection.execute(used)
    except (InternalError, OperationalError, PoolExhausted) as error:
        log.warning("use_not_noted", app_password=str(device_id), error=type(error).__name__)


def note_properties(device_id: UUID, names: set[str]) -> None:
    """Remember which properties a device has ever written, up to MOST_PROPERTIES names."""
    known = sorted(names)[:MOST_PROPERTIES]
    db.session.execute(update(TABLE).where(TABLE.c.id == device_id).values(known_properties=known))


def being_set_up(secret: str) -> Made:
    """What a setup link shows, whichever key signed then; raises LinkExpired after SETUP_TIME, and once it was used."""
    for key in settings.jwt_secret_keys:
        password = derive(secret, key)
        own = select(AppPassword).where(AppPassword.secret_hash == digest(password))
        row = db.session.scalars(own).one_or_none()
        if row and row.last_used_at is None and now() - row.created_at <= SETUP_TIME:
            return Made(row, password, secret)
    raise LinkExpired()


def of_user(user_id: UUID) -> list[AppPassword]:
    """The user's app passwords, the newest first."""
    newest = select(AppPassword).where(AppPassword.user_id == user_id).order_by(AppPassword.id.desc())
    return list(db.session.scalars(newest))


def describe(row: AppPassword) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "device", "created_at", "last_used_at", "ip")}


def as_session(row: AppPassword) -> dict[str, Any]:
    """An app password as an item of the list of sessions; one never used counts from its creation."""
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


def end(app_password_id: UUID, user_id: UUID) -> None:
    """End one at once; raises NotFound when it is not this user's."""
    own = (AppPassword.id == app_password_id, AppPassword.user_id == user_id)
    if db.session.execute(delete(AppPassword).where(*own).returning(AppPassword.id)).first() is None:
        raise NotFound()
    log.info("app_password_ended", user=str(user_id), app_password=str(app_password_id))


def end_all(user_id: UUID) -> None:
    ended = delete(AppPassword).where(AppPassword.user_id == user_id).returning(AppPassword.id)
    for app_password_id in db.session.scalars(ended, execution_options={"synchronize_session": False}).all():
        log.info("app_password_ended", user=str(user_id), app_password=str(app_password_id))

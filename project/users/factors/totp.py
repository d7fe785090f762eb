"""Codes of an authenticator app (RFC 6238): six digits, a new code every 30 seconds, each valid once."""

import hmac
import re
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import pyotp
import segno
from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from project import unicode
from project.config import APP_NAME
from project.database.base import new_id, now
from project.errors import NotFound, WrongCode
from project.extensions import db, settings
from project.users.factors import encryption
from project.users.factors.models import SecondFactor

KIND: Final = "totp"
SECONDS: Final = 30
DRIFT: Final = 1  # steps by which a phone's clock may differ, either way
FORM = re.compile(r"[0-9]{6}")


class Setup(NamedTuple):
    """A factor that waits for its first code, with its secret as text, URI and QR code, shown once."""

    id: UUID
    secret: str
    uri: str
    qr: str


def begin(user_id: UUID, username: str, name: str) -> Setup:
    """A new secret, replacing one not yet confirmed."""
    waiting = (SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None))
    db.session.execute(delete(SecondFactor).where(*waiting), execution_options={"synchronize_session": False})
    secret = pyotp.random_base32()
    factor = SecondFactor(
        id=new_id(), user_id=user_id, kind=KIND, name=name, secret=encryption.encrypt(secret), created_at=now()
    )
    db.session.add(factor)
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=APP_NAME)
    return Setup(factor.id, secret, uri, segno.make(uri, error="m").svg_inline(scale=5, dark="#000", light="#fff"))


def confirm(user_id: UUID, factor_id: UUID, code: str) -> SecondFactor:
    """Switch a factor on with its first code, within TOTP_SETUP_SECONDS; raises NotFound or WrongCode."""
    factor = db.session.get(SecondFactor, (user_id, factor_id))
    if factor is None or factor.confirmed_at or factor.created_at <= oldest_setup():
        raise NotFound()
    if not spend_step(factor, code):
        raise WrongCode()
    factor.confirmed_at = now()
    return factor


def oldest_setup() -> datetime:
    return now() - timedelta(seconds=settings.totp_setup_seconds)


def is_outdated() -> ColumnElement[bool]:
    """Whether a factor was not confirmed in time."""
    return and_(SecondFactor.confirmed_at.is_(None), SecondFactor.created_at <= oldest_setup())


def spend(user_id: UUID, code: str) -> bool:
    """Spend a code of one of the user's apps; return whether it was valid."""
    apps = (SecondFactor.user_id == user_id, SecondFactor.kind == KIND, SecondFactor.confirmed_at.is_not(None))
    return any(spend_step(factor, code) for factor in db.session.scalars(select(SecondFactor).where(*apps)).all())


def spend_step(factor: SecondFactor, code: str) -> bool:
    """Spend the step of a valid code and all steps before it: of concurrent uses exactly one succeeds."""
    step = step_of(factor, unicode.plain_code(code))
    if step is None:
        return False
    unused = or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step)
    spent = (
        update(SecondFactor)
        .where(SecondFactor.user_id == factor.user_id, SecondFactor.id == factor.id, unused)
        .values(last_step=step, last_used_at=now())
        .returning(SecondFactor.id)
    )
    return db.session.execute(spent).first() is not None


def step_of(factor: SecondFactor, code: str) -> int | None:
    """The newest step whose code this is, within the drift."""
    secret = encryption.decrypt(factor.secret or "") if FORM.fullmatch(code) else None
    if secret is None:
        return None
    clock, current = pyotp.TOTP(secret), int(now().timestamp()) // SECONDS
    steps = range(current + DRIFT, current - DRIFT - 1, -1)
    return next((step for step in steps if hmac.compare_digest(clock.generate_otp(step), code)), None)

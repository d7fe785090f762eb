"""Recovery codes replace a lost device: ten codes of 50 random bits, each valid once."""

import hashlib
import secrets
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select

from project import unicode
from project.database.base import now
from project.extensions import db
from project.users import passwords
from project.users.factors.models import RecoveryCode
from project.users.models import User
from project.users.notices import notify

KIND: Final = "recovery_code"
COUNT: Final = 10
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # base32 (RFC 4648 §6): no two look alike
LENGTH: Final = 10
COST: Final = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914), 16 MiB and some 40 ms: 50 bits are too few for a quick hash (ASVS 6.5.2)."""

log = structlog.get_logger()


def digest(code: str, salt: str) -> str:
    """Hash a code in the thread that hashes passwords, whose priority is low."""
    scrypt = partial(hashlib.scrypt, unicode.plain_code(code).encode(), salt=bytes.fromhex(salt), dklen=32, **COST)
    return passwords.hasher.submit(scrypt).result().hex()


def renew(user_id: UUID) -> list[str]:
    """Replace all codes by new ones, which are shown once."""
    remove(user_id)
    salt = secrets.token_hex(16)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=digest(code, salt), salt=salt) for code in codes)
    return [f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}" for code in codes]


def remove(user_id: UUID) -> None:
    void = delete(RecoveryCode).where(RecoveryCode.user_id == user_id)
    db.session.execute(void, execution_options={"synchronize_session": False})


def left(user_id: UUID) -> int:
    count = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return db.session.execute(count).scalar_one()


def spend(user: User, code: str) -> bool:
    """Spend one of the user's codes and tell the owner; return whether it was valid."""
    salt = db.session.scalars(select(RecoveryCode.salt).where(RecoveryCode.user_id == user.id).limit(1)).first()
    if salt is None or len(unicode.plain_code(code)) != LENGTH:
        return False
    own = (RecoveryCode.user_id == user.id, RecoveryCode.code_hash == digest(code, salt))
    spent = delete(RecoveryCode).where(*own).returning(RecoveryCode.user_id)
    if db.session.execute(spent, execution_options={"synchronize_session": False}).first() is None:
        return False
    remaining = str(left(user.id))
    notify(user, "recovery_code_used", left=remaining, at=now().isoformat())
    log.warning("recovery_code_used", user=str(user.id), left=remaining)
    return True

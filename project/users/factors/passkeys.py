"""Passkeys (WebAuthn level 3): a second factor and, since they verify who holds them, a way in by themselves."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select

from project.database.base import new_id, now
from project.errors import PasskeyRefused
from project.extensions import db
from project.users import service as users
from project.users.factors import challenges
from project.users.factors.models import Challenge, SecondFactor
from project.users.models import User
from project.users.notices import notify

KIND: Final = "passkey"

log = structlog.get_logger()


def library() -> ModuleType:
    from project.users.factors import ceremonies  # noqa: PLC0415  # 12 MB, for those who use it

    return ceremonies


def of_user(user_id: UUID) -> list[SecondFactor]:
    own = (SecondFactor.user_id == user_id, SecondFactor.kind == KIND)
    return list(db.session.scalars(select(SecondFactor).where(*own).order_by(SecondFactor.created_at)))


def begin(user: User) -> dict[str, Any]:
    """The options with which a device creates a passkey for this user."""
    challenge = challenges.ask(challenges.REGISTRATION, user.id)
    options: dict[str, Any] = library().creation_options(user, challenge, of_user(user.id))
    return options


def register(user: User, name: str, credential: Mapping[str, Any]) -> SecondFactor:
    """Add a passkey that was made with options from `begin`; raises PasskeyRefused. The caller holds the user's row."""
    made = checked(user, credential)
    if any(passkey.credential_id == made.credential_id for passkey in of_user(user.id)):
        raise PasskeyRefused("This passkey is registered already.")
    moment = now()
    passkey = SecondFactor(
        id=new_id(), user_id=user.id, kind=KIND, name=name, created_at=moment, confirmed_at=moment, **made._asdict()
    )
    db.session.add(passkey)
    return passkey


def checked(user: User, credential: Mapping[str, Any]) -> Any:
    """What `ceremonies` found in a new passkey."""
    ceremonies = library()
    try:
        challenge = ceremonies.challenge_of(credential)
        if not challenges.is_answered(challenge, challenges.REGISTRATION, user.id):
            raise PasskeyRefused("The challenge is unknown, was used, or has expired.")
        return ceremonies.verify_creation(credential, challenge)
    except ceremonies.Refused as refusal:
        raise PasskeyRefused(f"{refusal}.") from None


def options(challenge: bytes, user_id: UUID | None = None) -> dict[str, Any]:
    """The options to sign in with a passkey of this user, or of anybody."""
    allowed = of_user(user_id) if user_id else []
    made: dict[str, Any] = library().request_options(challenge, allowed)
    return made


def ask(user_id: UUID) -> dict[str, Any]:
    """The options for a signed-in user, with a challenge that is stored."""
    return options(challenges.ask(challenges.CONFIRMATION, user_id), user_id)


def confirms(user: User, credential: Mapping[str, Any]) -> bool:
    """Whether this answers a challenge that was asked of the signed-in user."""
    return verifies(user, credential, lambda sent: challenges.is_answered(sent, challenges.CONFIRMATION, user.id))


def answers(user: User, credential: Mapping[str, Any], found: Challenge) -> bool:
    """Whether this answers the challenge that came with a login token."""
    return verifies(user, credential, lambda sent: challenges.digest(sent) == found.challenge_hash)


def verifies(user: User, credential: Mapping[str, Any], was_asked: Callable[[bytes], bool]) -> bool:
    """Whether one of the user's passkeys signed a challenge that was asked; notes its use.

    The caller holds the user's row.
    """
    ceremonies = library()
    try:
        challenge = ceremonies.challenge_of(credential)
        if not was_asked(challenge):
            return False
        credential_id, handle = ceremonies.who(credential)
        passkey = next((own for own in of_user(user.id) if own.credential_id == credential_id), None)
        if passkey is None or handle not in (None, b"", user.id.bytes):
            return False
        count = ceremonies.verify_answer(credential, challenge, passkey.public_key)
    except ceremonies.Refused as refusal:
        log.info("passkey_refused", user=str(user.id), reason=str(refusal))
        return False
    return note_use(user, passkey, count)


def note_use(user: User, passkey: SecondFactor, count: int) -> bool:
    """Note a use. Return False and tell the owner if the counter did not increase: the passkey may be a copy."""
    if (count or passkey.sign_count) and count <= (passkey.sign_count or 0):
        notify(user, "passkey_counter_went_back", name=passkey.name, at=now().isoformat())
        log.warning("passkey_counter_went_back", user=str(user.id), factor=str(passkey.id))
        return False
    passkey.sign_count, passkey.last_used_at = count, now()
    return True


def owner(credential: Mapping[str, Any]) -> User | None:
    """The user that the passkey's user handle names, with the row locked; None if there is none."""
    ceremonies = library()
    try:
        _, handle = ceremonies.who(credential)
        user = db.session.get(User, UUID(bytes=handle)) if handle and len(handle) == 16 else None
    except ceremonies.Refused:
        return None
    return user if user and users.lock(user) else None

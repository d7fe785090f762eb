"""Login tokens and passkey challenges: 256 random bits, kept only as hashes, valid for LOGIN_TOKEN_SECONDS."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update

from project.database.base import now
from project.extensions import db, settings
from project.users.factors.models import Challenge

SIGN_IN: Final = "sign_in"
PASSKEY_SIGN_IN: Final = "passkey_sign_in"
REGISTRATION: Final = "registration"
CONFIRMATION: Final = "confirmation"
GUESSES: Final = 5  # for each login token, even with RATE_LIMITS=off
BYTES: Final = 32


class Issued(NamedTuple):
    """What the client gets: a login token, and the challenge for a passkey to sign."""

    token: str
    challenge: bytes


def digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


def make(purpose: str, *, user_id: UUID | None = None, device: str = "") -> Issued:
    """A login token with a challenge. Expired ones of the same user are deleted."""
    issued = Issued(secrets.token_urlsafe(BYTES), secrets.token_bytes(BYTES))
    write(purpose, digest(issued.token.encode()), issued.challenge, user_id=user_id, device=device)
    return issued


def ask(purpose: str, user_id: UUID) -> bytes:
    """A challenge that its signed-in user answers, without a login token."""
    challenge = secrets.token_bytes(BYTES)
    write(purpose, digest(challenge), challenge, user_id=user_id)
    return challenge


def write(purpose: str, token_hash: str, challenge: bytes, *, user_id: UUID | None, device: str = "") -> None:
    if user_id:
        expired = delete(Challenge).where(Challenge.user_id == user_id, Challenge.expires_at <= now())
        db.session.execute(expired, execution_options={"synchronize_session": False})
    challenge_row = Challenge(
        token_hash=token_hash,
        user_id=user_id,
        purpose=purpose,
        challenge_hash=digest(challenge),
        device=device,
        guesses=GUESSES,
        expires_at=now() + timedelta(seconds=settings.login_token_seconds),
    )
    db.session.add(challenge_row)


def find(token: str, purpose: str) -> Challenge | None:
    """The challenge of a login token; None if the token is unknown, spent or expired."""
    valid = (Challenge.token_hash == digest(token.encode()), Challenge.purpose == purpose, Challenge.expires_at > now())
    return db.session.scalars(select(Challenge).where(*valid)).one_or_none()


def guess(found: Challenge) -> bool:
    """Lock a login token and count a guess at it; return whether one was left."""
    left = update(Challenge).where(Challenge.token_hash == found.token_hash, Challenge.guesses > 0)
    counted = left.values(guesses=Challenge.guesses - 1).returning(Challenge.guesses)
    return db.session.execute(counted, execution_options={"synchronize_session": False}).first() is not None


def spend(found: Challenge) -> bool:
    """Consume it: of concurrent uses exactly one succeeds."""
    spent = delete(Challenge).where(Challenge.token_hash == found.token_hash).returning(Challenge.token_hash)
    return db.session.execute(spent, execution_options={"synchronize_session": False}).first() is not None


def is_answered(challenge: bytes, purpose: str, user_id: UUID) -> bool:
    """Consume a challenge that `ask` gave this user; return whether it was there and had not expired."""
    asked = (
        Challenge.token_hash == digest(challenge),
        Challenge.purpose == purpose,
        Challenge.user_id == user_id,
        Challenge.expires_at > now(),
    )
    answered = delete(Challenge).where(*asked).returning(Challenge.token_hash)
    return db.session.execute(answered, execution_options={"synchronize_session": False}).first() is not None


def void(user_id: UUID) -> None:
    """Void all login tokens and challenges of a user."""
    db.session.execute(
        delete(Challenge).where(Challenge.user_id == user_id), execution_options={"synchronize_session": False}
    )

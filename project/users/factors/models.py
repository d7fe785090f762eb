"""Second factors, recovery codes, and the challenges and login tokens that wait for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Timestamp, new_id, now

UNCONFIRMED = text("confirmed_at IS NULL")


class SecondFactor(Base):
    """An authenticator app (`totp`) or a `passkey`. It is on once it is confirmed.

    An app's `secret` is encrypted, and `last_step` is the last step (of 30 seconds since 1970) whose code was used.
    A passkey's id and COSE public key are in base64url; its `transports` are separated by commas.
    """

    __tablename__ = "second_factors"
    __table_args__ = (
        UniqueConstraint("user_id", "credential_id"),
        Index("ix_second_factors_unconfirmed", "created_at", postgresql_where=UNCONFIRMED, sqlite_where=UNCONFIRMED),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    last_used_at: Mapped[datetime | None] = mapped_column(Timestamp)
    secret: Mapped[str | None] = mapped_column(Text)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    credential_id: Mapped[str | None] = mapped_column(Text)
    public_key: Mapped[str | None] = mapped_column(Text)
    sign_count: Mapped[int | None] = mapped_column(BigInteger)
    transports: Mapped[str | None] = mapped_column(String(100))


class RecoveryCode(Base):
    """A single-use code, kept as a hash. All codes of a user have the same salt."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))


class Challenge(Base):
    """A challenge for a second factor or a passkey.

    `token_hash` is the hash of the login token, or of the challenge if there is no token. `user_id` is null for a
    sign-in by passkey alone: the answer tells whose it is.
    """

    __tablename__ = "challenges"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    challenge_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(200), default="")
    guesses: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)

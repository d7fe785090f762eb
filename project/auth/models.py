"""Sessions, the networks that users sign in from, app passwords, and one-time tokens that are mailed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Json, Timestamp, new_id

BEFORE = '["password"]'  # sessions from before there were second factors


class Session(Base):
    """A signed-in device. Deleting the row ends the session.

    `current_jti` names the current pair of tokens. Until a request with that pair shows that it `arrived`, the previous
    pair can still be refreshed, since the answer may have been lost. `authenticated_by` lists what opened the session.
    """

    __tablename__ = "sessions"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    current_jti: Mapped[UUID] = mapped_column(default=new_id)
    previous_jti: Mapped[UUID | None]
    rotated_at: Mapped[datetime] = mapped_column(Timestamp)
    device: Mapped[str] = mapped_column(String(200))
    ip: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    last_used_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
    arrived: Mapped[bool] = mapped_column(default=True, server_default=true())
    refreshed_from: Mapped[str | None] = mapped_column(String(45))
    reused_elsewhere: Mapped[bool] = mapped_column(default=False, server_default=false())
    authenticated_by: Mapped[Any] = mapped_column(Json, server_default=BEFORE)


class KnownNetwork(Base):
    """A network (an IPv4 address or an IPv6 /64) from which a user has signed in, and when last."""

    __tablename__ = "known_networks"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(String(45), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Timestamp, index=True)


class AppPassword(Base):
    """The password of one device, for CardDAV only. `known_properties`: what this device has ever written of cards."""

    __tablename__ = "app_passwords"
    __table_args__ = (Index("ix_app_passwords_owner_secret", "owner_id", "secret_hash", unique=True),)

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(200))
    known_properties: Mapped[Any] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    last_used_at: Mapped[datetime | None] = mapped_column(Timestamp)
    ip: Mapped[str | None] = mapped_column(String(45))


class AppPasswordOwner(Base):
    """Maps the hash of an app password to its user, as a device may send no more than the password."""

    __tablename__ = "app_password_owners"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class OneTimeToken(Base):
    """The token of a mailed link, kept as a hash; one for each user and purpose, so that a newer mail replaces it."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (UniqueConstraint("user_id", "purpose"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime | None] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)

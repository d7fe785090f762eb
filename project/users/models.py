"""User accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Timestamp, new_id, now

UNVERIFIED = text("email_verified_at IS NULL")


class User(Base):
    """An account. Names and addresses are compared by their `_key` columns."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_unverified", "created_at", postgresql_where=UNVERIFIED, sqlite_where=UNVERIFIED),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(String(200), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(60))
    email_verified_at: Mapped[datetime | None] = mapped_column(Timestamp)
    avatar: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, default=now, onupdate=now)

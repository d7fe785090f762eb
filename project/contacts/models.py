"""Address books and their contacts. The owner comes first in every key: it is also the key to shard by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from project.database.base import Base, Json, Timestamp

# Folded keys are ASCII for the most part; PostgreSQL compares them byte by byte, as SQLite does.
Key = Text().with_variant(Text(collation="C"), "postgresql")
LIVING = text("deleted_at IS NULL")


class AddressBook(Base):
    """One user's address book. Every transaction that writes contacts takes this row first and raises its revision.

    `owner_id` is a user's id, on purpose without a foreign key: accounts may live in another database.
    """

    __tablename__ = "address_books"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    living: Mapped[int]
    purged_revision: Mapped[int] = mapped_column(BigInteger, default=0)


class Contact(Base):
    """A contact, living, in the bin (`deleted_at`), or a tombstone (`wiped_at`) that only deltas still tell of."""

    __tablename__ = "contacts"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("address_books.owner_id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(201))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    nickname: Mapped[str | None] = mapped_column(String(100))
    company: Mapped[str | None] = mapped_column(String(100))
    job_title: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(255))
    birthday: Mapped[str | None] = mapped_column(String(10))
    notes: Mapped[str | None] = mapped_column(Text)
    favorite: Mapped[bool]
    labels: Mapped[Any] = mapped_column(Json)
    details: Mapped[Any] = mapped_column(Json)
    addresses: Mapped[Any] = mapped_column(Json)
    photo: Mapped[str | None] = mapped_column(String(200))
    extra: Mapped[Any | None] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    wiped_at: Mapped[datetime | None] = mapped_column(Timestamp)
    sort_key: Mapped[str] = mapped_column(Key)
    first_name_key: Mapped[str] = mapped_column(Key)
    last_name_key: Mapped[str] = mapped_column(Key)
    email_keys: Mapped[str] = mapped_column(Key)
    phone_keys: Mapped[str] = mapped_column(Key)
    search_text: Mapped[str] = mapped_column(Key)
    birthday_mmdd: Mapped[str | None] = mapped_column(String(5))

    __table_args__ = (
        Index("ix_contacts_name", owner_id, sort_key, id, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_created", owner_id, created_at, id, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_birthday", owner_id, birthday_mmdd, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_revision", owner_id, revision, id),
        Index(
            "ix_contacts_search",
            owner_id,
            search_text,
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
    )

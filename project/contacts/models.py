"""Address books and contacts. The owner comes first in every key, so that owners can be sharded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from project.contacts.content import DISPLAY_NAME_LENGTH, NAME_LENGTH, VALUE_LENGTH
from project.database.base import Base, Json, Timestamp

# Compared byte by byte on PostgreSQL, as SQLite does; most folded keys are ASCII.
Key = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite does not enforce lengths, and would copy the table to alter one: it keeps those of the first version.
DisplayName = String(DISPLAY_NAME_LENGTH).with_variant(String(201), "sqlite")
LIVING = text("deleted_at IS NULL")
BINNED = text("deleted_at IS NOT NULL AND wiped_at IS NULL")
PURGED = text("wiped_at IS NOT NULL")
UNMEASURED = text("size = 0 AND wiped_at IS NULL")
NAMED = text("href IS NOT NULL")  # a card is otherwise found by the contact's id
PENDING = "pending"  # in place of a photo that the store has not taken yet
WAITING = text(f"photo = '{PENDING}'")
DELETED = text("deleted_at IS NOT NULL")


class AddressBook(Base):
    """One user's address book. A transaction that writes contacts locks this row first and raises its revision.

    `owner_id` is a user's id without a foreign key, because accounts may live in another database.
    """

    __tablename__ = "address_books"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    contact_count: Mapped[int] = mapped_column("living", key="contact_count")
    purged_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    bin_count: Mapped[int] = mapped_column(server_default="0")
    size: Mapped[int] = mapped_column(BigInteger, server_default="0")  # in KiB, with 64 for each photo
    card_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    keys_version: Mapped[str] = mapped_column(String(16), default="", server_default="")


class Contact(Base):
    """A contact; in the bin once it has `deleted_at`, and once it has `purged_at` a tombstone that only deltas show."""

    __tablename__ = "contacts"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("address_books.owner_id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(DisplayName)
    first_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    last_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    nickname: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    name_prefix: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    middle_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    name_suffix: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    phonetic_first_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    phonetic_last_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    company: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    department: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    job_title: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    email: Mapped[str | None] = mapped_column(String(VALUE_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(VALUE_LENGTH))
    birthday: Mapped[str | None] = mapped_column(String(10))
    notes: Mapped[str | None] = mapped_column(Text)
    favorite: Mapped[bool]
    labels: Mapped[Any] = mapped_column(Json)
    details: Mapped[Any] = mapped_column(Json)
    addresses: Mapped[Any] = mapped_column(Json)
    photo: Mapped[str | None] = mapped_column(String(200))
    extra: Mapped[Any | None] = mapped_column(Json)
    href: Mapped[str | None] = mapped_column(String(255))  # its name in CardDAV; null: `<id>.vcf`
    uid: Mapped[str | None] = mapped_column(Text)  # as it is spelled in its vCard; null: the id
    revision: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)
    purged_at: Mapped[datetime | None] = mapped_column("wiped_at", Timestamp, key="purged_at")
    name_key: Mapped[str] = mapped_column("sort_key", Key, key="name_key")
    first_name_key: Mapped[str] = mapped_column(Key)
    last_name_key: Mapped[str] = mapped_column(Key)
    email_keys: Mapped[str] = mapped_column(Key)
    phone_keys: Mapped[str] = mapped_column(Key)
    search_text: Mapped[str] = mapped_column(Key)
    birthday_mmdd: Mapped[str | None] = mapped_column(String(5))
    name_order: Mapped[str] = mapped_column(Key)
    name_section: Mapped[str] = mapped_column(String(8))
    last_name_order: Mapped[str] = mapped_column(Key)
    last_name_section: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(server_default="0")  # in KiB, rounded up, without the photo; 0 for a tombstone

    __table_args__ = (
        Index("ix_contacts_name_order", owner_id, name_order, id, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_last_name", owner_id, last_name_order, id, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_created", owner_id, created_at, id, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_birthday", owner_id, birthday_mmdd, postgresql_where=LIVING, sqlite_where=LIVING),
        Index("ix_contacts_revision", owner_id, revision, id),
        Index("ix_contacts_binned", owner_id, deleted_at, postgresql_where=BINNED, sqlite_where=BINNED),
        Index("ix_contacts_tombstones", owner_id, deleted_at, postgresql_where=PURGED, sqlite_where=PURGED),
        Index("ix_contacts_unmeasured", owner_id, id, postgresql_where=UNMEASURED, sqlite_where=UNMEASURED),
        Index("ix_contacts_href", owner_id, href, unique=True, postgresql_where=NAMED, sqlite_where=NAMED),
        Index(
            "ix_contacts_search",
            owner_id,
            search_text,
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
    )


class KeptCard(Base):
    """The vCard that a device has written, byte for byte; served while its revision is the contact's.

    `photo` is the stored picture that was made of its PHOTO, or PENDING while the store did not answer.
    """

    __tablename__ = "cards"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    size: Mapped[int]  # bytes of the body
    revision: Mapped[int] = mapped_column(BigInteger)
    photo: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        ForeignKeyConstraint(
            [owner_id, contact_id], ["contacts.owner_id", "contacts.id"], name="fk_cards_contacts", ondelete="CASCADE"
        ),
        Index("ix_cards_waiting", owner_id, contact_id, postgresql_where=WAITING, sqlite_where=WAITING),
    )


class ContactAlias(Base):
    """An id under which an import finds a contact: that of one merged into it, or the digest of a card without UID."""

    __tablename__ = "contact_aliases"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column()

    __table_args__ = (
        ForeignKeyConstraint(
            [owner_id, contact_id],
            ["contacts.owner_id", "contacts.id"],
            name="fk_contact_aliases_contacts",
            ondelete="CASCADE",
        ),
        Index("ix_contact_aliases_contact", owner_id, contact_id),
    )


class ContactGroup(Base):
    """A vCard that groups others (KIND:group), known to CardDAV only. Contacts have its `label`."""

    __tablename__ = "contact_groups"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("address_books.owner_id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    href: Mapped[str | None] = mapped_column(String(255))
    uid: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)

    __table_args__ = (
        Index("ix_contact_groups_revision", owner_id, revision, id),
        Index("ix_contact_groups_href", owner_id, href, unique=True),
        Index("ix_contact_groups_deleted", owner_id, deleted_at, postgresql_where=DELETED, sqlite_where=DELETED),
    )


class AwaitedMember(Base):
    """A member that a group's card names although no contact with its label is it, by the id that its UID leads to."""

    __tablename__ = "awaited_members"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(
            [owner_id, group_id],
            ["contact_groups.owner_id", "contact_groups.id"],
            name="fk_awaited_members_contact_groups",
            ondelete="CASCADE",
        ),
        Index("ix_awaited_members_group", owner_id, group_id),
    )

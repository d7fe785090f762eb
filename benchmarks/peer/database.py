"""The tables that the peer shares with the application, as SQLAlchemy's models; and a session for each request."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends
from sqlalchemy import Boolean, DateTime, ForeignKey, Text, event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from benchmarks.peer.settings import settings
from project.contacts.content import FIELDS, LISTS
from project.database import reading

for moment in ("do_execute", "do_executemany"):  # the application's watch over its own statements
    event.remove(Engine, moment, reading.before_statement)

engine = create_async_engine(
    settings.database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=20, max_overflow=0
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Json(TypeDecorator[Any]):
    """A JSON document, which the shared table keeps as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), list[Any]: Json}


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str]
    email: Mapped[str]
    email_verified_at: Mapped[datetime | None]
    avatar: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Session(Base):
    __tablename__ = "sessions"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)


class AddressBook(Base):
    __tablename__ = "address_books"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    living: Mapped[int]
    purged_revision: Mapped[int]


COLUMNS: Mapping[str, Callable[[], MappedColumn[Any]]] = {
    "flag": lambda: mapped_column(Boolean),
    **dict.fromkeys(LISTS, lambda: mapped_column(Json)),
}
Content = type("Content", (), {field.name: COLUMNS.get(field.kind, lambda: mapped_column(Text))() for field in FIELDS})
"""What clients write of a contact, a column for each field."""


class Contact(Content, Base):  # type: ignore[misc, valid-type]
    __tablename__ = "contacts"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("address_books.owner_id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    photo: Mapped[str | None]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    # What is compared and searched, but never shown:
    name_key: Mapped[str] = mapped_column("sort_key", deferred=True)
    name_order: Mapped[str] = mapped_column(deferred=True)
    name_section: Mapped[str] = mapped_column(deferred=True)
    last_name_order: Mapped[str] = mapped_column(deferred=True)
    last_name_section: Mapped[str] = mapped_column(deferred=True)
    first_name_key: Mapped[str] = mapped_column(deferred=True)
    last_name_key: Mapped[str] = mapped_column(deferred=True)
    email_keys: Mapped[str] = mapped_column(deferred=True)
    phone_keys: Mapped[str] = mapped_column(deferred=True)
    search_text: Mapped[str] = mapped_column(deferred=True)
    birthday_mmdd: Mapped[str | None] = mapped_column(deferred=True)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]

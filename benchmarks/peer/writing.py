"""Writing contacts: create and change, with the book's revision, count and quota."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from benchmarks.peer import schemas
from benchmarks.peer.callers import CallerId
from benchmarks.peer.database import AddressBook, Contact, Database
from benchmarks.peer.settings import settings
from benchmarks.peer.tags import tag
from project.contacts.content import Content
from project.contacts.naming import display_name, is_named
from project.contacts.search import keys, order

router = APIRouter(prefix="/api/v1/contacts")


async def take(database: AsyncSession, owner_id: UUID, *, adding: int) -> int:
    """Lock the book, raise its revision, and count what is added."""
    statement = (
        insert(AddressBook)
        .values(owner_id=owner_id, revision=1, living=adding, purged_revision=0)
        .on_conflict_do_update(
            index_elements=[AddressBook.owner_id],
            set_={"revision": AddressBook.revision + 1, "living": AddressBook.living + adding},
            where=AddressBook.living + adding <= settings.max_contacts_per_user,
        )
        .returning(AddressBook.revision)
    )
    revision = await database.scalar(statement)
    if revision is None:
        raise HTTPException(409, "quota-exceeded")
    return revision


def derived(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that follow from the content, by the application's own functions."""
    written, name = cast(Content, content), display_name(content)
    return {"name": name, **keys.derive(written, name, None), **order.derive(written)}


@router.post("", response_model=schemas.Contact, status_code=201)
async def create(owner_id: CallerId, database: Database, response: Response, sent: schemas.NewContact) -> Any:
    content = sent.model_dump()
    moment = datetime.now(UTC)
    revision = await take(database, owner_id, adding=1)
    contact = Contact(
        owner_id=owner_id,
        id=uuid7(),
        **content,
        **derived(content),
        revision=revision,
        created_at=moment,
        updated_at=moment,
    )
    database.add(contact)
    await database.commit()
    response.headers["ETag"] = tag(owner_id, revision)
    response.headers["Location"] = f"/api/v1/contacts/{contact.id}"
    return contact


@router.patch("/{contact_id}", response_model=schemas.Contact)
async def update(
    owner_id: CallerId, database: Database, response: Response, contact_id: UUID, changes: schemas.ContactChange
) -> Any:
    revision = await take(database, owner_id, adding=0)
    contact = await database.get(Contact, (owner_id, contact_id))
    if contact is None or contact.deleted_at is not None:
        raise HTTPException(404, "not-found")
    former = {name: getattr(contact, name) for name in schemas.ContactChange.model_fields}
    content = former | changes.model_dump(exclude_unset=True)
    if not is_named(content):
        raise HTTPException(422, "validation-failed")
    if content != former:
        values = {**content, **derived(content), "revision": revision, "updated_at": datetime.now(UTC)}
        for name, value in values.items():
            setattr(contact, name, value)
        await database.commit()
    response.headers["ETag"] = tag(owner_id, contact.revision)
    return contact

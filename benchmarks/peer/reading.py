"""Reading contacts: one, a page, birthdays, changes."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import undefer

from benchmarks.peer import schemas
from benchmarks.peer.callers import CallerId
from benchmarks.peer.database import AddressBook, Contact, Database
from benchmarks.peer.tags import IfNoneMatch, is_known, tag
from project.contacts import birthdays
from project.contacts.search import keys
from project.web.cursors import seal, unseal

router = APIRouter(prefix="/api/v1/contacts")
CURSOR_VERSION = 2
LAST_ID = UUID(int=2**128 - 1)


@router.get("", response_model=schemas.Page)
async def list_contacts(
    owner_id: CallerId,
    database: Database,
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: str | None = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    if_none_match: IfNoneMatch = None,
) -> Any:
    book = await database.get_one(AddressBook, owner_id)
    response.headers["ETag"] = etag = tag(owner_id, book.revision)
    if is_known(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    wanted = [Contact.owner_id == owner_id, Contact.deleted_at.is_(None), *matching(q)]
    listed = select(Contact, Contact.name_order, Contact.name_section).where(*wanted)
    statement = listed.order_by(Contact.name_order, Contact.id)
    if cursor is not None:
        *_, last, last_id = unseal(cursor, int, str, int, str, str)
        statement = statement.where(tuple_(Contact.name_order, Contact.id) > (last, UUID(last_id)))
    found = (await database.execute(statement.limit(limit + 1))).all()
    total = book.living
    if q is not None:
        total = await database.scalar(select(func.count()).select_from(Contact).where(*wanted)) or 0
    page = found[:limit]
    next_cursor = cursor_after(page[-1]) if len(found) > limit else None
    if next_cursor:
        query = request.url.include_query_params(cursor=next_cursor).query
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    items = [{**shown(row.Contact), "section": row.name_section} for row in page]
    return {"items": items, "next_cursor": next_cursor, "total": total}


def cursor_after(row: Any) -> str:
    return seal(CURSOR_VERSION, "name", 0, row.name_order, str(row.Contact.id))


def shown(contact: Contact) -> dict[str, Any]:
    """The columns of a contact that are shown, which its schema has under the same names."""
    return {name: getattr(contact, name) for name in schemas.COLUMNS}


def matching(q: str | None) -> list[ColumnElement[bool]]:
    terms = keys.search_terms(q, None) if q else []
    return [
        or_(*(Contact.search_text.like(f"%{keys.escape_like(pattern)}%", escape="\\") for pattern in patterns))
        for patterns in terms
    ]


@router.get("/birthdays", response_model=schemas.Birthdays)
async def list_birthdays(
    owner_id: CallerId,
    database: Database,
    response: Response,
    start: Annotated[date, Query(alias="from")],
    days: Annotated[int, Query(ge=0, le=366)] = 7,
    if_none_match: IfNoneMatch = None,
) -> Any:
    revision = await database.scalar(select(AddressBook.revision).where(AddressBook.owner_id == owner_id)) or 0
    response.headers["ETag"] = etag = tag(owner_id, revision, start)
    if is_known(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    within = or_(*(Contact.birthday_mmdd.between(*bounds) for bounds in birthdays.ranges(start, days)))
    wanted = Contact.owner_id == owner_id, Contact.deleted_at.is_(None), within
    statement = select(Contact).options(undefer(Contact.name_order)).where(*wanted)
    items = [occasion(contact, start, days) for contact in await database.scalars(statement)]
    return {"items": sorted(items, key=lambda item: (item["date"], item["contact"].name_order))}


def occasion(contact: Contact, start: date, days: int) -> dict[str, Any]:
    birthday = str(contact.birthday)
    on = birthdays.date_within(birthday, start, days) or start
    age = birthdays.age(birthday, on)
    return {"contact": contact, "date": on, "age": age, "days_until": (on - start).days}


@router.get("/changes", response_model=schemas.Delta)
async def list_changes(
    owner_id: CallerId,
    database: Database,
    response: Response,
    since: str,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Any:
    book = await database.get_one(AddressBook, owner_id)
    owner, revision, last_id, began = unseal(since, str, int, str, int)
    if owner != str(owner_id) or revision > book.revision or max(revision, began) < book.purged_revision:
        raise HTTPException(400, "invalid-sync-token")
    found: list[Contact] = []
    if (revision, UUID(last_id)) < (book.revision, LAST_ID):
        statement = (
            select(Contact)
            .where(
                Contact.owner_id == owner_id,
                tuple_(Contact.revision, Contact.id) > (revision, UUID(last_id)),
                Contact.revision <= book.revision,
                Contact.deleted_at.is_(None) | (Contact.revision > began),
            )
            .order_by(Contact.revision, Contact.id)
            .limit(limit + 1)
        )
        found = list(await database.scalars(statement))
    page, has_more = found[:limit], len(found) > limit
    reached = (page[-1].revision, str(page[-1].id), began) if has_more else (book.revision, str(LAST_ID), 0)
    response.headers["ETag"] = tag(owner_id, book.revision)
    return {
        "changed": [contact for contact in page if contact.deleted_at is None],
        "deleted": [contact.id for contact in page if contact.deleted_at is not None],
        "sync_token": seal(str(owner_id), *reached),
        "has_more": has_more,
    }


@router.get("/{contact_id}", response_model=schemas.Contact)
async def show(
    owner_id: CallerId, database: Database, response: Response, contact_id: UUID, if_none_match: IfNoneMatch = None
) -> Any:
    contact = await database.get(Contact, (owner_id, contact_id))
    if contact is None or contact.deleted_at is not None:
        raise HTTPException(404, "not-found")
    response.headers["ETag"] = etag = tag(owner_id, contact.revision)
    if is_known(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return contact

"""Delta sync: what has changed since a token, in the order of revisions, so that no client misses a change.

Every transaction that writes raises the book's revision under its row lock, and a row carries the revision of its last
change. A late commit therefore has a later revision than anything read before it, and is in a later delta.
"""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_

from project.contacts import books, rows
from project.contacts.books import BOOK, State
from project.contacts.bounds import SMALL_PAGE, bounded, fit
from project.contacts.queries import OWNER, owned_by
from project.contacts.rows import COLUMNS
from project.contacts.rows import TABLE as CONTACT
from project.database.reading import fetch
from project.errors import InvalidSyncToken, SyncTokenExpired
from project.web.budgets import ANSWER_KIB
from project.web.cursors import seal, unseal

LAST_ID = UUID(int=2**128 - 1)
POSITION = tuple_(CONTACT.c.revision, CONTACT.c.id)
PURGED = select(BOOK.c.purged_revision).where(BOOK.c.owner_id == OWNER).scalar_subquery().label("purged_revision")
DELTA = (
    owned_by(*COLUMNS, CONTACT.c.deleted_at, CONTACT.c.size, PURGED)
    .where(
        tuple_(bindparam("since"), bindparam("since_id", type_=CONTACT.c.id.type)) < POSITION,
        CONTACT.c.revision <= bindparam("until"),
        CONTACT.c.deleted_at.is_(None) | (CONTACT.c.revision > bindparam("began")),
    )
    .order_by(CONTACT.c.revision, CONTACT.c.id)
    .limit(bindparam("rows"))
)
LARGE = DELTA.subquery("delta")
LARGE_DELTA = bounded(LARGE, ANSWER_KIB, LARGE.c.revision, LARGE.c.id).order_by("revision", "id")


class Position(NamedTuple):
    """How far a client has synced: up to this revision and, within it, this id.

    `began` is the revision at which its full sync began; it never had what was deleted before.
    """

    revision: int
    id: UUID
    began: int


class Delta(NamedTuple):
    """A page of changes, and the book's revision when it was read."""

    body: dict[str, Any]
    revision: int


def since(owner_id: UUID, token: str | None, *, limit: int) -> Delta:
    """Return what changed after the token, or everything; raises InvalidSyncToken or SyncTokenExpired."""
    book = books.state(owner_id)
    position = unsealed(owner_id, token, book) if token is not None else Position(0, LAST_ID, book.revision)
    found = rows_after(owner_id, position, book, limit) if position[:2] < (book.revision, LAST_ID) else []
    if token is not None and position[:2] < (book.revision, LAST_ID):  # tombstones may have gone after the first look
        check_age(position, found[0].purged_revision if found else books.state(owner_id).purged_revision)
    page = found[: fit(row.size for row in found[:limit])]
    has_more = len(found) > len(page)
    reached = Position(page[-1].revision, page[-1].id, position.began) if has_more else at(book.revision)
    return Delta(
        {
            "changed": [rows.show(row) for row in page if row.deleted_at is None],
            "deleted": [row.id for row in page if row.deleted_at is not None],
            "sync_token": seal(str(owner_id), reached.revision, str(reached.id), reached.began),
            "has_more": has_more,
        },
        book.revision,
    )


def at(revision: int) -> Position:
    """Return the position of a client that has everything up to a revision."""
    return Position(revision, LAST_ID, 0)


def rows_after(owner_id: UUID, position: Position, book: State, limit: int) -> list[Any]:
    bounds = {"since": position.revision, "since_id": position.id, "until": book.revision, "began": position.began}
    statement = LARGE_DELTA if limit > SMALL_PAGE else DELTA
    return list(fetch(statement, {"owner_id": owner_id, "rows": limit + 1, **bounds}))


def unsealed(owner_id: UUID, token: str, book: State) -> Position:
    """Return the position in a token.

    Raises InvalidSyncToken for one that is damaged, another owner's or ahead of the book; SyncTokenExpired for one that
    is older than the tombstones.
    """
    try:
        owner, revision, last_id, began = unseal(token, str, int, str, int)
        position = Position(revision, UUID(last_id), began)
    except ValueError:
        raise InvalidSyncToken() from None
    if owner != str(owner_id) or not 0 <= position.revision <= book.revision or position.began > book.revision:
        raise InvalidSyncToken()
    check_age(position, book.purged_revision)
    return position


def check_age(position: Position, purged_revision: int) -> None:
    """Raises SyncTokenExpired for a position that is older than the tombstones."""
    if max(position.revision, position.began) < purged_revision:
        raise SyncTokenExpired()

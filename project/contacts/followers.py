"""What follows when contacts change, outside their rows: CardDAV's kept cards and groups.

Whoever raises a contact's revision outdates its kept card. Deleting and restoring change nothing in a contact, and its
card follows. A label that was given or taken changes the groups of that name.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, select, update

from project.contacts.models import ContactGroup, KeptCard
from project.database.portions import owners
from project.extensions import db

CARD, GROUP = cast(Table, KeptCard.__table__), cast(Table, ContactGroup.__table__)
TAKE_ALONG = (
    update(CARD)
    .where(
        CARD.c.owner_id == bindparam("owner"),
        CARD.c.contact_id == bindparam("contact"),
        CARD.c.revision == bindparam("was"),
    )
    .values(revision=bindparam("now"))
)
TOUCH = (
    update(GROUP)
    .where(
        GROUP.c.owner_id == bindparam("owner"),
        GROUP.c.deleted_at.is_(None),
        GROUP.c.label.in_(bindparam("labels", expanding=True)),
    )
    .values(revision=bindparam("now"), updated_at=bindparam("moment"))
)

DROP = (
    delete(CARD)
    .where(CARD.c.owner_id == bindparam("owner"), CARD.c.contact_id.in_(bindparam("ids", expanding=True)))
    .returning(CARD.c.size)
)
EXPIRED = GROUP.c.deleted_at <= bindparam("limit")
FORGET = delete(GROUP).where(GROUP.c.owner_id == bindparam("owner"), EXPIRED).returning(GROUP.c.revision)
AT_ONCE = 1_000


class Contact(Protocol):
    """A contact at one moment; `loading.Entry` is one."""

    @property
    def id(self) -> UUID: ...
    @property
    def content(self) -> Any: ...
    @property
    def photo(self) -> str | None: ...
    @property
    def extra(self) -> list[str] | None: ...
    @property
    def uid(self) -> str | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def is_living(self) -> bool: ...


Change = tuple[Contact | None, Contact]
"""A contact as it was, None for a new one, and as it is."""


def follow(owner_id: UUID, changes: Sequence[Change]) -> None:
    """Let the cards of contacts that were only deleted or restored follow; touch the groups of changed labels."""
    moved = [(was, now) for was, now in changes if was and is_moved(was, now)]
    if moved:
        values = [
            {"owner": owner_id, "contact": now.id, "was": was.revision, "now": now.revision} for was, now in moved
        ]
        db.session.execute(TAKE_ALONG, values)
    labels = {label for was, now in changes for label, _ in memberships(was) ^ memberships(now)}
    if labels:
        _, now = changes[0]
        touch(owner_id, labels, now.revision, now.updated_at)


def touch(owner_id: UUID, labels: Iterable[str], revision: int, moment: datetime) -> None:
    """Let all devices read the groups of these names again."""
    db.session.execute(TOUCH, {"owner": owner_id, "labels": sorted(labels), "now": revision, "moment": moment})


def is_moved(was: Contact, now: Contact) -> bool:
    """Whether a contact was deleted or restored, and not changed."""
    same = (was.content, was.photo, was.extra) == (now.content, now.photo, now.extra)
    return same and was.is_living != now.is_living


def memberships(contact: Contact | None) -> set[tuple[str, str | None]]:
    """The labels of a contact, with the UID by which groups name it."""
    return {(label, contact.uid) for label in contact.content["labels"]} if contact and contact.is_living else set()


def drop_cards(owner_id: UUID, ids: Sequence[UUID]) -> int:
    """Delete the cards of contacts that were purged; return how many bytes they had."""
    freed = 0
    for start in range(0, len(ids), AT_ONCE):
        freed += sum(db.session.scalars(DROP, {"owner": owner_id, "ids": ids[start : start + AT_ONCE]}))
    return freed


def owners_of_forgettable(limit: datetime) -> Iterator[UUID]:
    return owners(select(GROUP.c.owner_id).where(EXPIRED), {"limit": limit})


def forget_groups(owner_id: UUID, limit: datetime) -> Sequence[int]:
    """Delete the oldest tombstones of groups; return their revisions."""
    return db.session.scalars(FORGET, {"owner": owner_id, "limit": limit}).all()

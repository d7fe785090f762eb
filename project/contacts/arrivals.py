"""What awaits contacts that come: labels of CardDAV groups that have named them before, and names that are taken.

A group's card may name members that no contact is, and a device may name a card `<id>.vcf` by an id that is not the
card's. Only books with cards have either.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace as altered
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import BindParameter, Table, and_, bindparam, delete, insert, select, union_all

from project.contacts.content import MOST_LABELS, Content
from project.contacts.followers import GROUP
from project.contacts.loading import Entry, portions
from project.contacts.models import AwaitedMember
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.base import new_id
from project.database.reading import fetch
from project.extensions import db

SUFFIX: Final = ".vcf"
AWAITED: Final = cast(Table, AwaitedMember.__table__)
OWN: Final = AWAITED.c.owner_id == bindparam("owner_id")
LABELS: Final = (
    select(AWAITED.c.contact_id, GROUP.c.label)
    .join(GROUP, and_(GROUP.c.id == AWAITED.c.group_id))
    .where(OWN, GROUP.c.owner_id == bindparam("owner_id"), AWAITED.c.contact_id.in_(bindparam("ids", expanding=True)))
    .order_by(GROUP.c.label)
)
NAMES: Final[BindParameter[Any]] = bindparam("names", expanding=True)
TAKEN: Final = union_all(
    owned_by(CONTACT.c.href).where(CONTACT.c.href.in_(NAMES)),
    select(GROUP.c.href).where(GROUP.c.owner_id == bindparam("owner_id"), GROUP.c.href.in_(NAMES)),
)
OF_GROUP: Final = select(AWAITED.c.contact_id).where(OWN, AWAITED.c.group_id == bindparam("group_id"))
ADD: Final = insert(AWAITED)
CLEAR: Final = delete(AWAITED).where(AWAITED.c.owner_id == bindparam("owner"), AWAITED.c.group_id == bindparam("group"))
MEET: Final = delete(AWAITED).where(
    AWAITED.c.owner_id == bindparam("owner"), AWAITED.c.contact_id.in_(bindparam("ids", expanding=True))
)


class Expected(NamedTuple):
    """What awaits a contact: the labels of the groups that name it, and whether another card has its name."""

    labels: Sequence[str] = ()
    is_name_taken: bool = False

    def welcome(self, entry: Entry) -> Entry:
        """The contact with these labels, as many as it may have, and under a name that is free."""
        content = cast(Content, {**entry.content, "labels": labelled(entry.content["labels"], self.labels)})
        is_renamed = self.is_name_taken and entry.href is None
        return altered(entry, content=content, href=f"{new_id()}{SUFFIX}" if is_renamed else entry.href)

    def is_met(self, entry: Entry) -> bool:
        return set(self.labels).issubset(entry.content["labels"])


def labelled(labels: Sequence[str], more: Iterable[str]) -> list[str]:
    """These labels and more, each once, as many as a contact may have."""
    return [*labels, *(label for label in dict.fromkeys(more) if label not in labels)][: max(MOST_LABELS, len(labels))]


def own_name(contact_id: UUID) -> str:
    """The name of a contact's card unless a device has chosen another one."""
    return f"{contact_id}{SUFFIX}"


def find(owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Expected]:
    """What awaits those of these contacts that anything awaits."""
    found: dict[UUID, Expected] = {}
    for some in portions(ids):
        for row in fetch(LABELS, {"owner_id": owner_id, "ids": some}):
            found[row.contact_id] = Expected((*found.get(row.contact_id, Expected()).labels, row.label))
        names = {own_name(each): each for each in some}
        for (name,) in fetch(TAKEN, {"owner_id": owner_id, "names": list(names)}):
            found[names[name]] = found.get(names[name], Expected())._replace(is_name_taken=True)
    return found


def forget(owner_id: UUID, ids: Collection[UUID]) -> None:
    """Note that contacts are there which were awaited."""
    for some in portions(sorted(ids)):
        db.session.execute(MEET, {"owner": owner_id, "ids": some})


def of_group(owner_id: UUID, group_id: UUID) -> set[UUID]:
    """The members that a group names and that have not come."""
    return set(fetch(OF_GROUP, {"owner_id": owner_id, "group_id": group_id}).scalars())


def set_of_group(owner_id: UUID, group_id: UUID, ids: Collection[UUID]) -> None:
    """Let a group await these members and no others."""
    db.session.execute(CLEAR, {"owner": owner_id, "group": group_id})
    if ids:
        rows = [{"owner_id": owner_id, "contact_id": each, "group_id": group_id} for each in ids]
        db.session.execute(ADD, rows)

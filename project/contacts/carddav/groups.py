"""Cards that group others (Apple's, and vCard 4.0's KIND:group). A group's name is a label, which its members have."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, tuple_, update

from project.contacts import arrivals
from project.contacts.arrivals import AWAITED, Expected
from project.contacts.carddav import hrefs, preconditions
from project.contacts.carddav.mending import Arrived
from project.contacts.changes import Position
from project.contacts.exchange import kept_groups, vcards
from project.contacts.followers import GROUP
from project.database.reading import fetch
from project.extensions import db

LIVING_GROUP = GROUP.c.deleted_at.is_(None)
BARE = select(*(column for column in GROUP.c if column.name != "body")).where(GROUP.c.owner_id == bindparam("owner_id"))
NAMED = BARE.where(LIVING_GROUP, GROUP.c.href.in_(bindparam("names", expanding=True)))
CHANGED = (
    BARE.where(
        tuple_(bindparam("since"), bindparam("since_id", type_=GROUP.c.id.type)) < tuple_(GROUP.c.revision, GROUP.c.id),
        GROUP.c.deleted_at.is_(None) | (GROUP.c.revision > bindparam("began")),
    )
    .order_by(GROUP.c.revision, GROUP.c.id)
    .limit(bindparam("rows"))
)
NAMING = select(AWAITED.c.group_id).where(
    AWAITED.c.owner_id == bindparam("owner_id"), AWAITED.c.contact_id == bindparam("id")
)
AROUND = BARE.where(or_(GROUP.c.id == bindparam("id"), GROUP.c.href == bindparam("name"), GROUP.c.id.in_(NAMING)))
FREE = update(GROUP).where(GROUP.c.owner_id == bindparam("owner"), GROUP.c.id == bindparam("group")).values(href=None)
ALIKE = kept_groups.COUNT.where(GROUP.c.label == bindparam("label"), GROUP.c.id != bindparam("id"))


def changed(owner_id: UUID, position: Position, until: int | None) -> Iterator[Any]:
    """The groups that changed after a position, up to a revision, without bodies, in order; None: all that live."""
    since, since_id, began = position
    while True:
        values = {"owner_id": owner_id, "since": since, "since_id": since_id, "began": began, "rows": 100}
        found = fetch(CHANGED, values).all()
        for row in found:
            if until is None and row.deleted_at is not None:
                continue
            if until is not None and row.revision > until:
                return
            yield row
        if len(found) < 100:
            return
        since, since_id = found[-1].revision, found[-1].id


def named(owner_id: UUID, names: Sequence[str]) -> Sequence[Any]:
    """The living groups of these names, without their bodies."""
    return fetch(NAMED, {"owner_id": owner_id, "names": names}).all()


def modernised(arrived: Arrived) -> Arrived:
    """A group of vCard 4.0 as Apple and DAVx5 write it in 3.0."""
    lines = [renamed(line) for line in arrived.lines]
    return arrived if lines == arrived.lines else Arrived(vcards.write(lines), lines, is_exact=False)


def renamed(line: str) -> str:
    name = vcards.name(line)
    if name == "KIND" and vcards.value(line).lower() == "group":
        return "X-ADDRESSBOOKSERVER-KIND:group"
    return f"{kept_groups.MEMBER}:{line.partition(':')[2]}" if name == "MEMBER" else line


def awaiting(owner_id: UUID, contact_id: UUID, name: str) -> Expected:
    """The labels of the groups that have named a contact before it came. Raises Unmet if a group has its name or id."""
    found = fetch(AROUND, {"owner_id": owner_id, "id": contact_id, "name": name}).all()
    living = [row for row in found if row.deleted_at is None]
    for row in found:
        if row.id == contact_id or row.href == name:
            make_way(owner_id, row, name)
    return Expected([row.label for row in living])


def make_way(owner_id: UUID, row: Any, name: str) -> None:
    """Let a card have the name of a group that was deleted. Raises Unmet for one that lives."""
    if row.deleted_at is None:
        raise preconditions.uid_conflict(hrefs.card(owner_id, row.href))
    if row.href == name:
        db.session.execute(FREE, {"owner": owner_id, "group": row.id})


def has_another(owner_id: UUID, group_id: UUID, label: str) -> bool:
    """Whether another group has the same name."""
    return bool(fetch(ALIKE, {"owner_id": owner_id, "id": group_id, "label": label}).scalar_one())


def with_change(labels: Sequence[str], *, add: str | None = None, drop: str | None = None) -> list[str]:
    """Labels after one was given and one was taken; a contact that has as many as it may gets no more."""
    return arrivals.labelled([label for label in labels if label != drop], [add] if add else [])

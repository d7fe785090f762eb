"""Cards that group others (Apple's, and vCard 4.0's KIND:group). A group's name is a label, which its members have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Text, bindparam, func, or_, select, tuple_, type_coerce, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import arrivals
from project.contacts.aliases import URN, as_uuid
from project.contacts.arrivals import AWAITED, Expected
from project.contacts.carddav import hrefs, preconditions, vcards
from project.contacts.carddav.mending import Arrived
from project.contacts.carddav.writing import uid_of
from project.contacts.changes import Position
from project.contacts.content import NAME_LENGTH
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import text
from project.contacts.filters import listed
from project.contacts.followers import GROUP
from project.contacts.queries import LIVING, owned_by
from project.contacts.rows import TABLE as CONTACT
from project.contacts.search import keys
from project.database.reading import fetch
from project.extensions import db

MOST: Final = 1_000
MEMBER: Final = "X-ADDRESSBOOKSERVER-MEMBER"
MEMBERS: Final = (MEMBER, "MEMBER")
KINDS: Final = {"KIND": "X-ADDRESSBOOKSERVER-KIND", "MEMBER": MEMBER}
UNNAMED: Final = "Group"

OWN = select(GROUP).where(GROUP.c.owner_id == bindparam("owner_id"))
LIVING_GROUP = GROUP.c.deleted_at.is_(None)
BARE = select(*(column for column in GROUP.c if column.name != "body")).where(GROUP.c.owner_id == bindparam("owner_id"))
BODY = select(GROUP.c.body).where(GROUP.c.owner_id == bindparam("owner_id"), GROUP.c.id == bindparam("id"))
NAMED = BARE.where(LIVING_GROUP, GROUP.c.href.in_(bindparam("names", expanding=True)))
ANY_OF = OWN.where(or_(GROUP.c.id == bindparam("id"), GROUP.c.href == bindparam("name")))
CHANGED = (
    BARE.where(
        tuple_(bindparam("since"), bindparam("since_id", type_=GROUP.c.id.type)) < tuple_(GROUP.c.revision, GROUP.c.id),
        GROUP.c.deleted_at.is_(None) | (GROUP.c.revision > bindparam("began")),
    )
    .order_by(GROUP.c.revision, GROUP.c.id)
    .limit(bindparam("rows"))
)
WITH_LABEL = (
    owned_by(CONTACT.c.id, CONTACT.c.uid)
    .where(
        LIVING,
        or_(
            type_coerce(CONTACT.c.labels, Text).like(bindparam("first", type_=Text), escape="\\"),
            type_coerce(CONTACT.c.labels, Text).like(bindparam("later", type_=Text), escape="\\"),
        ),
        CONTACT.c.search_text.like(bindparam("folded", type_=Text), escape="\\"),
    )
    .order_by(CONTACT.c.id)
)
NAMING = select(AWAITED.c.group_id).where(
    AWAITED.c.owner_id == bindparam("owner_id"), AWAITED.c.contact_id == bindparam("id")
)
AROUND = BARE.where(or_(GROUP.c.id == bindparam("id"), GROUP.c.href == bindparam("name"), GROUP.c.id.in_(NAMING)))
FREE = update(GROUP).where(GROUP.c.owner_id == bindparam("owner"), GROUP.c.id == bindparam("group")).values(href=None)
COUNT = select(func.count()).select_from(GROUP).where(GROUP.c.owner_id == bindparam("owner_id"), LIVING_GROUP)
ALIKE = COUNT.where(GROUP.c.label == bindparam("label"), GROUP.c.id != bindparam("id"))
INSERT = insert(GROUP)
UPSERT = INSERT.on_conflict_do_update(
    index_elements=["owner_id", "id"],
    set_={column.name: column for column in INSERT.excluded if column.name not in ("owner_id", "id")},
)


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


def any_of(owner_id: UUID, group_id: UUID, name: str) -> Sequence[Any]:
    """The groups with this id or name, the deleted included."""
    return fetch(ANY_OF, {"owner_id": owner_id, "id": group_id, "name": name}).all()


def card_id(owner_id: UUID, uid: str) -> UUID:
    """The id that a UID leads to, as in import."""
    return as_uuid(uid) or uuid5(owner_id, f"uid:{uid}")


def member_id(owner_id: UUID, line: str) -> UUID:
    """The id of the contact that a MEMBER line names, if there is such a contact."""
    uid = vcards.value(line)
    bare = uid[len(URN) :] if uid.lower().startswith(URN) else uid
    return card_id(owner_id, bare)


def members_of(owner_id: UUID, lines: Iterable[str]) -> dict[UUID, str]:
    """The MEMBER lines of a card by the ids that they lead to, each once."""
    return {member_id(owner_id, line): line for line in lines if vcards.name(line) in MEMBERS}


def label_of(lines: Iterable[str]) -> str:
    """The label that a group's name is: FN, else N."""
    found = list(lines)
    whole = vcards.first(found, "FN") or vcards.first(found, "N").replace(";", " ")
    return text.one_line(whole)[:NAME_LENGTH].strip() or UNNAMED


def modernised(arrived: Arrived) -> Arrived:
    """A group of vCard 4.0 as Apple and DAVx5 write it in 3.0."""
    lines = [renamed(line) for line in arrived.lines]
    return arrived if lines == arrived.lines else Arrived(vcards.write(lines), lines, is_exact=False)


def renamed(line: str) -> str:
    name = vcards.name(line)
    if name == "KIND" and vcards.value(line).lower() == "group":
        return "X-ADDRESSBOOKSERVER-KIND:group"
    return f"{MEMBER}:{line.partition(':')[2]}" if name == "MEMBER" else line


def with_label(owner_id: UUID, label: str) -> dict[UUID, str]:
    """The contacts that have a label, each with its UID as it is spelled."""
    first, later = (f"%{keys.escape_like(pattern)}%" for pattern in listed(label))
    values = {"first": first, "later": later, "folded": f"%{keys.escape_like(keys.fold(label))}%"}
    return {row.id: uid_of(row.id, row.uid) for row in fetch(WITH_LABEL, {"owner_id": owner_id, **values})}


def text_of(owner_id: UUID, row: Any) -> str:
    """The card as it was put; its MEMBER lines as labels are now."""
    return with_members(owner_id, row.id, body_of(owner_id, row.id), row.label)


def body_of(owner_id: UUID, group_id: UUID) -> str:
    return fetch(BODY, {"owner_id": owner_id, "id": group_id}).scalar() or ""


def with_members(owner_id: UUID, group_id: UUID, body: str, label: str) -> str:
    """The card, its MEMBER lines as this label is given now; those that are awaited stay."""
    members = members_of(owner_id, vcards.lines_of(body))
    labelled = with_label(owner_id, label)
    gone = members.keys() - labelled.keys()
    gone -= arrivals.of_group(owner_id, group_id) if gone else set()
    new = [f"{MEMBER}:{urn(uid)}" for contact_id, uid in labelled.items() if contact_id not in members]
    if not gone and not new:
        return body
    kept = vcards.without(body, lambda line: vcards.name(line) in MEMBERS and member_id(owner_id, line) in gone)
    return vcards.insert(kept, new)


def urn(uid: str) -> str:
    return uid if uid.lower().startswith(URN) else URN + text_lines.escape(uid)


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


def is_full(owner_id: UUID) -> bool:
    return bool(fetch(COUNT, {"owner_id": owner_id}).scalar_one() >= MOST)


def has_another(owner_id: UUID, group_id: UUID, label: str) -> bool:
    """Whether another group has the same name."""
    return bool(fetch(ALIKE, {"owner_id": owner_id, "id": group_id, "label": label}).scalar_one())


def write(values: Mapping[str, Any]) -> None:
    db.session.execute(UPSERT, values)


def with_change(labels: Sequence[str], *, add: str | None = None, drop: str | None = None) -> list[str]:
    """Labels after one was given and one was taken; a contact that has as many as it may gets no more."""
    return arrivals.labelled([label for label in labels if label != drop], [add] if add else [])

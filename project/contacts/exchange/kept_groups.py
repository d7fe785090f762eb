"""Cards of groups as devices wrote them, their MEMBER lines as labels are now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Text, bindparam, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.contacts import arrivals
from project.contacts.aliases import URN, as_uuid
from project.contacts.content import NAME_LENGTH
from project.contacts.exchange import vcards
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import text
from project.contacts.exchange.vcard.versions import VERSIONS
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
KIND: Final = "X-ADDRESSBOOKSERVER-KIND"
UNNAMED: Final = "Group"

OWN = GROUP.c.owner_id == bindparam("owner_id")
BODY = select(GROUP.c.body).where(OWN, GROUP.c.id == bindparam("id"))
ANY_OF = select(GROUP).where(OWN, or_(GROUP.c.id == bindparam("id"), GROUP.c.href == bindparam("name")))
COUNT = select(func.count()).select_from(GROUP).where(OWN, GROUP.c.deleted_at.is_(None))
INSERT = insert(GROUP)
UPSERT = INSERT.on_conflict_do_update(
    index_elements=["owner_id", "id"],
    set_={column.name: column for column in INSERT.excluded if column.name not in ("owner_id", "id")},
)
ALL = select(GROUP.c.id, GROUP.c.uid, GROUP.c.label).where(OWN, GROUP.c.deleted_at.is_(None)).order_by(GROUP.c.id)
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
MODERN: Final = {KIND: "KIND", MEMBER: "MEMBER"}


def of(owner_id: UUID) -> Iterator[tuple[Any, str]]:
    """All living groups, each with its card."""
    for row in fetch(ALL, {"owner_id": owner_id}).all():
        yield row, text_of(owner_id, row)


def any_of(owner_id: UUID, group_id: UUID, name: str) -> Sequence[Any]:
    """The groups with this id or name, the deleted included."""
    return fetch(ANY_OF, {"owner_id": owner_id, "id": group_id, "name": name}).all()


def is_full(owner_id: UUID) -> bool:
    return bool(fetch(COUNT, {"owner_id": owner_id}).scalar_one() >= MOST)


def write(values: Mapping[str, Any]) -> None:
    db.session.execute(UPSERT, values)


def modern(card: str, label: str) -> str:
    """The card in vCard 4.0."""
    lines = [line for line in vcards.lines_of(card) if vcards.name(line) != "VERSION"]
    named = [] if vcards.first(lines, "FN") else [f"FN:{text_lines.escape(label)}"]
    return vcards.write(["VERSION:4.0", *named, *map(modern_line, lines)])


def modern_line(line: str) -> str:
    renamed = MODERN.get(vcards.name(line))
    return f"{renamed}:{line.partition(':')[2]}" if renamed else VERSIONS["4.0"].convert(line)


def is_group(lines: list[str]) -> bool:
    return any(vcards.first(lines, name).lower() == "group" for name in (KIND, "KIND"))


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


def with_label(owner_id: UUID, label: str) -> dict[UUID, str]:
    """The contacts that have a label, each with its UID as it is spelled."""
    first, later = (f"%{keys.escape_like(pattern)}%" for pattern in listed(label))
    values = {"first": first, "later": later, "folded": f"%{keys.escape_like(keys.fold(label))}%"}
    return {row.id: row.uid or str(row.id) for row in fetch(WITH_LABEL, {"owner_id": owner_id, **values})}


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

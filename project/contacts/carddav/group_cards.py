"""Put and delete a group: labels are given to and taken from its members, in one transaction with one revision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace as altered
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from project.contacts import arrivals
from project.contacts.carddav import cards, groups, hrefs, preconditions
from project.contacts.carddav.cards import Demand, Outcome, Upload
from project.contacts.carddav.mending import Arrived
from project.contacts.exchange import kept_groups, vcards
from project.contacts.followers import CARD
from project.contacts.loading import Entry, load, portions
from project.contacts.open_book import OpenBook
from project.database.base import new_id
from project.database.reading import fetch
from project.errors import NotFound
from project.extensions import db, settings

VALID = select(CARD.c.contact_id, CARD.c.body, CARD.c.size, CARD.c.revision).where(
    CARD.c.owner_id == bindparam("owner_id"), CARD.c.contact_id.in_(bindparam("ids", expanding=True))
)
PATCH = (
    update(CARD)
    .where(CARD.c.owner_id == bindparam("owner"), CARD.c.contact_id == bindparam("contact"))
    .values(body=bindparam("text"), size=bindparam("octets"), revision=bindparam("now"))
)


def put(book: OpenBook, upload: Upload, demand: Demand) -> Outcome:
    """Make or replace the group of this name. Raises Unmet, NotFound or PreconditionFailed."""
    name, arrived = upload.name, groups.modernised(upload.arrived)
    known = kept_groups.any_of(book.owner_id, wanted_id(book.owner_id, name, arrived), name)
    there = next((row for row in known if row.deleted_at is None and row.href == name), None)
    demand.check(there.revision if there else None)
    arrived, group_id = identified(book.owner_id, name, arrived, there)
    check_name(book, known, there, group_id, name)
    if there and kept_groups.text_of(book.owner_id, there) == arrived.text:
        return Outcome(is_new=False, revision=there.revision if arrived.is_exact else None, is_changed=False)
    label = kept_groups.label_of(arrived.lines)
    grow(book, len(arrived.text.encode()) - (len(there.body.encode()) if there else 0))
    members = set(kept_groups.members_of(book.owner_id, arrived.lines))
    relabel(book, members, former_label(book.owner_id, there, label), label)
    write(book, group_id, name, label, arrived)
    arrivals.set_of_group(book.owner_id, group_id, {each for each in members if not has_label(book, each, label)})
    is_served = (
        arrived.is_exact and kept_groups.with_members(book.owner_id, group_id, arrived.text, label) == arrived.text
    )
    return Outcome(there is None, book.state.revision if is_served else None)


def former_label(owner_id: UUID, there: Any | None, label: str) -> str | None:
    """The label that members of this group have; None for one that stays theirs because another group has its name."""
    if there is None or (there.label != label and groups.has_another(owner_id, there.id, there.label)):
        return None
    return str(there.label)


def has_label(book: OpenBook, contact_id: UUID, label: str) -> bool:
    entry = book.living_entry(contact_id)
    return entry is not None and label in entry.content["labels"]


def wanted_id(owner_id: UUID, name: str, arrived: Arrived) -> UUID:
    if arrived.uid:
        return kept_groups.card_id(owner_id, arrived.uid)
    return hrefs.default_id(name) or new_id()


def identified(owner_id: UUID, name: str, arrived: Arrived, there: Any | None) -> tuple[Arrived, UUID]:
    """The card with a UID, and its id; without one it is the group that is there."""
    if arrived.uid:
        return arrived, kept_groups.card_id(owner_id, arrived.uid)
    group_id = there.id if there else wanted_id(owner_id, name, arrived)
    uid = there.uid if there else str(group_id)
    return arrived.add([f"UID:{vcards.escaped(uid)}"]), group_id


def check_name(book: OpenBook, known: Iterable[Any], there: Any | None, group_id: UUID, name: str) -> None:
    """Raises Unmet for a name or UID of another living card, and when there are too many groups."""
    contact = cards.find(book, name, None).at_name
    entry = next(iter(load(book.owner_id, [group_id])), None) if there is None else None
    if contact is not None or (entry and entry.is_living):
        other = hrefs.card_name(contact.id, contact.href) if contact is not None else own_name(entry)
        raise preconditions.uid_conflict(hrefs.card(book.owner_id, other))
    for row in known:
        if row.deleted_at is None and (row.id, row.href) != (group_id, name):
            raise preconditions.uid_conflict(hrefs.card(book.owner_id, row.href))
        if row.deleted_at is not None and row.href == name and row.id != group_id:
            db.session.execute(groups.FREE, {"owner": book.owner_id, "group": row.id})
    if there is None and kept_groups.is_full(book.owner_id):
        raise preconditions.quota()


def grow(book: OpenBook, octets: int) -> None:
    """Count what a group takes up. Raises Unmet where there is no room."""
    if octets > 0 and book.card_bytes + octets > settings.max_book_bytes:
        raise preconditions.quota()
    book.card_bytes = max(0, book.card_bytes + octets)


def own_name(entry: Entry | None) -> str:
    return hrefs.card_name(entry.id, entry.href) if entry else ""


def relabel(book: OpenBook, members: set[UUID], former: str | None, label: str | None) -> None:
    """Give the label to members, take the former one from those who are none any more; rename it where it changed."""
    labelled = set(kept_groups.with_label(book.owner_id, former)) if former else set()
    book.include(load(book.owner_id, sorted(members | labelled)))
    for contact_id in members | labelled:
        entry = book.living_entry(contact_id)
        if entry is not None:
            put_labels(book, entry, add=label if contact_id in members else None, drop=former)
    write_contacts(book)


def put_labels(book: OpenBook, entry: Entry, *, add: str | None, drop: str | None) -> None:
    labels = groups.with_change(entry.content["labels"], add=add, drop=drop if drop != add else None)
    if labels != entry.content["labels"]:
        book.put(altered(entry, content={**entry.content, "labels": labels}))


def write_contacts(book: OpenBook) -> None:
    """Write the contacts whose labels changed; a card that one of their devices wrote changes in CATEGORIES alone."""
    changed = sorted(book.changed)
    patches = [patch for ids in portions(changed) for patch in patched(book, ids)]
    book.write()
    if patches:
        db.session.execute(PATCH, patches)


def patched(book: OpenBook, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The kept cards of these contacts that are still theirs, with their labels."""
    found = fetch(VALID, {"owner_id": book.owner_id, "ids": ids})
    return [patch_of(book, row) for row in found if row.revision == book.loaded[row.contact_id].revision]


def patch_of(book: OpenBook, row: Any) -> dict[str, Any]:
    entry, former = book.entries[row.contact_id], book.loaded[row.contact_id].content["labels"]
    text = relabelled(row.body, former, entry.content["labels"])
    octets = len(text.encode())
    book.card_bytes += octets - row.size
    return {"owner": book.owner_id, "contact": entry.id, "text": text, "octets": octets, "now": entry.revision}


def relabelled(text: str, former: list[str], labels: list[str]) -> str:
    """A card with what changed between these labels, and every byte but of CATEGORIES as it was."""
    written = [label for line in vcards.lines_of(text) for label in vcards.categories_of(line)]
    dropped = set(former) - set(labels)
    left = [label for label in written if label not in dropped]
    left += [label for label in labels if label not in former and label not in left]
    bare = vcards.without(text, lambda line: vcards.name(line) == "CATEGORIES")
    return vcards.insert(bare, [vcards.categories(left)]) if left else bare


def write(book: OpenBook, group_id: UUID, name: str, label: str, arrived: Arrived) -> None:
    kept_groups.write({
        "owner_id": book.owner_id, "id": group_id, "href": name, "uid": arrived.uid or str(group_id), "label": label,
        "body": arrived.text, "revision": book.state.revision, "updated_at": book.moment, "deleted_at": None,
    })  # fmt: skip


def delete(book: OpenBook, name: str, demand: Demand) -> None:
    """Delete a group, and take its label from its members. Raises NotFound or PreconditionFailed."""
    there = next(iter(groups.named(book.owner_id, [name])), None)
    if there is None:
        raise NotFound()
    demand.check(there.revision)
    grow(book, -len(kept_groups.body_of(book.owner_id, there.id).encode()))
    shared = groups.has_another(book.owner_id, there.id, there.label)
    relabel(book, set(), None if shared else there.label, None)
    arrivals.set_of_group(book.owner_id, there.id, ())
    buried: Mapping[str, Any] = {**there._mapping, "body": "", "deleted_at": book.moment}
    kept_groups.write({**buried, "revision": book.state.revision, "updated_at": book.moment})

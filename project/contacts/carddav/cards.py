"""Put and delete the card of a contact, in the transaction of an open book; the caller commits."""

from collections.abc import Sequence
from dataclasses import replace as altered
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, union_all, update

from project.contacts import kept_lines, photos, service
from project.contacts.arrivals import own_name
from project.contacts.carddav import devices, groups, hrefs, keeping, mending, preconditions, writing
from project.contacts.carddav.devices import Device
from project.contacts.carddav.mending import Arrived
from project.contacts.carddav.reading import FULL, FULL_NAMES, with_cards
from project.contacts.carddav.writing import NoAlbum
from project.contacts.content import Content, blank
from project.contacts.exchange import kept_groups, vcards
from project.contacts.kept_lines import Kept
from project.contacts.loading import Entry, entry_of
from project.contacts.open_book import OpenBook
from project.contacts.queries import owned_by
from project.contacts.rows import TABLE as CONTACT
from project.database.base import new_id
from project.database.reading import fetch
from project.errors import NotFound, PreconditionFailed, QuotaExceeded
from project.extensions import db, settings

SMALL: Final = 64 * 1024  # bytes; a smaller card may be replaced although its book is full
IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
PICK = union_all(  # not `or_`: without statistics, PostgreSQL then reads the whole book
    with_cards(owned_by(*FULL)).where(CONTACT.c.id.in_(IDS)),
    with_cards(owned_by(*FULL)).where(CONTACT.c.href == bindparam("name"), CONTACT.c.id.not_in(IDS)),
)
RENAME = (
    update(CONTACT)
    .where(CONTACT.c.owner_id == bindparam("owner"), CONTACT.c.id == bindparam("contact"))
    .values(href=bindparam("new_name"))
)


class Demand(NamedTuple):
    """What a request demands of the card that it writes (RFC 9110 §13.1), by the revisions that its ETags name."""

    must_exist: bool = False
    must_not_exist: bool = False
    one_of: frozenset[int] | None = None
    none_of: frozenset[int] = frozenset()

    def check(self, revision: int | None) -> None:
        """Raises NotFound, or PreconditionFailed for another revision than was demanded."""
        if revision is None:
            if self.must_exist:
                raise NotFound()
            return
        is_other = self.one_of is not None and revision not in self.one_of
        if is_other or self.must_not_exist or revision in self.none_of:
            raise PreconditionFailed()


class Upload(NamedTuple):
    """A card that a device puts under a name, with its photo in the store."""

    device: Device
    name: str
    arrived: Arrived
    photo: str | None = None


class Outcome(NamedTuple):
    """What became of a PUT: whether the card is new, its revision if it is kept as it was sent, and what to do next."""

    is_new: bool
    revision: int | None
    is_changed: bool = True
    dropped_photo: str | None = None


class Found(NamedTuple):
    """The contacts that a PUT may be about: the living one of this name, and the one that its UID means."""

    id: UUID
    at_name: Any | None
    by_uid: Any | None
    rows: list[Any]


def put(book: OpenBook, upload: Upload, demand: Demand) -> Outcome:
    """Make or replace the card of this name. Raises Unmet, NotFound or PreconditionFailed."""
    found = find(book, upload.name, upload.arrived.uid)
    demand.check(found.at_name.revision if found.at_name else None)
    check_uid(book.owner_id, found)
    upload = upload._replace(arrived=completed(book, found, upload))
    arrived = upload.arrived
    if found.at_name and found.at_name.body == arrived.text and is_kept(found.at_name):
        return Outcome(is_new=False, revision=found.at_name.revision if arrived.is_exact else None, is_changed=False)
    entry, former = bring(book, found, upload)
    keep(book, found, entry, upload)
    dropped = photos.replace(book.owner_id, former, entry.photo)
    return Outcome(found.at_name is None, entry.revision if arrived.is_exact else None, dropped_photo=dropped)


def find(book: OpenBook, name: str, uid: str | None) -> Found:
    """Look for what is there by the name and by the UID, and add it to the book."""
    default_id = hrefs.default_id(name)
    wanted = kept_groups.card_id(book.owner_id, uid) if uid else default_id or new_id()
    ids = [wanted, default_id or wanted]
    picked = list(fetch(PICK, {"owner_id": book.owner_id, "ids": ids, "name": name}))
    book.include(entry_of(dict(zip(FULL_NAMES, row, strict=True))) for row in picked)
    at_name = next((row for row in picked if row.deleted_at is None and name_of(row) == name), None)
    wanted = at_name.id if at_name and not uid else wanted
    return Found(wanted, at_name, next((row for row in picked if row.id == wanted), None), picked)


def name_of(row: Any) -> str:
    return hrefs.card_name(row.id, row.href)


def is_kept(row: Any) -> bool:
    return bool(row.card_revision == row.revision)


def check_uid(owner_id: UUID, found: Found) -> None:
    """Raises Unmet for a UID of another living card, or one that this card did not have."""
    other = found.by_uid if found.by_uid is not None and found.by_uid.deleted_at is None else None
    in_the_way = found.at_name or other
    if in_the_way is not None and (other is None or found.at_name is None or other.id != found.at_name.id):
        raise preconditions.uid_conflict(hrefs.card(owner_id, name_of(other or in_the_way)))


def completed(book: OpenBook, found: Found, upload: Upload) -> Arrived:
    """The card with a UID, with what its device does not know, and with the labels of groups that waited for it."""
    arrived, former = upload.arrived, found.at_name or found.by_uid
    if not arrived.uid:
        known_uid = found.at_name.uid if found.at_name else None
        arrived = arrived.add([f"UID:{vcards.escaped(writing.uid_of(found.id, known_uid))}"])
    if former is not None and former.purged_at is None:
        served = writing.text_of(former, NoAlbum())
        arrived = arrived.add(devices.kept_for_others(served, arrived, devices.known_to(upload.device, arrived)))
    if found.at_name:
        return arrived
    book.expected[found.id] = expected = groups.awaiting(book.owner_id, found.id, upload.name)
    return with_labels(arrived, expected.labels)


def with_labels(arrived: Arrived, labels: Sequence[str]) -> Arrived:
    """The card with CATEGORIES of these labels, as far as it does not have them."""
    written = {label for line in arrived.lines for label in vcards.categories_of(line)}
    new = [label for label in labels if label not in written]
    return arrived.add([vcards.categories(new)] if new else [])


def bring(book: OpenBook, found: Found, upload: Upload) -> tuple[Entry, str | None]:
    """Put the contact of a card into the book under its name; return also the photo that it showed before."""
    known, name = book.entries.get(found.id), upload.name
    card = mending.contact_of(upload.arrived.lines)
    content = cast(Content, card.contact)
    entry = altered(
        known or book.blank(found.id, content),
        content=content,
        extra=remembered(known)._replace(lines=tuple(card.extra)).dump(),
        photo=writing.shown_by(upload.photo),
        href=None if name == hrefs.card_name(found.id, None) else name,
        uid=own_uid(found.id, upload.arrived.uid),
        deleted_at=None,
        purged_at=None,
    )
    free_names(book, found, name)
    try:
        return book.put(entry), known.photo if known else None
    except QuotaExceeded:
        raise preconditions.quota() from None


def remembered(known: Entry | None) -> Kept:
    """What imports remember of a contact."""
    return kept_lines.load(known.extra) if known else Kept()


def own_uid(contact_id: UUID, uid: str | None) -> str | None:
    """The UID to remember, as it is spelled; None for the bare id."""
    return None if uid == str(contact_id) else uid


def free_names(book: OpenBook, found: Found, name: str) -> None:
    """Let nothing that was deleted keep this name; and tell devices of a contact that is back under another one."""
    for row in found.rows:
        former = name_of(row)
        if row.deleted_at is None or (former == name and row.id == found.id):
            continue
        db.session.execute(RENAME, {"owner": book.owner_id, "contact": row.id, "new_name": own_name(new_id())})
        if row.id == found.id:
            grave = book.blank(new_id(), blank())
            book.put(altered(grave, href=former, deleted_at=book.moment, purged_at=book.moment))


def keep(book: OpenBook, found: Found, entry: Entry, upload: Upload) -> None:
    """Write the book, and the card as it was sent. Raises Unmet where there is no room."""
    before = (found.by_uid.card_size or 0) if found.by_uid is not None else 0
    size = len(upload.arrived.text.encode())
    if book.card_bytes + size - before > settings.max_book_bytes and not (before and size <= max(before, SMALL)):
        raise preconditions.quota()
    book.card_bytes += size - before
    book.write()
    kept = keeping.values(book.owner_id, entry.id, upload.arrived.text, entry.revision, upload.photo)
    db.session.execute(keeping.KEEP, kept)


def delete(book: OpenBook, name: str, demand: Demand) -> None:
    """Put the contact of this name into the bin. Raises NotFound or PreconditionFailed."""
    found = find(book, name, None)
    if found.at_name is None:
        raise NotFound()
    demand.check(found.at_name.revision)
    service.delete(book, found.at_name.id)
    book.write()

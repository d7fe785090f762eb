"""Groups of a backup brought back. A group that is there stays as it is, and nobody gets or loses a label by it."""

from typing import Final
from uuid import UUID

from project.contacts import arrivals
from project.contacts.exchange import kept_groups, vcards
from project.contacts.exchange.card import Broken, GroupCard
from project.contacts.exchange.values.text import UNWRITABLE
from project.contacts.loading import load
from project.contacts.open_book import OpenBook
from project.database.base import new_id
from project.extensions import settings

NO_CARD: Final = "/card: Not the card of a group."
NO_ROOM: Final = "There is no room for the card of this group."


def bring(book: OpenBook, found: GroupCard) -> None:
    """Make a group of a card; the caller writes the book's counts. Raises Broken."""
    lines = lines_of(found.card)
    uid = vcards.first(lines, "UID")
    group_id = kept_groups.card_id(book.owner_id, uid)
    known = next((each for each in kept_groups.any_of(book.owner_id, group_id, "") if each.id == group_id), None)
    if known and known.deleted_at is None:
        return
    if any(entry.is_living for entry in load(book.owner_id, [group_id])):
        raise Broken("A contact has the UID of the group.")
    take_room(book, len(found.card.encode()))
    label, name = kept_groups.label_of(lines), (known and known.href) or free_name(book.owner_id, group_id)
    kept_groups.write({
        "owner_id": book.owner_id, "id": group_id, "href": name, "uid": uid, "label": label, "body": found.card,
        "revision": book.state.revision, "updated_at": book.moment, "deleted_at": None,
    })  # fmt: skip
    strangers = (
        kept_groups.members_of(book.owner_id, lines).keys() - kept_groups.with_label(book.owner_id, label).keys()
    )
    arrivals.set_of_group(book.owner_id, group_id, strangers)


def free_name(owner_id: UUID, group_id: UUID) -> str:
    """The name of a group's card: by its id, unless another card has that."""
    is_taken = group_id in arrivals.find(owner_id, [group_id])
    return arrivals.own_name(new_id() if is_taken else group_id)


def lines_of(card: str) -> list[str]:
    """The lines of a card that may be served as it is. Raises Broken."""
    lines, written = vcards.lines_of(card), map(vcards.unfolded, vcards.physical_groups(card))
    bounds = [name for name in map(vcards.name, written) if name in ("BEGIN", "END")]
    is_one = bounds == ["BEGIN", "END"] and card.startswith("BEGIN:VCARD") and card.rstrip().endswith("END:VCARD")
    if not (is_one and kept_groups.is_group(lines) and vcards.first(lines, "UID")) or UNWRITABLE.search(card):
        raise Broken(NO_CARD)
    return lines


def take_room(book: OpenBook, octets: int) -> None:
    """Count what a group takes up. Raises Broken where there is no room."""
    is_large = octets > settings.max_card_bytes or book.card_bytes + octets > settings.max_book_bytes
    if is_large or kept_groups.is_full(book.owner_id):
        raise Broken(NO_ROOM)
    book.card_bytes += octets

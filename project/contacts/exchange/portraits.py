"""Which photo the contact of a card gets: never one that it had before, and none in place of a later one."""

from dataclasses import replace as altered

from project.contacts import kept_lines
from project.contacts.exchange.card import photo_digest
from project.contacts.exchange.settling import WAITING, Arrival, is_older, is_same
from project.contacts.exchange.storing import Stored, Wanted
from project.contacts.loading import Entry
from project.pictures.store import store


def recognised(arrival: Arrival) -> Arrival:
    """A card whose photo is one of ours, by its URL or as we export it, with the reference of that."""
    card = arrival.card
    if card.photo:
        reference = store.reference_at(card.photo_url) if card.photo_url else None
        is_ours = reference is not None and store.shows(reference, card.photo)
        return arrival._replace(picture=photo_digest(card.photo), reference=reference if is_ours else None)
    urls = {line: line.partition(":")[2] for line in card.extra if line.startswith("PHOTO")}
    found = next(((line, each) for line, url in urls.items() if (each := store.reference_at(url))), None)
    if found is None:
        return arrival
    line, reference = found
    card = altered(card, extra=[each for each in card.extra if each != line])
    return arrival._replace(card=card, picture=photo_digest(reference.encode()), reference=reference)


def want(arrival: Arrival, entry: Entry | None) -> Wanted | Stored | None:
    """What to do for the photo of a card: store it, show one that is stored, or nothing."""
    card, known = arrival.card, entry if entry and entry.is_living else None
    if not arrival.picture or (known and not takes_photo(known, arrival)):
        return None
    shown = entry.photo if entry else None
    if shown and (arrival.reference == shown or (card.photo and store.is_of(shown, card.photo))):
        return Stored(shown)
    return Wanted(arrival.id, card.photo, arrival.reference)


def takes_photo(entry: Entry, arrival: Arrival) -> bool:
    """Whether a contact gets the photo of a card."""
    imported = kept_lines.load(entry.extra).imported
    if arrival.picture in imported:
        return False
    if not is_same(entry, arrival):
        return not is_older(entry, arrival)
    was_edited = arrival.card.uid is None and entry.updated_at > entry.created_at
    is_users_own = was_edited or WAITING + arrival.picture in imported
    return entry.photo is None or not (is_users_own or is_older(entry, arrival))

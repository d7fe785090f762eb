"""GET, PUT and DELETE of one card."""

from typing import Final
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import ETags

from project.contacts import etags
from project.contacts.carddav import basic, card_photos, cards, devices, group_cards, groups, mending, preconditions
from project.contacts.carddav.cards import Demand, Outcome, Upload
from project.contacts.carddav.devices import Device
from project.contacts.carddav.properties import CONTENT_TYPE
from project.contacts.carddav.reading import Item, Shelf
from project.contacts.open_book import OpenBook
from project.errors import AuthenticationRequired, MalformedRequest, NotFound, ServiceUnavailable
from project.extensions import db, settings
from project.pictures import removals

MEDIA_TYPES: Final = ("", "text/vcard", "text/x-vcard", "text/directory")
CHARSETS: Final = ("utf-8", "utf8", "us-ascii")


def one(owner_id: UUID, name: str, *, has_text: bool) -> Item:
    """A living card; raises NotFound."""
    for _, item in list(Shelf(owner_id, has_text=has_text).named([name])):
        if item.is_living:
            return item
    raise NotFound()


def show(device: Device, name: str) -> Response:
    """The card, as it was put or else written from the contact. Raises NotFound or ServiceUnavailable."""
    item = one(device.user_id, name, has_text=True)
    tag = etags.tag(device.user_id, item.revision)
    if etags.is_known(tag):
        return etags.unchanged(tag)
    if item.text is None:
        raise ServiceUnavailable("The place where pictures are kept does not answer at present.")
    answer = Response(item.text, content_type=CONTENT_TYPE, headers={"ETag": f'"{tag}"'})
    answer.last_modified = item.updated_at
    return answer


def put(device: Device, name: str) -> Response:
    """Make or replace the card; the ETag is in the answer only if the next GET gives these very bytes."""
    arrived = mending.arrive(body())
    is_known = not arrived.is_group and devices.written_by(arrived).issubset(device.known_properties)
    photo = None if arrived.is_group else card_photos.commit(device.user_id, name, arrived)
    book = OpenBook(device.user_id)
    outcome = bring(book, Upload(device, name, arrived, photo))
    if not arrived.is_group and not is_known and outcome.is_changed:
        basic.note_properties(device, {*device.known_properties, *devices.written_by(arrived)})
    commit(book, is_changed=outcome.is_changed)
    removals.commit_removal(outcome.dropped_photo)
    headers = etags.quoted(device.user_id, outcome.revision) if outcome.revision is not None else {}
    return Response(status=201 if outcome.is_new else 204, headers=headers)


def bring(book: OpenBook, upload: Upload) -> Outcome:
    demand = demanded(book.owner_id)
    return group_cards.put(book, upload, demand) if upload.arrived.is_group else cards.put(book, upload, demand)


def body() -> bytes:
    """What was sent, as a card; raises Unmet, or RequestEntityTooLarge where it is twice as large as cards may be."""
    if "Content-Range" in request.headers:
        raise MalformedRequest("A card is taken as a whole.")
    request.max_content_length = 2 * settings.max_card_bytes
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    if request.mimetype not in MEDIA_TYPES or charset not in CHARSETS:
        raise preconditions.supported_data()
    data = request.get_data(cache=False)
    if len(data) > settings.max_card_bytes:
        raise preconditions.max_size()
    return bytes(data)


def delete(device: Device, name: str) -> Response:
    """Put the card's contact into the bin, or delete a group."""
    book, demand = OpenBook(device.user_id), demanded(device.user_id)
    if groups.named(device.user_id, [name]):
        group_cards.delete(book, name, demand)
    else:
        cards.delete(book, name, demand)
    commit(book, is_changed=True)
    return Response(status=204)


def commit(book: OpenBook, *, is_changed: bool) -> None:
    """Raises AuthenticationRequired when the account was deleted meanwhile: its book would be nobody's."""
    if not is_changed:
        db.session.rollback()
        return
    if book.is_new and not basic.is_still_there():
        raise AuthenticationRequired()
    db.session.commit()


def demanded(owner_id: UUID) -> Demand:
    """What If-Match and If-None-Match demand. A proxy that made an ETag weak is forgiven."""
    if_match, if_none_match = request.if_match, request.if_none_match
    return Demand(
        must_exist="If-Match" in request.headers,
        must_not_exist=if_none_match.star_tag,
        one_of=revisions(owner_id, if_match) if "If-Match" in request.headers and not if_match.star_tag else None,
        none_of=revisions(owner_id, if_none_match),
    )


def revisions(owner_id: UUID, tags: ETags) -> frozenset[int]:
    return etags.revisions(owner_id, tags.as_set(include_weak=True))

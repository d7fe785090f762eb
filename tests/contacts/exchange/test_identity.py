"""Which contact a card is, whenever it comes."""

from dataclasses import replace
from uuid import UUID

import pytest

from project.contacts.exchange.card import Card, contact_ids
from tests.contacts.exchange.files import read_one

OWNER = UUID("01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3d")
SOMEBODY_ELSE = UUID("01920b5e-9a3c-7f10-b5d2-6e8f0a1b2c3e")
ID = UUID("5f3b9d0c-6c0b-4c38-9f0a-0e5c7c1d2e3f")


def contact_id(card: Card, owner_id: UUID) -> UUID:
    """The id that a new contact of this card gets."""
    return next(contact_ids(card, owner_id))


@pytest.mark.parametrize("uid", [str(ID), str(ID).upper(), f"urn:uuid:{ID}", f"URN:UUID:{ID}"])
def test_a_uid_that_is_a_uuid_is_the_id(uid: str) -> None:
    assert contact_id(read_one("FN:Ada", f"UID:{uid}"), OWNER) == ID


@pytest.mark.parametrize(
    "uid", ["abc-1", f"{ID}:ABPerson", ID.hex, f"{{{ID}}}", "5f3b9d0c6c0b-4c38-9f0a-0e5c-7c1d2e3f"]
)
def test_any_other_uid_decides_the_id_for_its_owner(uid: str) -> None:
    card = read_one("FN:Ada", f"UID:{uid}")
    changed = read_one("FN:Ada King", f"UID:{uid}")
    assert contact_id(card, OWNER) == contact_id(changed, OWNER)
    assert contact_id(card, OWNER) not in (
        ID,
        contact_id(card, SOMEBODY_ELSE),
        contact_id(replace(card, uid="b"), OWNER),
    )


def test_without_a_uid_the_content_decides_whatever_software_and_address_of_a_picture_there_are() -> None:
    card = read_one("FN:Ada", "PRODID:-//Example//1.0//EN", "PHOTO:https://example.org/1", "REV:2024-03-23T10:00:00Z")
    later = read_one("FN:Ada", "PRODID:-//Example//2.0//EN", "PHOTO:https://example.org/2", version="4.0")
    other = read_one("FN:Ada", "TEL:1")
    assert contact_id(card, OWNER) == contact_id(later, OWNER)
    assert contact_id(card, OWNER) not in (contact_id(other, OWNER), contact_id(card, SOMEBODY_ELSE))


def test_a_uid_is_never_taken_for_content() -> None:
    card = read_one("FN:Ada")
    assert contact_id(replace(card, uid=""), OWNER) != contact_id(card, OWNER)

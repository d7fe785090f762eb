"""What a device has never written, it cannot delete: lines that it does not know are kept when it leaves them out."""

from collections.abc import Collection
from typing import Final, NamedTuple
from uuid import UUID

from project.contacts.carddav.mending import Arrived
from project.contacts.exchange import vcards
from project.contacts.exchange.vcards import LABEL, OF_THE_FILE

EVERYBODY_KNOWS: Final = frozenset({
    "FN", "N", "NICKNAME", "ORG", "TITLE", "TEL", "EMAIL", "ADR", "URL", "NOTE", "BDAY", "PHOTO",
})  # fmt: skip
APPLE_KNOWS: Final = frozenset({
    "X-ABDATE", "X-ABRELATEDNAMES", "X-SOCIALPROFILE", "IMPP", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-MIDDLE-NAME",
    "X-PHONETIC-LAST-NAME", "X-PHONETIC-ORG", "X-ABLABEL",
})  # fmt: skip
APPLES: Final = ("//Apple Inc.//", "dataaccessd", "AddressBookCore", "AddressBookSourceSync", "iOS/", "macOS/")


class Device(NamedTuple):
    """The device that sends a request, with what it has ever written of cards."""

    id: UUID
    user_id: UUID
    agent: str
    known_properties: Collection[str]
    is_seldom_seen: bool = False
    """Whether its use should be noted."""


def written_by(arrived: Arrived) -> set[str]:
    return {vcards.name(line) for line in arrived.lines} - OF_THE_FILE


def known_to(device: Device, arrived: Arrived) -> set[str]:
    """The names of the properties that a device may delete by leaving them out."""
    product = vcards.first(arrived.lines, "PRODID")
    is_apples = any(mark in product or mark in device.agent for mark in APPLES)
    return {*EVERYBODY_KNOWS, *(APPLE_KNOWS if is_apples else ()), *device.known_properties, *written_by(arrived)}


def kept_for_others(served: str, arrived: Arrived, known: Collection[str]) -> list[str]:
    """The lines of the card as it was served that this device does not know, in groups that are free in the new one."""
    lines = vcards.lines_of(served)
    gone = {*known, *OF_THE_FILE, LABEL}
    kept = [line for line in lines if vcards.name(line) not in gone]
    groups = {vcards.group(line).lower() for line in kept} - {""}
    labels = [line for line in lines if vcards.name(line) == LABEL and vcards.group(line).lower() in groups]
    return list(vcards.regrouped([*kept, *labels], {vcards.group(line).lower() for line in arrived.lines}))

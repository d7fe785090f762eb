"""The UID that a card came with, kept as the first of its contact's unmodelled lines, so that it goes out again."""

from uuid import UUID

from project.contacts.exchange.card import URN, Card, as_uuid

UID = "UID:"


def extra_of(card: Card) -> list[str] | None:
    """What is kept of a card beside its contact. A UID that is the contact's id says nothing new."""
    own = [] if card.uid is None or as_uuid(card.uid) else [UID + card.uid]
    return [*own, *card.extra] or None


def uid_of(contact_id: UUID, extra: list[str]) -> str:
    """The UID to send a contact out with."""
    return next((line.removeprefix(UID) for line in extra if line.startswith(UID)), f"{URN}{contact_id}")


def without_uid(extra: list[str] | None) -> list[str]:
    return [line for line in extra or [] if not line.startswith(UID)]

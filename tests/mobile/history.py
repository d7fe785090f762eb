"""What hands on several phones did to one contact, and so what must be there in the end, what must not, what may be."""

from collections import defaultdict
from typing import Any

Contact = dict[str, Any]


class History:
    """Every edit by a phone writes a new value, `<own> <number>`, into `own`, a field that no other phone changes."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}
        """The last value of each phone's own field."""
        self.unseen: set[str] = set()
        """Edits that nobody saw who deleted the contact: they keep it alive."""
        self.values = {""}
        """Those that were written into the one field that all phones change, `phone`."""
        self.replaced: defaultdict[str, set[str]] = defaultdict(set)
        """Those in whose sight another was written, by the phone that did."""
        self.items: dict[str, tuple[str, bool | None]] = {}
        """Labels and details: who had each last in hand, and whether it is there; None where either may be."""
        self.deleted_by_all = False
        """Deleted by somebody who had seen everything, and left alone since."""

    def edited(self, own: str, value: str) -> None:
        self.deleted_by_all = False
        self.last[own] = value
        self.unseen.add(value)

    def wrote(self, own: str, before: str | None, value: str) -> None:
        self.replaced[own].add(before or "")
        self.values.add(value)

    def deleted(self, own: str, contact: Contact) -> None:
        """With it went what this phone had not sent yet."""
        self.unseen = {edit for edit in self.unseen if edit.split()[0] != own and not shows(contact, edit)}
        self.last.pop(own, None)
        self.replaced.pop(own, None)
        self.items = {item: (by, None if by == own else there) for item, (by, there) in self.items.items()}
        self.deleted_by_all = all(contact.get(each) == value for each, value in self.last.items())

    def taken_back(self, own: str, contact: Contact) -> None:
        self.deleted_by_all = False
        if own in contact:
            self.last[own] = contact[own]

    def check(self, contact: Contact | None) -> None:
        if contact is None:
            assert self.unseen == set(), "an edit was lost with its contact"
            return
        assert not self.deleted_by_all, "a deletion was undone"
        assert {own: contact[own] for own in self.last} == self.last, "an edit was lost"
        replaced = set().union(*self.replaced.values())
        assert (contact["phone"] or "") in self.values - replaced, "an edit was undone"
        self.check_items(items_of(contact))

    def check_items(self, items: list[str]) -> None:
        assert len(items) == len(set(items)), "an item is there twice"
        assert {item for item, (_, there) in self.items.items() if there} - set(items) == set(), "an item was lost"
        removed = {item for item, (_, there) in self.items.items() if there is False}
        assert removed & set(items) == set(), "an item is back that was removed"


def shows(contact: Contact, edit: str) -> bool:
    """Whether a contact shows an edit, or a later one by the same phone."""
    own, number = edit.split()
    shown = contact.get(own)
    return bool(shown) and int(str(shown).split()[1]) >= int(number)


def items_of(contact: Contact) -> list[str]:
    return [*contact.get("labels", []), *(detail["value"] for detail in contact.get("details", []))]

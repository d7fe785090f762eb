"""Merge contacts of one person into one without losing a value. Pure: contacts as the API has them, in and out.

The target's own single values win; what it lacks comes from the first contact that has it. A conflicting value becomes
a detail, and what exceeds the limits of details, addresses and labels becomes a line of the notes. Notes that exceed
theirs are kept with what vCards say beside the fields. Equal values are stored once: numbers equal in E.164, names,
labels, postal and e-mail addresses regardless of case, everything else character by character. Of two birthdays on one
day, that with the year is taken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from project.contacts import kept_lines
from project.contacts.content import CONFLICTS, FIELDS, MOST_LABELS, NOTES_LENGTH, Conflict
from project.contacts.duplicates import labelled
from project.contacts.duplicates.profiles import same_birthday
from project.contacts.naming import NAME_PARTS, full_name

PREFERRED = ("email", "phone")
DATES = tuple(field.name for field in FIELDS if field.kind == "date")

Contact = Mapping[str, Any]


def merge(target: Contact, others: Sequence[Contact], *, region: str | None = None) -> dict[str, Any]:
    """Return the target with all that the others have; repeating it changes nothing.

    A contact has every field of the content, `photo`, of which the first is used, and `extra`, a list of lines.
    `region` is that of national telephone numbers.
    """
    merging = Merging(target, region)
    for other in others:
        merging.add(other)
    return merging.finish()


class Merging:
    """A contact that absorbs others, one after the other."""

    def __init__(self, target: Contact, region: str | None) -> None:
        self.contact = dict(target)
        self.everyone = [target]
        self.details, self.addresses = labelled.details(region), labelled.addresses()
        for detail in target["details"]:
            self.details.put(detail)
        for address in target["addresses"]:
            self.addresses.put(address)
        self.reserve()

    def add(self, other: Contact) -> None:
        self.everyone.append(other)
        for conflict, names in CONFLICTS.items():
            self.add_singles(conflict, {name: other[name] for name in names if other[name]})
        for detail in other["details"]:
            self.details.add(detail)
        for address in other["addresses"]:
            self.addresses.add(address)

    def add_singles(self, conflict: Conflict, values: Mapping[str, str]) -> None:
        """Take over values that belong together if none of them contradicts the contact's; else they are a detail."""
        self.contact |= {name: value for name, value in values.items() if is_fuller(name, value, self.contact[name])}
        if self.is_called_so(values) or all(is_same(name, self.contact[name], value) for name, value in values.items()):
            return
        detail = conflicting(conflict, values)
        contradicts = any(self.contact[name] and not is_same(name, self.contact[name], values[name]) for name in values)
        if self.details.has(detail) or contradicts:
            self.details.add(detail)
        else:
            self.contact |= {name: self.contact[name] or value for name, value in values.items()}
            self.reserve()

    def is_called_so(self, values: Mapping[str, str]) -> bool:
        """Whether a name is the contact's own, whatever stands in which of its fields."""
        name = full_name(values)
        return bool(name) and values.keys() <= set(NAME_PARTS) and is_same("name", full_name(self.contact), name)

    def reserve(self) -> None:
        """Keep the preferred number and address from being repeated among the details."""
        for kind in filter(self.contact.get, PREFERRED):
            self.details.reserve({"kind": kind, "label": None, "value": self.contact[kind]})

    def finish(self) -> dict[str, Any]:
        notes = self.notes()
        extra = unite([*(contact["extra"] or () for contact in self.everyone), map(kept_lines.note, notes.over)])
        return self.contact | {
            **{field.name: UNITED[field.kind](self, field.name) for field in FIELDS if field.kind in UNITED},
            "notes": notes.text,
            "photo": next((contact["photo"] for contact in self.everyone if contact["photo"]), None),
            "extra": extra or self.contact["extra"],
        }

    def values(self, name: str) -> list[Any]:
        return [contact[name] for contact in self.everyone if contact[name]]

    def all_labels(self) -> list[str]:
        """The target's own, and those of the others that differ in more than case."""
        target, *others = self.everyone
        own = set(map(labelled.plain, target["labels"]))
        new: dict[str, str] = {}
        for label in unite(contact["labels"] for contact in others):
            new.setdefault(labelled.plain(label), label)
        return unite([target["labels"], (label for key, label in new.items() if key not in own)])

    def labels(self, name: str) -> list[str]:
        return self.all_labels()[:MOST_LABELS]

    def notes(self) -> "Notes":
        return join(self.values("notes"), self.spare())

    def spare(self) -> Iterable[str]:
        """Return what exceeds the limits of lists, as lines."""
        labels = self.all_labels()[MOST_LABELS:]
        return [*self.details.spare, *self.addresses.spare, *(f"label: {label}" for label in labels)]


UNITED: Mapping[str, Callable[[Merging, str], Any]] = {
    "flag": lambda merging, name: any(merging.values(name)),
    "labels": Merging.labels,
    "details": lambda merging, _: merging.details.items,
    "addresses": lambda merging, _: merging.addresses.items,
}
"""The merged value of a field without conflicts, by its kind."""


def is_same(name: str, own: str | None, other: str) -> bool:
    """Whether a value says no more than the contact's own."""
    if own is None or name in DATES:
        return own is not None and own.endswith(other.lstrip("-")) and (own == other or other.startswith("--"))
    return labelled.plain(own) == labelled.plain(other)


def is_fuller(name: str, other: str, own: str | None) -> bool:
    """Whether a date has the year that the contact's own lacks."""
    return name in DATES and own is not None and own.startswith("--") and same_birthday(own, other)


def conflicting(conflict: Conflict, values: Mapping[str, str]) -> dict[str, str]:
    """Return the detail for values that contradict the contact's: the name, and whatever else belongs to it."""
    rest = [value for name, value in values.items() if name not in NAME_PARTS]
    value = ", ".join(filter(None, [full_name(values), *rest]))
    return {"kind": conflict.kind, "label": conflict.label, "value": value}


def unite(lists: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(lists)))


class Notes(NamedTuple):
    """The notes that fit, in one text, and the others."""

    text: str | None
    over: list[str]


def join(notes: Iterable[str], spare: Iterable[str]) -> Notes:
    """Join notes by blank lines, then the spare lines; a text that is whole lines of another is left out."""
    kept: list[str] = []
    for text in notes:
        if not any(holds(other, text) for other in kept):
            kept = [*(other for other in kept if not holds(text, other)), text]
    lines = [line for line in dict.fromkeys(spare) if not any(holds(other, line) for other in kept)]
    fitting, over = "", []
    for text in filter(None, [*kept, "\n".join(lines)]):
        joined = f"{fitting}\n\n{text}" if fitting else text
        if len(joined) > NOTES_LENGTH:
            over.append(text)
        else:
            fitting = joined
    return Notes(fitting or None, over)


def holds(text: str, lines: str) -> bool:
    return f"\n{lines}\n" in f"\n{text}\n"

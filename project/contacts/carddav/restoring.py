"""An outdated card brought up to date: what its contact has not changed since stays as the device wrote it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from project.contacts.carddav import mending
from project.contacts.exchange import vcards
from project.contacts.exchange.vcards import LABEL, OF_THE_FILE

PHOTO: Final = frozenset({"PHOTO"})
CUT: Final = frozenset({"NOTE"})
"""A contact may have the beginning of it; any other line that is too long is in no contact."""


class Part(NamedTuple):
    """A property with what its group says of it."""

    lines: list[str]

    @property
    def names(self) -> set[str]:
        return set(map(vcards.name, self.lines)) - {LABEL}

    @property
    def bare(self) -> list[str]:
        """The lines without the name of their group."""
        return [line.partition(".")[2] if vcards.group(line) else line for line in self.lines]


Said = Mapping[str, list[list[str]]]
"""What a card says, by the names of properties."""


def restored(text: str, lines: list[str], *, has_own_photo: bool) -> str:
    """The outdated card `text` with what its contact now says otherwise: `lines`, which were written from the contact.

    Where this would not be read as the contact, all that contacts hold is written anew.
    """
    outdated = vcards.lines_of(text)
    unread = mending.readable(outdated)[1]
    before, now = said(written_from(outdated)), said(lines)
    changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    photo = frozenset() if has_own_photo else PHOTO
    made = merged(text, lines, changed | photo, unread)
    if said(written_from(vcards.lines_of(made))) == now:
        return made
    return merged(text, lines, {*map(vcards.name, (*outdated, *lines))} - PHOTO - (CUT - changed) | photo, unread)


def written_from(lines: Iterable[str]) -> list[str]:
    """The lines that are written from the contact of a card, but for its photo."""
    return vcards.compose(mending.contact_of([line for line in lines if vcards.name(line) not in PHOTO]))


def said(lines: Iterable[str]) -> Said:
    found: dict[str, list[list[str]]] = {}
    for part in parts(line for line in lines if vcards.name(line) not in OF_THE_FILE | PHOTO):
        for name in part.names:
            found.setdefault(name, []).append(part.bare)
    return found


def parts(lines: Iterable[str]) -> list[Part]:
    found: dict[object, list[str]] = {}
    for line in lines:
        found.setdefault(vcards.group(line).lower() or len(found), []).append(line)
    return [Part(each) for each in found.values()]


def merged(text: str, lines: list[str], changed: Collection[str], unread: Collection[str]) -> str:
    """The card with the properties of these names taken from `lines`. Lines that are in no contact stay."""
    outdated, names = parts(vcards.lines_of(text)), {*changed, "REV"}
    while grown := {name for part in outdated if part.names & names for name in part.names} - names:
        names |= grown
    dropped = {line for part in outdated if part.names & names for line in part.lines}
    dropped -= {line for line in unread if vcards.name(line) not in CUT}
    bare = vcards.without(text, lambda line: line in dropped)
    new = [line for part in parts(lines) if part.names & names for line in part.lines]
    return vcards.insert(bare, vcards.regrouped(new, {vcards.group(line).lower() for line in vcards.lines_of(bare)}))

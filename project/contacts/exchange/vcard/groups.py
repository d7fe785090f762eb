"""Cards of groups (KIND:group, and Apple's X-ADDRESSBOOKSERVER-KIND): each is a label on its members, not a contact."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from project import unicode
from project.contacts.exchange.card import URN, Failure
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.vcard import envelopes
from project.contacts.exchange.vcard.envelopes import Envelope

FOLD = rb"(?:\n[ \t])?"
NAMES = [FOLD.join(re.escape(bytes([sign])) for sign in word) for word in (b"X-ADDRESSBOOKSERVER-", b"KIND", b"GROUP")]
KIND = re.compile(
    rb"\n(?:(?:[A-Z0-9_-]|\n[ \t])++\.)?(?:%b)?%b(?:[^:\n]|\n[ \t]){,200}+:[ \t]*%b[ \t]*(?=\n|\Z)"
    % (NAMES[0] + FOLD, NAMES[1], FOLD + NAMES[2]),
    re.IGNORECASE,
)
MEMBERS = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})
MAIL = "mailto:"
MOST_NESTED = 20  # groups within one that count


@dataclass(eq=False)
class Group:
    """A group, and which of its members have not been read yet."""

    line: int
    key: str
    name: str
    members: frozenset[str]
    missing: set[str]


class Groups:
    """The groups of a file, found before its cards are read."""

    def __init__(self, source: bytes, parse: Callable[[bytes], Iterable[Property]]) -> None:
        self.found: list[Group] = []
        self.of_members: dict[str, list[Group]] = {}
        if KIND.search(source):
            for envelope in envelopes.split(source):
                if isinstance(envelope, Envelope) and is_group(envelope):
                    self.add(envelope.line, list(parse(envelope.content)))
            self.nest()

    def add(self, line: int, properties: list[Property]) -> None:
        names = [each.text for name in ("FN", "N") for each in properties if each.head.name == name]
        members = frozenset(member_key(each.text) for each in properties if each.head.name in MEMBERS)
        name = next((name.strip("; ") for name in names if name.strip("; ")), "")
        key = next((member_key(each.text) for each in properties if each.head.name == "UID"), "")
        self.found.append(Group(line, key, name, members, set(members)))

    def nest(self) -> None:
        """Members of a group within a group are members of both."""
        known = {group.key: group for group in self.found if group.key}
        for group in self.found:
            within = nested(group, known)
            group.missing.difference_update(each.key for each in within)
            for member in frozenset().union(*(each.members for each in within)):
                self.of_members.setdefault(member, []).append(group)

    def tag(self, draft: Draft) -> list[str]:
        """Label a member with the names of its groups."""
        names: list[str] = []
        if self.found:
            for key in keys(draft):
                for group in self.of_members.get(key, ()):
                    group.missing.discard(key)
                    names.append(group.name)
            draft.tag(names)
        return names

    def failures(self) -> Iterator[Failure]:
        """The groups with members that are not in the file."""
        for group in self.found:
            if not group.members:
                yield Failure(group.line, group.name, "The group has no members.")
            elif group.missing:
                detail = f"{len(group.missing)} of {len(group.members)} members of the group are not in the file."
                yield Failure(group.line, group.name, detail)


def nested(group: Group, known: Mapping[str, Group]) -> list[Group]:
    """A group and those within it."""
    found = [group]
    for each in found:
        inner = (known[member] for member in sorted(each.members & known.keys()))
        found += [one for one in inner if one not in found][: MOST_NESTED - len(found)]
    return found


def is_group(envelope: Envelope) -> bool:
    return KIND.search(envelope.content) is not None


def member_key(text: str) -> str:
    """What a member and its card have in common: a UID, or an e-mail address with `mailto:`."""
    return unicode.casefold(text).removeprefix(URN)


def keys(draft: Draft) -> Iterator[str]:
    if draft.uid:
        yield member_key(draft.uid)
    yield from (f"{MAIL}{unicode.casefold(item.value)}" for item in draft.items if item.kind == "email")

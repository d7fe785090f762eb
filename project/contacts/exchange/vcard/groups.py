"""Cards of groups (KIND:group, and Apple's X-ADDRESSBOOKSERVER-KIND): each is a label on its members, not a contact."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from project import unicode
from project.contacts.content import NAME_LENGTH
from project.contacts.exchange.card import URN, Broken, Failure
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.vcard import envelopes
from project.contacts.exchange.vcard.envelopes import Envelope

FOLD = rb"(?:\n[ \t])?"
NAMES = [FOLD.join(re.escape(bytes([sign])) for sign in word) for word in (b"X-ADDRESSBOOKSERVER-", b"KIND", b"GROUP")]
KIND = re.compile(
    rb"\n(?:(?:(?:[A-Z0-9_-]|\n[ \t])++\.)?(?:%b)?%b(?:[^:\n]|\n[ \t]){,200}+:[ \t]*%b"
    rb"|X-EVOLUTION-LIST(?:;[^:\n]{,200})?:[ \t]*TRUE)[ \t]*(?=\n|\Z)" % (NAMES[0] + FOLD, NAMES[1], FOLD + NAMES[2]),
    re.IGNORECASE,
)
MEMBERS = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})
ADDRESSES = frozenset({"EMAIL"})
NAMED = ("FN", "N", "ORG", "NICKNAME")
LIST = "X-EVOLUTION-LIST"  # whose members are addresses
MAIL, TEL = "mailto:", "tel:"
NO_NUMBER = re.compile(r"[^0-9+]")
MOST_NESTED = 20  # groups within one that count
ROOM, ROOM_OF_MEMBER = 5_000, 20
TOO_MUCH = "Its members are in too many groups, or too many groups are within groups."


@dataclass(eq=False)
class Group:
    """A group, and which of its members have not been read yet."""

    line: int
    key: str
    name: str
    members: frozenset[str]
    missing: set[str]
    problem: str = ""
    """Why it is not what its card says."""


class Groups:
    """The groups of a file, found before its cards are read."""

    def __init__(self, source: bytes, parse: Callable[[bytes], Iterable[Property]]) -> None:
        self.found: list[Group] = []
        self.of_members: dict[str, list[Group]] = {}
        if KIND.search(source):
            for envelope in envelopes.split(source):
                if isinstance(envelope, Envelope) and is_group(envelope):
                    self.read(envelope, parse)
            self.nest()
            self.room = room(self.of_members.values())

    def read(self, envelope: Envelope, parse: Callable[[bytes], Iterable[Property]]) -> None:
        try:
            self.add(envelope.line, list(parse(envelope.content)))
        except Broken as problem:
            name = envelopes.name(envelope.content)
            self.found.append(Group(envelope.line, "", name, frozenset(), set(), str(problem)))

    def add(self, line: int, properties: list[Property]) -> None:
        names = [shown_name(each) for name in NAMED for each in properties if each.head.name == name]
        named = ADDRESSES if any(each.head.name == LIST for each in properties) else MEMBERS
        members = frozenset(member_key(each.text) for each in properties if each.head.name in named)
        key = next((member_key(each.text) for each in properties if each.head.name == "UID"), "")
        self.found.append(Group(line, key, next(filter(None, names), ""), members, set(members)))

    def nest(self) -> None:
        """Members of a group within a group are members of both, as long as there is room."""
        known = {group.key: group for group in self.found if group.key}
        inner = {group: [known[key] for key in sorted(group.members & known.keys())] for group in self.found}
        left = room(group.members for group in self.found)
        for group in self.found:
            within = nested(group, inner)
            left -= sum(len(each.members) for each in within[1:])
            if left < 0 and len(within) > 1:
                within, group.problem = within[:1], TOO_MUCH
            group.missing.difference_update(each.key for each in within)
            for member in frozenset().union(*(each.members for each in within)):
                self.of_members.setdefault(member, []).append(group)

    def tag(self, draft: Draft) -> list[str]:
        """Label a member with the names of its groups."""
        names: list[str] = []
        if self.found:
            for key in keys(draft):
                for group in self.groups_of(key):
                    group.missing.discard(key)
                    names.append(group.name)
            draft.tag(names)
        return names

    def groups_of(self, key: str) -> list[Group]:
        """The groups with a member; none once the labels of all cards are too many for the file's size."""
        groups = self.of_members.get(key, [])
        self.room -= len(groups)
        if groups and self.room < 0:
            for group in self.of_members.pop(key):
                group.problem = TOO_MUCH
            return []
        return groups

    def failures(self) -> Iterator[Failure]:
        """The groups with members that are not in the file."""
        for group in self.found:
            if group.problem:
                yield Failure(group.line, group.name, group.problem)
            elif not group.members:
                yield Failure(group.line, group.name, "The group has no members.")
            elif not group.name:
                yield Failure(group.line, "", "The group has no name.")
            elif group.missing:
                detail = f"{len(group.missing)} of {len(group.members)} members of the group are not in the file."
                yield Failure(group.line, group.name, detail)


def room(members: Iterable[Sized]) -> int:
    """How much may follow from so many members, so that work is in proportion to the file."""
    return ROOM + ROOM_OF_MEMBER * sum(map(len, members))


def nested(group: Group, inner: Mapping[Group, Iterable[Group]]) -> list[Group]:
    """A group and those within it."""
    found = [group]
    for each in found:
        further = (one for one in inner[each] if one not in found)
        found += list(islice(further, MOST_NESTED - len(found)))
    return found


def is_group(envelope: Envelope) -> bool:
    return KIND.search(envelope.content) is not None


def shown_name(found: Property) -> str:
    """The label that the name of a group becomes."""
    is_structured = found.head.name in ("N", "ORG")
    name = " ".join(found.text.replace(";", " ").split()) if is_structured else found.text.strip("; ")
    return name[:NAME_LENGTH].rstrip()


def member_key(text: str) -> str:
    """What a member and its card have in common: a UID, a whole name, or an address or a number with its scheme."""
    key = unicode.casefold(unquote(text))
    if key.startswith(TEL):
        return tel_key(key)
    if key.startswith(MAIL) or ("@" in key and ":" not in key):
        return MAIL + key.removeprefix(MAIL).partition("?")[0].rpartition("<")[2].partition(">")[0].strip()
    return key.removeprefix(URN)


def tel_key(number: str) -> str:
    return TEL + NO_NUMBER.sub("", number)


def keys(draft: Draft) -> Iterator[str]:
    if draft.uid:
        yield member_key(draft.uid)
    if " " in draft.name:  # no UID has a space
        yield unicode.casefold(draft.name)
    yield from (REACHED[item.kind](unicode.casefold(item.value)) for item in draft.items if item.kind in REACHED)


REACHED: Mapping[str, Callable[[str], str]] = {"email": f"{MAIL}{{}}".format, "phone": tel_key, "im": str}

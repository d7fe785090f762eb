"""Contacts that may be one person, in groups with reasons and a score. Pure: rows in, groups out; nothing is merged.

Contacts are taken for one person when their names are near-equal, or when they share a number or an address and their
names do not contradict each other. These groups have no member in common. What different people share, a family's
landline or a firm's switchboard, makes a group of its own with a low score.

Names do not chain. Each group has a leader, its fullest name, and grows only by what agrees with the leader's name: so
J. Smith goes with John Smith or with Jane Smith, and never brings the two together.

Time and memory grow linearly, whatever the names: a contact is compared with leaders that it shares a key or a block
with, the last WINDOW of each and MOST_COMPARED in all. No equal number, address or name is missed; a mistyped name can
be where thousands share one surname and one initial.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice, takewhile
from math import prod
from typing import NamedTuple
from uuid import UUID

from project.contacts.duplicates.entries import Candidate, Entry, Trait, place, take_apart
from project.contacts.duplicates.similarity import is_mistyped, similarity

NEAR_EQUAL = 0.87  # J. Smith, Jon Smith and John F. Smith are near John Smith; John Paul Smith is not
NOT_CONTRARY = 0.01
ONE_REASON = 0.7
DIFFERENT_PEOPLE = 0.5
WINDOW = 8
MOST_COMPARED = 20
LARGEST_GROUP = 100
MOST_SHARING = 500  # different people; what more have in common says nothing of any of them

Members = tuple[int, ...]


class Group(NamedTuple):
    """At most LARGEST_GROUP contacts, the fullest name first; any others come up once these are merged.

    `reasons` are some of `email`, `name`, `phone`. `score`, 0 … 1, is that of the least certain member: each reason
    counts 0.7 (a name: times its similarity, and half when it is a single word), and they add up as independent ones
    do, two to 1 - 0.3 * 0.3 = 0.91. What n different people share counts 0.5 / (n - 1). `name` is the first one's key.
    """

    ids: list[UUID]
    reasons: list[str]
    score: float
    name: str = ""


class People:
    """A union-find over entries sorted by fullness: the root of a set is its lowest index, its leader."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.parents = list(range(len(entries)))
        self.recent: dict[Trait, Members] = {}

    def leader(self, index: int) -> int:
        while self.parents[index] != index:
            self.parents[index] = index = self.parents[self.parents[index]]
        return index

    def alike(self, one: int, two: int) -> float:
        """How much two names agree, 0 … 1; 0 where birthdays or generations tell the people apart."""
        first, second = self.entries[one], self.entries[two]
        return 0.0 if first.contradicts(second) else similarity(first.words, second.words)

    def join(self, one: int, two: int, *, least: float) -> None:
        """Unite two sets if their leaders are at least so much alike."""
        first, second = sorted((self.leader(one), self.leader(two)))
        if first != second and self.alike(first, second) >= least:
            self.parents[second] = first

    def remember(self, index: int) -> None:
        """Let later entries be compared with the leader of this one."""
        leader = self.leader(index)
        for trait in (*self.entries[index].keys, *self.entries[index].blocks):
            if leader not in (leaders := self.recent.get(trait, ())):
                self.recent[trait] = (*leaders[1 - WINDOW :], leader)

    def remembered(self, places: Iterable[Trait]) -> Iterator[int]:
        """The leaders to compare with, each once."""
        met = chain.from_iterable(self.recent.get(place, ()) for place in places)
        return map(self.leader, islice(dict.fromkeys(met), MOST_COMPARED))

    def closest(self, index: int) -> list[tuple[int, float]]:
        """The leaders that agree with an entry, the surest first, and how much alike names must be to join them."""
        near = dict.fromkeys(self.remembered(self.entries[index].blocks), NEAR_EQUAL)
        least = near | dict.fromkeys(self.remembered(self.entries[index].keys), NOT_CONTRARY)
        alike = {leader: self.alike(index, leader) for leader in least}
        agreeing = [leader for leader in least if alike[leader] >= least[leader]]
        agreeing.sort(key=lambda leader: (least[leader], -alike[leader], leader))
        return [(leader, least[leader]) for leader in agreeing]


class Found(NamedTuple):
    """Groups, highest score first, then by name and id; and whether all candidates were compared."""

    groups: list[Group]
    is_whole: bool


def find(candidates: Sequence[Candidate]) -> list[Group]:
    """The groups, the same ones whatever the order of the candidates."""
    return find_within(lambda: False, candidates).groups


def find_within(is_spent: Callable[[], bool], candidates: Sequence[Candidate]) -> Found:
    """The same, or what was found when the work was spent."""
    placed = place(candidates)
    entries = [take_apart(candidate, placed) for candidate in takewhile(lambda _: not is_spent(), candidates)]
    people = tell_apart(sorted(entries, key=lambda entry: (-len(entry.name), entry.name, entry.id)), is_spent)
    groups = one_person(people) | different_people(people)
    ordered = sorted(groups.values(), key=lambda group: (-group.score, group.name, group.ids))
    return Found(ordered, len(people.entries) == len(candidates))


def tell_apart(entries: Sequence[Entry], is_spent: Callable[[], bool]) -> People:
    """Let each entry, the fullest name first, join those before it that it agrees with."""
    people = People(entries)
    for index in range(len(entries)):
        if is_spent():
            people.entries = entries[:index]
            break
        for leader, least in people.closest(index):
            people.join(index, leader, least=least)
        people.remember(index)
    return people


def one_person(people: People) -> dict[Members, Group]:
    sets: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(len(people.entries)):
        sets[people.leader(index)].append(index)
    return {tuple(members): weigh(members, people) for members in sets.values() if len(members) > 1}


def weigh(members: Sequence[int], people: People) -> Group:
    """The group of one person's contacts; a leader's name counts as its likest other's does."""
    entries = [people.entries[index] for index in members]
    counts = Counter(trait for entry in entries for trait in entry.traits)
    shared = [{trait[0] for trait in entry.traits if counts[trait] > 1} for entry in entries]
    alike = [people.alike(members[0], index) for index in members[1:]]
    alike.insert(0, max(alike))
    reasons = {reason for found in shared for reason in found} | ({"name"} if alike[0] >= NEAR_EQUAL else set())
    mistyped = [is_mistyped(entries[0].words, entry.words) for entry in entries]
    score = min(map(certainty, entries, shared, alike, mistyped))
    return Group([entry.id for entry in entries[:LARGEST_GROUP]], sorted(reasons), round(score, 3), entries[0].name)


def certainty(entry: Entry, shared: AbstractSet[str], alike: float, mistyped: bool) -> float:  # noqa: FBT001  # a fact
    """How sure it is that an entry is the leader's person.

    A shared number and a nearly equal name are as likely a sibling's (Anna and Hanna): they count less.
    """
    name = ONE_REASON * alike / (2 if len(entry.words) == 1 or mistyped else 1)
    phone = DIFFERENT_PEOPLE if mistyped else ONE_REASON
    return together([name, *(phone if reason == "phone" else ONE_REASON for reason in shared - {"name"})])


def together(chances: Iterable[float]) -> float:
    """The chance that at least one of independent reasons holds."""
    return 1 - prod(1 - chance for chance in chances)


def different_people(people: People) -> dict[Members, Group]:
    """Those who share something and were not taken for one person: one group for the same members."""
    holders: defaultdict[Trait, list[int]] = defaultdict(list)
    for index, entry in enumerate(people.entries):
        for trait in entry.traits:
            holders[trait].append(index)
    found: defaultdict[Members, dict[str, float]] = defaultdict(dict)
    for (reason, _), members in holders.items():
        others = len(set(map(people.leader, members))) - 1
        if 0 < others <= MOST_SHARING and not (reason == "name" and are_told_apart(members, people)):
            found[tuple(members[:LARGEST_GROUP])][reason] = DIFFERENT_PEOPLE / others
    return {members: low_group(members, reasons, people) for members, reasons in found.items()}


def are_told_apart(members: Sequence[int], people: People) -> bool:
    """Whether equal names are all that two people have in common, who differ in birthday or generation."""
    return len(members) == 2 and people.entries[members[0]].contradicts(people.entries[members[1]])


def low_group(members: Members, reasons: Mapping[str, float], people: People) -> Group:
    ids = [people.entries[index].id for index in members]
    return Group(ids, sorted(reasons), round(together(reasons.values()), 3), people.entries[members[0]].name)

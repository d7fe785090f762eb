"""Group contacts that may be one person, with reasons and a score. Pure: rows in, groups out; nothing is merged.

Contacts count as one person if their names are nearly equal, or if they share a number or an address and their names do
not contradict each other. These groups are disjoint. Something that different people share, such as a family's landline
or a firm's switchboard, makes a group of its own with a low score.

Names do not chain. Each group has a leader, its fullest name, and grows only by names that agree with the leader's: J.
Smith joins John Smith or Jane Smith, but never brings the two together.

Time and memory grow linearly, whatever the names: a contact is compared with leaders that it shares a key or a block
with, the last WINDOW of each and at most MOST_COMPARED. Equal numbers, addresses and names are always found; a mistyped
name may be missed where thousands share a surname and an initial.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice, takewhile
from math import prod
from typing import NamedTuple
from uuid import UUID

from project.contacts.duplicates.profiles import Candidate, Profile, Trait, place, take_apart
from project.contacts.duplicates.similarity import is_mistyped, similarity

NEAR_EQUAL = 0.87  # J. Smith, Jon Smith and John F. Smith are near John Smith; John Paul Smith is not
NOT_CONTRARY = 0.01
ONE_REASON = 0.7
DIFFERENT_PEOPLE = 0.5
WINDOW = 8
MOST_COMPARED = 20
LARGEST_GROUP = 100
MOST_SHARING = 500  # different people; something that more have in common says nothing

Members = tuple[int, ...]


class Group(NamedTuple):
    """At most LARGEST_GROUP contacts, the fullest name first; the others come up once these are merged.

    `reasons`: some of `email`, `name`, `phone`. `score`: 0 … 1, that of the least certain member. Each reason counts
    0.7, a name times its similarity and half if it is a single word; they combine as independent ones, two to 1 - 0.3 *
    0.3 = 0.91. Something that n different people share counts 0.5 / (n - 1). `name`: the key of the first name.
    """

    ids: list[UUID]
    reasons: list[str]
    score: float
    name: str = ""


class People:
    """A union-find over profiles sorted by fullness: the root of a set is its lowest index, its leader."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.profiles = profiles
        self.parents = list(range(len(profiles)))
        self.recent: dict[Trait, Members] = {}

    def leader(self, index: int) -> int:
        while self.parents[index] != index:
            self.parents[index] = index = self.parents[self.parents[index]]
        return index

    def alike(self, one: int, two: int) -> float:
        """Return the similarity of two names, 0 … 1; 0 if birthdays or generations differ."""
        first, second = self.profiles[one], self.profiles[two]
        if first.contradicts(second):
            return 0.0
        return 1.0 if first.is_spelled_like(second) else similarity(first.words, second.words)

    def join(self, one: int, two: int, *, least: float) -> None:
        """Join two sets if the names of their leaders are similar enough."""
        first, second = sorted((self.leader(one), self.leader(two)))
        if first != second and self.alike(first, second) >= least:
            self.parents[second] = first

    def remember(self, index: int) -> None:
        """Have later profiles compared with the leader of this one."""
        leader = self.leader(index)
        for trait in (*self.profiles[index].keys, *self.profiles[index].blocks):
            if leader not in (leaders := self.recent.get(trait, ())):
                self.recent[trait] = (*leaders[1 - WINDOW :], leader)

    def remembered(self, places: Iterable[Trait]) -> Iterator[int]:
        """Return the leaders to compare with, each once."""
        met = chain.from_iterable(self.recent.get(place, ()) for place in places)
        return map(self.leader, islice(dict.fromkeys(met), MOST_COMPARED))

    def closest(self, index: int) -> list[tuple[int, float]]:
        """Return the leaders that agree with a profile, the surest first, and the similarity needed to join each."""
        near = dict.fromkeys(self.remembered(self.profiles[index].blocks), NEAR_EQUAL)
        least = near | dict.fromkeys(self.remembered(self.profiles[index].keys), NOT_CONTRARY)
        alike = {leader: self.alike(index, leader) for leader in least}
        agreeing = [leader for leader in least if alike[leader] >= least[leader]]
        agreeing.sort(key=lambda leader: (least[leader], -alike[leader], leader))
        return [(leader, least[leader]) for leader in agreeing]


class Found(NamedTuple):
    """Groups, highest score first, then by name and id; and whether all candidates were compared."""

    groups: list[Group]
    is_whole: bool


def find(candidates: Sequence[Candidate]) -> list[Group]:
    """Return the groups, which do not depend on the order of the candidates."""
    return find_within(lambda: False, candidates).groups


def find_within(is_spent: Callable[[], bool], candidates: Sequence[Candidate]) -> Found:
    """Return the groups found before the budget is spent."""
    placed = place(candidates)
    profiles = [take_apart(candidate, placed) for candidate in takewhile(lambda _: not is_spent(), candidates)]
    people = tell_apart(sorted(profiles, key=lambda profile: (-len(profile.name), profile.name, profile.id)), is_spent)
    groups = one_person(people) | different_people(people)
    ordered = sorted(groups.values(), key=lambda group: (-group.score, group.name, group.ids))
    return Found(ordered, len(people.profiles) == len(candidates))


def tell_apart(profiles: Sequence[Profile], is_spent: Callable[[], bool]) -> People:
    """Join each profile, the fullest name first, to the earlier ones that it agrees with."""
    people = People(profiles)
    for index in range(len(profiles)):
        if is_spent():
            people.profiles = profiles[:index]
            break
        for leader, least in people.closest(index):
            people.join(index, leader, least=least)
        people.remember(index)
    return people


def one_person(people: People) -> dict[Members, Group]:
    sets: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(len(people.profiles)):
        sets[people.leader(index)].append(index)
    return {tuple(members): weigh(members, people) for members in sets.values() if len(members) > 1}


def weigh(members: Sequence[int], people: People) -> Group:
    """Return the group of one person's contacts; the leader's name counts as much as the most similar other."""
    profiles = [people.profiles[index] for index in members]
    counts = Counter(trait for profile in profiles for trait in profile.traits)
    shared = [{trait[0] for trait in profile.traits if counts[trait] > 1} for profile in profiles]
    alike = [people.alike(members[0], index) for index in members[1:]]
    alike.insert(0, max(alike))
    reasons = {reason for found in shared for reason in found} | ({"name"} if alike[0] >= NEAR_EQUAL else set())
    mistyped = [
        not profiles[0].is_spelled_like(profile) and is_mistyped(profiles[0].words, profile.words)
        for profile in profiles
    ]
    score = min(map(certainty, profiles, shared, alike, mistyped))
    return Group(
        [profile.id for profile in profiles[:LARGEST_GROUP]], sorted(reasons), round(score, 3), profiles[0].name
    )


def certainty(profile: Profile, shared: AbstractSet[str], alike: float, mistyped: bool) -> float:  # noqa: FBT001  # a fact
    """Return how certain it is that a profile is the leader's person.

    What is shared and a nearly equal name may be a sibling's (Anna and Hanna), so they count less.
    """
    name = ONE_REASON * alike / (2 if len(profile.words) == 1 or mistyped else 1)
    each = DIFFERENT_PEOPLE if mistyped else ONE_REASON
    return together([name, *(each for reason in shared if reason != "name")])


def together(chances: Iterable[float]) -> float:
    """Return the probability that at least one of independent reasons holds."""
    return 1 - prod(1 - chance for chance in chances)


def different_people(people: People) -> dict[Members, Group]:
    """Group those who share something but do not count as one person; the same members are one group."""
    holders: defaultdict[Trait, list[int]] = defaultdict(list)
    for index, profile in enumerate(people.profiles):
        for trait in profile.traits:
            holders[trait].append(index)
    found: defaultdict[Members, dict[str, float]] = defaultdict(dict)
    for (reason, _), members in holders.items():
        others = len(set(map(people.leader, members))) - 1
        if 0 < others <= MOST_SHARING and not (reason == "name" and are_told_apart(members, people)):
            found[tuple(members[:LARGEST_GROUP])][reason] = DIFFERENT_PEOPLE / others
    return {members: low_group(members, reasons, people) for members, reasons in found.items()}


def are_told_apart(members: Sequence[int], people: People) -> bool:
    """Whether these are two people with equal names whose birthdays or generations differ."""
    return len(members) == 2 and people.profiles[members[0]].contradicts(people.profiles[members[1]])


def low_group(members: Members, reasons: Mapping[str, float], people: People) -> Group:
    ids = [people.profiles[index].id for index in members]
    return Group(ids, sorted(reasons), round(together(reasons.values()), 3), people.profiles[members[0]].name)

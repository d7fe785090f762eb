"""Contacts taken apart into what can be equal, and what near-equal names have in common."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from project.contacts.duplicates import names
from project.contacts.duplicates.similarity import MOST_WORDS, Words, plain, whole, without

Trait = tuple[str, str]


class Candidate(NamedTuple):
    """A contact as it is compared: its folded display name, and the `email_keys` and `phone_keys` stored with it.

    `name` is the display name itself, `birthday` is `YYYY-MM-DD` or `--MM-DD`.
    """

    id: UUID
    name_key: str
    email_keys: str
    phone_keys: str
    birthday: str | None = None
    name: str = ""


class Entry(NamedTuple):
    """A candidate taken apart: its name, the `keys` that can be equal and the `blocks` that near-equal names share."""

    id: UUID
    name: str
    words: Words
    keys: tuple[Trait, ...]
    blocks: tuple[Trait, ...]
    birthday: str | None = None
    generation: str = ""

    @property
    def traits(self) -> tuple[Trait, ...]:
        """All that can be equal between two contacts, as (reason, value)."""
        return (("name", " ".join(self.words)), *self.keys) if self.words else self.keys

    def contradicts(self, other: "Entry") -> bool:
        """Whether these are two people, whatever else they share: birthdays or generations differ."""
        if self.generation and other.generation and self.generation != other.generation:
            return True
        return bool(self.birthday and other.birthday) and not same_birthday(self.birthday or "", other.birthday or "")


def same_birthday(one: str, two: str) -> bool:
    """Whether two birthdays may be the same; one of them may lack its year."""
    years = {birthday[:-6] for birthday in (one, two)} - {"-"}
    return one[-5:] == two[-5:] and len(years) < 2


def place(candidates: Iterable[Candidate]) -> dict[str, str]:
    """The E.164 number that a spelling without a country stands for among these contacts; of several the lowest."""
    placed: dict[str, str] = {}
    for candidate in candidates:
        number = ""
        for line in candidate.phone_keys.split("\n"):
            if line.startswith("+"):
                number = line
            elif line.startswith("\t"):
                placed[line[1:]] = min(number, placed.get(line[1:], number))
    return placed


def take_apart(candidate: Candidate, placed: Mapping[str, str]) -> Entry:
    words, generation = names.take_apart(candidate.name_key, candidate.name)
    lines = [line for line in candidate.phone_keys.split("\n") if line and not line.startswith("\t")]
    numbers = (line if line.startswith("+") else placed.get(line, line.lstrip("0") or line) for line in lines)
    keys = [("phone", number) for number in dict.fromkeys(numbers)]
    keys += [("email", address) for address in candidate.email_keys.split("\n") if address]
    own_blocks = tuple(dict.fromkeys((*blocks(words), *blocks(tuple(sorted(map(plain, words)))))))
    return Entry(candidate.id, candidate.name_key, words, tuple(keys), own_blocks, candidate.birthday, generation)


def blocks(words: Words) -> Iterator[Trait]:
    """What near-equal names have in common: all words, or a whole one and how the others begin or how they end."""
    yield "words", " ".join(words)
    for anchor in whole(words) if len(words) <= MOST_WORDS else ():
        others = without(words, (anchor,))
        yield "beginnings", " ".join((anchor, *(word[0] for word in others)))
        yield "beginnings", " ".join((anchor, *(word[0] for word in whole(others))))
        yield "endings", " ".join((anchor, *sorted(word[-1] for word in whole(others))))
    if len(words) == 1:
        yield "beginning", words[0][:3]
        yield "ending", words[0][-3:]

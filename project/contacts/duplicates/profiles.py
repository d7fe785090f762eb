"""Contacts prepared for comparison: the keys that can be equal, and what nearly equal names have in common."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from project import unicode
from project.contacts.duplicates import names
from project.contacts.duplicates.similarity import MOST_WORDS, Words, plain, whole, without

Trait = tuple[str, str]

FEWEST_LETTERS = 8  # of two names that are the same but for their spaces
TURNED = range(3, 21)  # letters of an East Asian name that may begin with either part; 민수 is not 수민


class Candidate(NamedTuple):
    """A contact to compare: its display name, folded and as it is, and what is around it, its keys and birthday."""

    id: UUID
    name_key: str
    email_keys: str
    phone_keys: str
    birthday: str | None = None
    name: str = ""
    prefix: str | None = None
    suffix: str | None = None


class Profile(NamedTuple):
    """A candidate prepared for comparison: its `keys` can be equal, nearly equal names share `blocks`.

    `letters` are those of a name whose words may be written together, as Vandenberg and van den Berg; empty if few.
    """

    id: UUID
    name: str
    words: Words
    keys: tuple[Trait, ...]
    blocks: tuple[Trait, ...]
    birthday: str | None = None
    generation: str = ""
    letters: str = ""

    @property
    def traits(self) -> tuple[Trait, ...]:
        """Return everything that can be equal between two contacts, as (reason, value)."""
        return (("name", " ".join(self.words)), *self.keys) if self.words else self.keys

    def is_spelled_like(self, other: "Profile") -> bool:
        """Whether the names have the same letters, whatever is between them."""
        return bool(self.letters) and self.letters == other.letters

    def contradicts(self, other: "Profile") -> bool:
        """Whether birthdays or generations differ, which makes these two people, whatever they share."""
        if self.generation and other.generation and self.generation != other.generation:
            return True
        return bool(self.birthday and other.birthday) and not same_birthday(self.birthday or "", other.birthday or "")


def same_birthday(one: str, two: str) -> bool:
    """Whether two birthdays may be the same; one may lack its year."""
    years = {birthday[:-6] for birthday in (one, two)} - {"-"}
    return one[-5:] == two[-5:] and len(years) < 2


def place(candidates: Iterable[Candidate]) -> dict[str, str]:
    """Map spellings without a country to the E.164 number that they mean here, the lowest of several."""
    placed: dict[str, str] = {}
    for candidate in candidates:
        number = ""
        for line in candidate.phone_keys.split("\n"):
            if line.startswith("+"):
                number = line
            elif line.startswith("\t"):
                placed[line[1:]] = min(number, placed.get(line[1:], number))
    return placed


def take_apart(candidate: Candidate, placed: Mapping[str, str]) -> Profile:
    around = candidate.prefix or "", candidate.suffix or ""
    found, generation = names.take_apart(candidate.name_key, candidate.name, *around)
    words, letters = tuple(sorted(found)), letters_of(found)
    keys, places = tuple(keys_of(candidate, placed)), tuple(dict.fromkeys(places_of(words, letters)))
    return Profile(candidate.id, candidate.name_key, words, keys, places, candidate.birthday, generation, letters)


def letters_of(words: Words) -> str:
    """Return the letters of a name; those of an East Asian one from its lowest on, whichever part of it is first."""
    letters = plain("".join(words))
    if len(letters) in TURNED and unicode.is_east_asian(letters):
        return min(letters[place:] + letters[:place] for place in range(len(letters)))
    return letters if len(letters) >= FEWEST_LETTERS and letters.isalpha() else ""


def keys_of(candidate: Candidate, placed: Mapping[str, str]) -> Iterator[Trait]:
    lines = [line for line in candidate.phone_keys.split("\n") if line and not line.startswith("\t")]
    numbers = (line if line.startswith("+") else placed.get(line, line.lstrip("0") or line) for line in lines)
    yield from (("phone", number) for number in dict.fromkeys(numbers))
    yield from (("email", address) for address in candidate.email_keys.split("\n") if address)


def places_of(words: Words, letters: str) -> Iterator[Trait]:
    if letters:
        yield "letters", letters
    yield from blocks(words)
    yield from blocks(tuple(sorted(map(plain, words))))


def blocks(words: Words) -> Iterator[Trait]:
    """Yield what nearly equal names have in common: all words, or one and the first or last letters of the others."""
    yield "words", " ".join(words)
    for anchor in whole(words) if len(words) <= MOST_WORDS else ():
        others = without(words, (anchor,))
        yield "beginnings", " ".join((anchor, *(word[0] for word in others)))
        yield "beginnings", " ".join((anchor, *(word[0] for word in whole(others))))
        yield "endings", " ".join((anchor, *sorted(word[-1] for word in whole(others))))
    if len(words) == 1:
        yield "beginning", words[0][:3]
        yield "ending", words[0][-3:]

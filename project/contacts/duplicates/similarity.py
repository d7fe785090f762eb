"""The similarity of two names."""

import re
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import OSA

INITIAL = 0.85
DIGRAPHS = re.compile("ae|oe|ue|aa|dj")  # for ä, ö, ü, å and đ
MOST_WORDS = 6

Words = tuple[str, ...]


def similarity(one: Words, two: Words) -> float:
    """Return the similarity of two names, 0 … 1, their words in any order; 0 if each has a word that the other lacks.

    An initial agrees with a word that begins with it. One word of letters may be mistyped: by one letter, or by two if
    it has eight. A word that only one of the names has weighs as much as one that agrees, an initial half as much.
    """
    two = spelled_alike(one, two)
    if one == two:
        return 1.0 if one else 0.0
    shorter, longer = (one, two) if (len(one), one) < (len(two), two) else (two, one)
    if len(longer) > MOST_WORDS:
        return 0.0
    unmet, spare = without(shorter, longer), without(longer, shorter)
    if len(whole(unmet)) > 1 + len(spare) - len(whole(spare)):
        return 0.0
    met = list(meet(unmet, spare))
    if len(met) < len(unmet):
        return 0.0
    agreed = len(shorter) - len(met) + sum(met)
    return 2 * agreed / (2 * len(shorter) + sum(0.5 if len(word) == 1 else 1 for word in spare))


def is_mistyped(one: Words, two: Words) -> bool:
    """Whether two names that agree have a word that differs, apart from initials."""
    first, second = (list(map(plain, words)) for words in (one, two))
    return bool(whole(without(first, second)) and whole(without(second, first)))


def without(words: Iterable[str], others: Iterable[str]) -> list[str]:
    rest = list(words)
    for word in others:
        if word in rest:
            rest.remove(word)
    return rest


def meet(unmet: Iterable[str], spare: list[str]) -> Iterator[float]:
    """Yield the resemblance of each word to the most similar unused one, which is then used; stop if there is none."""
    mistyped = 0
    for word in sorted(unmet, key=len, reverse=True):
        best, partner = max((resemblance(word, other), other) for other in spare)
        mistyped += best != INITIAL
        if not best or mistyped > 1:
            return
        spare.remove(partner)
        yield best


def resemblance(word: str, other: str) -> float:
    if len(word) == 1 or len(other) == 1:
        return INITIAL if word[0] == other[0] else 0.0
    length = max(len(word), len(other))
    allowed = min(length // 4, 2)
    if not (allowed and word.isalpha() and other.isalpha()):
        return 0.0
    distance = OSA.distance(word, other, score_cutoff=allowed)
    return 1 - distance / length if distance <= allowed else 0.0


def whole(words: Iterable[str]) -> list[str]:
    """Return the words without the initials."""
    return [word for word in words if len(word) > 1]


def spelled_alike(one: Words, two: Words) -> Words:
    """Spell the umlauts of the second name as in the first."""
    spellings = {plain(word): word for word in one}
    return tuple(sorted(spellings.get(plain(word), word) for word in two))


def plain(word: str) -> str:
    """Return `muller` for `mueller`, as folding does for müller."""
    return DIGRAPHS.sub(lambda digraph: digraph[0][0], word)

"""The order of names: Unicode's root collation (UTS #10, DUCET), the same on SQLite and PostgreSQL.

Each script has a block of its own, in its alphabetical order: signs, digits, Latin, Greek, Cyrillic, ... kana, Han.
Accents and case decide between names that are otherwise equal.
"""

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain, groupby, takewhile
from typing import Final, NamedTuple, cast

from pyuca.collator import Collator_10_0_0

from project import unicode
from project.contacts.content import Content

MOST_CHARACTERS: Final = 100  # of a name that decide; what follows counts as equal
KEY_LENGTH: Final = 400  # characters of at most 4 bytes, so that an index row stays below PostgreSQL's 2,704 bytes
COMMON_ACCENT: Final = chr(0x20)  # the secondary weight of a character without an accent
SURROGATES: Final = 0xD800  # weights from here on move behind the code points that no text may hold
BEHIND_SURROGATES: Final = 0x2000
ACCENTS_FOLLOW: Final = "\x01"  # below every weight, so that a name precedes all that begin with it
OTHERS: Final = "#"
LETTERS: Final = ("Lu", "Ll", "Lt", "Lo")
OPENING: Final = ("Lm", "Pi", "Pf", "Ps")  # Unicode categories of what may stand before a name: ʻOkina, “Bob”, (Ada)
QUOTES: Final = "'\"`´"
ALEF: Final = "ا"
EMOJI: Final = range(0x1F000, 0x1FC00)  # the blocks of Unicode for them, as yet unassigned ones included
LAST_SYMBOL: Final = "🧦"  # of the emoji in the table

# The index letters of CLDR for Japanese and Korean: a row of kana, and a consonant whether single or doubled.
KANA_ROWS: Final = "あかさたなはまやらわ"
CONSONANTS: Final = {
    jamo: letter
    for letter, several in zip(
        "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
        ("ᄀᄁ", "ᄂ", "ᄃᄄ", "ᄅ", "ᄆ", "ᄇᄈ", "ᄉᄊ", "ᄋ", "ᄌᄍ", "ᄎ", "ᄏ", "ᄐ", "ᄑ", "ᄒ"),
        strict=True,
    )
    for jamo in several
}


def derive(content: Content) -> dict[str, str]:
    """Return the columns by which lists are sorted and divided, by name and by last name."""
    by_name, by_last_name = name_text(content), last_name_text(content)
    name, last_name = weights(by_name), weights(by_last_name)
    return {
        "name_order": name.key,
        "name_section": section_of(name, by_name),
        "last_name_order": last_name.key,
        "last_name_section": section_of(last_name, by_last_name),
    }


def name_text(content: Content) -> str:
    """The name as it is shown, without its prefix, by its sound where that is given."""
    if not (content["first_name"] or content["last_name"]):
        return content["nickname"] or content["company"] or ""
    given = [content["phonetic_first_name"] or content["first_name"], content["middle_name"]]
    names = [*given, content["phonetic_last_name"] or content["last_name"]]
    written = (content["first_name"], content["middle_name"], content["last_name"])
    if unicode.is_east_asian("".join(filter(None, written))):
        names.reverse()
    return " ".join(filter(None, (*names, content["name_suffix"])))


def last_name_text(content: Content) -> str:
    """The last name and then the others; without one, the name."""
    last = content["phonetic_last_name"] or content["last_name"]
    if not last:
        return name_text(content)
    first = content["phonetic_first_name"] or content["first_name"]
    return " ".join(filter(None, (last, first, content["middle_name"], content["name_suffix"])))


class Weights(NamedTuple):
    """The weights of a name's letters, case being folded, and those of their accents, each as a character."""

    letters: str
    accents: str = ""

    @property
    def key(self) -> str:
        decided = f"{self.letters}{ACCENTS_FOLLOW}{self.accents}" if self.accents else self.letters
        return decided[:KEY_LENGTH]


def key(name: str) -> str:
    """What a name is sorted by, to be compared by code point (`COLLATE "C"`, `BINARY`); empty for an empty name."""
    return weights(name).key


def section(name: str) -> str:
    """The letter that an address book shows above a name: `A`, `L` for Ł, `Ж`, `あ`, `ㄱ`; `#` where none begins it.

    Names in the order of their keys have their sections in one piece each. A Han character is a section of its own.
    """
    return section_of(weights(name), name)


def section_of(found: Weights, name: str) -> str:
    letter = letter_of(found.letters[:1]) or beginning(name)
    if unicodedata.category(letter or " ") not in LETTERS:
        return OTHERS
    if letter in CONSONANTS:
        return CONSONANTS[letter]
    if is_kana(letter):
        return kana_row(letter)
    if is_alef(letter):
        return ALEF
    return letter.title()


def weights(name: str) -> Weights:
    text = unicode.casefold(bare(name)[:MOST_CHARACTERS])
    if text.isascii():  # where no character's weights depend on its neighbours
        return Weights(text.translate(ascii_weights()))
    elements = collation_elements(unicode.normalise("NFD", text))
    accents = "".join(chr(accent) for _, accent, *_ in elements if accent)
    return Weights(letters_of(elements), accents.rstrip(COMMON_ACCENT))


class Alone(NamedTuple):
    """The weights of a character, and what must not be in a text beside it, because the two may weigh otherwise."""

    elements: Sequence[Sequence[int]]
    partners: frozenset[str]


def collation_elements(text: str) -> Sequence[Sequence[int]]:
    """The weights of a text in NFD: those of its characters, unless some have others together."""
    if all(alone(character).partners.isdisjoint(text) for character in text):
        return list(weighed_alone(text))
    runs = ((is_new, "".join(run)) for is_new, run in groupby(text, is_new_symbol))
    return [element for is_new, run in runs for element in (weighed_alone(run) if is_new else weighed_together(run))]


def weighed_alone(text: str) -> Iterable[Sequence[int]]:
    return chain.from_iterable(alone(character).elements for character in text)


def weighed_together(text: str) -> Sequence[Sequence[int]]:
    return cast(Sequence[Sequence[int]], collator().collation_elements(text))


@lru_cache(maxsize=4_096)
def alone(character: str) -> Alone:
    if is_new_symbol(character):
        return Alone((*weighed_together(LAST_SYMBOL), (ord(character), 0)), frozenset())
    node = (collator().table.root.children or {}).get(ord(character))
    partners = frozenset(map(chr, (node and node.children) or ()))
    return Alone(tuple(weighed_together(character)), partners)


def is_new_symbol(character: str) -> bool:
    """Whether it is a symbol newer than the table, which would have it behind all letters: 🥰, 🫶."""
    code = ord(character)
    if code in (collator().table.root.children or {}):
        return False
    return code in EMOJI or unicodedata.category(unicode.nfkc(character)[0])[0] in "PS"


def letters_of(elements: Iterable[Sequence[int]]) -> str:
    return "".join(character(weight) for weight, *_ in elements if weight)


def bare(name: str) -> str:
    """The name without quotation marks, brackets and silent letters before it, unless it is nothing else."""
    name = name.strip()
    return name[next((place for place, sign in enumerate(name) if not opens(sign)), 0) :]


def opens(sign: str) -> bool:
    return sign in QUOTES or unicodedata.category(sign) in OPENING


def character(weight: int) -> str:
    return chr(weight if weight < SURROGATES else weight + BEHIND_SURROGATES)


def beginning(name: str) -> str:
    """The first character of what has no weights of its own in the table, as Han has none."""
    return unicode.normalise("NFKC", bare(name)[:1])[:1]


def is_kana(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("HIRAGANA")


def is_alef(letter: str) -> bool:
    """An alef, or one of the hamzas that precede it in Unicode's order."""
    return unicodedata.name(letter, "").startswith("ARABIC LETTER") and key(letter) <= key(ALEF)


def kana_row(letter: str) -> str:
    """The last row that begins no later: `か` for き and ぎ."""
    plain = unicode.normalise("NFD", letter)[0]
    rows = list(takewhile(lambda row: key(row) <= key(plain), KANA_ROWS))
    return rows[-1] if rows else KANA_ROWS[0]


@cache
def collator() -> Collator_10_0_0:
    """The table takes 11 MB. It is read on import, so that gunicorn's workers share it."""
    return Collator_10_0_0()


@cache
def ascii_weights() -> dict[int, str]:
    """The weights of each ASCII character; none has an accent."""
    return {code: letters_of(collator().collation_elements(chr(code))) for code in range(128)}


def letter_of(weight: str) -> str:
    """The plainest lower-case letter of a weight: `l` for that of l, ł and ĺ; an empty text where there is none."""
    weights, plainest = letters()
    code = ord(weight) if weight else 0
    place = bisect_left(weights, code)
    return chr(plainest[place]) if place < len(weights) and weights[place] == code else ""


@cache
def letters() -> tuple["array[int]", "array[int]"]:
    """The weights of single characters in their order, and the plainest character of each; a dictionary takes 7 MB."""
    nodes = collator().table.root.children or {}
    found: dict[int, int] = {}
    for codepoint, node in nodes.items():
        if node.value and len(node.value) == 1:
            weight, *rest = node.value[0]
            known = found.setdefault(weight, codepoint)
            if (rest, codepoint) < (nodes[known].value[0][1:], known):
                found[weight] = codepoint
    weights = sorted(filter(None, found))
    return array("L", map(ord, map(character, weights))), array("L", map(found.__getitem__, weights))

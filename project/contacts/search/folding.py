"""Text folded to what is compared, so that SQLite and PostgreSQL find and sort the same."""

import unicodedata

from anyascii import anyascii

from project import unicode

QUOTES = str.maketrans("", "", "'`")
UNASSIGNED = frozenset({"Cn", "Co"})
UNWRITTEN = frozenset({"Cc", "Cf", "Cs"})
UNSOUNDED = frozenset({"Lm", "Mc", "Me", "Mn", "Sk"})
VOWEL_SIGNS = range(84, 133)  # combining classes of Telugu, Thai, Lao and Tibetan vowels: letters rather than accents


class Folding(dict[int, str]):
    """What each character folds to, worked out when it first occurs.

    The million characters that mean nothing yet are not kept: 22 MB is the most that this grows to.
    """

    def __missing__(self, codepoint: int) -> str:
        spelling = spell(chr(codepoint))
        if unicodedata.category(chr(codepoint)) not in UNASSIGNED:
            self[codepoint] = spelling
        return spelling


def spell(character: str) -> str:
    """One character in lower-case ASCII; itself where it has no spelling, as a picture and a silent letter have none.

    Apostrophes go, and soft signs with them: `olga` is Ольга, `obrien` is O’Brien.
    """
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if category in UNWRITTEN or unicodedata.combining(character) not in (0, *VOWEL_SIGNS):
        return ""
    spelling = anyascii(character).lower()
    if category == "Lo" and not any(map(str.isalnum, spelling)):
        return unicode.normalise("NFD", character)[0]
    if not spelling or spelling.startswith(":"):
        return "" if category in UNSOUNDED else character.lower()
    return spelling.translate(QUOTES)


FOLDING = Folding()


def fold(text: str) -> str:
    """Text without regard to case, accents, ligatures, script and spacing; no control character is left in it."""
    return " ".join(unicode.nfkc(text).translate(FOLDING).split())

"""Unicode normalisation (UAX #15) and case folding in linear time.

Python sorts the combining marks on a character by insertion: half a million of them, which is one request, would take
minutes. So in long texts an invisible joiner follows every thirty marks, as in the standard's Stream-Safe Text Format.
"""

import re
import unicodedata
from typing import Literal

MOST_MARKS = 30  # UAX #15-D3; marks that a character decomposes to are not counted here
JOINER = "\u034f"
MOST_COMPOSED = 4  # characters that NFC makes one of: a text of n times as many is longer than n when composed
SHORT = 500  # characters that take less than a millisecond, whatever they are
MARK = f"[{''.join(sign for sign in map(chr, range(0x300, 0x20000)) if unicodedata.combining(sign))}]"
UNSEEN = ("Cc", "Cf", "Z", "M")  # Unicode categories of invisible characters
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # by their category letters and symbols, and yet blank
# Zero-width characters, byte order marks, directional marks and noncharacters mean nothing at the ends of a text, where
# they come in with what was copied.
SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
RANGES = (
    range(0x202A, 0x202F), range(0x2060, 0x2065), range(0x2066, 0x2070), range(0xFFF9, 0xFFFD), range(0x1D173, 0x1D17B),
)  # fmt: skip
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2800\u3164\ufeff\uffa0\ufffe\uffff\U000e0001"
    + "".join(chr(number) for each in RANGES for number in each)
)
# These change the character before them: words of Malayalam end in one, and flags and hearts do.
JOINERS = "\u200c\u200d" + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0020, 0xE0080)]))
ENDS = SPACES + INVISIBLE
EAST_ASIAN = re.compile(  # Han, kana and Hangul, in the blocks that hold nothing else
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3041-\u30ff\u3131-\u318e\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\uff66-\uffdc"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
CROWD = re.compile(f"({MARK}{{{MOST_MARKS}}})(?={MARK})")


def nfc(text: str) -> str:
    """NFC, the form in which text is stored."""
    return normalise("NFC", text)


def nfkc(text: str) -> str:
    """NFKC, which also unifies compatibility characters."""
    return normalise("NFKC", text)


def normalise(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Normalise to one of the four forms. Ruff forbids Python's own function everywhere else."""
    if len(text) > SHORT and not text.isascii():
        text = CROWD.sub(rf"\1{JOINER}", text)
    return unicodedata.normalize(form, text)


def casefold(text: str) -> str:
    """Fold case. A test forbids Python's own method everywhere else."""
    return text.casefold()


def caseless(text: str) -> str:
    """Without regard to case or to how a character is composed: compatibility caseless matching (D146)."""
    return nfkc(casefold(normalise("NFKD", casefold(normalise("NFD", text)))))


def trimmed(text: str) -> str:
    """The text without white space and invisible characters at its ends; joiners stay behind what they may join."""
    if text.isascii():
        return text.strip()
    text = text.strip(ENDS).lstrip(ENDS + JOINERS)
    bare = text.rstrip(ENDS + JOINERS)
    return bare if bare[-1:].isascii() else text


def plain_code(text: str) -> str:
    """The letters and digits of a code that was typed or pasted: in lower case, digits of any script as ASCII."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in caseless(text) if sign.isalnum())


def is_visible(text: str) -> bool:
    """Whether any character is visible; those that are newer than Python's Unicode tables count as visible."""
    return text.isascii() or any(
        character not in FILLERS and not unicodedata.category(character).startswith(UNSEEN) for character in text
    )


def is_east_asian(text: str) -> bool:
    """Whether there are letters, and all of them are Han, kana or Hangul."""
    letters = [] if text.isascii() else [character for character in text if character.isalpha()]
    return bool(letters) and all(map(EAST_ASIAN.match, letters))

"""Text folded to what is compared, so that SQLite and PostgreSQL find and sort the same."""

import re
import unicodedata

from anyascii import anyascii

from project import unicode

QUOTES = str.maketrans("", "", "'`")
# A space of a ´ that stands for an apostrophe, made by compatibility forms, and the ״ of Hebrew abbreviations.
UNCOUNTED = re.compile(' (?=[\u0300-\u036f])|(?<=[א-ת])["״“”]+')
PUNYCODE = re.compile(r"(?<![\w-])xn--([a-z0-9-]{1,59})", re.IGNORECASE | re.ASCII)
KANA_HYPHEN = re.compile("(?<=[ぁ-ヿ])=(?=[ぁ-ヿ])")
# One letter in several forms, by which dictionaries and people differ. A hamza of its own is often left out.
SAME_LETTER = str.maketrans(
    "آأإٱ" "ىیئےۓ" "ؤ" "ةہۃۂھەۀ" "کڪ" "﨑嵜髙𠮷濱濵栁邊邉齋齊" "゠・·‧•⁃־",
    "اااا" "ييييي" "و" "ههههههه" "كك" "崎崎高吉浜浜柳辺辺斎斉" "-------", "ء"
) | {ord(ligature): letters for ligature, letters in (("װ", "וו"), ("ױ", "וי"), ("ײ", "יי"))}  # fmt: skip
WAWS = re.compile("وو+")  # داوود is داود, رؤوف is رءوف
UNASSIGNED = frozenset({"Cn", "Co"})
UNWRITTEN = frozenset({"Cc", "Cf", "Cs"})
UNSOUNDED = frozenset({"Lm", "Mc", "Me", "Mn", "Sk"})
VOICED = 8  # the combining class of kana's marks
VOWEL_SIGNS = range(84, 133)  # combining classes of Telugu, Thai, Lao and Tibetan vowels: letters rather than accents


def decode(label: re.Match[str]) -> str:
    """A label of a domain in Unicode, or as it is if it has no letters in it (RFC 3492)."""
    try:
        decoded = label[1].lower().encode().decode("punycode")
    except UnicodeError:
        return label[0]
    return decoded if not decoded.isascii() and decoded.replace("-", "").isalnum() else label[0]


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
    return " ".join(unify(text).translate(FOLDING).split())


def unify(text: str) -> str:
    """Text in NFKC, each letter in one of its forms; domains in Unicode. The same again changes nothing."""
    if not text.isascii():
        text = WAWS.sub("و", unicode.nfkc(text).translate(SAME_LETTER))
        text = KANA_HYPHEN.sub("-", UNCOUNTED.sub("", text))
    return PUNYCODE.sub(decode, text) if "--" in text else text


def fold_in_script(text: str) -> str:
    """Text without regard to case and accents that keeps its script; katakana is written as hiragana."""
    letters = unicode.normalise("NFKD", unicode.casefold(unify(text)))
    plain = "".join(map(letter_in_script, filter(is_letter_or_sound, letters)))
    return " ".join(unicode.nfc(plain).split())


def is_letter_or_sound(character: str) -> bool:
    """No accent; a vowel written as a mark, and the mark that makes か of が, are none."""
    return unicodedata.combining(character) in (0, VOICED, *VOWEL_SIGNS) and character not in "'`’ʼ\u200b"


def letter_in_script(character: str) -> str:
    if "ァ" <= character <= "ヶ":
        return chr(ord(character) - ord("ァ") + ord("ぁ"))
    return character


def is_romanised(text: str) -> bool:
    """Whether folding writes letters of another script in Latin ones."""
    return not text.isascii() and any(map(is_of_other_script, unicode.nfkc(text)))


def is_of_other_script(character: str) -> bool:
    return character >= "\u0370" and character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")

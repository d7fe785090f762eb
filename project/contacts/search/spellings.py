"""The spellings of a name: in its own script, with digraphs for umlauts, without dots, hyphens or spaces."""

import re
from collections.abc import Iterator
from itertools import product

from project import unicode
from project.contacts.search.folding import fold, fold_in_script, is_romanised

SHORT = 2  # letters
HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010-\u2015\u2212\u200c](?=[^\W\d_])")  # or a ZWNJ, as in علی‌رضا
COMMA = re.compile(r"(?<=[^\W\d_])[,;、،؛]|[,;、،؛](?=[^\W\d_])")
AROUND = re.compile(r"\A[\"“”„«»‹›()\[\]「」『』【】]+(?=[^\W\d_])|(?<=[^\W\d_])[\"“”„«»‹›()\[\]「」『』【】]+\Z")
BETWEEN = re.compile(r"[\s-]+")
APOSTROPHE = re.compile(r"(?<=[^\W\d_])['`´‘’ʼ′＇](?=[^\W\d_])")
DIGRAPHS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ő": "oe", "ű": "ue", "đ": "dj"}
MOST_UMLAUTS = 3  # of which each may be a digraph or a plain letter: Öztürk, Oeztuerk, Oezturk
UMLAUT = re.compile(f"([{''.join(DIGRAPHS)}])", re.IGNORECASE)
INITIAL = re.compile(r"\b[^\W\d_]\.")
INITIALS = re.compile(r"(?<=\b[^\W\d_])\. *(?=[^\W\d_]\.)")
DOT_AT_HYPHEN = re.compile(r"\.(?=-)")
DOT_BETWEEN = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
KANA = re.compile("[ぁ-ゖ]")
GLIDE = re.compile("([ぁ-ゖ])([ゃゅょ])")
HUSHED = ("shi", "chi", "ji")
LONG_VOWEL = re.compile("(?<=o)[ou]|(?<=u)u")
NASAL = re.compile("न्(?=[क-ह])|ँ")  # which many write as an anusvara: चन्द्र, चंद्र
# Words that some write together with the next one: `Van den Berg`, `Abd al-Rahman`, `Mac Donald`, `عبد الله`.
PARTICLE = re.compile(
    r"\b(?=[^\W\d_])"
    r"(abd|abdel|abdul|abou|abu|ad|al|an|ap|as|ash|at|ben|bin|bint|bou|d|da|dal|das|de|del|dela|della|den|der|des|di|do|dos"
    r"|du|el|fitz|ibn|l|la|le|les|lo|los|mac|mc|n|ni|o|saint|san|sankt|santa|santo|st|sta|t|ten|ter|van|vande|vanden|vander"
    r"|ver|vom|von|zu|zum|zur|عبد|ابو|ابن|بن|بو|بنت|ام|ال|בן|בת|בר|אבו|אל)"
    r"\.?[ -]+(?=[^\W\d_])"
)


def spellings(text: str, folded: str) -> Iterator[str]:
    """Yield a text as it is also written: umlauts as digraphs, in its own script, without dots, hyphens or spaces."""
    for written in (folded,) if text.isascii() else (folded, *with_digraphs(text), *in_script(text)):
        yield written
        if not written.isalpha():
            yield from joined(written)


def joined(written: str) -> Iterator[str]:
    """Yield a text of several parts without what is between them."""
    plain = DOT_AT_HYPHEN.sub("", written)
    if INITIAL.search(plain):
        yield INITIALS.sub("", plain).replace(".", "")
        plain = plain.replace(".", "")
    yield plain
    if HYPHEN.search(plain):
        yield HYPHEN.sub("", plain)
    if " " in written and PARTICLE.search(written):
        together = PARTICLE.sub(r"\1", written)
        yield from (together, fold(together))


def in_script(text: str) -> Iterator[str]:
    """Yield a text of another script in it, East Asian names also without what is between their parts."""
    if not is_romanised(text):
        return
    script = fold_in_script(text)
    yield script
    if KANA.search(script):
        yield from in_latin(script)
    if BETWEEN.search(script) and unicode.is_east_asian(text):
        together = BETWEEN.sub("", script)
        yield from (together, fold(together))
    if NASAL.search(text):
        nasal = NASAL.sub("ं", text)
        yield from (fold_in_script(nasal), fold(nasal))


def in_latin(kana: str) -> Iterator[str]:
    """Yield kana as Hepburn has it, with long vowels and without: `shouta`, `shota`."""
    spelled = fold(GLIDE.sub(with_glide, kana))
    yield from (spelled, LONG_VOWEL.sub("", spelled))


def with_glide(kana: re.Match[str]) -> str:
    sound, glide = map(fold, kana.groups())
    return sound[:-1] + (glide[1:] if sound in HUSHED else glide)


def with_digraphs(text: str) -> Iterator[str]:
    """Yield a text folded with digraphs for all its umlauts and, if they are few, for some of them."""
    pieces = UMLAUT.split(unicode.nfc(text))
    forms = 2 if len(pieces) <= 2 * MOST_UMLAUTS + 1 else 1
    spelled = [(DIGRAPHS[piece.lower()], piece)[:forms] if at % 2 else (piece,) for at, piece in enumerate(pieces)]
    if len(pieces) > 1:
        yield from (fold("".join(spelling)) for spelling in product(*spelled))


def apart(word: str, folded: str) -> Iterator[str]:
    """Yield a word of a query as it may be written without its apostrophe or a dot: `o brien`, `st `, `st. clair`."""
    if APOSTROPHE.search(word):
        yield fold(APOSTROPHE.sub(" ", word))
    if len(folded) > SHORT and folded.endswith("."):
        yield from (folded.rstrip(".") + end for end in " \n")
    if DOT_BETWEEN.search(folded) and "@" not in folded:
        yield DOT_BETWEEN.sub(". ", folded)

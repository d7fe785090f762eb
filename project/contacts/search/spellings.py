"""The spellings of a name: in its own script, with digraphs for umlauts, without dots, hyphens or spaces."""

import re
from collections.abc import Iterator
from itertools import product

from project import unicode
from project.contacts.search.folding import fold, fold_in_script, is_romanised

SHORT = 2  # letters
HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010-\u2015\u2212](?=[^\W\d_])")
APOSTROPHE = re.compile(r"(?<=[^\W\d_])['`´‘’ʼ′＇](?=[^\W\d_])")
DIGRAPHS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ő": "oe", "ű": "ue", "đ": "dj"}
DIGRAPH = re.compile("|".join(sorted(set(DIGRAPHS.values()))))
MOST_UMLAUTS = 3  # of which each may be a digraph or a plain letter: Öztürk, Oeztuerk, Oezturk
UMLAUT = re.compile(f"([{''.join(DIGRAPHS)}])", re.IGNORECASE)
INITIAL = re.compile(r"\b[^\W\d_]\.")
INITIALS = re.compile(r"(?<=\b[^\W\d_])\. *(?=[^\W\d_]\.)")
# Words that some write together with the next one: `Van den Berg`, `Abd al-Rahman`, `Mac Donald`, `عبد الله`.
PARTICLE = re.compile(
    r"\b(?=[^\W\d_])"
    r"(abd|abdel|abdul|abou|abu|ad|al|an|ap|as|ash|at|ben|bin|bint|bou|da|dal|das|de|del|dela|della|den|der|des|di|do|dos"
    r"|du|el|fitz|ibn|l|la|le|les|lo|los|mac|mc|ni|o|saint|san|sankt|santa|santo|st|sta|ten|ter|van|vande|vanden|vander"
    r"|ver|vom|von|zu|zum|zur|عبد|ابو|ابن|بن|بو|بنت|ام|ال|בן|בת|בר|אבו|אל)"
    r"[ -]+(?=[^\W\d_])"
)


def name_substrings(text: str) -> tuple[str, ...]:
    """Return the spellings of a part of a first or last name, of which a key has the folded one alone."""
    folded = fold(text)
    without_digraphs = DIGRAPH.sub(lambda digraph: digraph[0][0], folded)
    hyphens = (HYPHEN.sub(" ", folded), folded.replace(" ", "-"))
    found = (folded, *with_digraphs(text), without_digraphs, *hyphens, *apart(text, folded))
    return tuple(filter(None, dict.fromkeys(found)))


def spellings(text: str, folded: str) -> Iterator[str]:
    """Yield a text in its own script, umlauts as digraphs; each without dots, hyphens or spaces."""
    if is_romanised(text):
        yield from in_script(text)
    for written in (folded, *with_digraphs(text)):
        yield written
        if INITIAL.search(written):
            yield written.replace(".", "")
            yield INITIALS.sub("", written).replace(".", "")
        if HYPHEN.search(written):
            yield HYPHEN.sub("", written)
        if " " in written and PARTICLE.search(written):
            yield PARTICLE.sub(r"\1", written)


def in_script(text: str) -> Iterator[str]:
    script = fold_in_script(text)
    yield script
    if PARTICLE.search(script):
        joined = PARTICLE.sub(r"\1", script)
        yield from (joined, fold(joined))


def with_digraphs(text: str) -> Iterator[str]:
    """Yield a text folded with digraphs for all its umlauts and, if they are few, for some of them."""
    pieces = [] if text.isascii() else UMLAUT.split(unicode.nfc(text))
    forms = 2 if len(pieces) <= 2 * MOST_UMLAUTS + 1 else 1
    spelled = [(DIGRAPHS[piece.lower()], piece)[:forms] if at % 2 else (piece,) for at, piece in enumerate(pieces)]
    if len(pieces) > 1:
        yield from (fold("".join(spelling)) for spelling in product(*spelled))


def apart(word: str, folded: str) -> Iterator[str]:
    """Yield a word of a query as it may be written without its apostrophe or its last dot: `o brien`, `st `."""
    if APOSTROPHE.search(word):
        yield fold(APOSTROPHE.sub(" ", word))
    if len(folded) > SHORT and folded.endswith("."):
        yield folded.rstrip(".") + " "

"""Names as duplicates are compared by: words without titles, and the generation."""

import re

from project import unicode
from project.contacts.duplicates.similarity import Words
from project.contacts.search.folding import fold, fold_in_script
from project.contacts.search.spellings import BETWEEN

TITLES = frozenset({
    "dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "rev", "herr", "frau", "ing", "dipl", "mag", "med",
    "phd", "md", "esq", "hr", "fr", "m", "mme", "mlle", "sig", "sra", "srta", "dhr", "mevr", "pan", "pani",
    "professor", "doctor", "doc", "dott", "dottssa", "avv", "arch", "mudr", "mvdr", "judr", "phdr", "rndr", "mgr",
    "capt", "captain", "col", "lt", "sgt", "mba", "msc", "bsc", "llm", "llb", "cpa", "dds", "obe", "mbe", "cbe",
    "univ", "prim", "habil", "inz", "bc", "csc", "drsc", "mphil", "mph", "cfa", "pmp", "frcs", "srn", "engr", "bpk",
    *map(fold, ("الدكتور", "الدكتورة", "دكتور", "دكتورة", "الأستاذ", "الأستاذة", "السيد", "السيدة", "المهندس", "คุณ")),
})  # fmt: skip
# Titles that are names, too: none unless two words are left.
RARE_TITLES = frozenset({
    "sr", "don", "dona", "lord", "lady", "rabbi", "sheikh", "maj", "gen", "adm", "hon", "bay", "bayan", "sn", "shri",
    "smt", "eng", "ir", "drs", "lic", "pd", "hab", "ustad", "datuk", "ibu", "khun", "kos", "ka", "rn", "pe", "jd", "qc",
    "kc",
})  # fmt: skip
HONORIFIC = re.compile("(?<=..)(?:様|さま|さん|ちゃん|くん|殿|氏|先生|女士|小姐|씨|님|선생님)\\Z")
GENERATIONS = {
    "jr": "junior", "jun": "junior", "junior": "junior", "sr": "senior", "sen": "senior", "senior": "senior",
    "jnr": "junior", "snr": "senior", "ifj": "junior", "id": "senior", "ii": "second", "iii": "third", "iv": "fourth",
}  # fmt: skip
NAMES_BEFORE_NUMERAL = 2
TURNABLE = 2  # letters of a name that is another one backwards: 민수, 수민
FEWEST_NAMES = 2  # that rarer titles leave
NUMERALS = {"i": "first", "v": "fifth"}  # behind two names; elsewhere they are initials
DOTTED_TITLE = re.compile(
    r"\b(?:d-r|g-n|g-zha|ph\. ?d|[jm]\. ?d|m\. ?a|b\. ?a|b\. ?sc|m\. ?sc|m\. ?b\. ?a|ll\. ?[mb]|d\. ?d\. ?s|sig\.ra"
    r"|dr\.ssa|dott\.ssa|rer\. ?(?:nat|pol|oec|medic)|h\. ?c|(?:phil|jur|iur|theol|oec|habil|dent|vet)\.)(?!\w)\.?"
)


def take_apart(folded: str, name: str, prefix: str, suffix: str) -> tuple[Words, str]:
    """Return the words of a name and its generation, or whatever else its suffix tells apart.

    What is before and behind a name in a field of its own is no part of it. Han, kana and Hangul are compared as
    written.
    """
    if prefix or suffix:
        folded = folded.removeprefix(f"{fold(prefix)} ").removesuffix(f" {fold(suffix)}")
        words, generation = take_apart(folded, name.removeprefix(f"{prefix} ").removesuffix(f" {suffix}"), "", "")
        return words, generation or generation_of(prefix) or generation_of(suffix) or beside_titles(suffix)
    if unicode.is_east_asian(name):
        written = HONORIFIC.sub("", BETWEEN.sub("", fold_in_script(name)))
        rest = written[1:] if len(written) > TURNABLE else written
        return tuple(filter(None, (written[:1], rest))), ""
    found = words_of(folded) or folded.split()
    numeral = NUMERALS.get(found[-1], "") if len(found) > NAMES_BEFORE_NUMERAL else ""
    generation = numeral or next((GENERATIONS[word] for word in found[1:] if word in GENERATIONS), "")
    found = found[:-1] if numeral else found
    found = [word for word in found if not (generation and word in GENERATIONS)]
    return tuple(without_titles(found)), generation


def without_titles(words: list[str]) -> list[str]:
    """Return the words without titles, and all of them if nothing but initials would be left."""
    kept = [word for word in words if word not in TITLES]
    rest = [word for word in kept if word not in RARE_TITLES]
    if len(rest) >= FEWEST_NAMES:
        return rest
    return kept if any(len(word) > 1 for word in kept) else words


def generation_of(affix: str) -> str:
    return next((GENERATIONS[word] for word in words_of(fold(affix)) if word in GENERATIONS), "")


def beside_titles(affix: str) -> str:
    return " ".join(word for word in words_of(fold(affix)) if word not in TITLES | RARE_TITLES)


def words_of(folded: str) -> list[str]:
    return re.findall(r"\w+", DOTTED_TITLE.sub(" ", folded))

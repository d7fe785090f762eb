"""Names as duplicates are compared by: words without titles, and the generation."""

import re

from project import unicode
from project.contacts.duplicates.similarity import Words
from project.contacts.search.folding import fold_in_script

TITLES = frozenset({
    "dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "rev", "herr", "frau", "ing", "dipl", "mag", "med",
    "phd", "md", "esq", "hr", "fr", "m", "mme", "mlle", "sig", "sra", "srta", "dhr", "mevr", "pan", "pani",
})  # fmt: skip
GENERATIONS = {
    "jr": "junior", "jun": "junior", "junior": "junior", "sr": "senior", "sen": "senior", "senior": "senior",
    "ii": "second", "iii": "third", "iv": "fourth",
}  # fmt: skip
NAMES_BEFORE_NUMERAL = 2
NUMERALS = {"i": "first", "v": "fifth"}  # behind two names; elsewhere they are initials
DOTTED_TITLE = re.compile(
    r"\b(?:ph\. ?d|m\. ?d|m\. ?a|b\. ?a|b\. ?sc|m\. ?sc|d\. ?d\. ?s|sig\.ra|dr\.ssa|dott\.ssa)\b\.?"
)


def take_apart(folded: str, name: str) -> tuple[Words, str]:
    """Return the words of a name, sorted, and its generation. Han, kana and Hangul are compared as written."""
    if unicode.is_east_asian(name):
        written = fold_in_script(name).replace(" ", "")
        return tuple(sorted(filter(None, (written[:1], written[1:])))), ""
    found = re.findall(r"\w+", DOTTED_TITLE.sub(" ", folded)) or folded.split()
    numeral = NUMERALS.get(found[-1], "") if len(found) > NAMES_BEFORE_NUMERAL else ""
    generation = numeral or next((GENERATIONS[word] for word in found[1:] if word in GENERATIONS), "")
    found = found[:-1] if numeral else found
    kept = [word for word in found if word not in TITLES and not (generation and word in GENERATIONS)]
    return tuple(sorted(kept if any(len(word) > 1 for word in kept) else found)), generation

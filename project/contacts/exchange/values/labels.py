"""What an address, number or date is labelled: vCard's TYPE and Apple's X-ABLabel are one plain word or two here."""

import re
from collections.abc import Iterable

SAYS_NOTHING = frozenset({"internet", "pref", "voice", "dom", "intl", "postal", "parcel", ""})
ALIASES = {"cell": "mobile"}
ORDER = ("home", "work", "other", "main", "mobile", "car", "fax", "pager", "video", "text", "textphone")
RANKS = {word: rank for rank, word in enumerate(ORDER)}

# The words that each property may have as a TYPE in 3.0 as in 4.0; the others are said by X-ABLabel.
PLACES = {"home": "home", "work": "work"}
TYPES = {"TEL": {**PLACES, "mobile": "cell", "fax": "fax", "pager": "pager", "video": "video"}}
RELATIONS = (
    "acquaintance", "agent", "child", "co-resident", "co-worker", "colleague", "contact", "crush", "date", "emergency",
    "friend", "kin", "me", "met", "muse", "neighbor", "parent", "sibling", "spouse", "sweetheart",
)  # fmt: skip
TYPES["RELATED"] = dict(zip(RELATIONS, RELATIONS, strict=True))

STARRED = "starred"  # Google's label for favourites

APPLE = re.compile(r"_\$!<(.*)>!\$_")
CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Labels that Apple's software translates for its user, where they are written as it writes them.
APPLE_NAMES = {
    CAMEL_HUMP.sub(" ", name).lower(): name
    for name in (
        "Anniversary", "Assistant", "Brother", "Child", "Father", "Friend", "HomePage", "Manager", "Mother", "Other",
        "Parent", "Partner", "School", "Sister", "Spouse",
    )
}  # fmt: skip


def from_types(types: Iterable[str]) -> str | None:
    """`work fax` for WORK, VOICE and FAX in any order; a name of somebody's own keeps its case, without the X-."""
    words = dict.fromkeys(word for word in map(plain, types) if word not in SAYS_NOTHING)
    return " ".join(sorted(words, key=rank)) or None


def plain(token: str) -> str:
    """One TYPE as a word."""
    if token[:2].lower() == "x-":
        return token[2:]
    word = token.lower()
    return ALIASES.get(word, word)


def rank(word: str) -> int:
    """Places before devices, and what is not known last, as it came."""
    return RANKS.get(word, len(RANKS))


def to_types(name: str, label: str | None) -> list[str]:
    """Those words of a label that the property has TYPEs for."""
    known = TYPES.get(name, PLACES)
    return [known[word] for word in (label or "").split(" ") if word in known]


def from_apple(text: str) -> str:
    """`home page` for `_$!<HomePage>!$_`; other labels are the user's own words."""
    match = APPLE.fullmatch(text)
    return CAMEL_HUMP.sub(" ", match[1]).lower() if match else text


def to_apple(label: str) -> str:
    """The label as Apple's software knows it, or else as it is."""
    return f"_$!<{APPLE_NAMES[label]}>!$_" if label in APPLE_NAMES else label


def lowered(label: str) -> str:
    """`work` for `Work`, where a label is one that everybody uses; somebody's own words keep their case."""
    lower = label.lower()
    return lower if lower in APPLE_NAMES or all(word in RANKS for word in lower.split(" ")) else label

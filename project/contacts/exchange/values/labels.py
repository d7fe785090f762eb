"""Labels of addresses, numbers and dates: what vCard says by TYPE and Apple by X-ABLabel, in plain words."""

import re
from collections.abc import Iterable

SAYS_NOTHING = frozenset({"internet", "pref", "voice", "dom", "intl", "postal", "parcel", ""})
ALIASES = {"cell": "mobile"}
ORDER = ("home", "work", "other", "main", "mobile", "car", "fax", "pager", "video", "text", "textphone")
RANKS = {word: rank for rank, word in enumerate(ORDER)}
TYPE_WORDS = frozenset({*RANKS, *SAYS_NOTHING, *ALIASES})

# The TYPEs of each property in both 3.0 and 4.0; X-ABLabel says any other label.
PLACES = {"home": "home", "work": "work"}
TYPES = {"TEL": {**PLACES, "mobile": "cell", "fax": "fax", "pager": "pager", "video": "video"}}
RELATIONS = (
    "acquaintance", "agent", "child", "co-resident", "co-worker", "colleague", "contact", "crush", "date", "emergency",
    "friend", "kin", "me", "met", "muse", "neighbor", "parent", "sibling", "spouse", "sweetheart",
)  # fmt: skip
TYPES["RELATED"] = dict(zip(RELATIONS, RELATIONS, strict=True))

STARRED = "starred"  # Google's label for favourites

APPLE = re.compile(r"_?\$!<?(.*?)>?!\$_?")
CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Labels that Apple's software translates, by our words for them.
APPLE_NAMES = {
    CAMEL_HUMP.sub(" ", name).lower(): name
    for name in (
        "Anniversary", "Assistant", "Brother", "Child", "Father", "Friend", "HomePage", "Manager", "Mother", "Other",
        "Parent", "Partner", "School", "Sister", "Spouse",
    )
}  # fmt: skip


TYPED = frozenset({"school"})  # which Google's users type themselves


def from_types(types: Iterable[str]) -> str | None:
    """`work fax` for WORK, VOICE and FAX in any order; a custom type keeps its case and loses its X-."""
    words = dict.fromkeys(word for each in types for word in map(plain, apart(each)) if word not in SAYS_NOTHING)
    return " ".join(sorted(words, key=rank)) or None


def apart(token: str) -> list[str]:
    """The TYPEs in one word, such as FAX_WORK."""
    words = token.split("_")
    return words if len(words) > 1 and all(word.lower() in TYPE_WORDS for word in words) else [token]


def plain(token: str) -> str:
    """One TYPE as a word: `WhatsApp` is somebody's own, `HOME` and `ISDN` are not."""
    if token[:2].lower() == "x-":
        return token[2:] if token[2:12].upper() != "EVOLUTION-" else token[12:].lower()
    word = token.lower()
    return ALIASES.get(word, word) if word in TYPE_WORDS or token.isupper() else token


def rank(word: str) -> int:
    """Places before devices, and unknown words last."""
    return RANKS.get(word, len(RANKS))


def to_types(name: str, label: str | None) -> list[str]:
    """The words of a label that are TYPEs of the property."""
    known = TYPES.get(name, PLACES)
    return [known[word] for word in (label or "").split(" ") if word in known]


def from_apple(text: str) -> str:
    """`home page` for `_$!<HomePage>!$_`, nothing for an empty one; other labels are the user's own words."""
    match = APPLE.fullmatch(text)
    return CAMEL_HUMP.sub(" ", match[1]).lower() if match else text


def to_apple(label: str) -> str:
    """The label as Apple's software writes it, or unchanged."""
    return f"_$!<{APPLE_NAMES[label]}>!$_" if label in APPLE_NAMES else label


def lowered(label: str) -> str:
    """`work` for `Work`; the user's own words keep their case."""
    lower = label.lower()
    is_known = lower in APPLE_NAMES and lower not in TYPED
    return lower if is_known or all(word in RANKS for word in lower.split(" ")) else label

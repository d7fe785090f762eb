"""What a heading means by its words, in any order and in several languages: `Mobil geschäftlich`, `Ulica (dom)`.

The words are in `headings.json`. A heading means something only if each of its words is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

REACHES: Final = ("phone", "email", "url")
DEVICES: Final = ("mobile", "fax", "pager", "assistant", "car")  # a number, even if it does not say so
PLACES: Final = ("home", "work", "other", "main")
PURPOSES: Final = ("mailing", "billing", "shipping", "delivery")  # of addresses, and their labels
NOTHING: Final = ""
MOST_WORDS: Final = 10  # of a heading


def meaning(key: str, words: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """What a heading that is unknown as a whole means, as `headings.json` writes it; nothing if that is not clear."""
    tokens = [token for token in key.split() if not token.isdecimal()]
    if len(tokens) <= 1:  # a word alone means many things: `Auto`, `Vast`
        return headings.get("".join(tokens), "")
    if len(tokens) > MOST_WORDS:
        return ""
    known = [each for token in tokens for each in words.get(token, "unknown").split()]
    part = part_of_address(tokens, words, headings)
    if part.endswith(":street") and key.endswith(" 2"):
        part += " 2"
    return part or way_to_reach(known) or full_name(known)


def part_of_address(tokens: Sequence[str], words: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """A part of an address with its place before or behind it."""
    for place, rest in ((tokens[:1], tokens[1:]), (tokens[-1:], tokens[:-1])):
        label = place_of(place, words)
        while rest and words.get(rest[-1]) in (NOTHING, "number"):
            rest = rest[:-1]
        bare = rest[1:] if words.get(rest[0] if rest else "") == "address" else []
        kind, _, part = (headings.get(" ".join(rest)) or headings.get(" ".join(bare), "")).partition("::")
        if label and kind == "address":
            return f"address:{label}:{part}"
    return ""


def place_of(tokens: Sequence[str], words: Mapping[str, str]) -> str:
    label = next(iter(tokens), "")
    return label if label in PURPOSES else next((place for place in PLACES if words.get(label) == place), "")


def way_to_reach(known: Sequence[str]) -> str:
    """A number, an address or a page, with its label: the place, then the device. `Work No` is a number too."""
    kinds = {each for each in known if each in REACHES} or {"phone" for each in known if each in (*DEVICES, "number")}
    further = {"address"} if kinds == {"email"} else {"number"}
    if len(kinds) != 1 or not set(known) <= {*kinds, *further, *DEVICES, *PLACES} or set(known) == {"number"}:
        return ""
    (kind,) = kinds
    label = " ".join(in_order(known, PLACES if kind == "phone" else PLACES[:3], DEVICES))
    return f"{kind}:{label}" if label else kind


def in_order(known: Sequence[str], *groups: Sequence[str]) -> Iterator[str]:
    """One word of each group."""
    for group in groups:
        yield from [each for each in group if each in known][:1]


def full_name(known: Sequence[str]) -> str:
    return "formatted" if {"first", "last"} <= set(known) <= {"first", "last", "and"} else ""

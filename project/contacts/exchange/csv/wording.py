"""What a heading means by its words, in any order and in several languages: `Mobil geschäftlich`, `Ulica (dom)`.

The words are in `headings.json`. A heading means something only if each of its words is known; one that is written
together may be several: `Diensthandynummer`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

REACHES: Final = ("phone", "email", "url")
DEVICES: Final = ("mobile", "fax", "pager", "assistant", "car")  # a number, even if it does not say so
PLACES: Final = ("home", "work", "other", "main")
PURPOSES: Final = ("mailing", "billing", "shipping", "delivery")  # of addresses, and their labels
LABELS: Final = (*PLACES, *PURPOSES)
RECORD: Final = "record"  # the number of a company is none to call
NOTHING: Final = ""
ASIDE: Final = (NOTHING, "address")  # what the name of an address's part is found without
STREET: Final = "address::street"
HOUSE: Final = frozenset({STREET, "address::number", "and", "number"})  # `Rue et numéro`
PLACE: Final = "address::place"
TOWN: Final = frozenset({"address::postal_code", "address::city"})  # `PLZ/Ort`
STRONG: Final = frozenset({"forename", "surname"})
NAMES: Final = STRONG | {"first", "last", "name", "nome"}
PARTS: Final = {
    frozenset({"forename"}): "first_name",
    frozenset({"first", "name"}): "first_name",
    frozenset({"surname"}): "last_name",
    frozenset({"last", "name"}): "last_name",
}
MOST_WORDS: Final = 10  # of a heading
LONGEST_COMPOUND: Final = 30  # characters
SHORTEST: Final = 3  # characters of a word in a compound, but for an abbreviation of `number` at its end
NUMBERS: Final = ("nr", "no")


def meaning(key: str, words: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """What a heading that is unknown as a whole means, as `headings.json` writes it; nothing if that is not clear."""
    written = [token for token in key.split() if not token.isdecimal()]
    whole = headings.get(" ".join(written), "")
    if whole or len(written) > MOST_WORDS:
        return numbered(whole, key)
    tokens = [part for token in written for part in compound(token, words, headings)]
    if len(tokens) <= 1:  # a word alone means many things: `Auto`, `Vast`
        return ""
    known = [each for token in tokens for each in words.get(token, "unknown").split()]
    return numbered(part_of_address(tokens, words, headings), key) or way_to_reach(known) or day(known) or name(known)


def numbered(meaning: str, key: str) -> str:
    """The second and third line of a street are parts of their own."""
    number = next((token for token in key.split() if token in ("2", "3")), "")
    return f"{meaning} {number}" if number and meaning.endswith(":street") else meaning


def compound(token: str, words: Mapping[str, str], headings: Mapping[str, str]) -> list[str]:
    """The words that a word is made of, if it is known only by them."""
    if token in words or headings.get(token, "").startswith("address") or len(token) > LONGEST_COMPOUND:
        return [token]
    for end in range(SHORTEST, len(token) - 1):
        first, rest = token[:end], token[end:]
        if words.get(first) and (rest in NUMBERS or len(rest) >= SHORTEST):
            parts = [first, *compound(rest, words, headings)]
            if all(map(words.get, parts)):
                return parts
    return [token]


def part_of_address(tokens: Sequence[str], words: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """A part of an address, the place of which may be before or behind it; `Home Address` is its street."""
    places = {label: token for token in tokens if (label := words.get(token, "").partition(" ")[0]) in LABELS}
    place = next((label for label in LABELS if label in places), "")
    beside = [token for token in tokens if token != places.get(place)]
    rest = [token for token in beside if words.get(token) not in ASIDE]
    is_address = "address" in map(words.get, tokens)
    kind, _, part = (named(rest, words, headings) or headings.get(" ".join(beside), "")).partition("::")
    return f"address:{place}:{part}" if kind == "address" and (rest or is_address) else ""


def named(tokens: Sequence[str], words: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """What is named; it may be the street with its number, the town with its code, or the whole address."""
    each = [headings.get(token, words.get(token, "")) for token in tokens]
    if not tokens or (STREET in each and set(each) <= HOUSE):
        return STREET
    return PLACE if TOWN <= set(each) <= TOWN | {"and"} else headings.get(" ".join(tokens), "")


def way_to_reach(known: Sequence[str]) -> str:
    """A number, an address or a page, with its label: the place, then the device. `Work No` is a number too."""
    numbers = DEVICES if RECORD in known else (*DEVICES, "number")
    kinds = {each for each in known if each in REACHES} or {"phone" for each in known if each in numbers}
    if {"electronic", "address"} <= set(known) <= {"electronic", "address", "number", *PLACES}:
        kinds = {"email"}
    further = {"number"} if kinds == {"phone"} else {"address", "electronic", "number"}
    if len(kinds) != 1 or not set(known) <= {*kinds, *further, *DEVICES, *PLACES, RECORD} or set(known) == {"number"}:
        return ""
    (kind,) = kinds
    label = " ".join(in_order(known, PLACES if kind == "phone" else PLACES[:3], DEVICES))
    return f"{kind}:{label}" if label else kind


def in_order(known: Sequence[str], *groups: Sequence[str]) -> Iterator[str]:
    """One word of each group."""
    for group in groups:
        yield from [each for each in group if each in known][:1]


def day(known: Sequence[str]) -> str:
    return "birthday" if "birth" in known and set(known) <= {"birth", "date"} else ""


def name(known: Sequence[str]) -> str:
    """A name or a part of it. `First` and `last` alone are ordinals; `nome` is a first name beside a last name."""
    said = set(known) - {"and"}
    if not said or not said <= NAMES:
        return ""
    is_part = said in ({"first", "name"}, {"last", "name"})
    if len(said) > 1 and ("and" in known or not is_part):
        return "formatted"
    if said <= {"name", "nome"}:
        return "name"
    return PARTS.get(frozenset(said), "")

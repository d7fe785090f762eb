"""The table of headings in `headings.json`, and how headings are compared: without case, accents and punctuation."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from project import unicode
from project.contacts.content import FIELDS
from project.contacts.search.folding import fold, fold_in_script, is_romanised

FILE: Final = Path(__file__).with_name("headings.json")
BESIDE: Final = re.compile(r"[\W_]+")
UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
ELIDED: Final = re.compile(r"\b(d|l|all|dall|dell|nell|sull|un)['’`´](?=\w)", re.IGNORECASE)  # `dell'ufficio`
INITIALS: Final = re.compile(r"\b([^\W\d]) (?=[^\W\d]\b)")  # of C.A.P.


class Row(NamedTuple):
    """All headings of a program in one language, and what each means, the same heading in the order of its columns."""

    meanings: Mapping[str, Sequence[str]]

    def fits(self, keys: Counter[str]) -> int:
        return sum(min(number, len(self.meanings.get(key, ()))) for key, number in keys.items())


class Table(NamedTuple):
    """What the file has; `english` are the words by which a birthday or a name is headed in English."""

    rows: Sequence[Row]
    headings: Mapping[str, str]
    numbered: Mapping[str, str]
    parts: Mapping[str, str]
    words: Mapping[str, str]
    nothing: frozenset[str]
    english: frozenset[str]


@cache
def table() -> Table:
    """The data file, and the headings of the fields themselves."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    rows = [
        Row(meanings(titles, program["columns"]))
        for program in data["rows"].values()
        for titles in program["languages"].values()
    ]
    fields = [field for field in FIELDS if field.kind not in ("details", "addresses")]
    headings = {key_of(title): field.name for field in fields for title in (field.name, *field.headings)}
    for meaning, titles in data["headings"].items():
        headings |= {key: meaning for key in keys_of(titles) if key not in headings}
    for row in rows:
        headings |= {key: found[0] for key, found in row.meanings.items() if key not in headings}
    numbered, parts, words = (by_key(data[name]) for name in ("numbered", "parts", "words"))
    nothing = frozenset(map(unicode.casefold, data["nothing"]))
    return Table(rows, headings, numbered, parts, words, nothing, frozenset(data["english"]))


def by_key(meanings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {key: meaning for meaning, several in meanings.items() for key in keys_of(several)}


def keys_of(titles: Iterable[str]) -> Iterator[str]:
    """How some headings are compared; umlauts may be spelled with two letters."""
    for title in titles:
        yield from dict.fromkeys(map(key_of, (title, title.translate(UMLAUTS))))


def meanings(titles: Sequence[str], columns: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for title, meaning in zip(titles, columns, strict=True):
        found.setdefault(key_of(title), []).append(meaning)
    return found


def key_of(heading: str) -> str:
    """A heading as it is compared. It keeps its script: `Стать` is no `Štát`."""
    words = ELIDED.sub(r"\1 ", heading.replace("°", "o")).split()
    folded = " ".join(fold_in_script(word) if is_romanised(word) else fold(word) for word in words)
    return INITIALS.sub(r"\1", BESIDE.sub(" ", folded).strip())

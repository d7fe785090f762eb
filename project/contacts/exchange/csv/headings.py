"""What the headings of CSV files mean: our own, Google's, and those of `headings.json` in ten languages.

The data file has the rows of headings that Outlook and Thunderbird write in each language, with the meanings of their
columns, and single headings that people write by hand. The row that a file fits best comes first, because the same word
is a birthday in one program and a day in another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from project import unicode
from project.contacts.content import ADDRESS_PARTS, FIELDS
from project.contacts.exchange.csv import wording
from project.contacts.exchange.csv.tables import FILE as FILE
from project.contacts.exchange.csv.tables import key_of, table

LEAST: Final = 8  # headings of a row that a file has, if it is of that program
MOST_OTHER: Final = 2  # which the row has, to each that it does not have
NUMBERED: Final = re.compile(r"(e mail|email|phone|address|website|event|relation|im|custom field) ([0-9]{1,3}) (.+)")
NUMBERED_KINDS: Final = {"e mail": "email", "website": "url", "event": "date", "custom field": "other"}
MOST_HEADINGS: Final = 1000
LONGEST_HEADING: Final = 200  # characters; what is longer is none of those that are looked for by their words
NUMBERED_ELSEWHERE: Final = re.compile(r"(.{2,60}) ([0-9]{1,3}) - (.{1,60})")  # by Google, in other languages
ASIDE: Final = re.compile(r"\([^()]*\)|\[[^]\[]*\]")  # `Email (required)`
OWNER: Final = re.compile(r"(?:person|people|contact|lead) ?[-:/.] |[^>]* > ", re.IGNORECASE)  # `Person - Phone - Work`
OUTLOOKS_TYPE: Final = re.compile(r"e-?mail( [23])? type", re.IGNORECASE)  # Google writes `E-mail 2 - Type`
DASH: Final = " - "
HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")  # of homeCity, email2
PARTS: Final = frozenset({"value", "label", "service", "formatted", "box", "flat", "number", "place"}).union(
    {"street 2", "street 3", *ADDRESS_PARTS}
)  # of numbered columns
GOOGLE_PARTS: Final = {"extended address": "flat", "po box": "box", "street": "street", "region": "region"}
OWN: Final = frozenset(
    {"email", "phone", "labels", "details", "addresses", "uid", "extra", "photo", "photo_url", "updated_at"}
)
MARKS: Final = frozenset({"uid", "extra"})  # headings that only our own files have, whose birthdays are exact
DETAILS: Final = frozenset({"email", "phone", "url", "im", "relation", "date"})
ONE_LINE: Final = frozenset(field.name for field in FIELDS if field.kind == "line")


class Column(NamedTuple):
    """What a column holds: which one of its kind, if there are several, which part of it, and its label."""

    kind: str
    which: str = ""
    part: str = "value"
    label: str = ""


def known(titles: Iterable[str]) -> int:
    """How many of some headings are known."""
    return sum(bool(alone(key_of(title[:LONGEST_HEADING]))) for title in islice(titles, MOST_HEADINGS))


def columns(titles: Sequence[str]) -> list[Column]:
    """What each heading of a file means."""
    keys = list(map(key_of, titles))
    found = list(map(meaning, titles, keys, fitting(keys)))
    if are_ours(titles):
        found = ["own day of birth" if title == "birthday" else each for title, each in zip(titles, found, strict=True)]
    else:
        found = [each.removeprefix("own ") if each in ("own email", "own phone") else each for each in found]
    found = labelled(keys, list(settled(found)))
    return [column(title, key, each) for title, key, each in zip(titles, keys, found, strict=True)]


def labelled(keys: Sequence[str], found: list[str]) -> list[str]:
    """The meanings, where `Phone 1 Type` has the label of `Phone 1`."""
    places = {key: index for index, key in enumerate(keys)}
    for index, key in enumerate(keys):
        whose, _, part = key.rpartition(" ")
        kind = found[places[whose]].partition(":")[0] if whose in places else ""
        if kind in DETAILS and part_of(part) == "label":
            found[places[whose]], found[index] = f"numbered:{kind}:{whose}:value", f"numbered:{kind}:{whose}:label"
    return found


def are_ours(titles: Sequence[str]) -> bool:
    """Whether these are the headings of our own files."""
    return set(titles) >= MARKS


def fitting(keys: Sequence[str]) -> Iterator[str]:
    """What each heading means in the row that the file fits best, if it fits any."""
    count = Counter(keys)
    best = max(table().rows, key=lambda row: row.fits(count))
    fits = best.fits(count)
    meanings = best.meanings if fits >= LEAST and fits >= MOST_OTHER * (len(keys) - fits) else {}
    seen: Counter[str] = Counter()
    for key in keys:
        here = meanings.get(key, ())
        yield here[seen[key]] if seen[key] < len(here) else ""
        seen[key] += 1


def meaning(title: str, key: str, fitting: str) -> str:
    """What a heading means, as the data file says it; nothing for one that is unknown."""
    if title in OWN:
        return f"own {title}"
    if len(title) > LONGEST_HEADING:
        return fitting
    if OUTLOOKS_TYPE.fullmatch(title):
        return "ignored"
    spaced = key_of(HUMPS.sub(" ", title))
    return fitting or numbered(title, key) or alone(key) or alone(spaced) or loosely(title)


def alone(key: str) -> str:
    """What a heading means whatever is beside it, as a whole or by its words."""
    known = table()
    return known.headings.get(key) or wording.meaning(key, known.words, known.headings)


def loosely(title: str) -> str:
    """The same without whose it is and what stands in brackets, or of the first of several names."""
    bare = ASIDE.sub(" ", OWNER.sub("", title))
    names = bare.split("/")
    found = {each for each in map(alone, map(key_of, names)) if each}
    return found.pop() if len(found) == 1 and (bare, len(names)) != (title, 1) and alone(key_of(names[0])) else ""


def numbered(title: str, key: str) -> str:
    """A part of Google's numbered details and addresses."""
    match = NUMBERED.fullmatch(key)
    if not match:
        return numbered_elsewhere(title)
    if key in table().headings and DASH not in title:
        return ""
    return f"numbered:{NUMBERED_KINDS.get(match[1], match[1])}:{match[2]}:{part_of(match[3])}"


def numbered_elsewhere(title: str) -> str:
    """The same in another language: `Telefon 1 - Wert`, `Adresse 1 - Ort`."""
    match = NUMBERED_ELSEWHERE.fullmatch(title)
    if not match:
        return ""
    name = key_of(match[1])
    kind = table().numbered.get(name) or alone(name).partition(":")[0]
    is_one = kind in NUMBERED_KINDS or kind in DETAILS or kind == "address"
    return f"numbered:{NUMBERED_KINDS.get(kind, kind)}:{name} {match[2]}:{part_of(key_of(match[3]))}" if is_one else ""


def part_of(key: str) -> str:
    return table().parts.get(key, key)


def settled(found: Sequence[str]) -> Iterator[str]:
    """The meanings where words of several had to wait for the other columns.

    `Name` is the last name beside a first name, and the reverse; `Title` comes before a name if there is a job title;
    `Apelido` is a last name in Portugal, and a nickname in Brazil; `Kunde` is a name where nothing else is.
    """
    names = frozenset({"first_name", "last_name"}).intersection(found)
    name = {frozenset({"first_name"}): "last_name", frozenset({"last_name"}): "first_name"}.get(names, "formatted")
    surname = "nickname" if "last_name" in found else "last_name"
    if "apelido" in found and "first_name" not in found:
        name = "first_name"
    title = "name_prefix" if "job_title" in found or list(found).count("title") > 1 else "job_title"
    day = "birthday:day" if {"birthday:year", "birthday:month"} <= set(found) else "birthday"
    person = "other" if names or {"formatted", "name"}.intersection(found) else "formatted"
    for each in found:
        yield {"name": name, "title": title, "apelido": surname, "person": person, "birthday": day}.get(each, each)
        title = "job_title" if each == "title" else title


def column(title: str, key: str, meaning: str) -> Column:
    """The column of a meaning; one that nobody knows is the label of a detail."""
    kind, *rest = meaning.split(":")
    if kind == "numbered":
        found = numbered_column(*rest)
        return found if found.part in PARTS else Column("other", title, label=title)
    if kind == "address":
        return Column("address", rest[0], rest[1], rest[0])
    if kind in DETAILS:
        return Column(kind, key, label="".join(rest))
    if kind == "line":
        return Column("kept", key, label=rest[0])
    if kind == "birthday" and rest:
        return Column("birthday parts", part=rest[0])
    return field_column(kind) if kind not in ("", "other") else Column("other", title, label=title)


def field_column(name: str) -> Column:
    field, _, part = name.partition(" ")
    return Column("line", field, part or "value") if field in ONE_LINE else Column(name)


def numbered_column(kind: str, number: str, part: str) -> Column:
    if kind == "address":
        known, _, named = table().headings.get(part, "").partition("::")
        part = GOOGLE_PARTS.get(part) or (named if known == "address" else part)
    return Column("numbered other" if kind == "other" else kind, number, part)


def are_foreign(titles: Iterable[str]) -> bool:
    """Whether the birthday, or else the name, has a heading in another language than English."""
    meanings = [(alone(key), key) for key in map(key_of, titles)]
    days = [key for meaning, key in meanings if meaning.startswith(("birthday", "date"))]
    names = [key for meaning, key in meanings if meaning in ("first_name", "last_name", "formatted", "name")]
    return any(table().english.isdisjoint(key.split()) for key in days or names)


def says_nothing(value: str) -> bool:
    """Whether a program writes this into every row that has no value."""
    return unicode.casefold(value) in table().nothing

"""Search keys: plain strings, folded here so that SQLite and PostgreSQL find and sort the same.

First the keys stored with a contact, then the patterns that a query looks for in them. A key of several values has each
on its own line, with a line break before the first and after the last.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, groupby

from project import unicode
from project.contacts.content import FIELDS, Content, Field
from project.contacts.search.folding import fold as fold
from project.contacts.search.folding import fold_in_script, is_romanised, unify
from project.contacts.search.phones import NO_DIGITS, dialled, is_numeric, readings, spell_out
from project.contacts.search.spellings import AROUND, COMMA, HYPHEN, SHORT, apart, spellings

SEARCHED = tuple(field for field in FIELDS if field.is_searched)

MOST_FORMS = 16  # of a word, each of which is looked for in the whole book

LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def derive(content: Content, name: str, region: str | None) -> dict[str, str | None]:
    """Return the key columns of a contact with this display name; each text is folded once.

    `name_key` is the folded name. `first_name_key` and `last_name_key` have that name folded and in its other
    spellings. `email_keys` has the addresses. `phone_keys` has the numbers in E.164, each followed by its other
    spellings after a tab; those of unknown country as digits. `search_text` is what `search_terms` look into: each
    text folded and in its other spellings, and East Asian names run together in both orders.
    """
    folded = cache(fold)
    written = cache(lambda text: (folded(text), *spellings(text, folded(text))))
    numbers = list(number_lines(map(folded, values(content, "phone")), region))
    return {
        "name_key": folded(name),
        "first_name_key": lines(written(content["first_name"] or "")),
        "last_name_key": lines(written(content["last_name"] or "")),
        "email_keys": lines(map(folded, values(content, "email"))),
        "phone_keys": lines(numbers),
        "search_text": lines(
            [*searched(content, written), *folded(name).split(), *run_together(content, written), *numbers]
        ),
        "birthday_mmdd": birthday_key(content["birthday"]),
    }


def searched(content: Content, written: Callable[[str], Iterable[str]]) -> Iterator[str]:
    for field in SEARCHED:
        for text in texts(content, field):
            yield from written(text)


def run_together(content: Content, written: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """Yield names of Han, kana or Hangul as people type them: without a space, the last name first or last."""
    for prefix in ("", "phonetic_"):
        first, last = content[f"{prefix}first_name"], content[f"{prefix}last_name"]  # type: ignore[literal-required]
        if first and last and unicode.is_east_asian(first + last):
            middle = content["middle_name"] or ""
            given = dict.fromkeys((first, middle + first, first + middle))
            for name in chain.from_iterable((last + each, each + last) for each in given):
                yield from written(name)


def texts(content: Content, field: Field) -> list[str]:
    """Return the texts of a field; for email and phone, those of the details of that kind too."""
    if field.kind in ("email", "phone"):
        return values(content, field.kind)
    value = content[field.name]  # type: ignore[literal-required]  # whatever the field
    return [value] if isinstance(value, str) else value or []


def values(content: Content, kind: str) -> list[str]:
    """Return the preferred value, then the further ones of that kind."""
    preferred: str | None = content[kind]  # type: ignore[literal-required]  # email or phone
    further = [detail["value"] for detail in content["details"] if detail["kind"] == kind]
    return [preferred, *further] if preferred else further


def birthday_key(birthday: str | None) -> str | None:
    """Return `MMDD` of a birthday with or without a year."""
    return birthday[-5:-3] + birthday[-2:] if birthday else None


def number_lines(numbers: Iterable[str], region: str | None) -> Iterator[str]:
    """The tab tells the spellings of a number of known country from numbers of any country."""
    for number in numbers:
        for reading in readings(number, region):
            yield reading.international
            yield from (f"\t{each}" if reading.international else each for each in reading.spellings)


def lines(texts: Iterable[str]) -> str:
    """Return each text once, between line breaks; an empty string for no text."""
    distinct = "\n".join(filter(None, dict.fromkeys(texts)))
    return distinct and f"\n{distinct}\n"


def search_terms(q: str, region: str | None) -> list[tuple[str, ...]]:
    """Return for each term of q the substrings of which `search_text` must contain one.

    A term is a word of q or, where the word is part of a number, any spelling of that number, whole or its beginning.
    A q that folds to nothing gives one term without substrings, which nothing contains.
    """
    terms: list[tuple[str, ...]] = []
    for is_number, words in groupby(words_of(q), lambda word: is_numeric(dialled(fold(word)))):
        if is_number:
            run = [dialled(fold(word)) for word in words]
            numbers = number_substrings(" ".join(run), region)
            terms += [(word, *(each for each in numbers if word not in each)) for word in run]
        else:
            terms += [(*word_substrings(word), *dialled_word(fold(word), region)) for word in words]
    return list(dict.fromkeys(terms)) or [()]


def dialled_word(folded: str, region: str | None) -> list[str]:
    """Return the spellings of a number that is a word: 1-800-FLOWERS."""
    digits = spell_out(folded, region)
    return [] if digits == folded else number_substrings(digits, region)


def words_of(q: str) -> list[str]:
    """Return the words of a query, without quotes, brackets or commas around them; what folds to nothing is none.

    Parts of a name between hyphens are words.
    """
    found = COMMA.sub(" ", HYPHEN.sub(" ", dialled(unify(q)))).split()
    return [word for word in (AROUND.sub("", word) for word in found) if fold(word)]


def word_substrings(word: str) -> tuple[str, ...]:
    """Return the spellings of a word, that in its own script first.

    Romanised, one East Asian character or two letters would be found in most names: they must be all of a field.
    """
    folded = fold(word)
    forms = list(dict.fromkeys((folded, *apart(word, folded), *spellings(word, folded))))[:MOST_FORMS]
    if not is_romanised(word):
        return tuple(forms)
    script = fold_in_script(word)
    is_one = len(script) == 1 and unicode.is_east_asian(script)
    others = [form for form in forms if form != script]
    return (script, *(f"\n{form}\n" if is_one or is_short(form) else form for form in others))


def is_short(form: str) -> bool:
    return len(form) <= SHORT and not is_romanised(form)


def name_substrings(text: str) -> tuple[str, ...]:
    """Return the spellings of a part of a first or last name, with spaces for hyphens and hyphens for spaces."""
    folded = fold(text)
    other = {HYPHEN.sub(" ", folded), folded.replace(" ", "-")} - {folded}
    return tuple(filter(None, (*word_substrings(text), *sorted(other))))


def number_substrings(number: str, region: str | None) -> list[str]:
    """Return the digits of a folded number and its spellings.

    A spelling with a country is also looked for at the start of numbers without one.
    """
    digits = NO_DIGITS.sub("", number)
    found = [digits]
    for international, at_home in readings(number, region):
        found += [international, *(f"\n{each}" for each in at_home)] if international else at_home
    return [each for each in dict.fromkeys(found) if each]


def phone_patterns(number: str, region: str | None) -> list[str]:
    """Return the patterns one of which the `phone_keys` of the same number contain; none for a text without a digit.

    Two numbers with countries are the same if their E.164 forms are. If one has no country, the national parts are
    compared, provided that they have at least seven digits: 112 is only 112.
    """
    found: list[str] = []
    for international, at_home in readings(fold(number), region):
        found += [international] if international else [f"\t{each}" for each in at_home]
        found += at_home
    return [f"\n{line}\n" for line in dict.fromkeys(found)]


def escape_like(text: str) -> str:
    r"""Escape a text for `LIKE … ESCAPE '\'`."""
    return text.translate(LIKE_ESCAPES)

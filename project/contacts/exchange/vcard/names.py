"""What a person or company is called: N, FN, NICKNAME, ORG, TITLE, KIND."""

from collections.abc import Callable
from itertools import zip_longest

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import structured, text_lines
from project.contacts.exchange.lines.properties import ALTERNATIVE, Property
from project.contacts.exchange.origins import Origin
from project.contacts.exchange.values import text
from project.contacts.exchange.vcard.keeping import keep, renamed

ORGANISATIONS = frozenset({"org", "location", "company"})
OF_ALTERNATIVES = ("ALTID", "LANGUAGE")
FAMILY_AND_GIVEN = 2  # components


def name(draft: Draft, found: Property) -> None:
    """N, the first one, unless another says more, or has first and last name apart. Others with a name are kept."""
    known = draft.structures.get("N")
    if known is None:
        draft.structure(found)
    elif is_better(found, known) and not any(found.head.first(each) for each in OF_ALTERNATIVES):
        draft.structure(found)
        keep_name(draft, known)
    elif said(found) != said(known):
        keep_name(draft, found)


def is_better(found: Property, known: Property) -> bool:
    return parts_of(found) > parts_of(known) or is_fuller(found, known)


def is_fuller(found: Property, known: Property) -> bool:
    """Whether one says all that another says, and more."""
    (new, residue), (old, former) = said(found), said(known)
    return new != old and residue == former and all(a in ("", b) for a, b in zip_longest(old, new, fillvalue=""))


def keep_name(draft: Draft, found: Property) -> None:
    if parts_of(found):
        keep(draft, found)


def said(found: Property) -> tuple[list[str], str]:
    """The texts of the components, without the empty ones at the end, and the parameters."""
    texts = list(map(plain, text_lines.split(found.value, ";")))
    while texts and not texts[-1]:
        texts.pop()
    return texts, found.head.residue


def parts_of(found: Property) -> int:
    """How many of the two, family and given name, there are."""
    return len(list(filter(None, map(plain, structured.split(found)[:FAMILY_AND_GIVEN]))))


def formatted_name(draft: Draft, found: Property) -> None:
    """The first FN; others are kept if they say anything else, in whatever group."""
    said = found.text, found.head.residue
    if not draft.formatted:
        draft.formatted, draft.formatted_residue = said
    elif said != (draft.formatted, draft.formatted_residue):
        keep(draft, found)


def company(draft: Draft, found: Property) -> None:
    """ORG, the first one that says anything, unless another says more; others are kept.

    Those without a name are kept so that they are no remainders.
    """
    units, _ = said(found)
    known = draft.structures.get("ORG")
    if units and known is None:
        draft.structure(found)
    elif known and said(known)[0][0] and is_fuller(found, known):
        draft.structure(found)
        keep(draft, known)
    elif units and known and said(known) != said(found):
        keep(draft, found if units[0] else renamed(found, f"{ALTERNATIVE}ORG"))


def line(field: str) -> Callable[[Draft, Property], None]:
    """A field of one line."""
    return lambda draft, found: draft.put(field, found.text, found.line, Origin(found))


def nickname(draft: Draft, found: Property) -> None:
    """NICKNAME, a list."""
    draft.nickname(map(plain, text_lines.split(found.value, ",")), found.line, Origin(found))


def kind(draft: Draft, found: Property) -> None:
    """KIND and Apple's X-ABShowAs: whether FN is the name of a company."""
    draft.is_organisation |= found.text.lower() in ORGANISATIONS
    keep(draft, found)


def phonetic(draft: Draft, found: Property) -> None:
    """SOUND with the reading of N, as Japanese phones write it; other sounds are kept."""
    if "X-IRMC-N" not in map(str.upper, found.head.parameters.get("TYPE", ())):
        keep(draft, found)
        return
    last, first = text_lines.padded(text_lines.split(found.value, ";"), FAMILY_AND_GIVEN)[:FAMILY_AND_GIVEN]
    for field, part in (("phonetic_last_name", last), ("phonetic_first_name", first)):
        if plain(part):
            draft.put(field, plain(part), found.line)


def plain(part: str) -> str:
    """The text of one part."""
    return text.one_line(text_lines.unescape(part))

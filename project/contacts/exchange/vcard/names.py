"""What a person or company is called: N, FN, NICKNAME, ORG, TITLE, KIND."""

from project.contacts.content import NAME_LENGTH
from project.contacts.exchange.draft import Draft, Remainder
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import text
from project.contacts.exchange.vcard.keeping import keep
from project.contacts.exchange.vcard.versions import ALTERNATIVE

NAME_PARTS = 5
ORGANISATIONS = frozenset({"org", "group", "location", "company"})


def name(draft: Draft, found: Property) -> None:
    """N: family and given name become fields, the other parts a remainder. A second N is kept if it has a name."""
    last, first, *rest = text_lines.padded(text_lines.split(found.value, ";"), NAME_PARTS)
    if draft.contact["first_name"] or draft.contact["last_name"] or "N" in draft.remainders:
        if last or first:
            keep(draft, found)
        return
    draft.name("first_name", plain(first))
    draft.name("last_name", plain(last))
    if any(rest) or found.head.residue:
        draft.remainders["N"] = Remainder(found.head.residue, ["", "", *rest])


def alternative_name(draft: Draft, found: Property) -> None:
    """A second N, as 3.0 exports have it."""
    draft.kept.append(found.line.removeprefix(ALTERNATIVE))


def formatted_name(draft: Draft, found: Property) -> None:
    """The first FN; others are kept."""
    if draft.formatted:
        keep(draft, found)
    else:
        draft.formatted, draft.formatted_residue = found.text, found.head.residue


def company(draft: Draft, found: Property) -> None:
    """ORG: the first part is the company, the departments are a remainder."""
    first, *rest = text_lines.split(found.value, ";")
    value = plain(first)
    known = draft.remainders.get("ORG")
    if value and (draft.contact["company"] or known or len(value) > NAME_LENGTH):
        keep(draft, found)
        return
    draft.contact["company"] = value or draft.contact["company"]
    if any(rest) or (value and found.head.residue):
        draft.remainders.setdefault("ORG", Remainder(found.head.residue, [""])).parts.extend(rest)


def job_title(draft: Draft, found: Property) -> None:
    draft.put("job_title", found.text, found.line)


def nickname(draft: Draft, found: Property) -> None:
    """NICKNAME, a list."""
    draft.nickname(", ".join(filter(None, map(plain, text_lines.split(found.value, ",")))), found.line)


def kind(draft: Draft, found: Property) -> None:
    """KIND and Apple's X-ABShowAs: whether FN is the name of a company."""
    draft.is_organisation |= found.text.lower() in ORGANISATIONS
    keep(draft, found)


def plain(part: str) -> str:
    """The text of one part."""
    return text.one_line(text_lines.unescape(part))

"""Which property of a vCard is which field of a contact. `HANDLERS`, at the end, is the map."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from project.contacts.exchange.card import NAME_LENGTH
from project.contacts.exchange.draft import Draft, Remainder
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import BASE64, Property
from project.contacts.exchange.values import dates, labels, photos, text
from project.contacts.exchange.vcard import android
from project.contacts.exchange.vcard.versions import ALTERNATIVE

Handler = Callable[[Draft, Property], None]

NAME_PARTS = 5
ADDRESS_PARTS = 7
BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
EXTENSION = re.compile(r";ext=", re.IGNORECASE)
TRUE = frozenset({"1", "true", "yes"})
ORGANISATIONS = frozenset({"org", "group", "location", "company"})


def keep(draft: Draft, found: Property) -> None:
    """A property that no field holds; where it is data, as a data: URI, which 3.0 and 4.0 both have."""
    if not found.value:
        return
    if found.head.encoding not in BASE64 or found.head.name not in BINARY:
        draft.kept.append(found.line)
        return
    group = found.head.group and f"{found.head.group}."
    media_type = photos.declared(found.head.parameters.get("TYPE", ()))
    draft.kept.append(f"{group}{found.head.name};VALUE=uri:data:{media_type};base64,{found.value}")


def drop(draft: Draft, found: Property) -> None:
    """A property of the file rather than of the contact."""


def name(draft: Draft, found: Property) -> None:
    """N: the family and the given name; the other parts stay beside them. A second one is kept if it is a name."""
    last, first, *rest = padded(text_lines.split(found.value, ";"), NAME_PARTS)
    if draft.contact["first_name"] or draft.contact["last_name"] or "N" in draft.remainders:
        if last or first:
            keep(draft, found)
        return
    draft.name("first_name", plain(first))
    draft.name("last_name", plain(last))
    if any(rest) or found.head.residue:
        draft.remainders["N"] = Remainder(found.head.residue, ["", "", *rest])


def alternative_name(draft: Draft, found: Property) -> None:
    """A second N, as it is written in 3.0."""
    draft.kept.append(found.line.removeprefix(ALTERNATIVE))


def formatted_name(draft: Draft, found: Property) -> None:
    """FN."""
    if draft.formatted:
        keep(draft, found)
    else:
        draft.formatted, draft.formatted_residue = found.text, found.head.residue


def company(draft: Draft, found: Property) -> None:
    """ORG: the first part is the company, its departments stay beside it."""
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


def phone(draft: Draft, found: Property) -> None:
    """TEL, a text or a tel: URI (RFC 3966)."""
    value = found.text
    if is_uri(found, "tel:"):
        value = EXTENSION.sub(" ext. ", unquote(value[4:]))
    draft.add("phone", found.label, text.one_line(value), found.head.preference)


def email(draft: Draft, found: Property) -> None:
    """EMAIL, a text or, as some write it, a mailto: URI (RFC 6068)."""
    value = found.text[7:] if is_uri(found, "mailto:") else found.text
    draft.add("email", found.label, value, found.head.preference)


def is_uri(found: Property, scheme: str) -> bool:
    """Whether a value has this scheme, and is not said to be a text that looks so."""
    return found.text.lower().startswith(scheme) and found.head.first("VALUE").lower() != "text"


def detail(kind: str) -> Handler:
    """A property that is a detail as it stands."""
    return lambda draft, found: draft.add(kind, found.label, found.text)


def named(kind: str, label: str) -> Handler:
    """A property whose name tells the label."""
    return lambda draft, found: draft.add(kind, label, found.text)


def messenger(scheme: str) -> Handler:
    """A property whose name tells the service; what it names is written as IMPP writes it."""
    return lambda draft, found: draft.add("im", found.label, found.text and f"{scheme}:{found.text}")


def messaging(draft: Draft, found: Property) -> None:
    """IMPP (RFC 4770). Apple has a scheme that tells nothing, and the service in a parameter."""
    value, service = found.text, found.head.first("X-SERVICE-TYPE")
    if value.startswith("x-apple:") and service:
        value = f"{service.lower()}:{value.removeprefix('x-apple:')}"
    draft.add("im", found.label, value)


def birthday(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.birthday(value, parse_date(found, value))


def anniversary(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.date(found.label or "anniversary", value, parse_date(found, value))


def date(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.date(found.label, value, parse_date(found, value))


def address(draft: Draft, found: Property) -> None:
    """ADR: the box and the flat become part of the street. One without parts may have a label that has them all."""
    box, flat, *parts = map(flat_text, padded(text_lines.split(found.value, ";"), ADDRESS_PARTS)[:ADDRESS_PARTS])
    parts[0] = ", ".join(filter(None, (box, flat, parts[0])))
    if not any(parts):
        parts[0] = flat_text(found.head.first("LABEL"))
    draft.address(found.label, parts)


def tags(draft: Draft, found: Property) -> None:
    """CATEGORIES, a list."""
    categories = list(map(plain, text_lines.split(found.value, ",")))
    draft.tag(categories)
    if labels.STARRED in map(str.lower, categories):
        draft.contact["favorite"] = True


def favorite(draft: Draft, found: Property) -> None:
    draft.contact["favorite"] = found.text.lower() in TRUE


def note(draft: Draft, found: Property) -> None:
    draft.notes.append(text.composed(text_lines.unescape(found.value)))


def photo(draft: Draft, found: Property) -> None:
    """PHOTO: the first one that is data. One that is somewhere else is kept, and never fetched."""
    is_data = found.head.encoding in BASE64 or photos.is_data(found.value)
    data = photos.decode(found.value) if is_data and draft.photo is None else None
    if data is None:
        keep(draft, found)
        return
    draft.photo = data
    if found.head.residue:
        draft.remainders["PHOTO"] = Remainder(found.head.residue, [""])


def uid(draft: Draft, found: Property) -> None:
    if draft.uid is None:
        draft.uid = found.text or None
    else:
        keep(draft, found)


def kind(draft: Draft, found: Property) -> None:
    """KIND and Apple's X-ABShowAs: whether FN is the name of a company."""
    draft.is_organisation |= found.text.lower() in ORGANISATIONS
    keep(draft, found)


def parse_date(found: Property, value: str) -> str | None:
    """The date that a property's text is, if it is one."""
    return dates.parse(value, unknown_year=found.head.first("X-APPLE-OMIT-YEAR") or dates.NO_YEAR)


def plain(part: str) -> str:
    """The text of one part."""
    return text.one_line(text_lines.unescape(part))


def flat_text(part: str) -> str:
    """The text of a part that may have lines."""
    whole = text_lines.unescape(part)
    return ", ".join(filter(None, map(text.one_line, whole.split("\n")))) if "\n" in whole else text.one_line(whole)


def padded(parts: list[str], count: int) -> list[str]:
    """At least so many parts."""
    return parts + [""] * (count - len(parts))


HANDLERS: Final[Mapping[str, Handler]] = {
    "VERSION": drop,
    "REV": drop,
    "UID": uid,
    "KIND": kind,
    "X-ADDRESSBOOKSERVER-KIND": kind,
    "X-ABSHOWAS": kind,
    "N": name,
    f"{ALTERNATIVE}N": alternative_name,
    "FN": formatted_name,
    "NICKNAME": nickname,
    "ORG": company,
    "TITLE": job_title,
    "TEL": phone,
    "EMAIL": email,
    "ADR": address,
    "URL": detail("url"),
    "X-URL": detail("url"),
    "IMPP": messaging,
    "X-IMPP": detail("im"),
    "X-AIM": messenger("aim"),
    "X-GOOGLE-TALK": messenger("google-talk"),
    "X-ICQ": messenger("icq"),
    "X-JABBER": messenger("xmpp"),
    "X-MSN": messenger("msn"),
    "X-QQ": messenger("qq"),
    "X-SKYPE": messenger("skype"),
    "X-SKYPE-USERNAME": messenger("skype"),
    "X-YAHOO": messenger("ymsgr"),
    "BDAY": birthday,
    "ANNIVERSARY": anniversary,
    "X-ANNIVERSARY": anniversary,
    "X-EVOLUTION-ANNIVERSARY": anniversary,
    "X-ABDATE": date,
    "RELATED": detail("relation"),
    "X-ABRELATEDNAMES": detail("relation"),
    "X-ASSISTANT": named("relation", "assistant"),
    "X-EVOLUTION-ASSISTANT": named("relation", "assistant"),
    "X-EVOLUTION-MANAGER": named("relation", "manager"),
    "X-EVOLUTION-SPOUSE": named("relation", "spouse"),
    "X-MANAGER": named("relation", "manager"),
    "X-SPOUSE": named("relation", "spouse"),
    "X-OTHER": detail("other"),
    "X-ANDROID-CUSTOM": android.custom,
    "CATEGORIES": tags,
    "X-FAVORITE": favorite,
    "NOTE": note,
    "PHOTO": photo,
}

# What an X-ABLabel of the same group labels; beside other properties it is kept with them.
LABELLED: Final = frozenset({
    "TEL", "EMAIL", "ADR", "URL", "X-URL", "IMPP", "X-IMPP", "ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE", "RELATED",
    "X-ABRELATEDNAMES", "X-OTHER",
})  # fmt: skip

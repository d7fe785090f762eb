"""Which property of a vCard is which field of a contact: `HANDLERS` is the map, with the handlers of single facts."""

from collections.abc import Mapping
from typing import Final

from project.contacts.exchange.draft import Draft, Remainder
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import BASE64, Property
from project.contacts.exchange.values import dates, labels, photos, text
from project.contacts.exchange.vcard import names, ways
from project.contacts.exchange.vcard.keeping import drop, keep
from project.contacts.exchange.vcard.versions import ALTERNATIVE
from project.contacts.exchange.vcard.ways import Handler, detail, messenger

TRUE = frozenset({"1", "true", "yes"})

# The numbers that Android has for labels.
ANDROID_DATES = {"1": "anniversary", "2": "other"}
ANDROID_RELATIONS = (
    "", "assistant", "brother", "child", "domestic partner", "father", "friend", "manager", "mother", "parent",
    "partner", "referred by", "relative", "sister", "spouse",
)  # fmt: skip


def named(kind: str, label: str) -> Handler:
    """A property whose name is the label."""
    return lambda draft, found: draft.add(kind, label, found.text)


def birthday(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.birthday(value, parse_date(found, value))


def anniversary(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.date(found.label or "anniversary", value, parse_date(found, value))


def date(draft: Draft, found: Property) -> None:
    if value := found.text:
        draft.date(found.label, value, parse_date(found, value))


def tags(draft: Draft, found: Property) -> None:
    """CATEGORIES, a list."""
    categories = list(map(names.plain, text_lines.split(found.value, ",")))
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


def parse_date(found: Property, value: str) -> str | None:
    """The date that a property's text is, if it is one."""
    return dates.parse(value, unknown_year=found.head.first("X-APPLE-OMIT-YEAR") or dates.NO_YEAR)


def android(draft: Draft, found: Property) -> None:
    """X-ANDROID-CUSTOM: a type, a value, a number for the label, and the label where the number is 0."""
    parts = [text.one_line(text_lines.unescape(part)) for part in text_lines.split(found.value, ";")]
    table, value, number, label = [*parts, "", "", "", ""][:4]
    if table.endswith("/nickname"):
        draft.nickname(value, found.line)
    elif table.endswith("/contact_event") and value:
        draft.date(label or ANDROID_DATES.get(number), value, dates.parse(value))
    elif table.endswith("/relation"):
        draft.add("relation", label or android_relation(number), value)
    else:
        draft.kept.append(found.line)


def android_relation(number: str) -> str:
    """The word for a number; nothing for an unknown one."""
    is_known = number.isdecimal() and len(number) < 3 and int(number) < len(ANDROID_RELATIONS)
    return ANDROID_RELATIONS[int(number)] if is_known else ""


HANDLERS: Final[Mapping[str, Handler]] = {
    "VERSION": drop,
    "REV": drop,
    "UID": uid,
    "KIND": names.kind,
    "X-ADDRESSBOOKSERVER-KIND": names.kind,
    "X-ABSHOWAS": names.kind,
    "N": names.name,
    f"{ALTERNATIVE}N": names.alternative_name,
    "FN": names.formatted_name,
    "NICKNAME": names.nickname,
    "ORG": names.company,
    "TITLE": names.job_title,
    "TEL": ways.phone,
    "EMAIL": ways.email,
    "ADR": ways.address,
    "URL": detail("url"),
    "X-URL": detail("url"),
    "IMPP": ways.messaging,
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
    "X-ANDROID-CUSTOM": android,
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

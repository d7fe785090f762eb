"""Which property of a vCard is which field of a contact: `HANDLERS` is the map, with the handlers of single facts."""

import re
from collections.abc import Mapping
from typing import Final

from project.contacts.content import FIELDS
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.finishing import NO_UIDS
from project.contacts.exchange.lines import details, text_lines
from project.contacts.exchange.lines.properties import ALTERNATIVE, BASE64, PREFERENCE, Property
from project.contacts.exchange.origins import Origin
from project.contacts.exchange.values import dates, labels, messengers, photos, text
from project.contacts.exchange.vcard import android, keeping, names, reach
from project.contacts.exchange.vcard.keeping import drop, keep, position
from project.contacts.exchange.vcard.reach import Handler, detail, named

MAKERS = ("EVOLUTION-", "KADDRESSBOOK-X-", "KADDRESSBOOK-", "MS-")  # before names that others have without it
MAKER = re.compile(f"X-(?:{'|'.join(MAKERS)})")
OF_YEARS = ("X-APPLE-OMIT-YEAR", "X-YEAR")  # parameters that say whether a year is one
TRUE = frozenset({"1", "true", "yes"})
EVERYBODY = ("mycontacts", "* mycontacts", "my contacts", "* my contacts")  # Google's group of all contacts
MOMENT = re.compile(r"([0-9]{4}|-)-?([0-9]{2})-?([0-9]{2})T([0-9:]{2,8})(?:\.[0-9]+)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
# Dates of RFC 6350 §4.3.4 that are no whole day: one of a year or a month, or one with a time, or a time alone.
PARTIAL = re.compile(r"[0-9]{4}(?:-[0-9]{2})?|--[0-9]{2}|---[0-9]{2}|(?:---?[0-9]{2})?T[0-9]{2,6}Z?")

RELATIVES = ("partner", "mother", "father", "parent", "brother", "sister", "friend", "wife", "husband")


def handle(draft: Draft, found: Property) -> None:
    """Take a property into a draft."""
    if found.head.name == f"{ALTERNATIVE}BDAY":
        further_birthday(draft, keeping.renamed(found, "BDAY"))
        return
    if found.head.name.startswith(ALTERNATIVE):
        found = keeping.renamed(found, found.head.name.removeprefix(ALTERNATIVE))
    name = found.head.name
    handler = HANDLERS.get(name) or HANDLERS.get(MAKER.sub("X-", name)) or keep
    handler = reach.kde_messaging if name.startswith(reach.MESSAGING) else handler
    handler(draft, found)


def birthday(draft: Draft, found: Property) -> None:
    if not dates.NOTHING.fullmatch(value := found.text):
        day = details.date_of(found, value)
        draft.birthday(value, day, dated(found, day))


def further_birthday(draft: Draft, found: Property) -> None:
    """A second BDAY, which a card may have before the first."""
    if not dates.NOTHING.fullmatch(value := found.text):
        day = details.date_of(found, value)
        draft.further_birthday(value, day, dated(found, day))


def anniversary(draft: Draft, found: Property) -> None:
    day_of(draft, found, "anniversary")


def date(draft: Draft, found: Property) -> None:
    day_of(draft, found, None)


def day_of(draft: Draft, found: Property, label: str | None) -> None:
    """A date, or part of one (RFC 6350 §4.3.1); what says more than a day leaves as it came."""
    if not dates.NOTHING.fullmatch(value := found.text):
        day = details.date_of(found, value)
        origin = dated(found, day)
        is_more = day is None or origin.differs or bool(PREFERENCE.sub("", found.head.residue))
        draft.date(found.label or label, value, day, origin._replace(differs=False, is_other=is_more))


def dated(found: Property, day: str | None) -> Origin:
    """A property of a date as 4.0 has it: in the basic format, and with VALUE=text for what is no date."""
    value = found.value.strip("; ")
    moment, has_no_year = MOMENT.fullmatch(value), day is not None and day.startswith("--")
    is_more = moment is not None and not (has_no_year and moment[1] != "-")
    if moment and is_more:
        year, month, monthday, time, zone = moment.groups("")
        value = f"{year}{'-' if year == '-' else ''}{month}{monthday}T{time.replace(':', '')}{zone.replace(':', '')}"
    elif day and dates.is_past(day):
        value = dates.basic(day)
    is_text = not (is_more or day or dates.parse_loose(value) or PARTIAL.fullmatch(value))
    name, _, _ = found.head.text.partition(";")
    years = (f";{each}={year}" for each in OF_YEARS if (year := found.head.first(each)).isdecimal())
    head = f"{name}{found.head.residue}{'' if has_no_year else ''.join(years)}{';VALUE=text' if is_text else ''}"
    value = found.value if is_text else value
    return Origin(found._replace(head=found.head._replace(text=head, label=None), value=value), differs=is_more)


def tags(draft: Draft, found: Property) -> None:
    """CATEGORIES, a list; some divide it by semicolons."""
    parts = [part for each in text_lines.split(found.value, ",") for part in text_lines.split(each, ";")]
    categories = [names.plain(part) for part in parts]
    draft.tag(each for each in categories if each.lower() not in EVERYBODY)
    draft.remember("labels", "".join(categories), Origin(found))
    if labels.STARRED in map(str.lower, categories) and not draft.mentions_favorite:
        draft.favorite(value=True)


def favorite(draft: Draft, found: Property) -> None:
    draft.favorite(value=found.text.lower() in TRUE)


def note(draft: Draft, found: Property) -> None:
    value = text.composed(text_lines.unescape(found.value))
    if value not in draft.notes:
        draft.notes.append(value)
    draft.remember("notes", text.lines(value), Origin(found))


def photo(draft: Draft, found: Property) -> None:
    """PHOTO: the first one that is data; different ones, and those at a URL, are kept. None is fetched."""
    is_data = found.head.encoding in BASE64 or photos.is_data(found.value)
    data = photos.decode(found.value) if is_data else None
    if data is None or draft.photo not in (None, data):
        keep(draft, found)
        return
    if draft.photo:
        return
    draft.photo, draft.photo_url = data, found.head.first(photos.URL_PARAMETER) or None
    if found.head.residue:
        draft.remainders.append(f"PHOTO{found.head.residue}:")


def uid(draft: Draft, found: Property) -> None:
    if draft.uid is None or draft.uid.lower() in NO_UIDS:
        draft.uid = found.text or None
    elif found.text != draft.uid:
        keep(draft, found)


def revised(draft: Draft, found: Property) -> None:
    draft.revised = found.text


def company_phone(draft: Draft, found: Property) -> None:
    """X-MS-TEL, where Outlook puts the numbers that TEL has no type for."""
    label = " ".join(word for word in (found.label or "").split(" ") if word not in labels.SAYS_NOTHING)
    draft.add("phone", label, found.text, found.head.preference)


LINES: Final = {field.vcard: names.line(field.name) for field in FIELDS if field.kind == "line" and field.part is None}

HANDLERS: Final[Mapping[str, Handler]] = {
    **LINES,
    "VERSION": drop,
    "PRODID": drop,
    "REV": revised,
    "UID": uid,
    "KIND": names.kind,
    "X-ADDRESSBOOKSERVER-KIND": names.kind,
    "X-ABSHOWAS": names.kind,
    "N": names.name,
    "FN": names.formatted_name,
    "NICKNAME": names.nickname,
    "X-NICKNAME": names.nickname,
    "ORG": names.company,
    "SOUND": names.phonetic,
    "TEL": reach.phone,
    "EMAIL": reach.email,
    "ADR": reach.address,
    "LABEL": reach.delivery_label,
    "GEO": position,
    "URL": reach.link,
    "X-URL": detail("url"),
    "X-EVOLUTION-BLOG-URL": reach.page("blog"),
    "X-EVOLUTION-VIDEO-URL": reach.page("video"),
    "X-KADDRESSBOOK-BLOGFEED": reach.page("blog"),
    "IMPP": reach.messaging,
    "X-IMPP": detail("im"),
    "X-IMADDRESS": detail("im"),
    **reach.SERVICES,
    "SOCIALPROFILE": reach.profile,
    "X-SOCIALPROFILE": reach.profile,
    "BDAY": birthday,
    "ANNIVERSARY": anniversary,
    "X-ANNIVERSARY": anniversary,
    "X-ABDATE": date,
    "RELATED": detail("relation"),
    "X-ABRELATEDNAMES": detail("relation"),
    "X-ASSISTANT": named("relation", "assistant"),
    "X-ASSISTANTSNAME": named("relation", "assistant"),
    "X-MANAGERSNAME": named("relation", "manager"),
    "X-MANAGER": named("relation", "manager"),
    "X-SPOUSESNAME": named("relation", "spouse"),
    "X-SPOUSENAME": named("relation", "spouse"),
    "X-SPOUSE": named("relation", "spouse"),
    "X-CHILD": named("relation", "child"),
    "X-CHILDREN": named("relation", "child"),
    **{f"X-{name.upper()}": named("relation", name) for name in RELATIVES},
    "X-MS-TEL": company_phone,
    "X-OTHER": detail("other"),
    "X-ANDROID-CUSTOM": android.custom,
    "CATEGORIES": tags,
    "X-FAVORITE": favorite,
    "NOTE": note,
    "PHOTO": photo,
}

# What an X-ABLabel of the same group labels; beside other properties it is kept with them.
LABELS: Final = frozenset({
    "TEL", "EMAIL", "ADR", "URL", "X-URL", "IMPP", "X-IMPP", "ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE", "RELATED",
    "X-ABRELATEDNAMES", "X-OTHER", "X-SOCIALPROFILE", "LABEL", "X-IMADDRESS",
    *(f"X-{name}" for name in messengers.SCHEMES),
})  # fmt: skip
LABELLED: Final = LABELS.union(f"X-{maker}{name[2:]}" for maker in MAKERS for name in LABELS if name.startswith("X-"))

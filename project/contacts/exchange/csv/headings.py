"""The headings of CSV files: our own, Google's since 2009, Outlook's, and what people write by hand.

Headings are compared without regard to case and punctuation: `E-mail 1 - Value` is `e mail 1 value`.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from project import unicode

WORDS = re.compile(r"[^a-z0-9]+")
NUMBERED = re.compile(r"(e mail|email|phone|address|website|event|relation|im|custom field) ([0-9]{1,3}) (.+)")
PLACED = re.compile(r"(?:(home|business|work|other) )?(?:address )?(.+)")
NUMBERED_KINDS: Final = {
    "e mail": "email", "website": "url", "event": "date", "custom field": "other",
}  # fmt: skip
OWN: Final = frozenset({"email", "phone", "labels", "details", "addresses", "uid", "extra", "photo"})  # spelled so

SINGLES: Final = {
    "first_name": ("first name", "firstname", "given name", "forename"),
    "last_name": ("last name", "lastname", "family name", "surname"),
    "formatted": ("name", "full name", "display name"),
    "nickname": ("nickname", "nick name"),
    "company": ("company", "organization", "organisation", "organization name", "organization 1 name"),
    "department": ("department", "organization department", "organization 1 department"),
    "job_title": ("job title", "organization title", "organization 1 title"),
    "birthday": ("birthday", "date of birth", "birth date", "birthdate"),
    "notes": ("notes", "note", "comments"),
    "groups": ("labels", "group membership", "categories", "groups", "tags"),
    "favorite": ("favorite", "favourite", "starred"),
    "picture": ("photo",),
    # Outlook's own affairs, the same in every row.
    "ignored": (
        "e mail type", "e mail 2 type", "e mail 3 type", "e mail display name", "e mail 2 display name",
        "e mail 3 display name", "priority", "private", "sensitivity",
    ),
}  # fmt: skip
SINGLE_KINDS: Final = {key: kind for kind, keys in SINGLES.items() for key in keys}
NAME_PARTS: Final = {
    "middle name": "additional", "additional name": "additional", "name prefix": "prefix", "prefix": "prefix",
    "name suffix": "suffix", "suffix": "suffix",
}  # fmt: skip

PHONES: Final = {
    "assistant s phone": "assistant", "business fax": "work fax", "business phone": "work", "business phone 2": "work",
    "callback": "callback", "car phone": "car", "cell phone": "mobile", "company main phone": "main", "fax": "fax",
    "home fax": "home fax", "home phone": "home", "home phone 2": "home", "isdn": "isdn", "mobile": "mobile",
    "mobile phone": "mobile", "other fax": "other fax", "other phone": "other", "pager": "pager", "phone": "",
    "phone number": "", "primary phone": "main", "radio phone": "radio", "telephone": "", "telex": "telex",
    "tty tdd phone": "tty", "work phone": "work",
}  # fmt: skip
EMAILS: Final = {
    "email": "", "e mail": "", "e mail address": "", "email address": "", "e mail 2 address": "",
    "e mail 3 address": "", "home email": "home", "work email": "work",
}  # fmt: skip
LINKS: Final = {"web page": "", "personal web page": "home", "business web page": "work", "website": "", "url": ""}
MESSENGERS: Final = {"im address": "", "instant messaging address": ""}
RELATIONS: Final = {
    "spouse": "spouse", "children": "child", "manager s name": "manager", "assistant s name": "assistant",
    "referred by": "referred by",
}  # fmt: skip
DATES: Final = {"anniversary": "anniversary"}
DETAILS: Final = {
    "phone": PHONES, "email": EMAILS, "url": LINKS, "im": MESSENGERS, "relation": RELATIONS, "date": DATES,
}  # fmt: skip

ADDRESS_PARTS: Final = {
    "po box": "box", "extended": "flat", "extended address": "flat", "street": "street", "street address": "street",
    "street 2": "street 2", "street 3": "street 3", "city": "city", "state": "region", "region": "region",
    "province": "region", "postal code": "postal_code", "zip": "postal_code", "zip code": "postal_code",
    "postcode": "postal_code", "country": "country", "country region": "country",
}  # fmt: skip

KEPT: Final = {
    "phonetic first name": "X-PHONETIC-FIRST-NAME", "given name yomi": "X-PHONETIC-FIRST-NAME",
    "phonetic middle name": "X-PHONETIC-MIDDLE-NAME", "additional name yomi": "X-PHONETIC-MIDDLE-NAME",
    "phonetic last name": "X-PHONETIC-LAST-NAME", "family name yomi": "X-PHONETIC-LAST-NAME",
    "company yomi": "X-PHONETIC-ORG", "profession": "ROLE", "occupation": "ROLE",
}  # fmt: skip


class Column(NamedTuple):
    """What a column holds: which one of its kind, if there are several, which part of it, and with what label."""

    kind: str
    which: str = ""
    part: str = "value"
    label: str = ""


def words(heading: str) -> str:
    """A heading as it is compared."""
    return WORDS.sub(" ", unicode.casefold(heading)).strip()


def columns(titles: Sequence[str]) -> list[Column]:
    """What each heading of a file means. Outlook calls a prefix a title, and has job titles besides."""
    keys = list(map(words, titles))
    title = "name prefix" if "job title" in keys else "job title"
    return [column(each, title if key == "title" else key) for each, key in zip(titles, keys, strict=True)]


def column(title: str, key: str) -> Column:
    """What one heading means; one that nobody knows is the label of a detail."""
    if title in OWN:
        return Column(f"own {title}")
    if key in SINGLE_KINDS:
        return Column(SINGLE_KINDS[key])
    if key in NAME_PARTS:
        return Column("name", part=NAME_PARTS[key])
    return detail(key) or numbered(key) or placed(key) or kept(key) or Column("unknown", title, label=title)


def detail(key: str) -> Column | None:
    """A detail whose label is in its heading."""
    return next((Column(kind, key, label=known[key]) for kind, known in DETAILS.items() if key in known), None)


def numbered(key: str) -> Column | None:
    """A part of Google's numbered details and addresses."""
    match = NUMBERED.fullmatch(key)
    if not match:
        return None
    part = "label" if match[3] == "type" else match[3]
    kind = NUMBERED_KINDS.get(match[1], match[1])
    return Column(kind, match[2], ADDRESS_PARTS.get(part, part) if kind == "address" else part)


def placed(key: str) -> Column | None:
    """A part of one of Outlook's three addresses, or of the only one."""
    match = PLACED.fullmatch(key)
    if not match or match[2] not in ADDRESS_PARTS:
        return None
    label = (match[1] or "").replace("business", "work")
    return Column("address", label, ADDRESS_PARTS[match[2]], label)


def kept(key: str) -> Column | None:
    """What a contact has no field for, and a vCard a property."""
    return Column("kept", key, label=KEPT[key]) if key in KEPT else None

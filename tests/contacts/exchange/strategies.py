"""Cards for hypothesis: contacts as the contract allows them, and vCards as nobody should write them."""

import string
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from project.contacts.content import ADDRESS_PARTS, FIELDS, NAME_LENGTH
from project.contacts.exchange.card import Card
from project.contacts.exchange.finishing import NO_UIDS
from project.contacts.exchange.values import text
from project.contacts.naming import display_name, is_named

CHARACTERS = st.one_of(
    st.sampled_from(string.ascii_letters + ",;:\\\"'^=+-@.%&<>nN| \u200d\u0301\u00e9\u4e2d\U0001f600"),
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")),
)


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=1, max_size=most).map(text.one_line).filter(lambda each: 0 < len(each) <= most)


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


DAYS = st.dates(min_value=date(1, 1, 1), max_value=datetime.now(UTC).date())
DATES = DAYS.map(date.isoformat) | DAYS.map(lambda day: f"--{day:%m-%d}")
EMAILS = st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?@[a-z]{1,9}\.org", fullmatch=True)
LABELS = st.sampled_from(["home", "work", "mobile", "work fax", "home page", "anniversary", "spouse"]) | texts(100)
NOTES = st.text(CHARACTERS | st.sampled_from("\n\t"), max_size=300).map(text.lines).filter(bool)


def details_of(kind: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), "label": optional(LABELS), "value": values})


LINKS = texts(60) | st.sampled_from(["https://example.org/ada?a=1,2;b#c", "example.org", "xmpp:ada@example.org"])
DETAILS = st.one_of(
    details_of("email", EMAILS),
    details_of("date", DATES),
    *(details_of(kind, texts(60)) for kind in ("phone", "relation", "other")),
    *(details_of(kind, LINKS) for kind in ("url", "im")),
)
ADDRESSES = st.fixed_dictionaries(
    {"label": optional(LABELS), **{part: optional(texts(60)) for part in ADDRESS_PARTS}}
).filter(lambda address: any(address[part] for part in ADDRESS_PARTS))
VALUES_OF = {
    "line": optional(texts(NAME_LENGTH)),
    "lines": optional(NOTES),
    "email": optional(EMAILS),
    "phone": optional(texts(60)),
    "date": optional(DATES),
    "flag": st.booleans(),
    "labels": st.lists(texts(NAME_LENGTH), max_size=5, unique=True),
    "details": st.lists(DETAILS, max_size=6),
    "addresses": st.lists(ADDRESSES, max_size=3, unique_by=lambda each: tuple(sorted(each.items()))),
}
CONTACTS = (
    st.fixed_dictionaries({field.name: VALUES_OF[field.kind] for field in FIELDS})
    .filter(is_named)
    .map(lambda contact: {**contact, "details": distinct(contact)})
)


def distinct(contact: dict[str, Any]) -> list[dict[str, Any]]:
    """The details of a contact, each once, and none that is its address or number: a card has equal ones once."""
    held = {(kind, contact[kind]) for kind in ("email", "phone")}
    found = {(each["kind"], each["value"]): each for each in contact["details"]}
    return [each for key, each in found.items() if key not in held]


CARDS = st.builds(
    Card,
    contact=CONTACTS,
    uid=optional(texts(80).filter(lambda uid: uid.lower() not in NO_UIDS)),
    photo=optional(st.binary(min_size=1, max_size=200)),
    extra=st.lists(
        st.sampled_from(['X-MOOD;LEVEL="a;b":good\\, really', "GENDER:F", "item3.X-ABADR:gb"]), max_size=3, unique=True
    ),
).map(lambda card: Card(card.contact, card.uid, card.photo, card.extra, display_name(card.contact)))


# What wild cards are made of.
NAMES = [
    "N", "FN", "ORG", "TEL", "EMAIL", "ADR", "NOTE", "NICKNAME", "TITLE", "BDAY", "CATEGORIES", "URL", "IMPP",
    "RELATED", "PHOTO", "UID", "KIND", "REV", "LOGO", "GENDER", "AGENT", "ANNIVERSARY", "X-ABDATE", "X-ABLabel",
    "X-ABShowAs", "X-ABRELATEDNAMES", "X-SKYPE", "X-FOO", "X-FAVORITE", "X-OTHER", "X-ANDROID-CUSTOM",
    "X-SOCIALPROFILE", "SOCIALPROFILE", "LABEL", "GEO", "SOUND", "X-MS-TEL", "X-MS-SPOUSE", "X-PHONETIC-LAST-NAME",
    "X-ALTERNATIVE-BDAY", "X-ALTERNATIVE-N", "X-URL", "X-MESSAGING/XMPP-All", "ROLE", "TZ", "LANG",
    "TEL", "EMAIL", "ADR", "X-ABLabel", "MEMBER", "CALURI", "X-ABADR", "X-MAIDENNAME", "X-PHONETIC-FIRST-NAME", "NAME",
    "X-ALTERNATIVE-TITLE", "X-ALTERNATIVE-ORG", "X-ALTERNATIVE-FN", "DEATHDATE", "X-WHATSAPP", "X-MS-ANNIVERSARY",
    "X-MSN", "X-ICQ", "X-JABBER", "X-EVOLUTION-TWITTER", "X-MANAGERSNAME", "X-NICKNAME",
]  # fmt: skip
PARAMETERS = [
    "TYPE=home", "TYPE=WORK,pref", 'TYPE="cell,voice"', "HOME", "X-Cottage", "PREF=1", "PREF=7", "VALUE=uri", "BASE64",
    "VALUE=text",
    "ENCODING=b", "ENCODING=QUOTED-PRINTABLE", "CHARSET=ISO-8859-1", "ALTID=1", 'LANGUAGE="a:b"', "X-A=^n^'", 'X-B="',
    "X-LABEL=so", "PID=1.1", "SERVICE-TYPE=Matrix", "X-IRMC-N", 'LABEL="12 Elm St^nTown"', "X-APPLE-OMIT-YEAR=1604",
    "=", "ALTID=2", "LANGUAGE=en", "PREF=2", "PREF=100", "TYPE=pref", "TYPE=x-custom,INTERNET", "CHARSET=UTF-8",
    "waid=1", "VALUE=date", "CALSCALE=gregorian", "X-YEAR=1604", "MEDIATYPE=text/plain", "SORT-AS=Ada",
    "QUOTED-PRINTABLE", "FAX", "X-FOR=a", "X-USER=ada", "X-SECONDARY=1", "X-LABEL=", "X-NAME=Ada", "X-REST=1",
    "X-PICTURE=a", 'GEO="geo:1,2"', "INDEX=1",
]  # fmt: skip
VALUES = [
    "Ada", "Lovelace;Ada;Augusta;Lady;PhD", ";;;;", "ada@example.org", "1815-12-10", "--1210", "1604-04-15", "org",
    "TRUE", "tel:+44-20;ext=5", "https://example.org/a,b", "data:image/png;base64,AAAA", "=C3=A9=0D=0A=3B", "AAAA",
    "a,b,,c", "x:y", "_$!<HomePage>!$_", "vnd.android.cursor.item/nickname;Ada;1", "x" * 300,
    "vnd.android.cursor.item/relation;Byron;5", "tel:tel:06", "mailto:mailto:ada@example.org",
    "1996-04", "circa 1800", "19960415T231000Z", "1996-04-15T23:10:00+02:00", "37.38;-122.08", "geo:37.38,-122.08",
    ";;;Town;CA;1;US;room 5;apt 7;3rd;12;Main Street;B;Block2;sub;Dist;landmark;north", "x-apple:ada",
    "12 Elm St\\nTown", " \u200b", "Ada;;;;", "Firm;Section 3", "Ada\\, Countess", "/9j/4AAQSkZJRgABAQ==",
    "+44 20 7946 0000", "https://example.org/ada.jpg", "a@example.org,b@example.org", "-", "0000-00-00", "home",
    "1815-12-10T10:15:00Z",
    "<https:\\/\\/example.org>", "x-apple:", "geo:37.38,-122.08;u=1", ";;1 Main St;Town;;;", "a;b,c;d\\;e", "\\", "\\,",
    "null", "x" * 101, "Ada " * 20, "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ==", "ADA@example.org", "tel:+44-20",
    "msnim:Ada", "aim:123", "123", "gtalk:Ada", "one\u2028two", "15. Apr. 96", "16040304T101500Z",
    "vnd.android.cursor.item/contact_event;1815-12-10;3",
]  # fmt: skip


def lines_of(names: list[str], parameters: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    line = st.builds(
        lambda group, name, given, value: f"{group}{';'.join([name, *given])}:{value}",
        st.sampled_from(["", "", "item1.", "item2."]),
        st.sampled_from(names),
        st.lists(st.sampled_from(parameters), max_size=3),
        values,
    )
    return st.lists(line, min_size=1, max_size=25)


def folded(line: str, width: int | None) -> str:
    return "\r\n ".join(line[start : start + width] for start in range(0, len(line), width)) if width else line


WILD = lines_of(NAMES, PARAMETERS, st.sampled_from(VALUES) | st.text(CHARACTERS, max_size=20))
# Lines that differ in little, of few properties, parameters and values.
ALIKE = st.builds(
    lambda names, parameters, values: lines_of(names, parameters, st.sampled_from(values)),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4),
    st.lists(st.sampled_from(PARAMETERS), min_size=1, max_size=3),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3),
).flatmap(lambda lines: lines)
WRITTEN_CARDS = st.builds(
    lambda version, lines, width: "\r\n".join(
        ["BEGIN:VCARD", f"VERSION:{version}", *(folded(line, width) for line in lines), "END:VCARD", ""]
    ).encode(),
    st.sampled_from(["2.1", "3.0", "4.0"]),
    WILD | ALIKE,
    st.sampled_from([None, None, 20, 75]),
)

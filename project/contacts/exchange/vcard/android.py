"""X-ANDROID-CUSTOM, in which Android has what vCard 2.1 lacks."""

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.origins import Origin
from project.contacts.exchange.values import dates, text
from project.contacts.exchange.vcard import keeping

# The numbers that Android has for labels.
ANDROID_DATES = {"1": "anniversary", "2": "other"}
ANDROID_BIRTHDAY = "3"
ANDROID_RELATIONS = (
    "", "assistant", "brother", "child", "domestic partner", "father", "friend", "manager", "mother", "parent",
    "partner", "referred by", "relative", "sister", "spouse",
)  # fmt: skip


def custom(draft: Draft, found: Property) -> None:
    """A type, a value, a number for the label, and the label where the number is 0."""
    parts = [text.one_line(text_lines.unescape(part)) for part in text_lines.split(found.value, ";")]
    table, value, number, label = [*parts, "", "", "", ""][:4]
    if table.endswith("/nickname"):
        draft.nickname([value], found.line, Origin(keeping.made("NICKNAME", text_lines.escape(value))))
    elif table.endswith("/contact_event") and value and number == ANDROID_BIRTHDAY:
        draft.birthday(value, dates.parse_loose(value))
    elif table.endswith("/contact_event") and value:
        draft.date(label or ANDROID_DATES.get(number), value, dates.parse_loose(value))
    elif table.endswith("/relation"):
        draft.add("relation", label or android_relation(number), value)
    else:
        draft.kept.append(found.line)


def android_relation(number: str) -> str:
    """The word for a number; nothing for an unknown one."""
    is_known = number.isdecimal() and len(number) < 3 and int(number) < len(ANDROID_RELATIONS)
    return ANDROID_RELATIONS[int(number)] if is_known else ""

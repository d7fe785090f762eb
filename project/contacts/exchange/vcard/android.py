"""The properties that Android has of its own: nicknames, dates and relations, with numbers for labels."""

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import dates, text

DATES = {"1": "anniversary", "2": "other"}
RELATIONS = (
    "", "assistant", "brother", "child", "domestic partner", "father", "friend", "manager", "mother", "parent",
    "partner", "referred by", "relative", "sister", "spouse",
)  # fmt: skip


def custom(draft: Draft, found: Property) -> None:
    """X-ANDROID-CUSTOM: a type, a value, a number for the label, and the label where the number is 0."""
    parts = [text.one_line(text_lines.unescape(part)) for part in text_lines.split(found.value, ";")]
    table, value, number, label = [*parts, "", "", "", ""][:4]
    if table.endswith("/nickname"):
        draft.nickname(value, found.line)
    elif table.endswith("/contact_event") and value:
        draft.date(label or DATES.get(number), value, dates.parse(value))
    elif table.endswith("/relation"):
        draft.add("relation", label or relation(number), value)
    else:
        draft.kept.append(found.line)


def relation(number: str) -> str:
    """What a number stands for, as a word."""
    return RELATIONS[int(number)] if number.isdecimal() and len(number) < 3 and int(number) < len(RELATIONS) else ""

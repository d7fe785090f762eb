"""What a contact is called in a card: FN is made from N's parts, and what it says beyond them is kept beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import text


def plain(contact: Mapping[str, Any]) -> str:
    """The contract's `name`: first and last name, else the nickname, else the company."""
    full_name = " ".join(filter(None, (contact["first_name"], contact["last_name"])))
    return full_name or contact["nickname"] or contact["company"] or ""


def formatted(contact: Mapping[str, Any], rest: Sequence[str]) -> str:
    """The name as FN has it; `rest` are the parts of N, still escaped, that follow the given name."""
    first, last = contact["first_name"], contact["last_name"]
    if not (first or last):
        return plain(contact)
    additional, prefix, suffix = (text.one_line(text_lines.unescape(part)) for part in [*rest, "", "", ""][:3])
    return " ".join(filter(None, (prefix, first, additional, last, suffix)))


def tie(contact: Mapping[str, Any], residue: str, formatted: str) -> str:
    """A FN of somebody's own choice, bound to the name it was chosen for: a contact may be renamed."""
    return f"FN;X-NAME={text_lines.quote(plain(contact))}{residue}:{text_lines.escape(formatted)}"

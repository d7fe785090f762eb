"""How to reach somebody: TEL, EMAIL, ADR, URL, messengers."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.lines.properties import Property
from project.contacts.exchange.values import text

Handler = Callable[[Draft, Property], None]

ADDRESS_PARTS = 7
EXTENSION = re.compile(r";ext=", re.IGNORECASE)


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
    """Whether a value has this scheme and no VALUE=text."""
    return found.text.lower().startswith(scheme) and found.head.first("VALUE").lower() != "text"


def detail(kind: str) -> Handler:
    """A property whose text is a detail of this kind."""
    return lambda draft, found: draft.add(kind, found.label, found.text)


def messenger(scheme: str) -> Handler:
    """A property named for a messenger service; its user name becomes a URI, as in IMPP."""
    return lambda draft, found: draft.add("im", found.label, found.text and f"{scheme}:{found.text}")


def messaging(draft: Draft, found: Property) -> None:
    """IMPP (RFC 4770). Apple writes a meaningless scheme and the service in a parameter."""
    value, service = found.text, found.head.first("X-SERVICE-TYPE")
    if value.startswith("x-apple:") and service:
        value = f"{service.lower()}:{value.removeprefix('x-apple:')}"
    draft.add("im", found.label, value)


def address(draft: Draft, found: Property) -> None:
    """ADR: box and flat become part of the street; an ADR without parts may have everything in LABEL."""
    parts = text_lines.padded(text_lines.split(found.value, ";"), ADDRESS_PARTS)[:ADDRESS_PARTS]
    box, flat, *parts = map(flat_text, parts)
    parts[0] = ", ".join(filter(None, (box, flat, parts[0])))
    if not any(parts):
        parts[0] = flat_text(found.head.first("LABEL"))
    draft.address(found.label, parts)


def flat_text(part: str) -> str:
    """A part of several lines, in one."""
    whole = text_lines.unescape(part)
    return ", ".join(filter(None, map(text.one_line, whole.split("\n")))) if "\n" in whole else text.one_line(whole)

"""Properties that no field holds are kept as lines."""

import re
from typing import cast

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import properties
from project.contacts.exchange.lines.properties import BASE64, BINARY, Property
from project.contacts.exchange.values import photos
from project.contacts.exchange.vcard.versions import timed

BLANK = re.compile(r"[;,\s]*")
IS_URI = re.compile(r";VALUE=URI", re.IGNORECASE)
OLD_GEO = re.compile(r" *\+?(-?[0-9.]+) *\\?[;,] *\+?(-?[0-9.]+) *")


def keep(draft: Draft, found: Property) -> None:
    """Keep a property that says anything; binary data as a data: URI, valid in 3.0 and 4.0; times as in 4.0."""
    if BLANK.fullmatch(found.value[:100]) and BLANK.fullmatch(found.value):
        return
    if found.head.encoding in BASE64 and found.head.name in BINARY:
        group = found.head.group and f"{found.head.group}."
        media_type = photos.declared(found.head.parameters.get("TYPE", ()))
        draft.kept.append(f"{group}{found.head.name};VALUE=uri:data:{media_type};base64,{found.value}")
    else:
        draft.kept.append(timed(found.line, "", ""))


def renamed(found: Property, name: str) -> Property:
    """A property under another name."""
    before, semicolon, parameters = found.head.text.partition(";")
    group, dot, _ = before.rpartition(".")
    return found._replace(head=found.head._replace(name=name, text=f"{group}{dot}{name}{semicolon}{parameters}"))


def made(name: str, value: str) -> Property:
    """A property of an escaped value."""
    return cast(Property, properties.parse(f"{name}:{value}"))


def position(draft: Draft, found: Property) -> None:
    """GEO, as 4.0 writes it, where it is a URI without saying so."""
    match = OLD_GEO.fullmatch(found.value)
    head = found.head._replace(text=IS_URI.sub("", found.head.text))
    keep(draft, found._replace(head=head, value=f"geo:{match[1]},{match[2]}" if match else found.value))


def drop(draft: Draft, found: Property) -> None:
    """Ignore a property of the file rather than of the contact."""

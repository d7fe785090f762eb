"""Properties that no field holds are kept as lines."""

from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines.properties import BASE64, Property
from project.contacts.exchange.values import photos

BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})


def keep(draft: Draft, found: Property) -> None:
    """Keep the line; binary data as a data: URI, which is valid in 3.0 and 4.0."""
    if not found.value:
        return
    if found.head.encoding not in BASE64 or found.head.name not in BINARY:
        draft.kept.append(found.line)
        return
    group = found.head.group and f"{found.head.group}."
    media_type = photos.declared(found.head.parameters.get("TYPE", ()))
    draft.kept.append(f"{group}{found.head.name};VALUE=uri:data:{media_type};base64,{found.value}")


def drop(draft: Draft, found: Property) -> None:
    """Ignore a property of the file rather than of the contact."""

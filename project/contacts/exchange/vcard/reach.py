"""How to reach somebody: TEL, EMAIL, ADR, URL, messengers, social profiles."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from project import unicode
from project.contacts.exchange.draft import Draft
from project.contacts.exchange.lines import text_lines, ties
from project.contacts.exchange.lines.details import URI
from project.contacts.exchange.lines.properties import Property, with_parameter
from project.contacts.exchange.origins import Origin
from project.contacts.exchange.values import messengers, text

Handler = Callable[[Draft, Property], None]

ADDRESS_PARTS = 7
LINK = re.compile(r"(?:https?|ftp)://\S+", re.IGNORECASE)
APPLE_SCHEME = "x-apple:"  # tells nothing
CALLS = re.compile(r"(?:callto|sms|phone):(?://)?(?=[+0-9(])", re.IGNORECASE)
EXTENSION = re.compile(r";ext=", re.IGNORECASE)
URI_PARAMETERS = re.compile(r";(?:phone-context|isub|[a-z-]+)(?:=[^;]*)?", re.IGNORECASE)  # of tel: URIs
ESCAPED_SLASH = re.compile(r"\\+/")
ALL = "-ALL"
MESSAGING = "X-MESSAGING-"  # what KDE's X-messaging/xmpp-All begins with
SEVERAL = "\ue000"  # between names in one of KDE's values


def phone(draft: Draft, found: Property) -> None:
    """TEL, a text or a tel: URI (RFC 3966), whose parameters but the extension are no part of the number."""
    value, shown = found.text, found.text
    if is_uri(found, "tel:"):
        value = EXTENSION.sub(" ext. ", unquote(value[4:].removeprefix("//")))
        shown = URI_PARAMETERS.sub("", value)
    elif match := CALLS.match(value):
        value = shown = value[match.end() :]
    origin = Origin(found, differs=shown != value)
    draft.add("phone", found.label, text.one_line(shown), found.head.preference, origin)


def email(draft: Draft, found: Property) -> None:
    """EMAIL, a text or, as some write it, a mailto: URI (RFC 6068)."""
    value = found.text[7:].partition("?")[0] if is_uri(found, "mailto:") else found.text
    draft.add("email", found.label, text.one_line(value), found.head.preference, Origin(found))


def is_uri(found: Property, scheme: str) -> bool:
    """Whether a value has this scheme and no VALUE=text."""
    return found.text.lower().startswith(scheme) and found.head.first("VALUE").lower() != "text"


def detail(kind: str) -> Handler:
    """A property whose text is a detail of this kind."""
    return lambda draft, found: draft.add(kind, found.label, found.text, origin=Origin(found))


def link(draft: Draft, found: Property) -> None:
    """URL, whose slashes some escape as in JSON, and which some put in angles."""
    value = ESCAPED_SLASH.sub("/", found.text).strip(f"<>{unicode.ENDS}")
    draft.add("url", found.label, text.one_line(value), origin=Origin(found))


def named(kind: str, label: str) -> Handler:
    """A property whose name is the label."""
    return lambda draft, found: draft.add(kind, label, found.text)


def messenger(scheme: str) -> Handler:
    """A property named for a messenger service; its user name becomes a URI, as in IMPP."""

    def add(draft: Draft, found: Property) -> None:
        draft.add("im", found.label, found.text and f"{scheme}:{found.text}", origin=Origin(found))

    return add


def account(service: str) -> Handler:
    """A property named for a social network: a link, or a name there. It leaves as it came."""

    def add(draft: Draft, found: Property) -> None:
        is_link = LINK.fullmatch(found.text) is not None
        kind, label, value = ("url", service, found.text) if is_link else ("im", found.label, f"{service}:{found.text}")
        draft.add(kind, label, found.text and value, origin=Origin(found, is_other=True))

    return add


def page(label: str) -> Handler:
    """A property for one sort of web page. It leaves as it came."""
    return lambda draft, found: draft.add("url", label, found.text, origin=Origin(found, is_other=True))


def messaging(draft: Draft, found: Property) -> None:
    """IMPP (RFC 4770). Apple has the service in a parameter, behind an empty scheme, and Nextcloud in TYPE."""
    value, service = found.text, found.head.first("X-SERVICE-TYPE") or found.head.first("SERVICE-TYPE")
    type_is_service = not service and messengers.scheme(found.label or "")
    if value.startswith(APPLE_SCHEME) and service:
        value = f"{service.lower()}:{value.removeprefix(APPLE_SCHEME)}"
    elif value and not URI.fullmatch(value) and (scheme := messengers.scheme(service or found.label or "")):
        value = f"{scheme}:{value}"
    draft.add("im", None if type_is_service else found.label, value, origin=Origin(found))


def kde_messaging(draft: Draft, found: Property) -> None:
    """KDE's property for each service, with one or several names."""
    service = found.head.name.removeprefix(MESSAGING).removesuffix(ALL).lower()
    for value in filter(None, map(text.one_line, found.text.split(SEVERAL))):
        draft.add("im", found.label, f"{service}:{value}")


def profile(draft: Draft, found: Property) -> None:
    """SOCIALPROFILE (RFC 9554) and Apple's X-SOCIALPROFILE: a link, or a name at a service."""
    service = found.head.first("SERVICE-TYPE") or found.label
    value, origin = found.text, Origin(found, is_other=True)
    if LINK.fullmatch(value):
        draft.add("url", service, value, origin=origin)
    elif value.startswith(APPLE_SCHEME) or not URI.fullmatch(value):
        name = found.head.first("X-USER") or found.head.first("USERNAME") or value.removeprefix(APPLE_SCHEME)
        draft.add("im", None, f"{(service or 'x').lower().replace(' ', '-')}:{name}" if name else "", origin=origin)
    else:
        draft.add("im", service, value, origin=origin)


def address(draft: Draft, found: Property) -> None:
    """ADR: what is neither city, region, postal code nor country becomes the street, in readable order.

    RFC 9554 adds components behind the seven, which the street has too, unless it is blank. What has a component of its
    own leaves in it.
    """
    parts = text_lines.padded(text_lines.split(found.value, ";"), ADDRESS_PARTS)
    box, flat, street, *rest = map(flat_list, parts[:ADDRESS_PARTS])
    further = [flat_text(part) for part in parts[ADDRESS_PARTS:]]
    if further == [street]:  # Google repeats it
        further = []
    lines = [box, flat, street] if street or not any(further) else in_order(box, further)
    shown = [", ".join(dict.fromkeys(filter(None, lines))), *rest]
    if not any(shown):
        shown[0] = flat_text(found.head.first("LABEL"))
    draft.address(found.label, shown, Origin(found, differs=any((box, flat, *further))))


def in_order(box: str, further: list[str]) -> list[str]:
    """The components of RFC 9554 §2.1 as an address is written: `12 Main Street, B, 3rd, apt 7`."""
    room, flat, floor, number, street, building, block, *rest = text_lines.padded(further, 11)
    return [box, " ".join(filter(None, (number, street))), building, block, floor, flat, room, *rest]


def delivery_label(draft: Draft, found: Property) -> None:
    """LABEL, an address in one text, which is kept beside an ADR and else is the address."""
    draft.delivery_labels.append(found)


def settle_delivery_labels(draft: Draft) -> None:
    """Keep the LABELs of a card, or make them addresses where it has no ADR; 4.0 has LABEL as a parameter of ADR.

    Those of different labels are of different places.
    """
    labels = {place.address["label"] for place in draft.places}
    for found in draft.delivery_labels:
        if labels and (None in labels or found.label is None or found.label in labels):
            draft.kept.append(ties.labelled(found))
            continue
        parameter = f";LABEL={text_lines.quote(text.lines(text_lines.unescape(found.value)))}"
        residue = with_parameter(found.head.residue, parameter)
        head = found.head._replace(name="ADR", residue=residue)
        draft.address(found.label, [flat_text(found.value), "", "", "", ""], Origin(found._replace(head=head)))


def flat_list(part: str) -> str:
    """A part that may be a list: commas that are not escaped are between its values (RFC 6350 §6.3.1)."""
    return ", ".join(filter(None, map(flat_text, text_lines.split(part, ","))))


def flat_text(part: str) -> str:
    """A part of several lines, in one."""
    whole = text_lines.unescape(part)
    return ", ".join(filter(None, map(text.one_line, whole.split("\n")))) if "\n" in whole else text.one_line(whole)


SERVICES: Mapping[str, Handler] = {
    **{f"X-{name}": messenger(scheme) for name, scheme in messengers.SCHEMES.items()},
    **{f"X-{name}": account(name.lower()) for name in messengers.NETWORKS},
}

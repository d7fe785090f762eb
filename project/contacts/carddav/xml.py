"""XML in, as a stream of elements without any DOCTYPE; and out, in pieces."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from project.contacts.exchange.values.text import UNWRITABLE
from project.errors import MalformedRequest

MEDIA_TYPE: Final = "application/xml; charset=utf-8"
DEEPEST: Final = 100
PIECE: Final = 64 * 1024  # characters that are sent at once
PREFIXES: Final = {"DAV:": "D", "urn:ietf:params:xml:ns:carddav": "C", "http://calendarserver.org/ns/": "CS"}
DECLARED: Final = " ".join(f'xmlns:{prefix}="{namespace}"' for namespace, prefix in PREFIXES.items())
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
STATUSES: Final = {
    200: "200 OK", 403: "403 Forbidden", 404: "404 Not Found", 503: "503 Service Unavailable",
    507: "507 Insufficient Storage",
}  # fmt: skip


def read(body: bytes) -> tuple[Element, Iterator[Element]]:
    """The root, and its children one by one, each forgotten when the next one is asked for. Raises MalformedRequest."""
    elements = walk(body)
    _, root = next(elements)
    return root, children(root, elements)


def children(root: Element, elements: Iterator[tuple[int, Element]]) -> Iterator[Element]:
    for depth, element in elements:
        if depth == 1:
            yield element
            root.clear()


def walk(body: bytes) -> Iterator[tuple[int, Element]]:
    """First the root as it begins; then every element as it ends, with how many others it is in."""
    depth = 0
    try:
        for event, element in iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise MalformedRequest(f"The XML has more than {DEEPEST} levels.")
            if event == "end" or depth == 1:
                yield depth, element
    except (ParseError, ValueError, LookupError):
        raise MalformedRequest("The body is not well-formed XML without a DOCTYPE.") from None


def text(value: str) -> str:
    """Character data; carriage returns are escaped, so that CR LF survives readers."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return UNWRITABLE.sub("", value)


def element(name: str, content: str = "") -> str:
    """An element by its name as ElementTree spells it, `{namespace}name`."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    prefix = PREFIXES.get(namespace)
    if prefix:
        return f"<{prefix}:{local}>{content}</{prefix}:{local}>" if content else f"<{prefix}:{local}/>"
    declared = f" xmlns={attribute(namespace)}"
    return f"<{local}{declared}/>"


def attribute(value: str) -> str:
    """A quoted value; white space and quotation marks are written so that they survive readers."""
    written = text(value).replace("\n", "&#10;").replace("\t", "&#9;").replace('"', "&quot;")
    return f'"{written}"'


def response(href: str, content: str) -> str:
    return f"<D:response><D:href>{href}</D:href>{content}</D:response>\n"


def status(code: int) -> str:
    """Exactly this text, whatever the version of HTTP: Thunderbird compares it."""
    return f"<D:status>HTTP/1.1 {STATUSES[code]}</D:status>"


def propstat(code: int, properties: str, error: str = "") -> str:
    return f"<D:propstat><D:prop>{properties}</D:prop>{status(code)}{error}</D:propstat>"


def multistatus(responses: Iterable[str]) -> Iterator[bytes]:
    """The document, in pieces of about 64 KiB."""
    pieces, size = [f"{HEAD}<D:multistatus {DECLARED}>\n"], 0
    for each in responses:
        pieces.append(each)
        size += len(each)
        if size > PIECE:
            yield "".join(pieces).encode()
            pieces, size = [], 0
    yield "".join([*pieces, "</D:multistatus>\n"]).encode()


def error(content: str) -> str:
    return f"{HEAD}<D:error {DECLARED}>{content}</D:error>\n"

"""Requests as they should be: each route of the document and each page, with its examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from project.config import ROOT
from tests.contacts.exchange.files import CORPUS

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
BOUNDARY = "a-boundary-that-is-in-no-picture"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
PORTRAIT = (ROOT / "docs" / "portrait.jpg").read_bytes()
FORM = "application/x-www-form-urlencoded"

# Of each parameter what it may be; in braces stands what an earlier answer said.
VALUES: Mapping[str, tuple[str, ...]] = {
    "limit": ("1", "50", "500"),
    "sort": ("name", "-name", "created_at", "-updated_at"),
    "q": ("ada", "lovelace work", "Олена", "0958"),
    "first_name": ("ada",),
    "last_name": ("Łukasz",),
    "email": ("example.org",),
    "phone": ("+44 20 7946 0958", "00482255501 23"),
    "label": ("Family", "Work"),
    "favorite": ("true", "false"),
    "deleted": ("true", "false"),
    "days": ("0", "7", "366"),
    "from": ("2026-02-28", "2028-02-29", "0001-01-01"),
    "tz": ("Europe/Kyiv", "UTC", "Pacific/Kiritimati"),
    "format": ("vcard", "csv", "json"),
    "version": ("3.0", "4.0"),
    "cursor": ("{cursor}",),
    "since": ("{sync_token}",),
}
# But for /readyz, which says 503 where a machine is too busy for Redis to answer in a fifth of a second.
PAGES = (
    "/verify-email", "/reset-password", "/docs", "/problems", "/problems/not-found", "/static/icon.svg", "/healthz",
    "/metrics", "/avatars/A-3.svg", "/docs/assets/index.css", "/api/v1/openapi.json", "/",
    "/pictures/01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c/0123456789abcdef.webp",
)  # fmt: skip


@dataclass
class Call:
    """A request before it is written down: `body` is JSON if it is not bytes, and nothing if it is None."""

    name: str
    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None

    def written(self) -> bytes:
        """As it is sent. What is no Latin-1 in a header goes as UTF-8."""
        body = self.body if isinstance(self.body, bytes) else b"" if self.body is None else encoded(self.body)
        query = f"?{urlencode(self.query, errors='surrogatepass')}" if self.query else ""
        path = quote(self.path, safe="/%:@!$&'()*+,;=~-._", errors="surrogatepass")
        lines = [f"{self.method} {path}{query} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if body or self.method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def multipart(content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="portrait.jpg"\r\n'
    return b"".join([f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])


def files() -> Iterator[tuple[str, bytes]]:
    """Address books as phones and web sites write them, with their types."""
    for path in sorted(CORPUS.iterdir()):
        yield ("text/csv" if path.suffix == ".csv" else "text/vcard"), path.read_bytes()


def bodies(operation: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each body that the document gives for an operation, with its type; one without for those that take none."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, described in content.items():
        if "example" in described:
            example = described["example"]
            yield media_type, example.encode() if isinstance(example, str) else example
    if "multipart/form-data" in content:
        yield MULTIPART, multipart(PORTRAIT)
    if "text/vcard" in content:
        yield from files()
    if not content:
        yield "", None


def of_document() -> Iterator[Call]:
    """Each operation with each of its bodies, and with every parameter once."""
    for path, described in DOCUMENT["paths"].items():
        for method, operation in ((method, described[method]) for method in METHODS if method in described):
            query = [
                parameter["name"] for parameter in operation.get("parameters", ()) if parameter.get("in") == "query"
            ]
            for media_type, body in bodies(operation):
                headers = [("Content-Type", media_type)] if media_type else []
                for name in query or [""]:
                    chosen = [(name, value) for value in VALUES.get(name, ())[:1]]
                    yield Call(operation["operationId"], method.upper(), path, chosen, list(headers), body)


def of_pages() -> Iterator[Call]:
    for path in PAGES:
        yield Call(path, "GET", path)
    form = [("Content-Type", FORM)]
    yield Call("verify", "POST", "/verify-email", headers=form, body=b"token=abc")
    yield Call("reset", "POST", "/reset-password", headers=form, body=b"token=abc&password=seven+maids+with+seven+mops")


EXAMPLES = [*of_document(), *of_pages()]

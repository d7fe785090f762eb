"""Preconditions, and the `DAV:error` that reports one unmet (RFC 4918 §16)."""

from typing import Final

DAV: Final = "DAV:"
CARDDAV: Final = "urn:ietf:params:xml:ns:carddav"


class Unmet(Exception):
    """A precondition that a request does not meet: its status, and its element as XML with the prefixes D and C."""

    def __init__(self, status: int, element: str) -> None:
        super().__init__(element)
        self.status, self.element = status, element


VALID_TOKEN: Final = "<D:valid-sync-token/>"  # noqa: S105  # an element
SUPPORTED_DATA: Final = '<C:address-data-type content-type="text/vcard" version="3.0"/>'


def finite_depth() -> Unmet:
    return Unmet(403, "<D:propfind-finite-depth/>")


def protected_property() -> Unmet:
    return Unmet(403, "<D:cannot-modify-protected-property/>")


def supported_report() -> Unmet:
    return Unmet(403, "<D:supported-report/>")


def sync_traversal() -> Unmet:
    return Unmet(403, "<D:sync-traversal-supported/>")


def valid_token() -> Unmet:
    return Unmet(403, VALID_TOKEN)


def supported_collation() -> Unmet:
    return Unmet(403, "<C:supported-collation/>")


def supported_filter() -> Unmet:
    return Unmet(403, "<C:supported-filter/>")


def conversion() -> Unmet:
    return Unmet(403, "<C:supported-address-data-conversion/>")


def supported_data() -> Unmet:
    return Unmet(415, f"<C:supported-address-data>{SUPPORTED_DATA}</C:supported-address-data>")


def valid_data() -> Unmet:
    return Unmet(403, "<C:valid-address-data/>")


def max_size() -> Unmet:
    return Unmet(403, "<C:max-resource-size/>")


def uid_conflict(href: str) -> Unmet:
    """`href` is percent-encoded, and so needs no escaping."""
    return Unmet(409, f"<C:no-uid-conflict><D:href>{href}</D:href></C:no-uid-conflict>")


def quota() -> Unmet:
    return Unmet(507, "<D:quota-not-exceeded/>")

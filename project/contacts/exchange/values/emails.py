"""E-mail addresses as the API has them (RFC 5321, RFC 6531)."""

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from project import unicode

# Nearly all addresses, and none that email-validator refuses or changes: no reserved domain, and none with the two
# hyphens of an encoded name.
PLAIN = re.compile(
    r"([a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*+)@"
    r"((?:(?![^@.]*--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    rf"(?!(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})$)[a-z]{{2,63}})",
    re.IGNORECASE | re.ASCII,
)
LONGEST = 254
LONGEST_LOCAL = 64
MOST_UNUSUAL = 10_000  # in a file
MOST_TOGETHER = 20  # in one value
SEPARATORS = re.compile(r"[,;\s]+")
ANGLED = re.compile(r"[^<>@]{,100}<\s*([^<>\s]+@[^<>\s]+)\s*>")  # with a name before it (RFC 5322 §3.4)
FULL_WIDTH_AT = "＠"
AROUND = "\"'`<>()[]{}.,;: "  # which nobody's address begins or ends with


class Emails:
    """The addresses of one file.

    An unusual one takes 80 µs to validate, and a file made of them would take minutes, so only ten thousand count.
    """

    def __init__(self) -> None:
        self.unusual = 0

    def find(self, written: str) -> str | None:
        """The address, with quotes or brackets around it or without."""
        return self.read(written) or (self.read(bare) if (bare := written.strip(AROUND)) != written else None)

    def read(self, written: str) -> str | None:
        """The address with its domain in lower case, or None if it is none."""
        written = ANGLED.sub(r"\1", written)
        if len(written) > LONGEST:
            return None
        plain = PLAIN.fullmatch(written)
        if plain and len(plain[1]) <= LONGEST_LOCAL:
            return f"{plain[1]}@{plain[2].lower()}"
        return self.read_unusual(written) if "@" in written or FULL_WIDTH_AT in written else None

    def several(self, written: str) -> list[str]:
        """The addresses in one value, between commas, semicolons or spaces; none unless all of it is addresses."""
        parts = SEPARATORS.split(written.strip(",; "), MOST_TOGETHER) if written.count("@") > 1 else []
        found = [self.read(part) for part in parts]
        return [address for address in found if address] if all(found) else []

    def read_unusual(self, written: str) -> str | None:
        """The same for any address."""
        self.unusual += 1
        written = unicode.nfkc(written) if FULL_WIDTH_AT in written else written
        if self.unusual > MOST_UNUSUAL:
            return None
        try:
            return validate_email(written, check_deliverability=False).normalized
        except EmailNotValidError:
            return None

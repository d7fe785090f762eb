"""User names and e-mail addresses: which are accepted, their normal form, and the keys by which they are compared."""

import re
import unicodedata
from contextlib import suppress

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from project import unicode

LONGEST_ADDRESS, LONGEST_LOCAL_PART = 254, 64  # characters (RFC 5321 §4.5.3.1)
LETTERS, DIGITS, SIGNS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"), ("Nd",), "._-"
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)  # marks and letters that are invisible


def is_allowed(username: str) -> bool:
    """Whether it has only letters of any script and their marks, digits, dots, underscores and hyphens, all visible."""
    begins_with_mark = unicodedata.category(username[:1] or ".").startswith("M")
    return not begins_with_mark and not UNSEEN.search(username) and all(map(is_allowed_sign, username))


def is_allowed_sign(character: str) -> bool:
    return character in SIGNS or unicodedata.category(character) in LETTERS + DIGITS


def username_key(username: str) -> str:
    return unicode.caseless(username)


def normal_email(address: str) -> str:
    """The normal form of an e-mail address: NFC, its domain in Unicode and lower case, however it was written.

    Raises ValueError, whose text is for the user.
    """
    local, _, domain = address.rpartition("@")
    if len(local) > LONGEST_LOCAL_PART:
        raise ValueError(f"The part before the @ is longer than {LONGEST_LOCAL_PART} characters.")
    if (zone := domain.lower().rpartition(".")[2]) in SPECIAL_USE_DOMAIN_NAMES:
        raise ValueError(f"No mail reaches .{zone}, which is reserved for other purposes (RFC 6761, RFC 6762).")
    try:
        normal = unicode.nfc(validate_email(address, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise ValueError("Not an e-mail address.") from None
    if len(normal.lower()) > LONGEST_ADDRESS:  # some letters, such as the Turkish İ, become two
        raise ValueError(f"At most {LONGEST_ADDRESS} characters.")
    return normal


def email_key(address: str) -> str:
    """The normal form in lower case. A text that is not an address has a key too, which no account has."""
    with suppress(ValueError):
        address = normal_email(address)
    return unicode.nfc(address.lower())  # in this order: the small letter of H̱ is one character, ẖ

"""User names and e-mail addresses as they are compared."""

import re
import unicodedata

from project import unicode

LETTERS, DIGITS, SIGNS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"), ("Nd",), "._-"
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)  # marks and letters that Unicode lets nobody see


def is_allowed(username: str) -> bool:
    """Letters of any script with their marks, digits, dots, underscores and hyphens: what can be seen."""
    begins_with_mark = unicodedata.category(username[:1] or ".").startswith("M")
    return not begins_with_mark and not UNSEEN.search(username) and all(map(is_allowed_sign, username))


def is_allowed_sign(character: str) -> bool:
    return character in SIGNS or unicodedata.category(character) in LETTERS + DIGITS


def username_key(username: str) -> str:
    return unicode.caseless(username)


def email_key(email: str) -> str:
    return unicode.nfc(email).lower()

"""User names and e-mail addresses as they are compared."""

import unicodedata


def username_key(username: str) -> str:
    """Without regard to case or to how a character is composed (Unicode's caseless matching, D145)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def email_key(email: str) -> str:
    return unicodedata.normalize("NFC", email).lower()

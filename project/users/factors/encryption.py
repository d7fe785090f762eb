"""Encrypt the secrets of authenticator apps, which must be read again. The first of ENCRYPTION_KEYS encrypts."""

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from project.config import kept_secret
from project.extensions import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

log = structlog.get_logger()


@lru_cache(maxsize=8)
def cipher(keys: tuple[str, ...]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # 9 MB, for those who use it

    return MultiFernet([Fernet(key) for key in keys])


def keys() -> tuple[str, ...]:
    """Those of ENCRYPTION_KEYS, or else one in the instance folder, made when it is first needed."""
    if settings.encryption_keys:
        return tuple(settings.encryption_keys)
    return (kept_secret(settings.instance_folder / "encryption-key", f"{secrets.token_urlsafe(32)}="),)


def encrypt(text: str) -> str:
    return cipher(keys()).encrypt(text.encode()).decode()


def decrypt(token: str) -> str | None:
    """The decrypted text; None if none of the keys decrypts it."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415

    try:
        return cipher(keys()).decrypt(token.encode()).decode()
    except InvalidToken:
        log.exception("secret_not_decrypted")  # a key is missing from ENCRYPTION_KEYS
        return None


def is_readable(token: str, key: str) -> bool:
    """Whether this key decrypts it."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415

    try:
        cipher((key,)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True

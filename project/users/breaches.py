"""Passwords stolen elsewhere: a list as published by Have I Been Pwned, tens of gigabytes that stay on disk.

Its lines are SHA-1 hashes in hexadecimal, in their order, whole or cut to as many digits as there is room for, each
perhaps with `:` and a count.
"""

import hashlib
from pathlib import Path
from typing import IO


def contains(path: Path, password: str) -> bool:
    """Whether the list has this password, by binary search: some forty reads."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            if is_before(hash_at(file, middle), digest):
                low = middle + 1
            else:
                high = middle
        found = hash_at(file, low)
    return bool(found) and digest.startswith(found)


def is_before(found: bytes, digest: bytes) -> bool:
    return bool(found) and found < digest[: len(found)]


def hash_at(file: IO[bytes], position: int) -> bytes:
    """The hash of the first line that begins at this position or behind it; empty at the end."""
    file.seek(max(position - 1, 0))
    if position:
        file.readline()
    return file.readline().partition(b":")[0].strip().upper()

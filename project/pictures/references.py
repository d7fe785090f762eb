"""The key of a picture in its place: `<owner>/<name>`, at Cloudinary followed by `@<version>`.

A name is 128 random bits, since whoever knows it sees the picture, and two digests: of the picture and of the file it
was made from. They are keyed, so that a name tells nobody else which file somebody has. Older names have 64
random bits and plain digests.
"""

import hmac
import re
import secrets
from collections.abc import Sequence

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/([0-9a-f]{64}|[0-9a-f]{48})(@[0-9]{1,16})?")
DIGEST, OLD_RANDOM = 16, 16  # digits


def checked(key: str) -> str:
    """Raises ValueError for anything else, so that no key leads to another path."""
    if not KEY.fullmatch(key):
        raise ValueError(f"Not the key of a picture: {key!r}")
    return key


def new_name(secret: str, *digests: str) -> str:
    random = secrets.token_hex(16)
    return random + "".join(seal(secret, random, each) for each in digests)


def seal(secret: str, random: str, digest: str) -> str:
    """A digest that only this server can compare, and that differs from one name to the next."""
    key = hmac.digest(secret.encode(), b"names of pictures", "sha256")
    return hmac.digest(key, f"{random} {digest}".encode(), "sha256").hex()[:DIGEST]


def digests(reference: str) -> tuple[str, str, str]:
    """The random part of a reference's name, and the digests of the picture and of its file."""
    name = reference.rpartition("/")[2].partition("@")[0]
    return name[: -2 * DIGEST], name[-2 * DIGEST : -DIGEST], name[-DIGEST:]


def is_sealed(keys: Sequence[str], random: str, sealed: str, digest: str) -> bool:
    """Whether a name's digest is of this one, by any of the server's keys, or plainly in an old name."""
    if len(random) == OLD_RANDOM:
        return sealed == digest
    return any(sealed == seal(secret, random, digest) for secret in keys)

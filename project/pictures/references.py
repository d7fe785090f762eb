"""The key of a picture in its place: `<owner>/<name>`, at Cloudinary followed by `@<version>`."""

import re

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{48}(@[0-9]{1,16})?")


def checked(key: str) -> str:
    """Raises ValueError for anything else, so that no key leads to another path."""
    if not KEY.fullmatch(key):
        raise ValueError(f"Not the key of a picture: {key!r}")
    return key

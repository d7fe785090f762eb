"""What a picture is called in its place: the owner's id and a name, at Cloudinary with a version behind it."""

import re

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{48}(@[0-9]{1,16})?")


def checked(key: str) -> str:
    """Raises ValueError for what is no key of ours, so that no path leads anywhere else."""
    if not KEY.fullmatch(key):
        raise ValueError(f"Not the key of a picture: {key!r}")
    return key

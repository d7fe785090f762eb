"""Entity tags: the revision of a contact or of the whole book."""

from typing import Annotated
from uuid import UUID

from fastapi import Header

IfNoneMatch = Annotated[str | None, Header()]


def tag(owner_id: UUID, revision: int, *parts: object) -> str:
    return f'"{"-".join([owner_id.hex[-8:], str(revision), *map(str, parts)])}"'


def is_known(sent: str | None, text: str) -> bool:
    """Whether one of the tags in `If-None-Match` is this one."""
    return sent is not None and text in [each.strip().removeprefix("W/") for each in sent.split(",")]

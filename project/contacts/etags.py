"""Entity tags: the revision of a contact or of the whole book, distinct for each owner (RFC 9110 §8.8)."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from flask import Response, request

from project.contacts import books
from project.contacts.open_book import Condition
from project.web import responses
from project.web.authentication import caller_id

P = ParamSpec("P")

REVISION = re.compile(r"[1-9][0-9]{0,18}")


def tag(owner_id: UUID, revision: int, *parts: object) -> str:
    """Return a tag without quotes; `parts` are what the answer depends on besides the book."""
    return "-".join([owner_id.hex[-8:], str(revision), *map(str, parts)])


def quoted(owner_id: UUID, revision: int) -> dict[str, str]:
    return {"ETag": f'"{tag(owner_id, revision)}"'}


def is_known(text: str) -> bool:
    """Whether the client already has this answer (RFC 9110 §13.1.2)."""
    return request.if_none_match.contains_weak(text)


def unchanged(text: str) -> Response:
    return Response(status=304, headers={"ETag": f'"{text}"'})


def condition(owner_id: UUID) -> Condition:
    """Return what `If-Match` and `If-None-Match` require of the contact being written (RFC 9110 §13.1)."""
    excluded = revisions(owner_id, request.if_none_match.as_set(include_weak=True))
    must_not_exist = request.if_none_match.star_tag
    if "If-Match" not in request.headers:
        return Condition(excluded=excluded, must_not_exist=must_not_exist)
    known = None if request.if_match.star_tag else revisions(owner_id, request.if_match.as_set())
    return Condition(known, excluded=excluded, must_exist=True, must_not_exist=must_not_exist)


def revisions(owner_id: UUID, tags: Iterable[str | None]) -> frozenset[int]:
    """Return the revisions that tags name; others are no tags of this owner's, and an empty one is None."""
    own = f"{owner_id.hex[-8:]}-"
    numbers = [text.removeprefix(own) for text in tags if text and text.startswith(own)]
    return frozenset(int(number) for number in numbers if REVISION.fullmatch(number))


def by_revision(view: Callable[P, tuple[Any, int, dict[str, str]]]) -> Callable[P, Response]:
    """Answer 304 by the book's revision alone; the view returns (body, revision, headers)."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        owner_id = caller_id()
        if request.if_none_match and is_known(text := tag(owner_id, books.state(owner_id).revision)):
            return unchanged(text)
        body, revision, headers = view(*args, **kwargs)
        return responses.reply(body, headers={**headers, **quoted(owner_id, revision)})

    return answer

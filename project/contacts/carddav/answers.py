"""Answers of CardDAV: multistatus documents that stream, and errors."""

from collections.abc import Iterable
from itertools import chain

from flask import Response, request, stream_with_context

from project.contacts.carddav import basic, xml
from project.contacts.carddav.preconditions import VALID_TOKEN, Unmet
from project.errors import Unauthorized
from project.web import error_handlers


def multistatus(responses: Iterable[str]) -> Response:
    """207, sent while the cards are read. The first piece is read before, so that a database that is gone is a 503."""
    pieces = xml.multistatus(responses)
    body = chain([next(pieces)], pieces)
    answer = Response(stream_with_context(body), 207, content_type=xml.MEDIA_TYPE)
    if prefers_minimal():
        answer.headers["Preference-Applied"] = "return=minimal"
    return answer


def is_brief() -> bool:
    """Whether the client does not want to hear of missing properties (RFC 8144, and Apple's older header)."""
    return prefers_minimal() or request.headers.get("Brief", "").strip().lower() == "t"


def prefers_minimal() -> bool:
    sent = request.headers.get("Prefer", "").replace(" ", "").replace('"', "").lower()
    return "return=minimal" in sent.replace(";", ",").split(",")


def unmet(error: Unmet) -> Response:
    """To Thunderbird a refused token is 400: it never syncs again after 403."""
    is_thunderbirds = error.element == VALID_TOKEN and "Thunderbird/" in request.user_agent.string
    status = 400 if is_thunderbirds else error.status
    return Response(xml.error(error.element), status, content_type=xml.MEDIA_TYPE)


def unauthorized(error: Unauthorized) -> Response:
    """Basic and not Bearer, here only."""
    answer = error_handlers.render(error)
    answer.headers["WWW-Authenticate"] = basic.CHALLENGE
    return answer


def restrict(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response

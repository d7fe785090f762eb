"""Render everything that is raised as problem+json (RFC 9457).

That is our own problems, the framework's errors, those of a database that is down, and defects.
"""

import traceback
from typing import Any

import orjson
import structlog
from flask import Flask, Response, make_response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable, RequestEntityTooLarge

from project.database.postgresql import READ_ONLY
from project.errors import (
    AuthenticationRequired,
    InternalServerError,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    Problem,
    RateLimited,
    ServiceUnavailable,
    TooLarge,
    UnsupportedMediaType,
)
from project.web import budgets
from project.web.request import UnsupportedCoding, request

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
INTERNAL_ERROR = "XX000"  # of a COMMIT, which has no statement: a node of the cluster refused it
SQLITE_ERROR = 1  # SQLite's code for an invalid statement, which Python reports as an OperationalError


def of_status(status: int) -> type[Problem]:
    """The problem for a status that the framework raised."""
    for kind in (
        MalformedRequest, AuthenticationRequired, NotFound, MethodNotAllowed, NotAcceptable, TooLarge,
        UnsupportedMediaType, RateLimited, ServiceUnavailable,
    ):  # fmt: skip
        if kind.status == status:
            return kind
    return MalformedRequest if status < 500 else InternalServerError


def body_of(problem: Problem) -> dict[str, Any]:
    """The members of a problem (RFC 9457 §3)."""
    return {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": str(problem),
        "request_id": request.id,
        **problem.members,
    }


def render(problem: Problem) -> Response:
    encoded = orjson.dumps(body_of(problem), option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
    return Response(encoded, problem.status, problem.headers, content_type=MEDIA_TYPE)


def from_problem(problem: Problem) -> Response:
    """Render one of our own problems, and log that access was refused."""
    if problem.status in (401, 403):
        user = str(request.caller.user_id) if request.caller else None
        log.info("access_refused", problem=problem.slug, endpoint=request.endpoint, user=user, ip=request.remote_addr)
    return render(problem)


def from_framework(error: HTTPException) -> Response:
    """Render the errors of the framework and the limiter, with their headers (`Allow`, `Retry-After`)."""
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    problem = of_status(error.code)(detail_of(error))
    if isinstance(error, RequestedRangeNotSatisfiable):
        problem.status = error.code
    answer = render(problem)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def detail_of(error: HTTPException) -> str | None:
    """The detail, which some of the framework's errors lack."""
    if isinstance(error, RequestEntityTooLarge) and (most := request.max_content_length):
        return f"The request body is larger than {budgets.size(most)}."
    if isinstance(error, UnsupportedCoding):
        return "The request body is compressed; send it as it is."
    if isinstance(error, RequestedRangeNotSatisfiable):
        return "The file ends before this range."
    return None


def from_werkzeug(response: Response) -> Response:
    """Replace Werkzeug's answer to an `If-Match` that fails, which is a 412 with the file in its body.

    Werkzeug 3.1.9 takes `*` for an ETag that no file has.
    """
    if response.status_code != PreconditionFailed.status or response.mimetype == MEDIA_TYPE:
        return response
    if request.if_match.star_tag:
        response.status_code = 200
        return response
    response.close()
    return render(PreconditionFailed("The file has changed since."))


def from_server(_: Exception) -> Response:
    """Handle what the WSGI server raises while it reads malformed chunks; its configuration registers this."""
    return render(MalformedRequest())


def from_database(error: DBAPIError | PoolExhausted) -> Response:
    """503 for a database that is down, busy, full or read-only; 500 for a statement that it rejects.

    Only the first line of the driver's message is logged: the others may hold values, such as a password's hash.
    """
    cause = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    if isinstance(error, PoolExhausted) or is_outage(error):
        log.error("database_unavailable", error=type(error).__name__, cause=cause)
        return render(ServiceUnavailable("The database is unavailable."))
    stack = "".join(traceback.format_tb(error.__traceback__))
    log.error("statement_failed", error=type(error).__name__, cause=cause, statement=error.statement, stack=stack)
    return render(InternalServerError())


def is_outage(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR:
        return False
    code = getattr(error.orig, "pgcode", None)
    if code == READ_ONLY or (code == INTERNAL_ERROR and error.statement is None):
        return True
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def from_defect(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    return render(InternalServerError())


def init_app(app: Flask) -> None:
    """Register the handlers; after the extensions, whose own they replace."""
    app.register_error_handler(Problem, from_problem)
    app.register_error_handler(HTTPException, from_framework)
    app.register_error_handler(DBAPIError, from_database)
    app.register_error_handler(PoolExhausted, from_database)
    app.register_error_handler(Exception, from_defect)
    app.after_request(from_werkzeug)

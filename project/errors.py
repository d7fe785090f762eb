"""The errors we raise and their one way out: problem+json (RFC 9457).

    Problem
    ├── 400  MalformedRequest, InvalidCursor, InvalidSyncToken
    ├── 401  Unauthorized: AuthenticationRequired, InvalidToken, TokenExpired, SessionRevoked, InvalidCredentials
    ├── 403  EmailNotVerified, WrongPassword
    ├── 404  NotFound
    ├── 406  NotAcceptable
    ├── 409  EmailTaken, UsernameTaken, ContactExists, QuotaExceeded
    ├── 410  LinkExpired, SyncTokenExpired
    ├── 412  PreconditionFailed
    ├── 413  TooLarge
    ├── 415  UnsupportedMediaType
    ├── 422  ValidationFailed, WeakPassword, UnusablePicture, UnreadableImport
    └── 503  ServiceUnavailable

Everything else that can leave the application (the framework's own errors, the limiter's, a database that is gone,
a defect of ours) is turned into one of these shapes by the handlers at the end.
"""

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson
import structlog
from flask import Flask, Response, g, make_response
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

FieldError = Mapping[str, str]
READ_ONLY = "25006"  # the SQLSTATE of a server that has become a standby
SQLITE_ERROR = 1  # SQLite's code for a statement that makes no sense, which Python calls operational too
MOST_ERRORS = 100


class Problem(Exception):
    """An error that the client is told about. The class is its type; its docstring explains it at /problems."""

    status: ClassVar[int]
    remedy: ClassVar[str] = ""
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or first_sentence(type(self)))
        self.members = members

    @classmethod
    def slug(cls) -> str:
        return re.sub(r"\B([A-Z])", r"-\1", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return cls.slug().replace("-", " ").capitalize()

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {
            "type": f"/problems/{cls.slug()}",
            "title": cls.title(),
            "status": cls.status,
            "detail": first_sentence(cls),
            "request_id": "5f0c6a2e9d3b4b7f8a1e2c3d4e5f6a7b",
        }


class MalformedRequest(Problem):
    """The request is not what HTTP or JSON allow."""

    status = 400
    remedy = "Send one JSON object in UTF-8, without duplicate keys, NaN, lone surrogates or more than 32 levels."


class InvalidCursor(Problem):
    """The cursor is not one of ours, or belongs to another list."""

    status = 400
    remedy = "Begin the list anew, without a cursor; never make or change a cursor."


class InvalidSyncToken(Problem):
    """The sync token is not one of ours, or belongs to another address book."""

    status = 400
    remedy = "Synchronise anew, without `since`."


class Unauthorized(Problem):
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class AuthenticationRequired(Unauthorized):
    """This needs a signed-in user."""

    remedy = "Send `Authorization: Bearer <access_token>`."


class InvalidToken(Unauthorized):
    """The token is not one of ours, or of the wrong kind."""

    remedy = "Sign in again."


class TokenExpired(Unauthorized):
    """The token has expired."""

    remedy = "Refresh the access token; when it is the refresh token that expired, sign in again."


class SessionRevoked(Unauthorized):
    """The session has ended."""

    remedy = "Sign in again. The user signed out, changed the password, or a refresh token was used twice."


class InvalidCredentials(Unauthorized):
    """The name or the password is wrong."""

    remedy = "Ask the user again, or offer to reset the password."


class EmailNotVerified(Problem):
    """The e-mail address is not verified yet."""

    status = 403
    remedy = "Ask the user to open the link in the mail, or have it sent again: POST /api/v1/auth/verify-email/resend."


class WrongPassword(Problem):
    """The current password is wrong."""

    status = 403
    remedy = "Ask the user again."


class NotFound(Problem):
    """There is nothing here."""

    status = 404


class MethodNotAllowed(Problem):
    """This address does not take this method."""

    status = 405
    remedy = "The `Allow` header names the methods that it takes."


class NotAcceptable(Problem):
    """None of the formats that `Accept` names can be made."""

    status = 406


class EmailTaken(Problem):
    """Another account has this e-mail address."""

    status = 409


class UsernameTaken(Problem):
    """Another account has this user name."""

    status = 409


class ContactExists(Problem):
    """A contact with this id exists already, with other content."""

    status = 409
    remedy = "PUT replaces a contact; a new contact needs an id of its own."


class QuotaExceeded(Problem):
    """The address book is full."""

    status = 409


class LinkExpired(Problem):
    """The link was used, replaced by a newer one, or has expired."""

    status = 410
    remedy = "Ask for a new mail."


class SyncTokenExpired(Problem):
    """The sync token is older than the deletions that are remembered."""

    status = 410
    remedy = "Synchronise anew, without `since`, and drop what the answer does not name."


class PreconditionFailed(Problem):
    """The contact has changed since."""

    status = 412
    remedy = "`current` holds the contact as it is: merge, and send it again with its revision."


class TooLarge(Problem):
    """The request is larger than is taken here."""

    status = 413


class UnsupportedMediaType(Problem):
    """The body is of a type that is not taken here."""

    status = 415
    remedy = "Send `Content-Type: application/json`, or what the documentation names."


class ValidationFailed(Problem):
    """Some fields are not valid."""

    status = 422
    remedy = "`errors` names each field by a JSON pointer, or each query parameter, and says what is wrong with it."

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {**super().example(), "errors": [{"pointer": "/email", "detail": "Not an e-mail address."}]}

    def __init__(self, errors: Sequence[FieldError]) -> None:
        count = len(errors)
        super().__init__(
            "1 field is not valid." if count == 1 else f"{count} fields are not valid.", errors=errors[:MOST_ERRORS]
        )


class WeakPassword(Problem):
    """The password is easy to guess."""

    status = 422
    remedy = "Let the user choose another; a few unrelated words are good."


class UnusablePicture(Problem):
    """The file is not a picture that can be used."""

    status = 422
    remedy = "Send a JPEG, PNG, WebP, GIF or HEIC picture of at most 5 MiB and 25 megapixels as the part `file`."


class UnreadableImport(Problem):
    """The file cannot be read as contacts."""

    status = 422


class RateLimited(Problem):
    """Too many requests."""

    status = 429
    remedy = "Wait for as many seconds as `Retry-After` says."


class InternalServerError(Problem):
    """Something went wrong on the server."""

    status = 500
    remedy = "It was logged; tell the operator the `request_id`."


class ServiceUnavailable(Problem):
    """A part of the service does not answer at present."""

    status = 503
    remedy = "Send the same request again after `Retry-After` seconds."
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


def kinds() -> list[type[Problem]]:
    """Every kind of problem, in the order of their status."""
    found, queue = [], Problem.__subclasses__()
    while queue:
        kind = queue.pop(0)
        queue.extend(kind.__subclasses__())
        if kind is not Unauthorized:
            found.append(kind)
    return sorted(found, key=lambda kind: kind.status)


def first_sentence(kind: type[Problem]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def of_status(status: int) -> type[Problem]:
    """The problem that stands for an error which the framework raised."""
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
        "type": f"/problems/{problem.slug()}",
        "title": problem.title(),
        "status": problem.status,
        "detail": str(problem),
        "request_id": g.get("request_id"),
        **problem.members,
    }


def render(problem: Problem) -> Response:
    encoded = orjson.dumps(body_of(problem), option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
    return Response(encoded, problem.status, problem.headers, content_type="application/problem+json")


def from_framework(error: HTTPException) -> Response:
    """The framework's own errors and the limiter's, with the headers that they carry (`Allow`, `Retry-After`)."""
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    answer = render(of_status(error.code)())
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def from_server(_: ParseException) -> Response:
    """What gunicorn says when it is asked for a body in chunks that are none."""
    return render(MalformedRequest())


def from_database(error: DBAPIError | PoolExhausted) -> Response:
    """A database that is gone, busy, full or read-only is 503; a statement that it refuses is a defect of ours.

    The driver's message goes on with what was in the statement, a password's hash perhaps: only its first line is kept.
    """
    cause = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    if isinstance(error, PoolExhausted) or is_outage(error):
        log.error("database_unavailable", error=type(error).__name__, cause=cause)
        return render(ServiceUnavailable("The database does not answer at present."))
    stack = "".join(traceback.format_tb(error.__traceback__))
    log.error("statement_failed", error=type(error).__name__, cause=cause, statement=error.statement, stack=stack)
    return render(InternalServerError())


def is_outage(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR:
        return False
    code = getattr(error.orig, "pgcode", None)
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated or code == READ_ONLY


def from_defect(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    return render(InternalServerError())


def init_app(app: Flask) -> None:
    """Whatever is raised leaves through one of these; after the extensions, whose own handlers they replace."""
    app.register_error_handler(Problem, render)
    app.register_error_handler(HTTPException, from_framework)
    app.register_error_handler(ParseException, from_server)
    app.register_error_handler(DBAPIError, from_database)
    app.register_error_handler(PoolExhausted, from_database)
    app.register_error_handler(Exception, from_defect)

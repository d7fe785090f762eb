"""The errors we raise: the types of problem (RFC 9457) that the API knows.

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

`failures` lets them out, and turns all else that is raised into one of these.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

FieldError = Mapping[str, str]
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
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


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

"""The errors that the API reports: its types of problem (RFC 9457).

    Problem
    ├── 400  MalformedRequest, InvalidCursor, InvalidSyncToken
    ├── 401  Unauthorized: AuthenticationRequired, InvalidToken, TokenExpired, SessionRevoked, InvalidCredentials,
    │        InvalidCode, InvalidPasskey
    ├── 403  Forbidden, EmailNotVerified, WrongPassword, SecondFactorRequired, WrongCode
    ├── 404  NotFound
    ├── 406  NotAcceptable
    ├── 409  EmailTaken, UsernameTaken, ContactExists, QuotaExceeded
    ├── 410  LinkExpired, SyncTokenExpired
    ├── 412  PreconditionFailed
    ├── 413  TooLarge
    ├── 415  UnsupportedMediaType
    ├── 422  ValidationFailed, WeakPassword, PasskeyRefused, UnusablePicture, UnreadableImport
    └── 503  ServiceUnavailable

`web.error_handlers` renders them, and turns everything else that is raised into one of them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

FieldError = Mapping[str, str]
MOST_ERRORS = 100


class Problem(Exception):
    """An error that the client is told about. Its class is its type, which `/problems/<slug>` explains."""

    status: int
    slug: ClassVar[str]
    title: ClassVar[str]
    detail: ClassVar[str]
    remedy: ClassVar[str] = ""
    headers: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.slug = re.sub(r"\B([A-Z])", r"-\1", cls.__name__).lower()
        cls.title = cls.slug.replace("-", " ").capitalize()

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or self.detail)
        self.members = members

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {
            "type": f"/problems/{cls.slug}",
            "title": cls.title,
            "status": cls.status,
            "detail": cls.detail,
            "request_id": "5f0c6a2e9d3b4b7f8a1e2c3d4e5f6a7b",
        }


class MalformedRequest(Problem):
    status = 400
    detail = "The request is not well-formed HTTP or JSON."
    remedy = "Send one JSON object in UTF-8, without duplicate keys, NaN, lone surrogates or more than 32 levels."


class InvalidCursor(Problem):
    status = 400
    detail = "The cursor is invalid, or belongs to another list."
    remedy = "Start again without a cursor. Never make or change a cursor."


class InvalidSyncToken(Problem):
    status = 400
    detail = "The sync token is invalid, or belongs to another address book."
    remedy = "Synchronise from scratch, without `since`."


class Unauthorized(Problem):
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class AuthenticationRequired(Unauthorized):
    detail = "Authentication is required."
    remedy = "Send `Authorization: Bearer <access_token>`."


INVALID_TOKEN: Mapping[str, str] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750 §3.1


class InvalidToken(Unauthorized):
    headers = INVALID_TOKEN
    detail = "The token is invalid, or of the wrong kind."
    remedy = "Sign in again."


class TokenExpired(Unauthorized):
    headers = INVALID_TOKEN
    detail = "The token has expired."
    remedy = "Refresh the access token. If it is the refresh token that expired, sign in again."


class SessionRevoked(Unauthorized):
    headers = INVALID_TOKEN
    detail = "The session has ended."
    remedy = "Sign in again. The user signed out or changed the password, or a refresh token was used twice."


class InvalidCredentials(Unauthorized):
    detail = "The name or the password is wrong."
    remedy = "Ask the user again, or offer to reset the password."


class InvalidCode(Unauthorized):
    detail = "The code, the passkey or the login token is wrong, or was used, or has expired."
    remedy = "Ask for another code. After five wrong ones, or some minutes, sign in with the password again."


class InvalidPasskey(Unauthorized):
    detail = "The passkey is not known here, or its answer is not valid."
    remedy = "Ask for new options and let the user try again, or offer to sign in with the password."


class Forbidden(Problem):
    status = 403
    detail = "This is not allowed here."


class EmailNotVerified(Problem):
    status = 403
    detail = "The e-mail address is not verified yet."
    remedy = "Ask the user to open the link in the mail, or send it again: POST /api/v1/auth/verify-email/resend."


class WrongPassword(Problem):
    status = 403
    detail = "The current password is wrong."
    remedy = "Ask the user again."


class SecondFactorRequired(Problem):
    status = 403
    detail = "A second factor is needed."
    remedy = (
        "At sign-in, send `login_token` to POST /api/v1/auth/login/second-factor with one of `methods`. Elsewhere send "
        "the same request again with `code` (of an app, or a recovery code) or a passkey's `credential` for `options`."
    )


class WrongCode(Problem):
    status = 403
    detail = "The code or the passkey's answer is wrong, or was used before."
    remedy = "Ask the user for another code. A code of an app is good once: the next one comes within 30 seconds."


class NotFound(Problem):
    status = 404
    detail = "Not found."


class MethodNotAllowed(Problem):
    status = 405
    detail = "This address does not support this method."
    remedy = "The `Allow` header lists the supported methods."


class NotAcceptable(Problem):
    status = 406
    detail = "None of the media types in Accept is available."


class EmailTaken(Problem):
    status = 409
    detail = "Another account has this e-mail address."
    remedy = (
        "If it is the user's own address, offer to reset the password: POST /api/v1/auth/password/forgot. The mailed "
        "link gives the account to whoever reads the mailbox, even if somebody else registered it. Otherwise ask for "
        "another address."
    )


class UsernameTaken(Problem):
    status = 409
    detail = "Another account has this user name."
    remedy = "Ask the user for another name."


class ContactExists(Problem):
    status = 409
    detail = "A contact with this id already exists, with other content."
    remedy = "Synchronise to see what became of that contact. Give a new contact an id of its own."


class QuotaExceeded(Problem):
    status = 409
    detail = "The address book is full."


class LinkExpired(Problem):
    status = 410
    detail = "The link was used, was replaced by a newer one, or has expired."
    remedy = "Request a new mail."


class SyncTokenExpired(Problem):
    status = 410
    detail = "The sync token is older than the deletions that the server remembers."
    remedy = "Synchronise from scratch, without `since`, and drop every contact that the answer does not list."


class PreconditionFailed(Problem):
    status = 412
    detail = "The contact has changed in the meantime."
    remedy = "`current` is the contact as it is now: merge, and send the result with its revision."


class TooLarge(Problem):
    status = 413
    detail = "The request body is too large."


class UnsupportedMediaType(Problem):
    status = 415
    detail = "The media type of the body is not supported."
    remedy = "Send `Content-Type: application/json`, or what the documentation names."


class ValidationFailed(Problem):
    status = 422
    detail = "Some fields are not valid."
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
    status = 422
    detail = "The password is easy to guess."
    remedy = "Let the user choose another; a few unrelated words make a good one."


class PasskeyRefused(Problem):
    status = 422
    detail = "The passkey cannot be registered."
    remedy = "`detail` says which check failed. Ask for new options and let the user try again."


class UnusablePicture(Problem):
    status = 422
    detail = "The file is not a usable picture."
    remedy = "Send a JPEG, PNG, WebP, GIF or HEIC picture of at most 5 MiB and 25 megapixels as the part `file`."


class UnreadableImport(Problem):
    status = 422
    detail = "The file cannot be read as contacts."


class RateLimited(Problem):
    status = 429
    detail = "Too many requests."
    remedy = "Wait as many seconds as `Retry-After` says."
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class InternalServerError(Problem):
    status = 500
    detail = "Something went wrong on the server."
    remedy = "The error was logged. Tell the operator the `request_id`."


class ServiceUnavailable(Problem):
    status = 503
    detail = "Part of the service is unavailable."
    remedy = "Send the same request again after `Retry-After` seconds."
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


def kinds() -> list[type[Problem]]:
    """Every type of problem, ordered by status."""
    found, queue = [], Problem.__subclasses__()
    while queue:
        kind = queue.pop(0)
        queue.extend(kind.__subclasses__())
        if kind is not Unauthorized:
            found.append(kind)
    return sorted(found, key=lambda kind: kind.status)

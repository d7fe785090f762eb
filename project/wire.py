"""What every request and every answer has in common: a route's declarations, orjson out, request ids and headers.

`Blueprint` is flask-smorest's, with our parser, our encoder, and the problems that a route may raise.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID, uuid4

import flask_smorest
import orjson
import structlog
from flask import Flask, Response, g, request
from werkzeug.routing import BaseConverter
from werkzeug.routing import ValidationError as NoMatch

from project import callers, errors, openapi, strict
from project.callers import caller_id as caller_id
from project.errors import Problem
from project.reads import reading
from project.strict import StrictParser

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, Any]

ENCODING = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE  # for those who read it in a terminal
TOKEN_PROBLEMS = (errors.AuthenticationRequired, errors.InvalidToken, errors.TokenExpired, errors.SessionRevoked)
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE = ("GET", "HEAD", "OPTIONS")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON; no body for None."""
    if body is None:
        return Response(status=status, headers=headers)
    return Response(orjson.dumps(body, option=ENCODING), status, headers, content_type="application/json")


def authenticate(*, refresh: bool = False, verify_type: bool = True, locations: Sequence[str] = ("headers",)) -> None:
    """Require an access token, a refresh token, or either; a refresh token may come in the body too."""
    token = callers.bearer()
    if token is None and "json" in locations:
        token = g.get("json_body", {}).get("refresh_token")
    kinds = ("access", "refresh") if not verify_type else ("refresh",) if refresh else ("access",)
    callers.recognise(token, kinds)


def allow_caching(policy: str, response: Response) -> Response:
    response.headers.setdefault("Cache-Control", policy)
    return response


class Application(Flask):
    request_class = strict.WholeRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is, for all of ours are synchronous: Flask would look at a dozen functions during each request."""
        return func


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose routes declare who may call, what comes in, what goes out and what can go wrong."""

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "optional_json": "application/json",
    }

    def __init__(self, *args: Any, cache_control: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_problems_doc)
        if cache_control:
            self.after_request(partial(allow_caching, cache_control))

    def route(self, rule: str, **options: Any) -> Any:
        """Register a view; the document names the operation after the blueprint and the view."""
        register = super().route(rule, **{"parameters": openapi.path_parameters(rule), **options})

        def decorate(view: View[P]) -> Any:
            return register(self.doc(operationId=f"{self.name}_{view.__name__}")(view))

        return decorate

    def arguments(self, schema: Any, **options: Any) -> Callable[[Callable[..., R]], Callable[..., R]]:
        """Check what comes in by a schema that is made once, not for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)

    def response(self, status_code: int, schema: Any = None, **documentation: Any) -> Callable[[View[P]], View[P]]:
        """Document the one success and send what the view returns, as it is, as JSON."""
        document = super().response(status_code, schema, **documentation)

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
                strict.refuse_undeclared_parameters()
                result = view(*args, **kwargs)
                return result if isinstance(result, Response) else reply(result, status_code)

            decorated: View[P] = document(answer)
            return decorated

        return decorate

    def signed_in(self, view: View[P]) -> View[P]:
        """Only for a signed-in user: an access token whose session lives."""
        return self.authenticated()(view)

    def authenticated(self, **options: Any) -> Callable[[View[P]], View[P]]:
        """Only with a token; the options are those of `authenticate`."""

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def protected(*args: P.args, **kwargs: P.kwargs) -> Any:
                authenticate(**options)
                return view(*args, **kwargs)

            documented = self.raises(*TOKEN_PROBLEMS)(protected)
            described: View[P] = self.doc(security=openapi.requirements(**options))(documented)
            return described

        return decorate

    def raises(self, *kinds: type[Problem]) -> Callable[[View[P]], View[P]]:
        """Document what can go wrong beyond what every route shares."""

        def decorate(view: View[P]) -> View[P]:
            documentation = dict(getattr(view, "_apidoc", {}))
            documentation["problems"] = [*documentation.get("problems", []), *kinds]
            view._apidoc = documentation  # type: ignore[attr-defined]  # flask-smorest's own place for it
            return view

        return decorate

    @staticmethod
    def _prepare_problems_doc(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
        kinds = [*doc_info.get("problems", []), errors.ValidationFailed, errors.ServiceUnavailable]
        if "requestBody" in {**doc, **doc_info.get("manual_doc", {})}:
            kinds += [errors.MalformedRequest, errors.TooLarge, errors.UnsupportedMediaType]
        for status in (422, "422"):  # flask-smorest's, without our type
            doc["responses"].pop(status, None)
        openapi.complete(doc, kinds)
        doc.setdefault("security", [])
        return doc


class CanonicalUUID(BaseConverter):
    """An id in a path, in canonical lower-case form; any other spelling is not found."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, value: str) -> UUID:
        try:
            return UUID(value)
        except ValueError:
            raise NoMatch() from None


def begin() -> None:
    """Give the request its id: the client's own if it sent a sane one."""
    reading.set(request.method in SAFE)
    sent = request.environ.get("HTTP_X_REQUEST_ID", "")
    g.request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def finish(response: Response) -> Response:
    """Put the headers that every answer has; a page or a picture may have set its own before."""
    headers = response.headers
    present = set(headers.keys(lower=True))
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in present:
            headers.add(name, value)
    if "request_id" in g:
        headers.add("X-Request-ID", g.request_id)
    if "retry-after" in present and response.status_code not in (429, 503):
        headers.remove("Retry-After")
    return response


def forget(_: BaseException | None) -> None:
    reading.set(False)
    structlog.contextvars.clear_contextvars()


def init_app(app: Flask) -> None:
    app.url_map.converters["uuid"] = CanonicalUUID
    app.url_map.merge_slashes = False
    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(forget)

"""What a route declares: who may call, what comes in, what goes out, and what can go wrong."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, cast

import flask_smorest
from flask import Response

from project import errors
from project.errors import Problem
from project.web import authentication, openapi, order, parsing, responses, shares
from project.web.parsing import StrictParser

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, Any]

TOKEN_PROBLEMS = (errors.AuthenticationRequired, errors.InvalidToken, errors.TokenExpired, errors.SessionRevoked)


def allow_caching(policy: str, response: Response) -> Response:
    response.headers.setdefault("Cache-Control", policy)
    return response


def documentation(view: Callable[..., Any]) -> dict[str, Any]:
    """The view's documentation, copied first, so that the view that it wraps keeps its own."""
    view._apidoc = dict(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
    return cast(dict[str, Any], view._apidoc)  # type: ignore[attr-defined]


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose routes declare who may call, what comes in, what goes out and what can go wrong.

    It stands on private parts of flask-smorest 0.47.0: `_apidoc`, where a view's documentation is collected, and
    `_prepare_doc_cbks`, the functions that complete it.
    """

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "optional_json": "application/json",
    }

    def __init__(self, *args: Any, cache_control: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self.prepare_problems)
        if cache_control:
            self.after_request(partial(allow_caching, cache_control))

    def route(self, rule: str, **options: Any) -> Any:
        """Register a view; the document names the operation after the blueprint and the view."""
        register = super().route(rule, **{"parameters": openapi.path_parameters(rule), **options})

        def decorate(view: View[P]) -> Any:
            order.check(view)
            return register(self.doc(operationId=f"{self.name}_{view.__name__}")(view))  # until `reference` names it

        return decorate

    def arguments(self, schema: Any, **options: Any) -> Callable[[Callable[..., R]], Callable[..., R]]:
        """Parse the input by a schema, which is created once and not for each request."""
        parse = super().arguments(schema() if isinstance(schema, type) else schema, **options)

        def decorate(view: Callable[..., R]) -> Callable[..., R]:
            parsed: Callable[..., R] = parse(view)
            return order.step("arguments", view, parsed)

        return decorate

    def response(self, status_code: int, schema: Any = None, **documentation: Any) -> Callable[[View[P]], View[P]]:
        """Document the one success, and send what the view returns as JSON."""
        document = super().response(status_code, schema, **documentation)

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
                parsing.refuse_undeclared_parameters()
                result = view(*args, **kwargs)
                return result if isinstance(result, Response) else responses.reply(result, status_code)

            decorated: View[P] = document(answer)
            return order.step("response", view, decorated)

        return decorate

    def signed_in(self, view: View[P]) -> View[P]:
        """Require an access token."""
        return self.token("access")(view)

    def token(self, *kinds: str, in_body: bool = False) -> Callable[[View[P]], View[P]]:
        """Require a token of one of these kinds, or a refresh token in the body; see `authenticate`."""

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def protected(*args: P.args, **kwargs: P.kwargs) -> Any:
                authentication.authenticate(*kinds, in_body=in_body)
                return view(*args, **kwargs)

            documented = self.raises(*TOKEN_PROBLEMS)(protected)
            described: View[P] = self.doc(security=openapi.requirements(*kinds, in_body=in_body))(documented)
            return order.step("token in the body" if in_body else "token", view, described)

        return decorate

    def costly(self, view: View[P]) -> View[P]:
        """Limit how many requests run at once, and each user to one, until the answer has been made or streamed."""

        @wraps(view)
        def placed(*args: P.args, **kwargs: P.kwargs) -> Any:
            return shares.of_process.take(authentication.caller_id()).held(lambda: view(*args, **kwargs))

        documentation(placed)["costly"] = True
        return order.step("costly", view, placed)

    def raises(self, *kinds: type[Problem]) -> Callable[[View[P]], View[P]]:
        """Document the problems beyond those that all routes share."""

        def decorate(view: View[P]) -> View[P]:
            told = documentation(view)
            told["problems"] = [*told.get("problems", []), *kinds]
            return view

        return decorate

    def sends(self, *headers: str) -> Callable[[View[P]], View[P]]:
        """Document the headers of a success."""

        def decorate(view: View[P]) -> View[P]:
            documentation(view)["sends"] = headers
            return view

        return decorate

    @staticmethod
    def prepare_problems(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
        limited = errors.RateLimited in doc_info.get("problems", [])
        kinds = [*doc_info.get("problems", []), errors.ValidationFailed, errors.ServiceUnavailable]
        if doc_info.get("costly"):
            kinds.append(errors.RateLimited)
        if "requestBody" in {**doc, **doc_info.get("manual_doc", {})}:
            kinds += [errors.MalformedRequest, errors.TooLarge, errors.UnsupportedMediaType]
        for status in (422, "422"):  # flask-smorest's own, which is no problem+json
            doc["responses"].pop(status, None)
        openapi.complete(doc, kinds, doc_info.get("sends", ()), limited=limited)
        doc.setdefault("security", [])
        return doc

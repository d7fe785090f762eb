"""Documentation for developers: Swagger UI, and a page for each type of problem."""

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

import flask_smorest
import flask_swagger_ui
import orjson
from apispec import APISpec
from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from project import errors
from project.errors import NotFound
from project.web import document, openapi_3_0, responses
from project.web.openapi import PROBLEM_TYPE

blueprint = Blueprint("docs", __name__)

SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@blueprint.get("/")
def index() -> AnyResponse:
    """Redirect browsers to the documentation. Raises NotFound for all other clients: the API is below /api/v1."""
    if request.accept_mimetypes.best_match([PROBLEM_TYPE, "text/html"]) != "text/html":
        raise NotFound()
    return redirect(url_for("docs.swagger_ui"))


@blueprint.get("/docs")
def swagger_ui() -> Response:
    """Serve Swagger UI from this server's own files."""
    assets = url_for("docs.asset", name="").rstrip("/")
    return page("docs", DOCS_POLICY, assets=assets, openapi_url=url_for("api-docs.openapi_json"))


@blueprint.get("/docs/assets/<path:name>")
def asset(name: str) -> Response:
    return send_from_directory(SWAGGER_UI, name, max_age=86400)


class Api(flask_smorest.Api):
    """Registers blueprints. The OpenAPI document is made on its first use: it takes as long as the rest of a start."""

    def __init__(self, app: Flask) -> None:
        self.app, self.lock = app, RLock()
        self.undescribed: list[flask_smorest.Blueprint] = []
        super().__init__(app)

    def register_blueprint(self, blueprint: flask_smorest.Blueprint, **options: Any) -> None:
        self.app.register_blueprint(blueprint, **options)
        self.undescribed.append(blueprint)

    @property
    def spec(self) -> APISpec:
        """The document, complete once the routes are registered."""
        with self.lock:
            if self.undescribed:
                self.describe()
        return self.described

    @spec.setter
    def spec(self, made: APISpec) -> None:
        self.described = made

    def describe(self) -> None:
        blueprints, self.undescribed = self.undescribed, []
        for each in blueprints:
            each.register_views_in_doc(self, self.app, self.described, name=each.name, parameters=None)
            self.described.tag({"name": each.name, "description": each.description})
        document.finish(self.described)


class Document:
    """An OpenAPI document of the application, encoded when it is first asked for."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self.make = make

    @cached_property
    def encoded(self) -> tuple[bytes, str]:
        """Its bytes, and their ETag."""
        content = orjson.dumps(self.make(), option=responses.ENCODING)
        return content, sha256(content).hexdigest()

    def show(self) -> Response:
        content, tag = self.encoded
        response = Response(content, content_type="application/json", headers={"Cache-Control": "public, no-cache"})
        response.set_etag(tag)
        response.make_conditional(request)
        return response


@blueprint.get("/problems")
def problems() -> Response:
    kinds = [{"name": kind.slug, "title": kind.title, "status": kind.status} for kind in errors.kinds()]
    return page("problems", PAGE_POLICY, problems=kinds)


@blueprint.get("/problems/<name>")
def problem(name: str) -> Response:
    """Explain a type of problem."""
    kind = next((kind for kind in errors.kinds() if kind.slug == name), None)
    if kind is None:
        raise NotFound()
    return page(
        "problem",
        PAGE_POLICY,
        name=name,
        title=kind.title,
        status=kind.status,
        explanation=kind.detail,
        remedy=kind.remedy or "Check the address and the request against the documentation.",
    )


def page(template: str, policy: str, /, **variables: object) -> Response:
    response = make_response(render_template(f"pages/{template}.html", **variables))
    response.headers["Content-Security-Policy"] = policy
    return response


def init_app(app: Flask, api: Api) -> None:
    app.register_blueprint(blueprint)
    app.view_functions["api-docs.openapi_json"] = Document(lambda: api.spec.to_dict()).show
    older = Document(lambda: openapi_3_0.rendition(api.spec.to_dict()))
    app.add_url_rule("/api/v1/openapi-3.0.json", "docs.openapi_3_0_json", older.show)
